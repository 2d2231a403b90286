/* A lane's memory: making it, freeing it, and the segments between.
 *
 * Segments come back through a second ring.  The first few are kept for ever,
 * so that the steady state allocates nothing; those beyond count against the
 * budget, and are freed when they come back. */

#include <errno.h>
#include <stdlib.h>

#include "lib/lane/lane.h"
#include "lib/lane/lane_internal.h"

enum {
  SEGMENTS_KEPT = 8,
  SEGMENTS_FREE = SEGMENTS_KEPT + 1, /* those and the open one: no backlog */
  SPARE_SLOTS = 1024,
};

static struct rn_segment *segment_new(void) {
  struct rn_segment *segment = malloc(RN_SEGMENT_SIZE);
  if (segment == NULL) return NULL;
  *segment = (struct rn_segment){.size = RN_SEGMENT_SIZE};
  return segment;
}

/* Account for segments beyond the free ones: at rest there are none. */
static void pool_update(struct rn_lane *lane, uint32_t before) {
  const uint32_t after = lane->segment_count;
  const uint32_t old_extra =
      before > SEGMENTS_FREE ? before - SEGMENTS_FREE : 0;
  const uint32_t new_extra = after > SEGMENTS_FREE ? after - SEGMENTS_FREE : 0;
  struct rn_lane_pool *pool = lane->pool;
  pool->used += (size_t)new_extra * RN_SEGMENT_SIZE;
  pool->used -= (size_t)old_extra * RN_SEGMENT_SIZE;
  if (pool->used > pool->high_water) pool->high_water = pool->used;
}

static void segment_forget(struct rn_lane *lane, struct rn_segment *segment) {
  free(segment);
  lane->segment_count--;
  pool_update(lane, lane->segment_count + 1);
}

/* Take back what the worker has done with. */
void rn_lane_collect(struct rn_lane *lane) {
  const uint64_t freed =
      atomic_load_explicit(&lane->segments_freed, memory_order_relaxed);
  if (freed != lane->segments_freed_seen) {
    const uint32_t before = lane->segment_count;
    lane->segment_count -= (uint32_t)(freed - lane->segments_freed_seen);
    lane->segments_freed_seen = freed;
    pool_update(lane, before);
  }
  struct rn_segment *segment;
  while ((segment = rn_ring_take(lane->spare)) != NULL) {
    if (lane->spare_count >= SEGMENTS_KEPT) {
      segment_forget(lane, segment);
      continue;
    }
    segment->next = lane->spares;
    lane->spares = segment;
    lane->spare_count++;
  }
}

bool rn_segments_are_used_up(const struct rn_lane *lane) {
  return lane->segment_count >= SEGMENTS_FREE &&
         lane->pool->used + RN_SEGMENT_SIZE > lane->pool->limit;
}

struct rn_segment *rn_segment_take(struct rn_lane *lane, bool always) {
  if (lane->spares == NULL) rn_lane_collect(lane);
  struct rn_segment *segment = lane->spares;
  if (segment != NULL) {
    lane->spares = segment->next;
    lane->spare_count--;
    return segment;
  }
  if (!always && lane->full == RN_FULL_DROP && rn_segments_are_used_up(lane))
    return NULL;
  segment = segment_new();
  if (segment == NULL) return NULL;
  lane->segment_count++;
  pool_update(lane, lane->segment_count - 1);
  return segment;
}

int rn_lane_new(const struct rn_lane_options *options, struct rn_lane **lane) {
  const size_t size = rn_round_up(sizeof(**lane), RN_CACHE_LINE);
  struct rn_lane *made = aligned_alloc(RN_CACHE_LINE, size);
  if (made == NULL) return -ENOMEM;
  memset(made, 0, size);
  made->pool = options->pool;
  made->room.batch_count = options->batch_count;
  made->full = options->full;
  int err = rn_ring_new(options->slot_count, &made->filled);
  if (err == 0) err = rn_ring_new(SPARE_SLOTS, &made->spare);
  if (err == 0) err = rn_parking_new(&made->parking);
  while (err == 0 && made->spare_count < SEGMENTS_KEPT) {
    struct rn_segment *segment = segment_new();
    if (segment == NULL) {
      err = -ENOMEM;
      break;
    }
    segment->next = made->spares;
    made->spares = segment;
    made->spare_count++;
    made->segment_count++;
  }
  rn_lane_restamp(made);
  if (err < 0) {
    rn_lane_free(made);
    return err;
  }
  *lane = made;
  return 0;
}

void rn_lane_free(struct rn_lane *lane) {
  if (lane == NULL) return;
  struct rn_block *block;
  while (lane->filled != NULL && (block = rn_ring_take(lane->filled)) != NULL)
    free(block->release);
  while ((block = lane->held_first) != NULL) {
    lane->held_first = block->next;
    free(block->release);
  }
  free(lane->room.segment);
  if (lane->spare != NULL) rn_lane_collect(lane);
  while (lane->spares != NULL) {
    struct rn_segment *segment = lane->spares;
    lane->spares = segment->next;
    free(segment);
  }
  rn_ring_free(lane->filled);
  rn_ring_free(lane->spare);
  rn_parking_free(lane->parking);
  free(lane);
}
