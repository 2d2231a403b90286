#ifndef LIB_BATCH_BATCH_H
#define LIB_BATCH_BATCH_H

/* How events lie in memory on their way from the reader to a worker.
 *
 *     segment   one piece of memory
 *     +--------+-------+-------+-------+-------+- - - -+-------+-------+
 *     | header | block | event | event | block | event | place | place |
 *     +--------+-------+-------+-------+-------+- - - -+-------+-------+
 *              events grow up ->                   <- places grow down
 *
 * A block is what goes through the ring: a run of events, published at once.
 * A place is a watched directory as an event sees it: its path, its watch and
 * who handles it.  It is written once a segment and directory, however many
 * events refer to it.  The last block of a segment carries it back.
 *
 * Everything here is written by the reader before the block is published
 * [edge ring.publish] and only read afterwards; the exception is what of the
 * segment's header belongs to the worker, which takes its blocks one by one.
 *
 * An event has one time, the clock's that goes on evenly; how far the other
 * clock is from it stands once a block.  A block has the events of one read, or
 * of several while the ring is full; where the two clocks moved apart by more
 * than a millisecond between them, another block is begun (rn_lane_clock()). */

#include "lib/base/base.h"
#include "ringnotify/event.h"
#include "ringnotify/handler.h"

struct rn_target; /* who handles: lib/dispatch */

/* Offsets in a segment fit in 32 bits with room to spare. */
#define RN_SEGMENT_SIZE (64U * 1024)
struct rn_segment {
  struct rn_segment *next; /* reader: in its list of spare ones */
  char *scratch;           /* worker: RN_ENTRY_PATH_SIZE bytes of its own */
  int64_t clock_offset_ns; /* worker: that of the block in hand */
  size_t size;             /* of the whole segment */
};

struct rn_block {
  struct rn_segment *release; /* goes back with this block, or NULL */
  struct rn_block *next;      /* reader: in its list of held blocks */
  int64_t clock_offset_ns;    /* CLOCK_REALTIME less CLOCK_MONOTONIC */
  uint32_t record_count;      /* events and notes */
  bool waited;                /* reader: found the ring full once */
};

struct rn_place {
  struct rn_target *target; /* NULL: nobody handles */
  struct rn_watch watch;
  uint32_t path_size; /* without the NUL */
  bool is_dir;
  char path[];
};

/* A second path of an event: where it was moved from. */
struct rn_source {
  uint32_t path_size; /* without the NUL */
  char path[];
};

enum rn_record_kind {
  RN_RECORD_CHANGE = RN_EVENT_CHANGE,
  RN_RECORD_OVERFLOW = RN_EVENT_OVERFLOW,
  RN_RECORD_ERROR = RN_EVENT_ERROR,
  RN_RECORD_RESCAN = RN_EVENT_RESCAN,
  RN_RECORD_SETTLED = RN_EVENT_SETTLED,
  RN_RECORD_RELEASE, /* a note to the worker: the target of its place gets no
                        more events from this lane; no event for a handler */
};

enum {
  RN_RECORD_SYNTHETIC = 1U << 0,
  RN_RECORD_DIR = 1U << 1,
  RN_RECORD_LOST_HERE = 1U << 2, /* an overflow of the ring, not the kernel's */
  RN_RECORD_APART = 1U << 3, /* no part of a batch: a note; or in every lane,
                                    for one of the workers to handle */
  RN_RECORD_END = 1U << 7,   /* the watch that was added is over */
};

/* One event; the public struct rn_event is this. */
struct rn_event {
  uint64_t seq;
  int64_t monotonic_ns; /* when it was read */
  uint32_t mask;
  uint32_t cookie;
  uint32_t offset; /* of this event in its segment */
  uint32_t place;  /* of its place in the segment */
  uint32_t source; /* of its source in the segment; 0: none;
                      RN_RECORD_RESCAN: milliseconds */
  uint8_t kind;    /* enum rn_record_kind */
  uint8_t flags;   /* RN_RECORD_* */
  uint16_t name_size;
  uint32_t extra; /* RN_RECORD_ERROR: the positive errno;
                     RN_RECORD_OVERFLOW: how many were lost, at most 2^32-1;
                     RN_RECORD_RESCAN: how many events it told, the same */
  char name[];    /* name_size bytes and a NUL */
};

_Static_assert(sizeof(struct rn_event) == 48, "six words and the name");

#define RN_RECORD_ALIGN 8U

/* Room that an event with a name of `name_size` bytes takes. */
static inline size_t rn_event_size(size_t name_size) {
  return rn_round_up(offsetof(struct rn_event, name) + name_size + 1,
                     RN_RECORD_ALIGN);
}

static inline struct rn_segment *rn_event_segment(
    const struct rn_event *event) {
  return (struct rn_segment *)(void *)((char *)(uintptr_t)event -
                                       event->offset);
}

static inline const struct rn_place *rn_event_place(
    const struct rn_event *event) {
  return (const struct rn_place *)(const void *)((const char *)rn_event_segment(
                                                     event) +
                                                 event->place);
}

static inline const struct rn_event *rn_block_first(
    const struct rn_block *block) {
  return (const struct rn_event *)(const void *)(block + 1);
}

/* The record behind this one; only within a block. */
static inline const struct rn_event *rn_event_next(
    const struct rn_event *event) {
  return (
      const struct rn_event *)(const void *)((const char *)event +
                                             rn_event_size(event->name_size));
}

/* Write directory + '/' + name, with a NUL; without the '/' where the directory
 * ends in one, without both where the name is empty.
 *
 * out        room for directory.size + name.size + 2 bytes; the directory may
 *            be there already.
 * Returns    the length without the NUL. */
size_t rn_path_join(char *out, struct rn_bytes directory, struct rn_bytes name);

#endif
