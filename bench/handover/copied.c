/* Events are copied, one behind the other, into a segment of their lane; a run
 * of them, a block, is published at the end of each read or of the segment.
 * What the library does.
 *
 * A lane's memory holds that lane's events and nothing else, so the worker
 * walks straight on, and the segment is free when its last block was handled.
 * Names of any length fit, and the read buffer stays in the reader's cache. */

#include "bench/handover/event.h"

enum { SEGMENT_SIZE = 64 * 1024, SEGMENT_COUNT = 256 };

struct block {
  char *release; /* a segment that goes back with this block, or NULL */
  uint32_t event_count;
};

#define BLOCK_SIZE rn_round_up(sizeof(struct block), 8)

/* ---- the reader ---- */

static void open_block(struct open_segment *open) {
  open->block = (void *)(open->segment + open->head);
  *open->block = (struct block){0};
  open->head += BLOCK_SIZE;
}

static void publish(struct open_segment *open, struct lane *lane) {
  struct block *block = open->block;
  open->block = NULL;
  if (block->release != NULL) *open = (struct open_segment){0};
  lane_give(lane, block);
  lane_wake(lane);
}

/* Whether an event of `size` bytes goes in, and behind it the header of another
 * block, for the segment's end. */
static bool fits(const struct open_segment *open, size_t size) {
  return open->head + size + BLOCK_SIZE <= SEGMENT_SIZE;
}

/* Have an open block that has room for `size` bytes. */
static void make_room(struct hand *hand, struct open_segment *open,
                      struct lane *lane, size_t size) {
  if (open->segment != NULL && open->block == NULL) open_block(open);
  if (open->block != NULL) {
    if (fits(open, size)) return;
    open->block->release = open->segment;
    publish(open, lane);
  }
  open->segment = hand_take(hand);
  open->head = 0;
  open_block(open);
}

static void put(struct hand *hand, const struct rn_raw_event *raw) {
  const uint32_t place = hand_find(hand, raw->wd);
  const uint32_t lane = hand_route(hand, place);
  struct open_segment *open = &hand->open[lane];
  const size_t size = event_size(raw->name_size);
  if (RN_UNLIKELY(open->block == NULL || !fits(open, size)))
    make_room(hand, open, &hand->lanes[lane], size);
  struct event *event = (void *)(open->segment + open->head);
  event_write(event, hand, raw, place, (uint32_t)open->head);
  open->head += size;
  open->block->event_count++;
}

static uint64_t pass(struct hand *hand, void *into, size_t size) {
  struct rn_cursor at = rn_parse_begin(into, size);
  struct rn_raw_event raw;
  uint64_t count = 0;
  for (; rn_decode_next(&at, &raw) == 1; count++) put(hand, &raw);
  for (uint32_t i = 0; i < hand->lane_count; i++)
    if (hand->open[i].block != NULL) publish(&hand->open[i], &hand->lanes[i]);
  return count;
}

/* ---- the worker ---- */

static void handle(struct lane *lane, void *item) {
  const struct block *block = item;
  const char *at = (const char *)item + BLOCK_SIZE;
  for (uint32_t i = 0; i < block->event_count; i++) {
    const struct event *event = (const void *)at;
    lane_handle(lane, event->place, event_name(event));
    at += event_size(event->name_size);
  }
  if (block->release != NULL) lane_return(lane, block->release);
}

const struct design copied_design = {
    .name = "copied",
    .item_size = SEGMENT_SIZE,
    .item_count = SEGMENT_COUNT,
    .pass = pass,
    .handle = handle,
};
