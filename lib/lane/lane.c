/* One worker's queue.
 *
 * The reader fills the current segment: records upwards, places downwards.  A
 * run of records is a block; flushing gives the block to the ring.  When the
 * ring is full the block stays open and goes on growing, so that events which
 * wait are packed closely; a block that is finished meanwhile (its segment or
 * its batch is full) joins the list of held blocks, which go first when there
 * is room.
 *
 * Sleep and wake of the reader: it raises `reader_waits`, looks again, then
 * sleeps; the worker frees room, then looks at the flag.  Both have a full
 * fence between [edge lane.room], so one of them sees the other. */

#include "lib/lane/lane.h"

#include <stdlib.h>

#include "lib/lane/lane_internal.h"
#include "lib/lane/put.h"

enum {
  SEGMENT_LOW = 1024, /* with less room left a segment is given away */
  UNWOKEN_MAX = 4,    /* blocks that a sleeping worker is left with */
  CLOCK_STEP_NS = 1000000,
};

static size_t aligned(size_t size) {
  return rn_round_up(size, RN_RECORD_ALIGN);
}

size_t rn_lane_place_size(size_t path_size) {
  return aligned(offsetof(struct rn_place, path) + path_size + 1);
}

size_t rn_lane_source_size(size_t path_size) {
  return aligned(offsetof(struct rn_source, path) + path_size + 1);
}

/* ---- the reader's end: writing ---- */

void rn_lane_restamp(struct rn_lane *lane) {
  lane->room.stamp = ++lane->pool->last_stamp;
}

static void *at_offset(struct rn_lane *lane, size_t offset) {
  return (char *)lane->room.segment + offset;
}

static void block_begin(struct rn_lane *lane) {
  lane->room.block = at_offset(lane, lane->room.head);
  *lane->room.block =
      (struct rn_block){.clock_offset_ns = lane->pool->clock_offset_ns};
  lane->room.head += sizeof(struct rn_block);
}

static bool block_is_empty(const struct rn_lane *lane) {
  return lane->room.block == NULL || lane->room.block->record_count == 0;
}

static bool ring_is_full(const struct rn_lane *lane) {
  return rn_ring_count(lane->filled) == rn_ring_capacity(lane->filled);
}

/* Give a block to the worker.  It may be gone when this returns true. */
static bool publish(struct rn_lane *lane, struct rn_block *block) {
  const bool waited = block->waited;
  const uint32_t record_count = block->record_count;
  if (ring_is_full(lane)) return false;
  lane->unwoken++;
  const bool given = rn_ring_give(lane->filled, block);
  RN_ASSERT(given);
  if (waited)
    atomic_fetch_add_explicit(&lane->spilled, record_count,
                              memory_order_relaxed);
  const uint64_t used = rn_ring_count(lane->filled);
  if (used > atomic_load_explicit(&lane->high_water, memory_order_relaxed))
    atomic_store_explicit(&lane->high_water, used, memory_order_relaxed);
  return true;
}

/* Publish held blocks.  Returns true when none is left. */
static bool publish_held(struct rn_lane *lane) {
  while (lane->held_first != NULL) {
    struct rn_block *block = lane->held_first;
    struct rn_block *next = block->next;
    if (!publish(lane, block)) return false;
    lane->held_first = next;
    if (next == NULL) lane->held_last = NULL;
  }
  return true;
}

static void hold(struct rn_lane *lane, struct rn_block *block) {
  block->next = NULL;
  block->waited = true;
  if (lane->held_last == NULL)
    lane->held_first = block;
  else
    lane->held_last->next = block;
  lane->held_last = block;
}

/* Finish the open block: to the ring, or to those that wait for it. */
static void block_finish(struct rn_lane *lane) {
  struct rn_block *block = lane->room.block;
  lane->room.block = NULL;
  lane->finished_count += block->record_count;
  if (!publish_held(lane) || !publish(lane, block)) hold(lane, block);
}

/* Give the current segment away with its last block. */
static void segment_finish(struct rn_lane *lane) {
  if (lane->room.segment == NULL) return;
  if (lane->room.block == NULL) block_begin(lane);
  lane->room.block->release = lane->room.segment;
  lane->room.segment = NULL;
  block_finish(lane);
}

