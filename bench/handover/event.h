#ifndef BENCH_HANDOVER_EVENT_H
#define BENCH_HANDOVER_EVENT_H

/* An event as it is copied: what the library's own carries. */

#include <stdint.h>

#include "bench/handover/hand.h"
#include "lib/decode/decode.h"

struct event {
  uint64_t seq;
  int64_t time_ns;
  uint32_t mask;
  uint32_t cookie;
  uint32_t offset; /* of this event in its segment */
  uint32_t place;
  uint32_t source; /* where it was moved from: nothing is moved here */
  uint8_t kind;
  uint8_t flags;
  uint16_t name_size;
  uint32_t extra;
  char name[]; /* name_size bytes and a NUL */
};

_Static_assert(sizeof(struct event) == 48, "as large as the library's");

/* Room that an event takes. */
static inline size_t event_size(size_t name_size) {
  return rn_round_up(offsetof(struct event, name) + name_size + 1, 8);
}

/* Write the next event of the stream.   Threads: the reader. */
static inline void event_write(struct event *event, struct hand *hand,
                               const struct rn_raw_event *raw, uint32_t place,
                               uint32_t offset) {
  *event = (struct event){.seq = ++hand->seq,
                          .time_ns = hand->time_ns,
                          .mask = raw->mask,
                          .cookie = raw->cookie,
                          .offset = offset,
                          .place = place,
                          .name_size = (uint16_t)raw->name_size};
  const struct rn_bytes name = {raw->name, raw->name_size};
  rn_bytes_copy_short(event->name, name);
  event->name[name.size] = '\0';
}

static inline struct rn_bytes event_name(const struct event *event) {
  return (struct rn_bytes){event->name, event->name_size};
}

#endif
