#ifndef LIB_TRACK_TRACKER_H
#define LIB_TRACK_TRACKER_H

/* What the files of this module share.
 *
 *     events.c   a record -> changes, and what it does to the tree
 *     entries.c  arrivals and departures
 *     window.c   what was told ahead of its records
 *     watch.c    watches: masks, opening and adopting directories
 *     root.c     roots, and the end of watches
 *     walk.c     listing of directories
 *     fence.c    fences, and what waits for them
 *     moves.c    halves of renames, and records kept back meanwhile
 *     pairs.c    halves that are told together
 *     barrier.c  when all that was queued at a moment has been told
 *     persist.c  roots that follow a name; with look.c, way.c and persist.h
 *     recover.h  the repair of losses, and its files */

#include "lib/scan/scan.h"
#include "lib/track/track.h"
#include "ringnotify/inotify.h"

/* Events that a listing of ours causes. */
#define RN_NOISE ((uint32_t)(IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE))

enum {
  RN_WALK_DEPTH = 24,  /* directories open at a time; deeper ones are queued */
  RN_MOVES = 64,       /* halves of renames that wait for the other */
  RN_WALK_SLICE = 512, /* entries of a listing in one piece of work */
  RN_ADD_TRIES = 32,   /* walks of an addition from the top */
  /* Attempts to find a directory under its path while no rename is read: some
   * milliseconds, for who renames it may have to wait for a processor between
   * the renaming and its records. */
  RN_SCAN_TRIES = 256,
  RN_EXCHANGE_COOKIES = 8, /* renames between the two of an exchange */
};

/* Nodes in a state of passage, in order. */
struct rn_waiting {
  struct rn_node *first, *last;
  uint32_t count;
};

/* A marker in the kernel's queue. */
struct rn_fence {
  struct rn_fence *next;
  int wd;                    /* its IN_IGNORED is the marker */
  struct rn_waiting waiting; /* who waits for it */
  bool barrier;              /* the barrier does, too */
};

enum rn_frame_mode {
  RN_FRAME_REPORT,  /* a new directory: its content is reported */
  RN_FRAME_ADD,     /* an addition: its content is watched only */
  RN_FRAME_COMPARE, /* an old one, with all below: what was missed is watched
                       and reported */
  RN_FRAME_RETRY,   /* directories that were told and could not be adopted are
                       looked for once more */
  RN_FRAME_RECOVER, /* of a root with an index: it is held against that */
};

/* A directory that is being listed. */
struct rn_frame {
  struct rn_node *node; /* NULL: it went meanwhile */
  enum rn_frame_mode mode;
  uint32_t epoch; /* of the record that led to it */
  struct rn_listing listing;
};

struct rn_walk {
  struct rn_waiting jobs;
  struct rn_frame *frames[RN_WALK_DEPTH]; /* kept when they are not in use */
  int depth;                              /* frames in use */
};

/* How far it is known that the other half does not come. */
enum rn_held_state {
  RN_HELD_NEW,    /* nothing was done about it */
  RN_HELD_LOOKED, /* the directory was looked at: a fence is to be put */
  RN_HELD_FENCED, /* the fence is in the kernel's queue */
  RN_HELD_TIMED,  /* only the time will tell */
};

/* A first half that is not told yet. */
struct rn_held {
  struct rn_node *node; /* the directory that was left; NULL: it is not held */
  enum rn_held_state state;
  int fence_wd;    /* with RN_HELD_FENCED: its IN_IGNORED is the marker */
  int64_t time_ns; /* the end of the turn that read it; 0: this one */
};

