/* Records stay where read(2) put them: the buffer itself goes to the worker,
 * and the next read into another one.
 *
 * The reader still walks over the records, for it has to know what they are
 * about: it writes the place of each over its wd.  What the copied design keeps
 * in every event (number, time) is in the buffer once; the length of a name is
 * found by the worker.  For one lane only: a buffer has one owner. */

#include "bench/handover/event.h"

enum { BUFFER_COUNT = 128 };

struct buffer {
  uint64_t first_seq;
  int64_t time_ns;
  size_t size;
  alignas(RN_CACHE_LINE) char records[HAND_READ_SIZE];
};

static uint64_t pass(struct hand *hand, void *into, size_t size) {
  struct buffer *buffer = into;
  buffer->first_seq = hand->seq + 1;
  buffer->time_ns = hand->time_ns;
  buffer->size = size;
  uint64_t count = 0;
  for (char *at = buffer->records; at < buffer->records + size; count++) {
    struct inotify_event *record = (void *)at;
    at += sizeof(*record) + record->len;
    record->wd = (int)hand_find(hand, record->wd);
  }
  hand->seq += count;
  lane_give(&hand->lanes[0], buffer);
  lane_wake(&hand->lanes[0]);
  return count;
}

static void handle(struct lane *lane, void *item) {
  const struct buffer *buffer = item;
  const char *const end = buffer->records + buffer->size;
  for (const char *at = buffer->records; at < end;) {
    const struct inotify_event *record = (const void *)at;
    at += sizeof(*record) + record->len;
    const struct rn_bytes name = {
        record->name, rn_decode_name_size(record->name, record->len)};
    lane_handle(lane, (uint32_t)record->wd, name);
  }
  lane_return(lane, item);
}

const struct design borrowed_design = {
    .name = "borrowed",
    .item_size = sizeof(struct buffer),
    .item_count = BUFFER_COUNT,
    .in_place = true,
    .read_offset = offsetof(struct buffer, records),
    .pass = pass,
    .handle = handle,
};
