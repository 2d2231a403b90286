#ifndef LIB_TRACK_TRACKER_H
#define LIB_TRACK_TRACKER_H

/* What the files of this module share.
 *
 *     events.c   a record -> changes, and what it does to the tree
 *     entries.c  arrivals and departures
 *     window.c   what was told ahead of its records
 *     watch.c    watches: opening and adopting directories
 *     masks.c    what the kernel is asked for
 *     root.c     roots, and the end of watches
 *     leave.c    the end of many watches, in pieces
 *     walk.c     listing of directories
 *     listed.c   what is being listed, as others see it
 *     mark.c     marks in the kernel's queue
 *     fence.c    fences, and what waits for them
 *     moves.c    halves of renames
 *     kept.c     records kept back: below a moved directory
 *     withhold.c the same, of a root that is being added
 *     pairs.c    halves that are told together
 *     barrier.c  when all that was queued at a moment has been told
 *     prove.c    whether a watch is still there
 *     persist.c  roots that follow a name; with look.c, way.c and persist.h
 *     recover.h  the repair of losses, and its files
 *
 * What a file has to say to the others stands in the header of its name; that
 * of barrier.c in fence.h, of root.c and leave.c in watch.h, of pairs.c in
 * moves.h, and of events.c, entries.c, prove.c and persist.c here. */

#include "lib/track/fence.h"
#include "lib/track/kept.h"
#include "lib/track/moves.h"
#include "lib/track/track.h"
#include "lib/track/walk.h"
#include "lib/track/watch.h"
#include "lib/track/window.h"
#include "ringnotify/inotify.h"

struct rn_tracker {
  const struct rn_sys *sys;
  struct rn_sink sink;
  int fd;
  int fence_fd;
  int newest_wd; /* the highest that the kernel gave: the next one follows */
  struct rn_tree tree;
  struct rn_track_counts counts;
  uint64_t passed; /* what became of records: told, or kept back */

  struct rn_walk walks[2];     /* by rn_walk_kind */
  int walk_pieces, walk_slice; /* rn_tracker_set_pace() */
  /* The addition that is being walked, or NULL. */
  struct rn_root *adding;
  bool adding_partial;
  bool adding_compare; /* an overflow came meanwhile */
  int adding_tries;    /* how often the walk began anew */
  int walk_error;

  struct rn_marks marks;
  bool feeds;                  /* of what was read there may be more */
  size_t fed;                  /* bytes of the read that is being taken in */
  struct rn_fence *open_fence; /* to be put; or NULL: no one waits yet */
  struct rn_fence *fences;     /* in the kernel's queue */
  int fence_error;             /* why the open fence could not be put; or 0 */
  struct rn_fence late_fence;  /* of directories between two places */
  int64_t late_ns;             /* when that is to be put, if anyone waits */

  enum rn_barrier barrier;
  uint32_t epoch; /* of what is read now */
  uint32_t cause; /* of what is done now: the same, or that of the record that
                     led to it */

  struct rn_move moves[RN_MOVES];
  uint32_t next_move;
  uint32_t held_count;      /* of them, those that are not told yet */
  uint32_t renames;         /* halves of directories', and moved roots, read so
                               far */
  uint32_t suspended_count; /* nodes with RN_NODE_MOVED or RN_NODE_GONE, roots
                               in `leaving` or with a mark, and the one that is
                               added */

  uint32_t mark_count;                    /* roots with a mark */
  struct rn_root *leaving, *leaving_last; /* roots with watches to be ended */
  uint32_t share;     /* watches to be ended for one read, or by one walk */
  uint32_t ends_left; /* of the share that is being used */
  uint64_t queue;     /* records that its queue has room for, or a read takes */
  uint64_t put;       /* there since the last read: the library's own */

  /* Records below a moved directory, kept until it is known where it went. */
  struct rn_kept kept;
  struct rn_withheld withheld;
  bool replay;
  bool loses; /* one that was to be kept is lost: to be told */

  /* Directories that could not be watched, as places; RN_UNWATCHED_MAX at most.
   * Of what is not in it a root is `blind`. */
  struct rn_names unwatched;

  uint32_t recover_count;        /* roots with an index */
  struct rn_recover *recovering; /* those that something is to be done for */
  uint32_t made_up_cookie;       /* the last one */
  bool hurry;                    /* see rn_tracker_hurry() */

