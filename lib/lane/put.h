#ifndef LIB_LANE_PUT_H
#define LIB_LANE_PUT_H

/* Writing an event into a lane, inlined: millions a second go through here.
 * For C only.   Threads: the reader. */

#include "lib/lane/lane.h"

/* Whether a record of `size` bytes goes into the segment.  One block header is
 * always left free, for the end of the segment. */
static inline bool rn_lane_fits(const struct rn_lane_room *room, size_t size) {
  return room->head + size + 2 * sizeof(struct rn_block) <= room->tail;
}

static inline bool rn_lane_batch_is_full(const struct rn_lane_room *room) {
  return room->block->record_count >= room->batch_count;
}

/* rn_lane_put_event(), where there is room. */
static inline struct rn_event *rn_lane_append(struct rn_lane_room *room,
                                              struct rn_bytes name) {
  struct rn_event *event = (void *)((char *)room->segment + room->head);
  *event = (struct rn_event){.offset = (uint32_t)room->head,
                             .name_size = (uint16_t)name.size};
  rn_bytes_copy_short(event->name, name);
  event->name[name.size] = '\0';
  room->head += rn_event_size(name.size);
  room->block->record_count++;
  return event;
}

/* The common case of rn_lane_open() and rn_lane_put_event() in one: the open
 * block has room, nothing was lost, and the places written under `stamp` may be
 * referred to.
 *
 * Returns    NULL: it is not the common case, and nothing was done. */
static inline struct rn_event *rn_lane_try_put(struct rn_lane *lane,
                                               uint64_t stamp,
                                               struct rn_bytes name) {
  struct rn_lane_room *room = rn_lane_room(lane);
  if (RN_UNLIKELY(room->stamp != stamp || room->block == NULL ||
                  rn_lane_batch_is_full(room) ||
                  !rn_lane_fits(room, rn_event_size(name.size)) ||
                  room->lost > 0))
    return NULL;
  return rn_lane_append(room, name);
}

#endif