static bool segment_begin(struct rn_lane *lane, bool always) {
  lane->room.segment = rn_segment_take(lane, always);
  if (lane->room.segment == NULL) return false;
  lane->room.head = aligned(sizeof(struct rn_segment));
  lane->room.tail = lane->room.segment->size;
  rn_lane_restamp(lane);
  return true;
}

static bool fits(const struct rn_lane *lane, size_t size) {
  return lane->room.segment != NULL && rn_lane_fits(&lane->room, size);
}

static bool batch_is_full(const struct rn_lane *lane) {
  return lane->room.block != NULL && rn_lane_batch_is_full(&lane->room);
}

/* Whether the policy forbids to finish another block. */
static bool must_drop(const struct rn_lane *lane) {
  return lane->full == RN_FULL_DROP &&
         (lane->held_first != NULL || ring_is_full(lane));
}

/* Make room by finishing what is full.  Returns false when that is forbidden,
 * or there is no memory. */
static bool make_room(struct rn_lane *lane, size_t size, bool always) {
  const bool finish_batch = batch_is_full(lane);
  const bool finish_segment = !fits(lane, size);
  if (!always && !block_is_empty(lane) && must_drop(lane)) return false;
  if (finish_batch) block_finish(lane);
  if (finish_segment) {
    segment_finish(lane);
    if (!segment_begin(lane, always)) return false;
  }
  return true;
}

static bool open_record(struct rn_lane *lane, size_t size, bool always) {
  const bool room = !batch_is_full(lane) && fits(lane, size);
  if (RN_UNLIKELY(!room) && !make_room(lane, size, always)) return false;
  if (lane->room.block == NULL) block_begin(lane);
  return true;
}

void rn_lane_clock(struct rn_lane *lane) {
  const struct rn_block *block = lane->room.block;
  if (block == NULL) return;
  const int64_t moved = lane->pool->clock_offset_ns - block->clock_offset_ns;
  if (moved >= CLOCK_STEP_NS || moved <= -CLOCK_STEP_NS) block_finish(lane);
}

bool rn_lane_open(struct rn_lane *lane, size_t size) {
  if (RN_LIKELY(open_record(lane, size, false))) return true;
  lane->room.lost++;
  return false;
}

bool rn_lane_open_always(struct rn_lane *lane, size_t size) {
  return open_record(lane, size, true);
}

bool rn_lane_has_room(const struct rn_lane *lane) {
  if (lane->room.block != NULL && !batch_is_full(lane) &&
      fits(lane, SEGMENT_LOW))
    return true;
  return !must_drop(lane) &&
         (lane->spares != NULL || lane->full != RN_FULL_DROP ||
          rn_ring_count(lane->spare) > 0 || !rn_segments_are_used_up(lane));
}

void rn_lane_lose(struct rn_lane *lane) { lane->room.lost++; }

uint32_t rn_lane_put_place(struct rn_lane *lane, struct rn_target *target,
                           struct rn_watch watch, bool is_dir,
                           struct rn_bytes path) {
  RN_ASSERT(path.size < RN_PATH_SIZE_MAX);
  lane->room.tail -= rn_lane_place_size(path.size);
  struct rn_place *place = at_offset(lane, lane->room.tail);
  *place = (struct rn_place){.target = target,
                             .watch = watch,
                             .path_size = (uint32_t)path.size,
                             .is_dir = is_dir};
  memcpy(place->path, path.data, path.size);
  place->path[path.size] = '\0';
  return (uint32_t)lane->room.tail;
}

uint32_t rn_lane_put_source(struct rn_lane *lane, struct rn_bytes path) {
  RN_ASSERT(path.size < RN_ENTRY_PATH_SIZE);
  lane->room.tail -= rn_lane_source_size(path.size);
  struct rn_source *source = at_offset(lane, lane->room.tail);
  source->path_size = (uint32_t)path.size;
  memcpy(source->path, path.data, path.size);
  source->path[path.size] = '\0';
  return (uint32_t)lane->room.tail;
}

struct rn_event *rn_lane_put_event(struct rn_lane *lane, struct rn_bytes name) {
  struct rn_event *event = rn_lane_append(&lane->room, name);
  RN_ASSERT(lane->room.head <= lane->room.tail);
  return event;
}

/* Publish what was written, as far as the ring has room.  Returns true when
 * nothing is left. */
