/* Memory is made and touched before the clock runs, in every design: page
 * faults of a first use would be measured otherwise.  How many items there are
 * bounds how far the reader may run ahead of the workers; none of these
 * handlers is so slow that it matters. */

#include "bench/handover/hand.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "bench/core/clock.h"

static int make_memory(struct hand *hand) {
  const struct design *design = hand->design;
  const size_t size = design->item_size * design->item_count;
  hand->memory = aligned_alloc(RN_CACHE_LINE, size);
  hand->spares = calloc(design->item_count, sizeof(*hand->spares));
  hand->buffer = malloc(HAND_READ_SIZE);
  if (hand->memory == NULL || hand->spares == NULL || hand->buffer == NULL)
    return -ENOMEM;
  memset(hand->memory, 0, size);
  memset(hand->buffer, 0, HAND_READ_SIZE);
  while (hand->spare_count < design->item_count) {
    hand->spares[hand->spare_count] =
        hand->memory + design->item_size * hand->spare_count;
    hand->spare_count++;
  }
  return 0;
}

static int make_lanes(struct hand *hand, uint32_t count) {
  hand->lanes = aligned_alloc(RN_CACHE_LINE, count * sizeof(*hand->lanes));
  if (hand->lanes == NULL) return -ENOMEM;
  int err = 0;
  while (hand->lane_count < count && err == 0)
    err = lane_init(&hand->lanes[hand->lane_count++], hand->design,
                    hand->places.all);
  return err;
}

int hand_init(struct hand *hand, const struct design *design,
              uint32_t lane_count, int inotify_fd, const struct load *load) {
  RN_ASSERT(lane_count >= 1 && lane_count <= HAND_LANES_MAX);
  RN_ASSERT(design->item_count < QUEUE_SLOTS);
  hand->design = design;
  int err = places_watch(&hand->places, inotify_fd, load);
  if (err == 0) err = make_memory(hand);
  if (err == 0) err = make_lanes(hand, lane_count);
  return err;
}

void hand_fini(struct hand *hand) {
  for (uint32_t i = 0; i < hand->lane_count; i++) lane_fini(&hand->lanes[i]);
  free(hand->lanes);
  free(hand->memory);
  free(hand->spares);
  free(hand->buffer);
  places_fini(&hand->places);
}

static void collect(struct hand *hand) {
  void *item;
  for (uint32_t i = 0; i < hand->lane_count; i++)
    while (queue_take(hand->lanes[i].back, &item))
      hand->spares[hand->spare_count++] = item;
}

/* Until an item comes back. */
static void wait_for_spares(struct hand *hand) {
  for (;;) {
    collect(hand);
    if (hand->spare_count > 0) return;
    for (uint32_t i = 0; i < hand->lane_count; i++) lane_wake(&hand->lanes[i]);
    sched_yield();
  }
}

void *hand_take(struct hand *hand) {
  if (RN_UNLIKELY(hand->spare_count == 0)) wait_for_spares(hand);
  return hand->spares[--hand->spare_count];
}

int hand_read(struct hand *hand, int inotify_fd, uint64_t expected) {
  const struct design *design = hand->design;
  for (uint64_t count = 0; count < expected;) {
    collect(hand);
    char *into = design->in_place ? hand_take(hand) : hand->buffer;
    const ssize_t size =
        read(inotify_fd, into + design->read_offset, HAND_READ_SIZE);
    if (size < 0) return errno == EAGAIN ? 0 : -errno;
    hand->time_ns = (int64_t)now_ns();
    count += design->pass(hand, into, (size_t)size);
  }
  return 0;
}
