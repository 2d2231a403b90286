#ifndef LIB_TREE_TREE_H
#define LIB_TREE_TREE_H

/* Which directory a watch descriptor stands for, and where it is in the tree.
 *
 * A root is one watch that the user added; a node is one watched directory (or
 * a watched file, as the only node of its root).  Nodes know their parent and
 * their name, so a rename is a change of one node, and a path is put together
 * when it is asked for.  An inode that several roots cover has a node in each;
 * they share the watch descriptor.
 *
 * No system calls, no policy.   Threads: one, the reader's. */

#include <sys/types.h>

#include "lib/filter/filter.h"
#include "lib/tree/names.h"
#include "ringnotify/watch.h"

struct rn_owned_target;
struct rn_fence;
struct rn_follow;
struct rn_way;
struct rn_recover;
struct rn_settling;

/* Why nothing is told of a root. */
enum {
  RN_MUTE_ABANDONED = 1U << 0, /* its addition failed, or it is no user's */
  RN_MUTE_SUSPENDED = 1U << 1, /* the user wants nothing of it for a while */
  RN_MUTE_ALL = 1U << 2,       /* nor of any other */
};

/* One watch of the user's. */
struct rn_root {
  struct rn_root *next, *previous; /* in the tree's list */
  const struct rn_hash_key *key;   /* the tree's: of all sets of names */
  char *path;                      /* as it was given: what events say */
  char *access_path;               /* absolute: what system calls are given */
  size_t path_size, access_path_size;
  struct rn_filter filter;
  uint32_t modifiers; /* IN_EXCL_UNLINK, IN_DONT_FOLLOW, ... of the adding */
  bool recursive;
  bool settled;         /* what is read fits its nodes: the fence behind its
                           first walk came back, and it is not unsure */
  bool unsure;          /* after a loss, until it was compared with the disk: a
                           name may be another directory's than was told */
  bool noisy;           /* the tracker's note on its mask */
  bool blind;           /* a directory could not be read or watched */
  bool ending;          /* being removed: no directory is added any more */
  bool fixed;           /* directories that come are not watched */
  bool strayed;         /* its top was moved: where it is is not known */
  int mark_wd;          /* of a mark in the queue: what is read before it is
                           older than the root, and not for it; or 0 */
  int walk_mark_wd;     /* of that, or a later one: what is read before it is
                           older than the root's walk, and changes nothing
                           below; or 0 */
  uint8_t mute;         /* RN_MUTE_*: why nothing is told of it */
  int64_t pair_wait_ns; /* how long half of a rename is held for the other; 0:
                           not at all */
  struct rn_owned_target *target; /* or NULL: the notifier's own */
  struct rn_recover *recover;     /* the tracker's; or NULL: losses stay lost */
  struct rn_node *top;            /* or NULL, when it is gone */
  struct rn_node *attic;        /* a ghost below the top, and below it what has
                                 left and is still to be ended; or NULL */
  struct rn_root *next_leaving; /* in the tracker's list of those that have
                                   something to be ended */
  bool leaving;                 /* it is in that list */
  uint32_t node_count;
  struct rn_follow *follow; /* of a persistent root; else NULL */
  struct rn_way *way; /* it is not the user's, but a directory that the path of
                         a persistent root goes through; else NULL */
  int64_t settle_ns;  /* how long an entry has to be quiet to be told as
                         settled; 0: it is not told */
  struct rn_settling *settling; /* the notifier's: which entries wait; or NULL,
                                   none did so far */
};

enum {
  RN_NODE_DIR = 1U << 0,
  RN_NODE_NAMED = 1U << 1,    /* found under its parent and name */
  RN_NODE_SHARED = 1U << 2,   /* other nodes have the same wd */
  RN_NODE_GHOST = 1U << 3,    /* its watch has ended, nodes below are left */
  RN_NODE_QUIET = 1U << 4,    /* the kernel was asked for less than the mask */
  RN_NODE_SEEN = 1U << 5,     /* found where it is by the last listing that
                                looked for what is gone, or come since that
                                began */
  RN_NODE_ENDING = 1U << 6,   /* its watch was removed, IN_IGNORED is to come */
  RN_NODE_MOVED = 1U << 7,    /* IN_MOVED_FROM was read, the rest is awaited */
  RN_NODE_GONE = 1U << 8,     /* deleted or left, unless announced again */
  RN_NODE_ONESHOT = 1U << 9,  /* its first event is the last */
  RN_NODE_LEFT = 1U << 12,    /* it and all below is no part of the tree any
                                more, and only to be ended */
  RN_NODE_UNASKED = 1U << 13, /* the kernel is still to be asked for its mask */
  RN_NODE_WAY = 1U << 15, /* of a root with a `way`: nothing is told of it */
  RN_NODE_INDEXED =
      1U << 10, /* of a root with an index: what it says is noted */
  RN_NODE_STRAYED = 1U << 11, /* with QUIET: it was not found where it is */
  RN_NODE_SETTLES = 1U << 14, /* of a root with a settle window: likewise */
};