/* A rename, of which one half or both were read. */
struct rn_move {
  uint32_t cookie;            /* 0: both were read */
  uint32_t number;            /* the cookie, still */
  const struct rn_root *root; /* that saw it; or NULL */
  struct rn_node *child;      /* the directory that was moved; or NULL */
  bool is_dir;
  bool had_child;     /* content of it was told where it was */
  bool over_dir;      /* it took the place of one, perhaps */
  bool after_arrival; /* it left where something had just come from outside */
  uint64_t from, to;  /* places, as numbers; 0: none */
  uint64_t back;      /* it is half of an exchange if it leads here; or 0 */
  int wd;             /* of the directory it left */
  uint32_t generation;
  uint32_t name_size;
  char *path; /* it was moved from here */
  size_t path_size, path_room;
  struct rn_held held;
};

enum rn_barrier {
  RN_BARRIER_NONE,
  RN_BARRIER_ASKED,    /* its fence is to be put */
  RN_BARRIER_FENCED,   /* its fence is open, or in the kernel's queue */
  RN_BARRIER_SETTLING, /* its fence was read: what came before is to be told */
};

struct rn_tracker {
  const struct rn_sys *sys;
  struct rn_sink sink;
  int fd;
  int fence_fd;
  char fence_path[32];
  struct rn_tree tree;
  struct rn_track_counts counts;
  uint64_t passed; /* what became of records: told, or kept back */

  struct rn_walk walks[2]; /* by rn_walk_kind */
  /* The addition that is being walked, or NULL. */
  struct rn_root *adding;
  bool adding_partial;
  bool adding_compare; /* an overflow came meanwhile */
  int adding_tries;    /* how often the walk began anew */
  int walk_error;

  struct rn_fence *open_fence; /* to be put; or NULL: no one waits yet */
  struct rn_fence *fences;     /* in the kernel's queue */

  enum rn_barrier barrier;
  uint32_t epoch; /* of what is read now */
  uint32_t cause; /* of what is done now: the same, or that of the record that
                     led to it */

  struct rn_move moves[RN_MOVES];
  uint32_t next_move;
  uint32_t held_count;      /* of them, those that are not told yet */
  uint32_t renames;         /* halves, and moved roots, read so far */
  uint32_t suspended_count; /* nodes with RN_NODE_MOVED or RN_NODE_GONE */

  /* Records below a moved directory, kept until it is known where it went. */
  char *kept;
  size_t kept_size, kept_room;
  uint32_t kept_epoch; /* the oldest of them */
  bool replay;

  uint32_t recover_count;  /* roots with an index */
  uint32_t made_up_cookie; /* the last one */
  bool hurry;              /* the last rescans may begin */

  uint32_t noisy_roots; /* whose masks have such bits as a listing sets off */
  int *quiet;           /* wds that were asked for less than their mask */
  size_t quiet_count, quiet_room;
  bool widens;            /* there are some that were not tried yet */
  uint32_t widen_renames; /* with the rest: how many were read by then */

  struct rn_node *parent; /* whose directory `parent_fd` is; or NULL */
  int parent_fd;

  struct rn_look *look;  /* made with the first persistent root; or NULL */
  struct rn_follow *due; /* persistent roots to be looked after */
  uint32_t retry_count;  /* of those that try again by the time */
  int64_t retry_ns;      /* when to try again */

  char path[RN_ENTRY_PATH_SIZE];
};

static inline bool rn_bytes_is_empty(struct rn_bytes bytes) {
  return bytes.size == 0;
}

static inline bool rn_node_is_suspended(const struct rn_node *node) {
  return (node->flags & (RN_NODE_MOVED | RN_NODE_GONE)) != 0;
}

/* Whether it is certain that every record read from now on about this node's
 * name is about this very directory: not so while its window is open. */
static inline bool rn_node_is_settled(const struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  return node->root->settled &&
         (passage == NULL || !passage->has_known || passage->known_part);
}

/* The suspended node at or above this one that decides what becomes of its
 * records, or NULL: one that is gone rather than one that moved. */
struct rn_node *rn_suspended_above(struct rn_node *node);

/* ---- telling: events.c ---- */

