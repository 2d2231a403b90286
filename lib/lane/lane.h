#ifndef LIB_LANE_LANE_H
#define LIB_LANE_LANE_H

/* One worker's queue as its two ends see it: the reader writes events into
 * segments and publishes them by blocks, the worker takes blocks and gives
 * segments back.  What is done when the ring is full is decided here and
 * nowhere else. */

#include "lib/batch/batch.h"
#include "lib/ring/ring.h"
#include "ringnotify/thread_notifier.h"

/* What the lanes of one notifier share.   Threads: the reader. */
struct rn_lane_pool {
  size_t limit; /* bytes of segments beyond the first ones of each lane */
  size_t used;
  size_t high_water;
  uint64_t last_stamp;
  int64_t clock_offset_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC, for events
                              to come; after a change: rn_lane_clock() */
};

struct rn_lane_options {
  uint32_t slot_count;
  uint32_t batch_count;
  enum rn_full full;
  struct rn_lane_pool *pool; /* outlives the lane */
};

/* Counts of one lane. */
struct rn_lane_counts {
  uint64_t spilled;
  uint64_t high_water; /* slots in use */
};

/* What the reader's end looks at for every event, laid open so that it can be
 * inlined.  Only rn_lane_*() functions change it. */
struct rn_lane_room {
  struct rn_segment *segment; /* being filled, or NULL */
  struct rn_block *block;     /* open in it, or NULL */
  size_t head, tail;          /* the free room in the segment */
  uint64_t stamp;
  uint64_t lost;
  uint32_t batch_count; /* events that a block holds at most */
};

struct rn_lane;

int rn_lane_new(const struct rn_lane_options *options, struct rn_lane **lane);
/* Free with all that is in it; no thread uses it.  lane: or NULL. */
void rn_lane_free(struct rn_lane *lane);

/* ---- the reader's end; Threads: the reader ---- */

/* Make room for one record of `size` bytes, places and sources included.
 *
 * size       at most what a fresh segment holds: an event with the longest
 *            name, place and source does fit.
 * Returns    true: the next put calls succeed, up to `size`; false: there is no
 *            room (RN_FULL_DROP: ring full or memory used up; else -ENOMEM):
 *            the event counts as lost. */
bool rn_lane_open(struct rn_lane *lane, size_t size);

/* The same for what must not be dropped, whatever the policy: false only
 * without memory. */
bool rn_lane_open_always(struct rn_lane *lane, size_t size);

/* Whether rn_lane_open() would find room now. */
bool rn_lane_has_room(const struct rn_lane *lane);

/* Count an event as lost that was not put. */
void rn_lane_lose(struct rn_lane *lane);

static inline struct rn_lane_room *rn_lane_room(struct rn_lane *lane) {
  return (struct rn_lane_room *)(void *)lane;
}

/* Changes whenever places written before are no longer to be referred to. */
static inline uint64_t rn_lane_stamp(struct rn_lane *lane) {
  return rn_lane_room(lane)->stamp;
}

/* Forget the places written so far: their paths are no longer true. */
void rn_lane_restamp(struct rn_lane *lane);

/* The clocks were read: have events to come in another block than those that
 * were put with them a millisecond or more further apart. */
void rn_lane_clock(struct rn_lane *lane);

/* Room that a place takes. */
size_t rn_lane_place_size(size_t path_size);
size_t rn_lane_source_size(size_t path_size);

/* Write a place.  `path` may be RN_PATH_SIZE_MAX - 1 bytes long.  Returns its
 * offset, never 0. */
uint32_t rn_lane_put_place(struct rn_lane *lane, struct rn_target *target,
                           struct rn_watch watch, bool is_dir,
                           struct rn_bytes path);

/* Write a source path.  Returns its offset, never 0. */
uint32_t rn_lane_put_source(struct rn_lane *lane, struct rn_bytes path);

/* Begin a record: offset and name are set, all else is 0 and the caller's to
 * fill in before anything is put again. */
struct rn_event *rn_lane_put_event(struct rn_lane *lane, struct rn_bytes name);

/* Publish what was written, as far as the ring has room, and wake the worker.
 *
 * Returns    true when nothing is left unpublished. */
bool rn_lane_flush(struct rn_lane *lane);

/* The same for a caller that is about to read on: a worker that was quicker
 * than the last such flush is left asleep for a few blocks, as rousing it again
 * and again costs the reader more than the blocks do.  A call that publishes
 * nothing rouses it, and under RN_FULL_DROP every call: a block that waits for
 * nobody takes room that would be missed.  Returns as rn_lane_flush(). */
bool rn_lane_flush_on(struct rn_lane *lane);

/* Rouse a worker that was left asleep: the caller will do something else first,
 * after all. */
void rn_lane_wake(struct rn_lane *lane);

/* Take back the memory that the worker has done with. */
void rn_lane_collect(struct rn_lane *lane);

/* Whether the reader should read no more until the worker has caught up; after
 * rn_lane_collect() of all lanes that share the pool. */
bool rn_lane_is_pressed(struct rn_lane *lane);

/* How many events were lost since the last rn_lane_loss_told(). */
static inline uint64_t rn_lane_lost(struct rn_lane *lane) {
  return rn_lane_room(lane)->lost;
}
void rn_lane_loss_told(struct rn_lane *lane, uint64_t count);

/* Records written, less those in blocks that the worker is done with: to choose
 * the lane with the least to do. */
uint64_t rn_lane_load(const struct rn_lane *lane);

/* Ask to be told when the worker has caught up: after this, look at the lane
 * once more before sleeping. */
void rn_lane_expect_room(struct rn_lane *lane);

/* Threads    any: a snapshot. */
struct rn_lane_counts rn_lane_counts(const struct rn_lane *lane);

/* ---- the worker's end; Threads: the worker ---- */

/* Take the oldest block, or NULL. */
struct rn_block *rn_lane_take(struct rn_lane *lane);

/* Done with a block: it and its places are the reader's again.
 *
 * Returns    true when the reader asked to be told. */
bool rn_lane_done(struct rn_lane *lane, struct rn_block *block);

/* Where the worker sleeps. */
struct rn_parking *rn_lane_parking(struct rn_lane *lane);

#endif
