#ifndef LIB_TRACK_WATCH_H
#define LIB_TRACK_WATCH_H

/* Watches: watch.c.  Their masks: masks.c.  How they end: root.c, leave.c. */

#include "lib/track/track.h"

/* Events that a listing of ours causes. */
#define RN_NOISE ((uint32_t)(IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE))

/* What the kernel is asked for: the user's events and, apart from them, what
 * the bookkeeping needs. */
uint32_t rn_kernel_mask(const struct rn_root *root);
/* Take note of whether a root's mask has bits that a listing of ours would set
 * off. */
void rn_note_noise(struct rn_tracker *t, struct rn_root *root);
/* The masks of all nodes of a node's wd, as far as they are asked for now. */
uint32_t rn_joint_mask(struct rn_tracker *t, const struct rn_node *node);
/* Of the first node of a wd and the others: one that does not end; or the first
 * one, if all do. */
struct rn_node *rn_going_on(struct rn_node *first);
/* The path of what is open. */
enum { RN_FD_PATH_SIZE = sizeof(RN_FD_DIRECTORY) + 11 };
void rn_fd_path(int fd, char path[RN_FD_PATH_SIZE]);
/* Watch, or change the watch of, what is open.  Returns as
 * inotify_add_watch(2), but never -ENOENT; -ENOSYS: /proc is not there. */
int rn_watch_fd(struct rn_tracker *t, int fd, uint32_t mask);
/* Have the kernel end a watch: its IN_IGNORED is queued. */
void rn_watch_remove(struct rn_tracker *t, int wd);
/* Watch what is open for a new root, and tell what it is.
 *
 * as_dir, as_other  the masks for a directory and for anything else, perhaps
 *            with IN_MASK_CREATE; 0: it has to be a directory.
 * Returns    as rn_watch_fd(); -ENOTDIR; with IN_MASK_CREATE -EEXIST when
 *            another root watches it. */
int rn_watch_top(struct rn_tracker *t, int fd, uint32_t as_dir,
                 uint32_t as_other, bool *is_dir);
/* Keep the listing of a directory, or the opening of an entry in it, from being
 * told by its own watch.  `fd`: its descriptor. */
void rn_quieten(struct rn_tracker *t, struct rn_node *parent, int fd);
/* Ask the kernel for what a node's roots want now.  Returns 0, or what opening
 * and watching gave. */
int rn_set_mask(struct rn_tracker *t, struct rn_node *node);
/* The same for the directory that a node is in.  `fd`: the node's. */
void rn_quieten_above(struct rn_tracker *t, const struct rn_node *node, int fd);
/* A node of the directory that a node of a wd is in, of whatever root; or NULL:
 * none is left.  Of several only one is right: not all have been told yet where
 * theirs is.  Its path is held against the directory by who opens it.
 *
 * at         in, out: the first node of the wd; those not looked at so far. */
struct rn_node *rn_next_above(struct rn_tracker *t, struct rn_node **at);
/* A root was added that is watched for what a listing sets off: if one touches
 * its top, that is not told.  `fd`: its descriptor. */
void rn_keep_quiet(struct rn_tracker *t, struct rn_node *top, int fd);
/* A listing touches a directory, whose mask is to be that of `root`, too: it is
 * not yet, where no other root is told of that. */
void rn_stay_quiet(struct rn_tracker *t, struct rn_node *node,
                   const struct rn_root *root);
/* Remember to give a directory its full mask when the walk is over. */
bool rn_remember_quiet(struct rn_tracker *t, struct rn_node *node);
/* Remember to ask for a mask that is another now. */
bool rn_remember_mask(struct rn_tracker *t, struct rn_node *node);
/* A directory is where its nodes are, or one of them. */
void rn_note_found(struct rn_tracker *t, struct rn_node *node);
/* End a watch that turned out to be of no node. */
void rn_drop_stray_watch(struct rn_tracker *t, int wd);

/* How a directory was come by. */
enum rn_found {
  RN_FOUND_TOLD,   /* a record named it: if the entry is by now a directory that
                      has a node elsewhere, that one's rename is still queued */
  RN_FOUND_LISTED, /* a listing shows it: wherever its node is, it is here
                      now */
};

/* Watch the entry `name` of `parent`, whose open directory is `dir_fd`.
 *
 * child, fd  out: its node, and its directory, open for reading.
 * Returns    0; -ENOENT and -ENOTDIR: it is no directory any more; -EXDEV it is
 *            another directory's place, or one above itself; what openat(2) and
 *            inotify_add_watch(2) gave. */
int rn_adopt(struct rn_tracker *t, struct rn_node *parent, int dir_fd,
             struct rn_bytes name, enum rn_found found, struct rn_node **child,
             int *fd);

/* An entry of a directory was announced: watch it, have it listed and its
 * content reported.
 *
 * anew       what was told of a directory under this name is void. */
void rn_adopt_announced(struct rn_tracker *t, struct rn_node *parent,
                        struct rn_bytes name, bool anew);

/* Whether the root's filter has a directory watched. */
bool rn_entry_is_watched(struct rn_tracker *t, const struct rn_node *parent,
                         struct rn_bytes name);
/* Whether it has events of an entry told, whatever they are; with the name ""
 * those of the path that was added. */