/* Why a node is in a list of the tracker's. */
enum rn_wait {
  RN_WAIT_NOTHING,
  RN_WAIT_SCAN,  /* to be listed */
  RN_WAIT_FENCE, /* for the fence that its list belongs to */
};

/* What only a node in a state of passage has. */
struct rn_passage {
  struct rn_node *same_wd;         /* next node of the wd, or NULL */
  struct rn_node *next, *previous; /* in the list of `waits` */
  struct rn_fence *fence;          /* with RN_WAIT_FENCE */
  enum rn_wait waits;
  uint32_t renames;      /* with tries: how many were read at the last one */
  uint32_t epoch;        /* with `waits`: of the record that led to it */
  uint8_t mode;          /* with RN_WAIT_SCAN: how to list it */
  bool rescan;           /* with RN_WAIT_FENCE: list it again afterwards */
  uint16_t tries;        /* how often its path was another's */
  uint16_t tries_in_all; /* the same, whatever was renamed meanwhile */
  uint8_t overdue;       /* with RN_NODE_MOVED: how often it was time for the
                            rest */
  bool has_known;
  bool known_part; /* with has_known: of an old directory, `known` are only
                      names that were told before the kernel's record came */
  bool taken_back; /* its departure was told, or that of what was told of it */
  struct rn_names known; /* with has_known: the names told so far */
};

enum { RN_NODE_NAME_INLINE = 12 };

struct rn_node {
  struct rn_node *parent; /* NULL: the top of its root */
  struct rn_node *first_child, *next_sibling, *previous_sibling;
  struct rn_root *root;
  struct rn_passage *passage; /* or NULL */
  uint64_t place_stamp;       /* the lane's, when `place` was written */
  uint32_t place;
  uint32_t route_key;
  int32_t wd;
  uint32_t generation;
  uint16_t flags; /* RN_NODE_* */
  uint16_t name_size;
  char name[RN_NODE_NAME_INLINE]; /* the name, or a pointer to it */
};

struct rn_tree {
  struct rn_hash_key key;
  struct rn_index by_wd;   /* first node of each wd */
  struct rn_index by_name; /* (parent, name) */
  struct rn_index by_path; /* roots, by their path; some may have the same */
  struct rn_root *roots;
  struct rn_node *last; /* found last by its wd, or NULL */
  uint32_t last_generation;
  uint32_t wd_count; /* watch descriptors in use */
};

/* The tree must stay where it is. */
void rn_tree_init(struct rn_tree *tree, const struct rn_hash_key *key);
/* Free all roots and nodes; targets are not touched. */
void rn_tree_fini(struct rn_tree *tree);

/* ---- roots ---- */

/* Make a root without a top.
 *
 * root->filter and what follows are the caller's to fill in.
 * Returns    0; -ENOMEM. */
int rn_tree_root_new(struct rn_tree *tree, struct rn_bytes path,
                     struct rn_bytes access_path, struct rn_root **root);

/* Give a root another path for system calls.  Without memory it keeps the one
 * it has. */
void rn_tree_root_set_path(struct rn_root *root, struct rn_bytes access_path);

/* Make `node` one that is in no index and stands for the top of a root while
 * it has none: it has the root's path and lane, and a generation of its own. */
void rn_tree_stand_in(struct rn_tree *tree, struct rn_root *root,
                      struct rn_node *node);

/* Free a root that has no nodes. */
void rn_tree_root_free(struct rn_tree *tree, struct rn_root *root);

/* ---- nodes ---- */

/* Add a node.
 *
 * parent     or NULL: it becomes the top of the root.
 * name       at most RN_NAME_SIZE_MAX bytes; empty for a top.  No other node
 *            may have it.
 * Returns    0; -ENOMEM. */
int rn_tree_add(struct rn_tree *tree, struct rn_root *root,
                struct rn_node *parent, struct rn_bytes name, int wd,
                bool is_dir, struct rn_node **node);

/* Free a node.  With nodes below it, it stays as a ghost, without wd, until the
 * last of them is gone.  It must not be in a list.
 *
 * Returns    true when no other node has the wd. */
bool rn_tree_remove(struct rn_tree *tree, struct rn_node *node);

/* Put a node under another parent and name of its root.
 *
 * Returns    0; -ENOMEM: it is where it was. */
