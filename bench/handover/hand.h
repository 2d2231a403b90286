#ifndef BENCH_HANDOVER_HAND_H
#define BENCH_HANDOVER_HAND_H

/* The reader's side of a hand-over: lanes, memory, place in the stream. */

#include "bench/handover/design.h"
#include "bench/handover/lane.h"
#include "bench/handover/places.h"
#include "ringnotify/inotify.h"

enum {
  HAND_READ_SIZE = 64 * 1024,
  HAND_LANES_MAX = 8,
  HAND_RECORDS_MAX = HAND_READ_SIZE / 16, /* of one read */
};

/* The segment of a lane that is being filled; of the copied design only. */
struct open_segment {
  char *segment;       /* or NULL */
  size_t head;         /* where it is free from */
  struct block *block; /* open in it, or NULL */
};

struct hand {
  const struct design *design;
  struct places places;
  struct lane *lanes;
  uint32_t lane_count;

  /* reader: only the reader thread, while it runs */
  uint64_t seq;    /* of the last event */
  int64_t time_ns; /* of the last read */
  uint64_t overflows;
  char *memory;  /* of all items */
  void **spares; /* items that are not under way */
  size_t spare_count;
  char *buffer; /* for reads that do not go into items */
  struct open_segment open[HAND_LANES_MAX];
};

/* Make lanes and memory, whose pages are there from then on, and watch.
 *
 * hand       zero; hand_fini() also when it failed.
 * Returns    0 or a negative errno. */
int hand_init(struct hand *hand, const struct design *design,
              uint32_t lane_count, int inotify_fd, const struct load *load);
void hand_fini(struct hand *hand);

/* An item to be filled: the one that came back last, whose memory is likeliest
 * to be in a cache.  Waits while all are under way. */
void *hand_take(struct hand *hand);

/* The place of a record, which is counted when it tells of an overflow. */
static inline uint32_t hand_find(struct hand *hand, int wd) {
  if (RN_UNLIKELY(wd < 0)) hand->overflows++;
  return places_find(&hand->places, wd);
}

/* The lane of a place: directories are dealt out in turn, as the library does.
 */
static inline uint32_t hand_route(const struct hand *hand, uint32_t place) {
  return hand->lane_count == 1 ? 0 : place % hand->lane_count;
}

/* Read until `expected` records came or the queue is empty.
 *
 * Returns    0 or a negative errno. */
int hand_read(struct hand *hand, int inotify_fd, uint64_t expected);

#endif
