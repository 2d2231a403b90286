/* A set of pointers found by hash.
 *
 * An item stands at its home slot or in the unbroken run behind it.  Removal
 * closes the gap by moving back every later item of the run that may stand
 * there, so a search ends at the first empty slot. */

#include "lib/tree/index.h"

#include <errno.h>
#include <stdlib.h>

enum {
  SLOTS_MIN = 16,
  FETCH_AHEAD = 16, /* slots: each item is in memory of its own */
};

void rn_index_init(struct rn_index *index,
                   uint64_t (*hash)(const struct rn_hash_key *, const void *),
                   const struct rn_hash_key *key) {
  *index = (struct rn_index){.hash = hash, .key = key};
}

void rn_index_fini(struct rn_index *index) {
  free(index->slots);
  index->slots = NULL;
  index->slot_count = 0;
  index->count = 0;
}

/* The slot behind this one, and how many slots one is behind another. */
static uint32_t behind(const struct rn_index *index, uint32_t at) {
  return at + 1 == index->slot_count ? 0 : at + 1;
}

static uint32_t distance(const struct rn_index *index, uint32_t from,
                         uint32_t to) {
  return to >= from ? to - from : to + (index->slot_count - from);
}

void *rn_index_find(const struct rn_index *index, uint64_t hash,
                    bool (*equal)(const void *, const void *),
                    const void *key) {
  if (index->count == 0) return NULL;
  for (uint32_t at = rn_index_home(index, hash); index->slots[at] != NULL;
       at = behind(index, at))
    if (equal(index->slots[at], key)) return index->slots[at];
  return NULL;
}

/* The home slot of an item that is in it, or is to be. */
static uint32_t home_of(const struct rn_index *index, const void *item) {
  return rn_index_home(index, index->hash(index->key, item));
}

static void place(struct rn_index *index, void *item) {
  uint32_t at = home_of(index, item);
  while (index->slots[at] != NULL) at = behind(index, at);
  index->slots[at] = item;
}

static int resize(struct rn_index *index, uint64_t slot_count) {
  if (slot_count > UINT32_MAX) return -ENOMEM;
  void **old = index->slots;
  const uint32_t old_count = index->slot_count;
  void **slots = calloc(slot_count, sizeof(*slots));
  if (slots == NULL) return -ENOMEM;
  index->slots = slots;
  index->slot_count = (uint32_t)slot_count;
  for (uint32_t i = 0; i < old_count; i++) {
    if (i + FETCH_AHEAD < old_count) RN_FETCH(old[i + FETCH_AHEAD]);
    if (old[i] != NULL) place(index, old[i]);
  }
  free(old);
  return 0;
}

int rn_index_reserve(struct rn_index *index, uint32_t more) {
  const uint64_t wanted = (uint64_t)index->count + more;
  uint64_t slot_count = index->slot_count;
  if (slot_count == 0) slot_count = SLOTS_MIN;
  while (wanted * 4 > slot_count * 3) slot_count += slot_count / 2;
  return slot_count == index->slot_count ? 0 : resize(index, slot_count);
}

void rn_index_add(struct rn_index *index, void *item) {
  RN_ASSERT(index->count + 1 < index->slot_count);
  place(index, item);
  index->count++;
}

/* Slot of an item, or UINT32_MAX. */
static uint32_t slot_of(const struct rn_index *index, const void *item) {
  if (index->count == 0) return UINT32_MAX;
  uint32_t at = home_of(index, item);
  while (index->slots[at] != NULL) {
    if (index->slots[at] == item) return at;
    at = behind(index, at);
  }
  return UINT32_MAX;
}

void rn_index_remove(struct rn_index *index, const void *item) {
  uint32_t gap = slot_of(index, item);
  if (gap == UINT32_MAX) return;
  index->count--;
  for (uint32_t at = behind(index, gap); index->slots[at] != NULL;
       at = behind(index, at)) {
    const uint32_t home = home_of(index, index->slots[at]);
    /* It may move when its home is not between the gap and where it stands. */
    if (distance(index, home, at) < distance(index, gap, at)) continue;
    index->slots[gap] = index->slots[at];
    gap = at;
  }
  index->slots[gap] = NULL;
}

void *rn_index_next(const struct rn_index *index, uint32_t *at) {
  while (*at < index->slot_count) {
    void *item = index->slots[(*at)++];
    if (item != NULL) return item;
  }
  return NULL;
}
