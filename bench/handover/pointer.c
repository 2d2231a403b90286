/* One event, one pointer: each event is copied into a slot of its own, whose
 * pointer goes through the queue, and comes back through the other.
 *
 * The simplest use of a ring.  The indices and slots of two queues change
 * processors all the time.  In its favour: the worker is woken once a read
 * only, and names are known to be short, so that slots are. */

#include "bench/handover/event.h"

enum { SLOT_SIZE = RN_CACHE_LINE, SLOT_COUNT = 8192 };

static uint64_t pass(struct hand *hand, void *into, size_t size) {
  struct rn_cursor at = rn_parse_begin(into, size);
  struct rn_raw_event raw;
  uint64_t count = 0;
  for (; rn_decode_next(&at, &raw) == 1; count++) {
    RN_ASSERT(event_size(raw.name_size) <= SLOT_SIZE);
    const uint32_t place = hand_find(hand, raw.wd);
    struct event *event = hand_take(hand);
    event_write(event, hand, &raw, place, 0);
    lane_give(&hand->lanes[hand_route(hand, place)], event);
  }
  for (uint32_t i = 0; i < hand->lane_count; i++) lane_wake(&hand->lanes[i]);
  return count;
}

static void handle(struct lane *lane, void *item) {
  const struct event *event = item;
  lane_handle(lane, event->place, event_name(event));
  lane_return(lane, item);
}

const struct design pointer_design = {
    .name = "pointer",
    .item_size = SLOT_SIZE,
    .item_count = SLOT_COUNT,
    .pass = pass,
    .handle = handle,
};