/* Tell of a change that a record of the kernel caused. */
void rn_tell(struct rn_tracker *t, struct rn_node *node,
             const struct rn_raw_event *raw, struct rn_bytes src_path);
/* Tell of an entry that the kernel did not report. */
void rn_tell_synthetic(struct rn_tracker *t, struct rn_node *node,
                       uint32_t mask, struct rn_bytes name, bool is_dir);
/* Tell of a rename that the kernel did not report: both halves, joined by a
 * cookie of our own, which has the highest bit set. */
void rn_tell_moved(struct rn_tracker *t, struct rn_node *from_node,
                   struct rn_bytes from, struct rn_node *node,
                   struct rn_bytes name, bool is_dir);
/* Tell that a directory could not be watched. */
void rn_tell_error(struct rn_tracker *t, struct rn_node *node,
                   struct rn_bytes name, int error);
/* Tell that events were lost here. */
void rn_tell_overflow(struct rn_tracker *t);
/* Take in a record that was kept back for the node of this generation. */
void rn_take_kept(struct rn_tracker *t, const struct rn_raw_event *raw,
                  uint32_t generation);

/* ---- arrivals and departures: entries.c ---- */

void rn_on_create(struct rn_tracker *t, struct rn_node *node,
                  const struct rn_raw_event *raw);
void rn_on_delete(struct rn_tracker *t, struct rn_node *node,
                  const struct rn_raw_event *raw);
void rn_on_moved_from(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw);
void rn_on_moved_to(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_raw_event *raw);
void rn_on_ignored(struct rn_tracker *t, struct rn_node *node,
                   const struct rn_raw_event *raw);

/* ---- what was told ahead of the records: window.c ---- */

/* From now on all that is told of the directory's content is remembered; what
 * was remembered is void.  Returns 0; -ENOMEM. */
int rn_window_open(struct rn_node *node);
bool rn_window_is_open(const struct rn_node *node);
/* Whether a name is among those that were told, as a directory. */
bool rn_window_shows_dir(const struct rn_node *node, struct rn_bytes name);
/* Remember a name that was told.  Returns 0; -ENOMEM. */
int rn_window_add(struct rn_node *node, struct rn_bytes name, bool is_dir);
/* Whether a record is about what had a name before the entry that was told: one
 * is a directory, the other is not. */
bool rn_window_is_past(const struct rn_node *node,
                       const struct rn_raw_event *raw);
/* Whether a record of an arrival or a departure is news. */
bool rn_window_admits(const struct rn_node *node,
                      const struct rn_raw_event *raw);
/* Tell of an entry unless it was told.  Returns whether it was news. */
bool rn_window_tell(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_entry *entry);
/* An entry was found: tell of it if it was in doubt.  Returns whether its name
 * is among those that were told. */
bool rn_window_settle(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_entry *entry);
/* Whether a name is in doubt. */
bool rn_window_doubts(const struct rn_node *node, struct rn_bytes name);
/* It is not known whether there is an entry of this name. */
void rn_window_doubt(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name);
/* Take back what was told of a directory that was listed too early, in place of
 * one that is gone by now: its records are still to come. */
void rn_retract(struct rn_tracker *t, struct rn_node *top);
/* The departure of a directory was told, and with it that of all its content:
 * it is silent until it is announced again or a fence has come back. */
void rn_take_leave(struct rn_tracker *t, struct rn_node *node);

/* ---- watches: watch.c ---- */

/* What the kernel is asked for: the user's events and, apart from them, what
 * the bookkeeping needs. */
uint32_t rn_kernel_mask(const struct rn_root *root);
/* Take note of whether a root's mask has bits that a listing of ours would set
 * off. */