bool rn_entry_is_told(struct rn_tracker *t, const struct rn_node *parent,
                      struct rn_bytes name, bool is_dir);

/* Open a node's directory, making sure that it is the one that is watched: by
 * its own path or, where that leads elsewhere by now, by that of another node
 * of its wd.
 *
 * flags      O_RDONLY or O_PATH.
 * Returns    a descriptor; -ESTALE the path is another's now; what openat(2)
 *            gave. */
int rn_open_node(struct rn_tracker *t, struct rn_node *node, int flags);

/* Open a node's directory, as a path, if it is the one that what is open lies
 * in, wherever that is.  Returns as rn_open_node(). */
int rn_open_above(struct rn_tracker *t, struct rn_node *node, int fd);

/* Open a node's directory for reading.  What is at its path by now, and is
 * another, is not opened for that, which its own watch would tell.  Returns as
 * rn_open_node(). */
int rn_open_to_read(struct rn_tracker *t, struct rn_node *node);

/* Open a node's directory for a listing, having seen to it that its watch and
 * its parent's do not tell of it.  Returns as rn_open_node(). */
int rn_open_to_list(struct rn_tracker *t, struct rn_node *node);

/* Ask for some of the masks that were remembered. */
void rn_widen_some(struct rn_tracker *t);
/* How long until those that could not be had are asked for again, in
 * milliseconds; -1: there are none. */
int rn_widen_due_ms(const struct rn_tracker *t);
/* Whether an error says that a node's directory is not at its path. */
bool rn_is_elsewhere(int error);

/* Whether a listing may be told by a watch; whether that of the node's
 * directory would be. */
bool rn_listings_are_told(const struct rn_tracker *t);
bool rn_listing_is_told(struct rn_tracker *t, const struct rn_node *node);

/* Close the directory that is kept open for the next adoption. */
void rn_forget_parent(struct rn_tracker *t);

/* ---- their end: root.c ---- */

/* Its events are kept or dropped until it is known where it went. */
void rn_suspend(struct rn_tracker *t, struct rn_node *node, uint16_t flag);
void rn_resume(struct rn_tracker *t, struct rn_node *node);

/* Have the kernel end the watch of a node that is the only one of its wd. */
void rn_end_watch(struct rn_tracker *t, const struct rn_node *node);

/* Let the walk of an addition begin at the root's top. */
void rn_begin_adding(struct rn_tracker *t, struct rn_root *root, bool partial);

/* A root is about to be walked, and its top was watched before: by others, or
 * by itself alone (`was_flat`).  What was queued before this moment changes
 * nothing in its tree, and only in the latter case it is for it.  The walk will
 * see what that led to; and where less was asked for in between, there may be
 * no record of what has happened since. */
void rn_mark_root(struct rn_tracker *t, struct rn_root *root, bool was_flat);
/* What is read from now on is for it. */
void rn_unmark_root(struct rn_tracker *t, struct rn_root *root);
/* A mark was read, perhaps that of a root. */
void rn_roots_take_mark(struct rn_tracker *t, int wd);
/* Whether a record is not for a root, as it is older than its walk. */
static inline bool rn_is_before_mark(const struct rn_node *node,
                                     const struct rn_raw_event *raw) {
  const struct rn_root *root = node->root;
  if (root->walk_mark_wd == 0 || raw->name_size == 0) return false;
  return root->mark_wd != 0 || node->parent != NULL;
}

/* End all watches of a root: its nodes go with their IN_IGNORED, or with the
 * fence that the top waits for. */
void rn_root_leave(struct rn_tracker *t, struct rn_root *root);

/* The watch of a node has ended: forget it.  Returns true when its root went
 * with it. */
bool rn_node_end(struct rn_tracker *t, struct rn_node *node);

/* The same when its directory has died. */
void rn_node_dies(struct rn_tracker *t, struct rn_node *node);

/* Tell that a node has ended where no record of the kernel does: another root
 * watches the inode, or its IN_IGNORED was lost, or was read too early. */
void rn_tell_ignored(struct rn_tracker *t, struct rn_node *node);

/* Another directory takes this one's name. */
void rn_displace(struct rn_tracker *t, struct rn_node *node);

/* ---- the end of many: leave.c ---- */

/* A directory left the tree: end its watch and those below, what is beyond the
 * share later.  It is silent from now on. */
void rn_release(struct rn_tracker *t, struct rn_node *top);

/* All that was queued before a root was left has been read, or is lost: end
 * what is left of it, the top last.  Nothing is told of it any more. */
void rn_root_quit(struct rn_tracker *t, struct rn_root *root);

/* The kernel lost records: the same for all roots that are being left.  Which
 * of the records to come are older is not known any more. */
void rn_roots_quit(struct rn_tracker *t);

/* End a share of what has left. */
void rn_leaving_advance(struct rn_tracker *t);

/* A root is over. */
void rn_leaving_forget(struct rn_tracker *t, struct rn_root *root);

/* Whether an end is still to be told. */
bool rn_leaving_owes(const struct rn_tracker *t);

/* A root asks for less: what has left of it, or all of one that ends, is still
 * watched for what it was. */
void rn_leaving_keep_masks(struct rn_tracker *t, struct rn_root *root);

/* There is no watch to be had: end one of those that are to be ended.  Returns
 * false when there is none. */
bool rn_leaving_make_room(struct rn_tracker *t);

#endif