int rn_tree_move(struct rn_tree *tree, struct rn_node *node,
                 struct rn_node *parent, struct rn_bytes name);

/* Put a node that is no top, with all below it, into the attic of its root.
 *
 * Returns    0; -ENOMEM: it is where it was. */
int rn_tree_leave(struct rn_tree *tree, struct rn_node *node);

/* Let a node no longer be found by its name; it keeps its place. */
void rn_tree_unname(struct rn_tree *tree, struct rn_node *node);

/* Hash of a wd.  The kernel counts them up, and multiples of the golden ratio
 * lie apart: nearly every node is in its home slot. */
static inline uint64_t rn_tree_wd_hash(int wd) {
  return (uint64_t)(uint32_t)wd * 0x9e3779b97f4a7c15U;
}

/* The home slot of a wd in a tree that has nodes, and what is in it: to be
 * fetched into the processor's caches before it is looked at. */
static inline void **rn_tree_home(const struct rn_tree *tree, int wd) {
  return &tree->by_wd.slots[rn_index_home(&tree->by_wd, rn_tree_wd_hash(wd))];
}

/* The same as rn_tree_find(), for a node that is not in its home slot. */
struct rn_node *rn_tree_find_far(struct rn_tree *tree, int wd);

/* First node with a wd, or NULL; the others by rn_node_same_wd().  Inlined: it
 * is done for every record. */
static inline struct rn_node *rn_tree_find(struct rn_tree *tree, int wd) {
  if (RN_LIKELY(tree->last != NULL && tree->last->wd == wd)) return tree->last;
  if (RN_UNLIKELY(tree->by_wd.slots == NULL)) return NULL;
  struct rn_node *node = (struct rn_node *)*rn_tree_home(tree, wd);
  if (RN_UNLIKELY(node == NULL || node->wd != wd))
    return rn_tree_find_far(tree, wd);
  tree->last = node;
  return node;
}

/* The node of a root with a wd that has not left, or NULL. */
struct rn_node *rn_tree_find_in(struct rn_tree *tree,
                                const struct rn_root *root, int wd);

/* The named node below `parent`, or NULL. */
struct rn_node *rn_tree_child(const struct rn_tree *tree,
                              const struct rn_node *parent,
                              struct rn_bytes name);

/* A handle's node, or NULL. */
struct rn_node *rn_tree_by_handle(struct rn_tree *tree, struct rn_watch watch);

/* A root of this path that the user added and that goes on, or NULL.
 *
 * hash       of the path, by the tree's key and the seed RN_TREE_PATH_SEED. */
struct rn_root *rn_tree_root_of(const struct rn_tree *tree,
                                struct rn_bytes path, uint64_t hash);
enum { RN_TREE_PATH_SEED = 0 };

struct rn_bytes rn_node_name(const struct rn_node *node);

/* The next node with the same wd, or NULL. */
static inline struct rn_node *rn_node_same_wd(const struct rn_node *node) {
  return node->passage != NULL ? node->passage->same_wd : NULL;
}

/* The node behind `node` in the subtree of `top`, parents first, and nothing
 * below what has left; NULL at the end.  Start with node = top. */
struct rn_node *rn_node_next(const struct rn_node *top,
                             const struct rn_node *node);

/* The same, with what is below `node` left out. */
struct rn_node *rn_node_skip(const struct rn_node *top,
                             const struct rn_node *node);

/* The same, children before their parents: the first node, and the one behind
 * `node`. */
struct rn_node *rn_deepest_first(struct rn_node *top);
struct rn_node *rn_deepest_next(const struct rn_node *top,
                                struct rn_node *node);

/* Whether `node` is `top` or below it. */
bool rn_node_is_below(const struct rn_node *node, const struct rn_node *top);

/* Whether a node is only to be ended: it is in the attic, or its whole root
 * is. */
static inline bool rn_node_has_left(const struct rn_node *node) {
  const struct rn_root *root = node->root;
  if (root->top != NULL && (root->top->flags & RN_NODE_LEFT) != 0) return true;
  return root->attic != NULL && rn_node_is_below(node, root->attic);
}

/* The node's passage, made when it has none.  NULL: no memory. */
struct rn_passage *rn_node_passage(struct rn_node *node);

/* Free the passage when nothing in it is in use. */
void rn_node_passage_trim(struct rn_node *node);

/* Path of a node, as events say it or for system calls, with a NUL.
 *
 * size       of `out`.
 * Returns    the length without the NUL; -ENAMETOOLONG. */
ssize_t rn_node_path(const struct rn_node *node, char *out, size_t size);
ssize_t rn_node_access_path(const struct rn_node *node, char *out, size_t size);

#endif
