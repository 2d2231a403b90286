#ifndef BENCH_HANDOVER_DESIGN_H
#define BENCH_HANDOVER_DESIGN_H

/* A way to hand events over.
 *
 * An item is what travels: memory of a fixed size from the hand's pool, which
 * comes back through lane_return(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hand;
struct lane;

struct design {
  const char *name;  /* of the subject, for the report */
  size_t item_size;  /* bytes, a multiple of RN_CACHE_LINE */
  size_t item_count; /* fewer than QUEUE_SLOTS */
  bool in_place;     /* reads go into an item, at: */
  size_t read_offset;

  /* Hand over the records of one read.
   *
   * into       what was read into: an item, or with !in_place the hand's
   *            buffer.
   * Returns    how many records there were.
   * Threads    the reader. */
  uint64_t (*pass)(struct hand *hand, void *into, size_t size);

  /* Handle the events of an item and give it back.
   *
   * Threads    the lane's worker. */
  void (*handle)(struct lane *lane, void *item);
};

/* Each is told of in the .c of its name. */
extern const struct design pointer_design;
extern const struct design copied_design;
extern const struct design borrowed_design;
extern const struct design slots_design;

#endif
