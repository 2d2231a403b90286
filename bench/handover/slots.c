/* Records stay where read(2) put them, and several lanes share the buffer: each
 * lane gets a list of slots, eight bytes an event, that say where its records
 * lie and what their places are.
 *
 * A lane's list goes through its queue once a read.  A buffer counts the lanes
 * that still use it, one atomic subtraction a lane; the last one gives it back,
 * through its own queue.  So the slowest lane keeps the memory of all. */

#include <stdatomic.h>

#include "bench/handover/event.h"

enum { BUFFER_COUNT = 128, LISTS = 2 };

struct slot {
  uint32_t offset; /* of the record in the buffer */
  uint32_t place;
};

struct list {
  alignas(RN_CACHE_LINE) struct buffer *buffer;
  uint32_t count;
  struct slot slots[HAND_RECORDS_MAX];
};

struct buffer {
  uint64_t first_seq;
  int64_t time_ns;
  /* shared: w reader before it is published, workers | r workers | acq_rel:
   * who comes to 0 gives back what the others have done with */
  alignas(RN_CACHE_LINE) _Atomic uint32_t users;
  struct list lists[LISTS];
  alignas(RN_CACHE_LINE) char records[HAND_READ_SIZE];
};

/* ---- the reader ---- */

static uint64_t fill_lists(struct hand *hand, struct buffer *buffer,
                           size_t size) {
  uint32_t counts[LISTS] = {0};
  uint64_t count = 0;
  for (uint32_t at = 0; at < size; count++) {
    const struct inotify_event *record = (const void *)(buffer->records + at);
    const uint32_t place = hand_find(hand, record->wd);
    const uint32_t lane = hand_route(hand, place);
    buffer->lists[lane].slots[counts[lane]++] = (struct slot){at, place};
    at += (uint32_t)sizeof(*record) + record->len;
  }
  for (uint32_t i = 0; i < hand->lane_count; i++)
    buffer->lists[i].count = counts[i];
  return count;
}

static void publish(struct hand *hand, struct buffer *buffer) {
  bool used[LISTS] = {false}; /* the buffer may be gone before the last lane */
  uint32_t users = 0;
  for (uint32_t i = 0; i < hand->lane_count; i++) {
    used[i] = buffer->lists[i].count > 0;
    users += used[i];
    buffer->lists[i].buffer = buffer;
  }
  atomic_store_explicit(&buffer->users, users, memory_order_relaxed);
  for (uint32_t i = 0; i < hand->lane_count; i++) {
    if (!used[i]) continue;
    lane_give(&hand->lanes[i], &buffer->lists[i]);
    lane_wake(&hand->lanes[i]);
  }
}

static uint64_t pass(struct hand *hand, void *into, size_t size) {
  RN_ASSERT(hand->lane_count <= LISTS);
  struct buffer *buffer = into;
  buffer->first_seq = hand->seq + 1;
  buffer->time_ns = hand->time_ns;
  const uint64_t count = fill_lists(hand, buffer, size);
  hand->seq += count;
  publish(hand, buffer);
  return count;
}

/* ---- the worker ---- */

static void handle(struct lane *lane, void *item) {
  const struct list *list = item;
  struct buffer *buffer = list->buffer;
  for (uint32_t i = 0; i < list->count; i++) {
    const struct slot slot = list->slots[i];
    const struct inotify_event *record =
        (const void *)(buffer->records + slot.offset);
    const struct rn_bytes name = {
        record->name, rn_decode_name_size(record->name, record->len)};
    lane_handle(lane, slot.place, name);
  }
  const uint32_t users =
      atomic_fetch_sub_explicit(&buffer->users, 1, memory_order_acq_rel);
  if (users == 1) lane_return(lane, buffer);
}

const struct design slots_design = {
    .name = "slots",
    .item_size = sizeof(struct buffer),
    .item_count = BUFFER_COUNT,
    .in_place = true,
    .read_offset = offsetof(struct buffer, records),
    .pass = pass,
    .handle = handle,
};
