/* Records kept back.
 *
 * Below a directory that is between two places: it has to be known first where
 * it went.  Of a root that is being added (withhold.c): it has to be known
 * first whether the addition succeeds.
 *
 * Beyond a bound, and without memory, a record is lost as if the kernel had
 * lost it. */

#include <stdlib.h>

#include "lib/track/tracker.h"

/* One of them, with its name behind it. */
struct kept_record {
  struct rn_raw_event raw; /* its name pointer is set when it is taken */
  uint32_t generation;     /* of the node it is for */
  size_t size;             /* of the whole, rounded up */
  char name[];
};

static bool make_room(struct rn_kept *kept, size_t size, size_t max) {
  if (size <= kept->room) return true;
  if (size > max) return false;
  const size_t room = size < max / 2 ? size * 2 : max;
  char *records = realloc(kept->records, room);
  if (records == NULL) return false;
  kept->records = records;
  kept->room = room;
  return true;
}

void rn_keep_record(struct rn_tracker *t, struct rn_kept *kept,
                    const struct rn_node *node,
                    const struct rn_raw_event *raw) {
  const size_t size = rn_round_up(
      sizeof(struct kept_record) + raw->name_size + 1, sizeof(uint64_t));
  const size_t max = kept == &t->kept ? RN_KEPT_MAX : RN_WITHHELD_MAX;
  if (!make_room(kept, kept->size + size, max)) {
    t->loses = true; /* which is seen to when this record was taken in */
    return;
  }
  if (kept->size == 0) kept->epoch = t->cause;
  struct kept_record *record = (void *)(kept->records + kept->size);
  record->raw = *raw;
  record->generation = node->generation;
  record->size = size;
  memcpy(record->name, raw->name, raw->name_size);
  record->name[raw->name_size] = '\0';
  kept->size += size;
  t->passed++;
}

size_t rn_kept_take(struct rn_tracker *t, char *records, size_t size) {
  size_t at = 0;
  while (at < size) {
    struct kept_record *record = (void *)(records + at);
    record->raw.name = record->name;
    rn_take_kept(t, &record->raw, record->generation);
    at += record->size;
  }
  return at;
}

void rn_replay_kept(struct rn_tracker *t) {
  struct rn_kept *kept = &t->kept;
  while (t->replay && kept->size > 0) {
    const struct rn_kept taken = *kept;
    *kept = (struct rn_kept){.records = NULL};
    t->replay = false;
    t->cause = taken.epoch;
    (void)rn_kept_take(t, taken.records, taken.size);
    free(taken.records);
  }
  t->cause = t->epoch;
  t->replay = false;
}

uint64_t rn_kept_drop(struct rn_kept *kept) {
  uint64_t count = 0;
  for (size_t at = 0; at < kept->size; count++)
    at +=
        ((const struct kept_record *)(const void *)(kept->records + at))->size;
  kept->size = 0;
  return count;
}

void rn_kept_free(struct rn_kept *kept) { free(kept->records); }
