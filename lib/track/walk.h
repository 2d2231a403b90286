#ifndef LIB_TRACK_WALK_H
#define LIB_TRACK_WALK_H

/* Listing of directories: walk.c. */

#include "lib/scan/scan.h"
#include "lib/track/fence.h"
#include "lib/track/track.h"

enum {
  RN_WALK_DEPTH = 24,  /* directories open at a time; deeper ones are queued */
  RN_WALK_SLICE = 512, /* entries of a listing in one piece of work */
  RN_WALK_PIECES = 16, /* pieces in one call of rn_tracker_walk() */
  RN_WALK_SHARE = 512, /* watches that are ended in one call, or for one read */
  RN_PIECE_NS = 4 * 1000 * 1000, /* how long a piece of work takes at most */
  RN_ADD_TRIES = 32,             /* walks of an addition from the top */
};

enum rn_frame_mode {
  RN_FRAME_REPORT,  /* a new directory: its content is reported */
  RN_FRAME_ADD,     /* an addition: its content is watched only */
  RN_FRAME_COMPARE, /* an old one, with all below: what was missed is watched
                       and reported */
  RN_FRAME_RETRY,   /* directories that were told and could not be adopted are
                       looked for once more */
  RN_FRAME_RECOVER, /* of a root with an index: it is held against that */
  RN_FRAME_PROVE,   /* no listing: it is looked whether it is there */
  RN_FRAME_ASK,     /* it is not: the kernel is asked whether it is watched */
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

/* Begin a walk at a node, or queue it.
 *
 * fd         its directory, open for reading.
 * Ownership  takes `fd`. */
void rn_walk_begin(struct rn_tracker *t, struct rn_node *node,
                   enum rn_frame_mode mode, int fd);

/* A directory cannot be listed in the walk of an addition: that fails, or it is
 * told to on_failure. */
void rn_walk_fail(struct rn_tracker *t, struct rn_node *node, int error);

/* List a directory again, when a fence has come back, for the names that were
 * told and the ones in doubt; unless a listing is due. */
void rn_look_again(struct rn_tracker *t, struct rn_node *node);

/* ---- what is being listed: listed.c ---- */

/* Close what is listed no longer; not while a piece is being done. */
void rn_walk_close_ended(struct rn_tracker *t);

/* A root is asked for more from now on: directories that are being listed, and
 * those above them, only when that is over. */
void rn_walk_keep_quiet(struct rn_tracker *t, const struct rn_root *root);

/* A node is no longer to be listed; nor is any below it. */
void rn_walk_forget(struct rn_tracker *t, const struct rn_node *node);
void rn_walk_forget_below(struct rn_tracker *t, const struct rn_node *top);

/* ---- waiting to be listed: fence.c ---- */

static inline bool rn_is_due(const struct rn_passage *passage) {
  return passage->waits == RN_WAIT_SCAN ||
         (passage->waits == RN_WAIT_FENCE && passage->rescan);
}

/* Let the node wait to be listed. */
void rn_wait_for_scan(struct rn_tracker *t, struct rn_node *node,
                      enum rn_frame_mode mode);
/* The same, once the fence that is put next has come back. */
void rn_scan_after_fence(struct rn_tracker *t, struct rn_node *node,
                         enum rn_frame_mode mode);

#endif
