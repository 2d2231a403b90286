#ifndef LIB_TRACK_PERSIST_H
#define LIB_TRACK_PERSIST_H

/* Roots that follow a name: what the files share that see to them.
 *
 *     persist.c  what is at the path of such a root: it comes, goes, comes back
 *     look.c     looking along a path, from "/" to its end
 *     way.c      watches of the directories on the way */

#include "lib/track/tracker.h"

enum {
  RN_LINKS_MAX = 40, /* symbolic links on one path, as in path_resolution(7) */
};

/* A directory that the path of a persistent root goes through, watched for the
 * names in it that matter.  One for each directory, however many paths go
 * there; its node shares the wd with those of the user's watches. */
struct rn_way {
  struct rn_root *root;  /* its path, and its only node */
  struct rn_step *first; /* who looks for a name in it; NULL: it ends */
};

/* A name that a path goes through: an entry of a directory. */
struct rn_step {
  struct rn_step *next; /* of the same path, backwards */
  struct rn_follow *follow;
  struct rn_way *way; /* NULL: it has ended */
  struct rn_step *next_in_way, *previous_in_way;
  size_t name_size;
  char name[];
};

/* What a persistent root has besides. */
struct rn_follow {
  struct rn_root *root;
  struct rn_node stand_in; /* tells what is to be told without a top; its
                              generation is that of the root's handle */
  struct rn_step *steps;
  struct rn_follow *next_due;
  bool due;       /* in the tracker's list of those to be looked after */
  bool removed;   /* by the user */
  bool owes_end;  /* removed when its IN_IGNORED had been told already */
  bool owes;      /* it was made due, and what that leads to is not begun */
  uint32_t epoch; /* with that: see barrier.c */
  bool retrying;  /* what stands in the way goes without being told */
  int error;      /* that was told last, or 0 */
  char *error_path;
};

/* A look along a path. */
struct rn_look {
  struct rn_follow *follow;
  struct rn_step *steps; /* names that were looked for, the last one first */
  int fd;                /* what was reached, open with O_PATH */
  bool as_directory;     /* the path says that it ends at a directory */
  int link_count;
  int error;         /* the first directory that could not be watched: why */
  size_t error_size; /* how much of `error_path` it is */
  size_t path_size;
  size_t rest;                       /* where in `text` the rest begins */
  char path[RN_PATH_SIZE_MAX];       /* what was reached, without links */
  char error_path[RN_PATH_SIZE_MAX]; /* with `error` */
  char text[RN_PATH_SIZE_MAX];       /* what is still to be gone */
};

/* Look along the path of a root, watching each directory before looking into
 * it.  look->steps are the caller's afterwards, whatever came of it.
 *
 * Returns    0 look->fd is what is there, until rn_look_end(); -ENOENT,
 *            -ENOTDIR:  nothing is; -ELOOP, -ENAMETOOLONG; what openat(2)
 *            gave. */
int rn_look_along(struct rn_tracker *t, struct rn_follow *follow,
                  struct rn_look *look);

/* Close what a look has reached. */
void rn_look_end(struct rn_tracker *t, struct rn_look *look);

/* Watch a directory that is open as one of a path.
 *
 * path       without links.
 * Returns    0; -ENOTDIR it is none; -ENOMEM; what inotify_add_watch(2) gave.
 */
int rn_way_watch(struct rn_tracker *t, int fd, struct rn_bytes path,
                 struct rn_way **way);

/* Have changes of mode and owner told as well.  Returns whether that is new. */
bool rn_way_ask_attributes(struct rn_tracker *t, struct rn_way *way);

/* Put a step into its way, and free steps of a path: a way that none is left
 * of ends. */
void rn_step_enter(struct rn_step *step, struct rn_way *way);
void rn_steps_free(struct rn_tracker *t, struct rn_step *steps);

#endif