void rn_note_noise(struct rn_tracker *t, struct rn_root *root);
/* The masks of all nodes of a node's wd, as far as they are asked for now. */
uint32_t rn_joint_mask(struct rn_tracker *t, const struct rn_node *node);
/* Watch, or change the watch of, what is open. */
int rn_watch_fd(struct rn_tracker *t, int fd, uint32_t mask);
/* Watch a path for a new root.  Returns as inotify_add_watch(2); with
 * IN_MASK_CREATE -EEXIST when another root watches it. */
int rn_watch_new(struct rn_tracker *t, const char *path, uint32_t mask);
/* Keep the listing of a directory, or the opening of an entry in it, from being
 * told by its own watch.  `fd`: its descriptor. */
void rn_quieten(struct rn_tracker *t, struct rn_node *parent, int fd);
/* Ask the kernel for what a node's roots want now.  Returns 0, or what opening
 * and watching gave. */
int rn_set_mask(struct rn_tracker *t, struct rn_node *node);
/* Remember to give a directory its full mask when the walk is over. */
bool rn_remember_quiet(struct rn_tracker *t, struct rn_node *node);
/* End a watch that turned out to be of no node. */
void rn_drop_stray_watch(struct rn_tracker *t, int wd);

/* How a directory was come by. */
enum rn_found {
  RN_FOUND_TOLD,   /* a record named it: if the entry is by now a directory that
                      has a node elsewhere, that one's rename is still queued */
  RN_FOUND_LISTED, /* a listing shows it: wherever its node is, it is here now */
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

/* Whether the globs of the root let an entry through. */
bool rn_entry_passes(struct rn_tracker *t, const struct rn_node *parent,
                     struct rn_bytes name, bool is_dir);

/* Open a node's directory, making sure that it is the one that is watched.
 *
 * flags      O_RDONLY or O_PATH.
 * Returns    a descriptor; -ESTALE the path is another's now; what openat(2)
 *            gave. */
int rn_open_node(struct rn_tracker *t, struct rn_node *node, int flags);

/* Open a node's directory for a listing, having seen to it that its watch and
 * its parent's do not tell of it.  Returns as rn_open_node(). */
int rn_open_to_list(struct rn_tracker *t, struct rn_node *node);

/* Let a directory that took part in a listing of ours get its full mask. */
void rn_widen_all(struct rn_tracker *t);

/* Whether a listing of the node's directory would be told by a watch. */
bool rn_listing_is_told(struct rn_tracker *t, const struct rn_node *node);

/* Close the directory that is kept open for the next adoption. */
void rn_forget_parent(struct rn_tracker *t);

/* ---- the end of watches: root.c ---- */

/* Its events are kept or dropped until it is known where it went. */
void rn_suspend(struct rn_tracker *t, struct rn_node *node, uint16_t flag);
void rn_resume(struct rn_tracker *t, struct rn_node *node);

/* A directory left the tree: end its watches and those below. */
void rn_release(struct rn_tracker *t, struct rn_node *top);

/* Have the kernel end the watch of a node that is the only one of its wd. */
void rn_end_watch(struct rn_tracker *t, const struct rn_node *node);

/* Let the walk of an addition begin at the root's top. */
void rn_begin_adding(struct rn_tracker *t, struct rn_root *root, bool partial);

/* End all watches of a root: its nodes go with their IN_IGNORED. */
void rn_root_leave(struct rn_tracker *t, struct rn_root *root);

/* The watch of a node has ended: forget it.  Returns true when its root went
 * with it. */
bool rn_node_end(struct rn_tracker *t, struct rn_node *node);

/* A fence has shown that nothing more comes for a node that is to end: tell its
 * end and forget it. */
void rn_end_after_fence(struct rn_tracker *t, struct rn_node *node);

/* Another directory takes this one's name. */
void rn_displace(struct rn_tracker *t, struct rn_node *node);

/* ---- walks: walk.c ---- */

/* Begin a walk at a node, or queue it.
 *
 * fd         its directory, open for reading, or -1.
 * Ownership  takes `fd`. */
void rn_walk_begin(struct rn_tracker *t, struct rn_node *node,
                   enum rn_frame_mode mode, int fd);

/* List a directory again, when a fence has come back, for the names that were
 * told and the ones in doubt; unless a listing is due. */
void rn_look_again(struct rn_tracker *t, struct rn_node *node);

/* Report the content of a directory from now on: what was told of it, and of
 * directories below, is of an earlier life, or of another place.
 *
 * Returns    0; -ENOMEM. */
int rn_begin_report(struct rn_tracker *t, struct rn_node *node);

/* A node is no longer to be listed. */
void rn_walk_forget(struct rn_tracker *t, const struct rn_node *node);

/* Look for what a whole root has missed. */
void rn_compare(struct rn_tracker *t, struct rn_root *root);

/* ---- waiting: fence.c ---- */

/* Let the node wait for the fence that is put next. */
void rn_wait_for_fence(struct rn_tracker *t, struct rn_node *node);
/* Whether to look for a directory under its path once more.  One that is not
 * found there was renamed; as long as renames are read there is hope. */
bool rn_may_try_again(const struct rn_tracker *t, struct rn_passage *passage);
/* Let the node wait to be listed. */
void rn_wait_for_scan(struct rn_tracker *t, struct rn_node *node,
                      enum rn_frame_mode mode);
/* The same, once the fence that is put next has come back. */
void rn_scan_after_fence(struct rn_tracker *t, struct rn_node *node,
                         enum rn_frame_mode mode);
/* The node waits for nothing. */
void rn_wait_end(struct rn_tracker *t, struct rn_node *node);
struct rn_node *rn_waiting_take(struct rn_waiting *waiting);
/* Put the open fence into the kernel's queue, if anyone waits. */
void rn_fence_put(struct rn_tracker *t);
/* Put a marker.  Returns its wd, or what inotify_add_watch(2) gave. */
int rn_fence_mark(struct rn_tracker *t);
/* Whether a record is a fence's; then those who waited for it go on. */
bool rn_fence_take(struct rn_tracker *t, const struct rn_raw_event *raw);
/* Fences may have been lost: put them again. */
void rn_fences_renew(struct rn_tracker *t);
void rn_fences_free(struct rn_tracker *t);

/* ---- the barrier: barrier.c ---- */

/* Epochs wrap: of two that are in use at a time, the older is less far. */
static inline bool rn_epoch_is_older(uint32_t epoch, uint32_t than) {
  return (int32_t)(epoch - than) < 0;
}

/* A node begins to wait for what is done now. */
void rn_note_cause(const struct rn_tracker *t, struct rn_passage *passage);
/* The cause of what is done now for a node, or of what waits for it if that is
 * older. */
uint32_t rn_oldest_cause(const struct rn_tracker *t,
                         const struct rn_node *node);
/* The barrier's fence was read. */
void rn_barrier_fence_read(struct rn_tracker *t);
/* ---- roots that follow a name: persist.c, way.c ---- */

/* Let a root without a top follow its path, and take in what is there.
 *
 * Returns    0, also when nothing is there; what cannot be followed. */
int rn_follow_add(struct rn_tracker *t, struct rn_root *root,
                  const struct rn_addition *addition);
/* The user removes the root. */
void rn_follow_remove(struct rn_follow *follow);
/* The last node of the root is gone.  Returns whether it waits for another. */
bool rn_follow_vacate(struct rn_tracker *t, struct rn_root *root);
/* Free what a root has besides; nothing for one that is not persistent. */
void rn_follow_free(struct rn_tracker *t, struct rn_root *root);
void rn_follows_free(struct rn_tracker *t);
/* The root's own directory was moved. */
void rn_follow_set_due(struct rn_tracker *t, struct rn_follow *follow);
/* Records were lost: look after all. */
void rn_follow_all_due(struct rn_tracker *t);
/* Look after those that are due. */
void rn_follow_due(struct rn_tracker *t);
/* The root with this handle, or NULL. */
struct rn_root *rn_follow_by_handle(struct rn_tracker *t, uint32_t generation);
/* A record of a directory that paths go through. */
void rn_way_take(struct rn_tracker *t, struct rn_node *node,
                 const struct rn_raw_event *raw);
/* Its watch has ended. */
void rn_way_end(struct rn_tracker *t, struct rn_node *node);

/* ---- halves of renames: moves.c ---- */

/* Remember the first half of a rename.  Valid until the next one. */
struct rn_move *rn_move_begin(struct rn_tracker *t, struct rn_node *node,
                              const struct rn_raw_event *raw);
/* The half with this record's cookie that the root saw; else the one that
 * another root saw, which stays for that one; or NULL.  Valid as above. */
struct rn_move *rn_move_end(struct rn_tracker *t, const struct rn_node *node,
                            const struct rn_raw_event *raw);
/* Remember an arrival, of which `move`, or NULL, is the half, for what leaves
 * the place next.  over_dir: there may have been a directory. */
void rn_move_arrived(struct rn_tracker *t, struct rn_move *move,
                     const struct rn_node *node, const struct rn_raw_event *raw,
                     bool over_dir);
/* Whether it is the second half of an exchange, or of a way there and back. */
bool rn_move_is_swap(const struct rn_move *move);
/* Whether there is still something where a swap came from is in doubt. */
void rn_doubt_swapped(struct rn_tracker *t, const struct rn_move *move);
/* A root is no more. */
void rn_moves_forget_root(struct rn_tracker *t, const struct rn_root *root);
/* A node is no longer meant by a half. */
void rn_move_forget(struct rn_tracker *t, const struct rn_node *child);
void rn_moves_free(struct rn_tracker *t);
/* Keep a record for a node until the moved directory above has settled. */
void rn_keep_record(struct rn_tracker *t, const struct rn_node *node,
                    const struct rn_raw_event *raw);
/* Take in the records that were kept, if a moved directory has settled. */
void rn_replay_kept(struct rn_tracker *t);
/* Drop them.  Returns how many. */
uint64_t rn_drop_kept(struct rn_tracker *t);

/* ---- halves that are told together: pairs.c ---- */

/* Tell of the half that was just begun, or hold it. */
void rn_tell_moved_from(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw, struct rn_move *move);
/* Tell of the other half, with the first one when that is held.
 *
 * move       what rn_move_end() gave. */
void rn_tell_moved_to(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw, struct rn_move *move);

/* Tell a half that is held alone, in the place of its record. */
void rn_held_tell(struct rn_tracker *t, struct rn_move *move);
/* The same, if it is held, now that the other half was read and is not told with
 * it. */
void rn_held_tell_loose(struct rn_tracker *t, struct rn_move *move,
                        const struct rn_node *node,
                        const struct rn_raw_event *raw);
/* The same for all; those of a root; those that left `top` or a directory below
 * it; those that are about a directory `child`. */
void rn_held_tell_all(struct rn_tracker *t);
void rn_held_tell_root(struct rn_tracker *t, const struct rn_root *root);
void rn_held_tell_below(struct rn_tracker *t, const struct rn_node *top);
void rn_held_tell_moved(struct rn_tracker *t, const struct rn_node *child);
/* An event is about to be told: the same for those whose path it is about.
 *
 * name       of the entry of `node`; empty: the event is about `node`. */
void rn_held_make_way(struct rn_tracker *t, const struct rn_node *node,
                      uint32_t mask, struct rn_bytes name);

/* See to it that what is held at the end of a turn is settled soon. */
void rn_held_end_turn(struct rn_tracker *t);
/* A record of no node: if it is the fence of halves, they are told. */
void rn_held_take_fence(struct rn_tracker *t, const struct rn_raw_event *raw);
bool rn_held_awaits_fence(const struct rn_tracker *t);

#endif
