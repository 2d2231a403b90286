#ifndef LIB_TRACK_FENCE_H
#define LIB_TRACK_FENCE_H

/* Waiting until what is queued in the kernel has been read: mark.c puts
 * something there, fence.c is for a node, barrier.c for all that was queued at
 * a moment. */

#include "lib/track/track.h"

/* Nodes in a state of passage, in order. */
struct rn_waiting {
  struct rn_node *first, *last;
  uint32_t count;
};

struct rn_mark {
  int wd;     /* whose IN_IGNORED it is */
  bool asks;  /* for a watch: it may be another's as well */
  bool other; /* with `asks`: the next one is, as its death was read */
};

/* Marks in the kernel's queue, or taken by a loss: those from `first` to `end`,
 * in the order they were put in. */
struct rn_marks {
  struct rn_mark *marks; /* or NULL */
  uint32_t first, end, room;
  uint32_t lost; /* of those before this a loss may have taken some */
};

/* A mark in the kernel's queue, and who waits for it. */
struct rn_fence {
  struct rn_fence *next;
  int wd;                    /* of its mark; or 0: it has none */
  size_t left;               /* without one: bytes to be read in front of it */
  struct rn_waiting waiting; /* who waits for it */
  bool barrier;              /* the barrier does, too */
  bool ends;    /* a root that was removed may be among them: that cannot wait
                   any longer once it was read */
  bool passing; /* it was read, and some of them are still to go on */
};

enum rn_barrier {
  RN_BARRIER_NONE,
  RN_BARRIER_ASKED,    /* its fence is to be put */
  RN_BARRIER_FENCED,   /* its fence is open, or in the kernel's queue */
  RN_BARRIER_SETTLING, /* its fence was read: what came before is to be told */
};

/* ---- marks: mark.c ---- */

/* What a loss leads to (asking for watches, looking at what has a path by now,
 * fences) makes records, too, and should these be lost it begins anew.  So
 * between two reads the library makes no more than the kernel's queue has room
 * for: when nobody else makes any, the last loss has been.
 *
 * Whether there is room for `count` more.  When none was made, there is: more
 * would never be. */
bool rn_has_room(const struct rn_tracker *t, uint32_t count);
/* The same for a fence.  What is to be listed comes first: else there might be
 * no room for it ever. */
bool rn_has_room_for_fence(const struct rn_tracker *t);
/* Whether it is enough before the next read: what is watched for a moment, as
 * it is not what was looked for, makes records, too. */
bool rn_makes_enough(const struct rn_tracker *t);

/* Put one into the kernel's queue.  Returns its wd; -ENOMEM, or what
 * inotify_add_watch(2) gave. */
int rn_mark_put(struct rn_tracker *t);
/* The same of one that may be given the number of a watch that has ended.
 * Right before, rn_mark_before_ask() puts one of the first kind, if it takes
 * that to tell their records apart: returns 1 it did; 0; as rn_mark_put(). */
int rn_mark_ask(struct rn_tracker *t);
int rn_mark_before_ask(struct rn_tracker *t);
/* Whether a record is one of them. */
bool rn_mark_take(struct rn_tracker *t, const struct rn_raw_event *raw);
/* The kernel lost records. */
void rn_marks_lose(struct rn_tracker *t);
void rn_marks_free(struct rn_tracker *t);

/* ---- fences: fence.c ---- */

/* Let the node wait for the fence that is put next; one that is between two
 * places, or below such a one, for one that is put in RN_MOVE_MS at the
 * latest. */
void rn_wait_for_fence(struct rn_tracker *t, struct rn_node *node);
/* Half of a directory's rename was read: let it wait for the rest.  If neither
 * that nor its IN_MOVE_SELF comes, it is taken as gone. */
void rn_wait_for_rest(struct rn_tracker *t, struct rn_node *node);
/* A node, or NULL, is between two places no more: nor are those below. */
void rn_wait_no_longer(struct rn_tracker *t, struct rn_node *node);
/* Whether to look for a directory under its path once more.  One that is not
 * found there was renamed; as long as renames of directories are read there is
 * hope, but not for ever. */
bool rn_may_try_again(const struct rn_tracker *t, struct rn_passage *passage);
/* The node waits for nothing. */
void rn_wait_end(struct rn_tracker *t, struct rn_node *node);
struct rn_node *rn_waiting_take(struct rn_waiting *waiting);
/* Put the open fence into the kernel's queue, if anyone waits. */
void rn_fence_put(struct rn_tracker *t);
/* How long until one is to be put that is not put at once, in milliseconds; -1:
 * none. */
int rn_fence_due_ms(const struct rn_tracker *t);
/* The mark with this wd was read: if it is a fence's, those who waited for that
 * go on.  Returns whether it was. */
bool rn_fence_take(struct rn_tracker *t, int wd);
/* So many bytes of records were read: the fences that have no mark, and that
 * nothing is left in front of, are passed. */
void rn_fences_pass(struct rn_tracker *t, size_t size);
/* Of those who waited for fences that were read some go on in each walk: have
 * them do so.  Whether there are any left. */
void rn_fences_advance(struct rn_tracker *t);
bool rn_fences_are_passing(const struct rn_tracker *t);
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

#endif
