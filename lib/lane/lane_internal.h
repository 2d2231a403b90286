#ifndef LIB_LANE_LANE_INTERNAL_H
#define LIB_LANE_LANE_INTERNAL_H

/* What a lane consists of: for its two ends (lane.c), and its segments
 * (memory.c). */

#include <stdalign.h>
#include <stdatomic.h>

#include "lib/lane/lane.h"

struct rn_lane {
  struct rn_lane_room room; /* first: rn_lane_room() */
  /* const: set before the threads start */
  struct rn_ring *filled; /* blocks: reader -> worker */
  struct rn_ring *spare;  /* segments: worker -> reader */
  struct rn_parking *parking;
  struct rn_lane_pool *pool;
  enum rn_full full;

  /* reader: only the reader thread */
  struct rn_block *held_first, *held_last;
  struct rn_segment *spares;
  uint32_t spare_count, segment_count;
  uint32_t unwoken; /* blocks that went into the ring since the worker was
                       woken */
  uint64_t finished_count; /* records in blocks that were finished */
  uint64_t woken_count;    /* the same when the worker was last woken */
  bool flushed_on;         /* the last flush was not the last of its run */
  uint64_t segments_freed_seen;

  /* shared: w reader | r any | relaxed | statistics, order nothing */
  alignas(RN_CACHE_LINE) _Atomic uint64_t spilled;
  _Atomic uint64_t high_water;

  /* shared: w reader sets, worker clears | r worker | seq_cst fences
   * [edge lane.room] | set before the reader looks, read after the worker made
   * room */
  alignas(RN_CACHE_LINE) _Atomic bool reader_waits;
  /* shared: w worker | r reader | relaxed | a count of freed memory, orders
   * nothing */
  _Atomic uint64_t segments_freed;
  /* shared: w worker | r reader | relaxed | records in blocks it is done with:
   * a hint to the reader, orders nothing */
  _Atomic uint64_t passed_count;
};

/* ---- memory.c: the reader's ---- */

/* An empty segment.
 *
 * always     beyond the bound, too.
 * Returns    NULL: there is no memory, or the bound forbids it. */
struct rn_segment *rn_segment_take(struct rn_lane *lane, bool always);

/* Whether another segment would be beyond the bound. */
bool rn_segments_are_used_up(const struct rn_lane *lane);

#endif