static bool publish_all(struct rn_lane *lane) {
  const bool nothing = lane->held_first == NULL && block_is_empty(lane);
  if (nothing) return true;
  bool all = publish_held(lane);
  if (!block_is_empty(lane)) {
    if (!all || ring_is_full(lane)) {
      lane->room.block->waited = true;
      all = false;
    } else if (lane->room.tail - lane->room.head < SEGMENT_LOW) {
      segment_finish(lane);
    } else {
      block_finish(lane);
    }
  }
  return all;
}

void rn_lane_wake(struct rn_lane *lane) {
  if (lane->unwoken == 0) return;
  rn_parking_wake(lane->parking);
  lane->unwoken = 0;
  lane->woken_count = lane->finished_count;
}

/* Whether the worker was done with all that it was roused for. */
static bool is_outpaced(const struct rn_lane *lane) {
  return atomic_load_explicit(&lane->passed_count, memory_order_relaxed) >=
         lane->woken_count;
}

bool rn_lane_flush(struct rn_lane *lane) {
  const bool all = publish_all(lane);
  rn_lane_wake(lane);
  lane->flushed_on = false;
  return all;
}

bool rn_lane_flush_on(struct rn_lane *lane) {
  if (lane->full == RN_FULL_DROP) return rn_lane_flush(lane);
  const bool quick = lane->flushed_on && is_outpaced(lane);
  const uint32_t before = lane->unwoken;
  const bool all = publish_all(lane);
  const bool room =
      rn_ring_count(lane->filled) * 2 <= rn_ring_capacity(lane->filled);
  const bool more = lane->unwoken > before;
  if (!quick || !all || !room || !more || lane->unwoken >= UNWOKEN_MAX)
    rn_lane_wake(lane);
  lane->flushed_on = true;
  return all;
}

bool rn_lane_is_pressed(struct rn_lane *lane) {
  if (lane->full == RN_FULL_DROP) return false;
  if (lane->full == RN_FULL_BLOCK &&
      (lane->held_first != NULL ||
       (!block_is_empty(lane) && ring_is_full(lane))))
    return true;
  return lane->pool->used > lane->pool->limit;
}

void rn_lane_loss_told(struct rn_lane *lane, uint64_t count) {
  RN_ASSERT(count <= lane->room.lost);
  lane->room.lost -= count;
}

uint64_t rn_lane_load(const struct rn_lane *lane) {
  const struct rn_block *block = lane->room.block;
  const uint64_t written =
      lane->finished_count + (block != NULL ? block->record_count : 0);
  return written -
         atomic_load_explicit(&lane->passed_count, memory_order_relaxed);
}

void rn_lane_expect_room(struct rn_lane *lane) {
  atomic_store_explicit(&lane->reader_waits, true, memory_order_relaxed);
  /* full fence [edge lane.room]: the flag is up before the ring is looked at */
  atomic_thread_fence(memory_order_seq_cst);
}

struct rn_lane_counts rn_lane_counts(const struct rn_lane *lane) {
  return (struct rn_lane_counts){
      .spilled = atomic_load_explicit(&lane->spilled, memory_order_relaxed),
      .high_water =
          atomic_load_explicit(&lane->high_water, memory_order_relaxed),
  };
}

/* ---- the worker's end ---- */

struct rn_block *rn_lane_take(struct rn_lane *lane) {
  return rn_ring_take(lane->filled);
}

bool rn_lane_done(struct rn_lane *lane, struct rn_block *block) {
  const uint64_t passed =
      atomic_load_explicit(&lane->passed_count, memory_order_relaxed);
  atomic_store_explicit(&lane->passed_count, passed + block->record_count,
                        memory_order_relaxed);
  struct rn_segment *segment = block->release;
  if (segment != NULL && !rn_ring_give(lane->spare, segment)) {
    free(segment);
    atomic_fetch_add_explicit(&lane->segments_freed, 1, memory_order_relaxed);
  }
  if (rn_ring_count(lane->filled) * 2 > rn_ring_capacity(lane->filled))
    return false;
  /* full fence [edge lane.room]: the room is there before the flag is read */
  atomic_thread_fence(memory_order_seq_cst);
  if (!atomic_load_explicit(&lane->reader_waits, memory_order_relaxed))
    return false;
  return atomic_exchange_explicit(&lane->reader_waits, false,
                                  memory_order_relaxed);
}

struct rn_parking *rn_lane_parking(struct rn_lane *lane) {
  return lane->parking;
}