  uint32_t noisy_roots; /* whose masks have such bits as a listing sets off */
  int *quiet;           /* wds that were asked for less than their mask */
  size_t quiet_count, quiet_room;
  bool widens;  /* there are some that were not tried yet */
  bool unasked; /* and perhaps some of which more is told than is wanted */
  uint32_t widen_renames;     /* with the strayed: how many were read by then */
  int64_t widen_again_ns;     /* when to try what failed for want of
                                 something; or 0 */
  uint32_t widen_rounds;      /* that are over */
  bool widen_renamed;         /* in this round: there were more of them */
  size_t widen_at, widen_end; /* of `quiet`: those of this round; 0: none is
                                 under way */

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

/* Work that is cut: so many steps, and no longer than some milliseconds. */
struct rn_piece {
  uint32_t left;
  int64_t until_ns;
};

static inline struct rn_piece rn_piece_begin(const struct rn_tracker *t,
                                             uint32_t steps) {
  const int64_t now = t->sys->monotonic_ns(t->sys);
  return (struct rn_piece){.left = steps, .until_ns = now + RN_PIECE_NS};
}

static inline bool rn_piece_is_late(const struct rn_tracker *t,
                                    const struct rn_piece *piece) {
  return t->sys->monotonic_ns(t->sys) > piece->until_ns;
}

/* Whether another step is to be done.  The first one always is. */
static inline bool rn_piece_goes_on(const struct rn_tracker *t,
                                    struct rn_piece *piece) {
  return piece->left-- > 0 && !rn_piece_is_late(t, piece);
}

/* The suspended node at or above this one that decides what becomes of its
 * records, or NULL: one that has left rather than one that is gone, and that
 * rather than one that moved. */
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
/* Tell an error of a directory that is watched all the same. */
void rn_tell_refusal(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name, int error);

/* Look for what a whole root has missed; of one of a single watch, whether it
 * has missed its end. */
void rn_compare(struct rn_tracker *t, struct rn_root *root);
/* Take in a record that was kept back for the node of this generation. */
void rn_take_kept(struct rn_tracker *t, const struct rn_raw_event *raw,
                  uint32_t generation);

/* ---- arrivals and departures: entries.c ---- */

/* A directory could not be watched; with an empty name: directories in `node`.
 * Until it is, a rename does not bring along what others may know of its
 * content, as that is told anew when it can be watched. */
void rn_unwatched_note(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name);
/* It has left that place, or is watched.  Returns whether it was noted. */
bool rn_unwatched_forget(struct rn_tracker *t, const struct rn_node *node,
                         struct rn_bytes name);
/* Whether a node, and each above it, was found where it is since records were
 * lost.  If not, another directory may be there by now. */
bool rn_is_proven(const struct rn_tracker *t, const struct rn_node *node);

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

/* The node, of whatever root, that has the path of the directory which the path
 * of a top is in; or NULL: lookup.c. */
struct rn_node *rn_find_above(struct rn_tracker *t, const struct rn_node *top);

/* ---- whether a watch is still there: prove.c ---- */

/* See to it that a root without others below, and without an index, has not
 * ended unheard: then it ends now. */
void rn_prove(struct rn_tracker *t, struct rn_node *top,
              enum rn_frame_mode mode);
/* The same for any root that is not found at its path; where the kernel cannot
 * be asked at once, later.  Returns whether it is left. */
bool rn_leave_if_lost(struct rn_tracker *t, struct rn_node *top);
/* Whether the kernel has a watch no more: then its IN_IGNORED is queued once
 * more.
 *
 * Returns    1 it has not; 0 it has; -EAGAIN enough watches have ended for now;
 *            -ENOTTY this kernel does not tell; why no mark is to be had to ask
 *            with. */
int rn_watch_is_lost(struct rn_tracker *t, int wd);

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
/* Whether a root, of any kind, is still to be looked after, or its top has
 * turned out to be elsewhere: then so may be what is told of it. */
bool rn_root_is_astray(const struct rn_root *root);
/* Whether what an earlier epoch made due is still to be told: the end of a
 * life, and the next one. */
bool rn_follow_owes(const struct rn_tracker *t);
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

#endif
