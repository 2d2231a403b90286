/* A multiset of 32-bit names found by hash. */

#include "lib/index/refs.h"

#include <errno.h>
#include <stdlib.h>

enum {
  SLOTS_MIN = 64,
  MOVED_AT_A_TIME = 8, /* slots; so all are before it has to grow again */
};

void rn_refs_init(struct rn_refs *refs, const void *context,
                  uint64_t (*hash)(const void *context, uint32_t ref)) {
  *refs = (struct rn_refs){.hash = hash, .context = context};
}

void rn_refs_fini(struct rn_refs *refs) {
  free(refs->now.slots);
  free(refs->old.slots);
  refs->now = refs->old = (struct rn_refs_table){.slots = NULL};
  refs->count = 0;
}

static uint32_t home_of(const struct rn_refs *refs,
                        const struct rn_refs_table *table, uint32_t ref) {
  return (uint32_t)refs->hash(refs->context, ref) & table->mask;
}

static void put(struct rn_refs *refs, uint32_t ref) {
  const struct rn_refs_table *table = &refs->now;
  uint32_t at = home_of(refs, table, ref);
  while (table->slots[at] != 0) at = (at + 1) & table->mask;
  table->slots[at] = ref;
}

/* Close the gap at a slot: items behind it move up as far as their home. */
static void close_gap(const struct rn_refs *refs,
                      const struct rn_refs_table *table, uint32_t gap) {
  uint32_t *slots = table->slots;
  for (uint32_t at = (gap + 1) & table->mask; slots[at] != 0;
       at = (at + 1) & table->mask) {
    const uint32_t home = home_of(refs, table, slots[at]);
    if (((at - home) & table->mask) < ((at - gap) & table->mask)) continue;
    slots[gap] = slots[at];
    gap = at;
  }
  slots[gap] = 0;
}

/* Move what stands in some slots of the old table. */
static void move_some(struct rn_refs *refs, uint32_t count) {
  struct rn_refs_table *old = &refs->old;
  while (old->slots != NULL && count-- > 0) {
    uint32_t ref;
    while ((ref = old->slots[refs->moved]) != 0) {
      close_gap(refs, old, refs->moved);
      put(refs, ref);
    }
    if (refs->moved++ < old->mask) continue;
    free(old->slots);
    *old = (struct rn_refs_table){.slots = NULL};
  }
}

int rn_refs_reserve(struct rn_refs *refs) {
  move_some(refs, MOVED_AT_A_TIME);
  const uint32_t size = refs->now.slots == NULL ? 0 : refs->now.mask + 1;
  if (refs->count + 1 <= size / 4 * 3) return 0;
  const uint32_t grown = size == 0 ? SLOTS_MIN : size * 2;
  if (grown == 0) return -ENOMEM;
  uint32_t *slots = calloc(grown, sizeof(*slots));
  if (slots == NULL) return -ENOMEM;
  move_some(refs, UINT32_MAX); /* there is nothing left */
  refs->old = refs->now;
  refs->moved = 0;
  refs->now = (struct rn_refs_table){.slots = slots, .mask = grown - 1};
  return 0;
}

void rn_refs_add(struct rn_refs *refs, uint32_t ref) {
  put(refs, ref);
  refs->count++;
}

/* Remove an item from a table.  Returns whether it was there. */
static bool take_out(const struct rn_refs *refs,
                     const struct rn_refs_table *table, uint32_t ref) {
  if (table->slots == NULL) return false;
  uint32_t at = home_of(refs, table, ref);
  while (table->slots[at] != ref) {
    if (table->slots[at] == 0) return false;
    at = (at + 1) & table->mask;
  }
  close_gap(refs, table, at);
  return true;
}

void rn_refs_remove(struct rn_refs *refs, uint32_t ref) {
  const bool found =
      take_out(refs, &refs->now, ref) || take_out(refs, &refs->old, ref);
  RN_ASSERT(found);
  refs->count--;
}

/* Below: the hash.  Above: steps in the first table, or behind the highest bit
 * those in the old one. */
uint32_t rn_refs_next(const struct rn_refs *refs, uint64_t *at) {
  const uint64_t step = UINT64_C(1) << 32;
  const uint64_t in_old = UINT64_C(1) << 63;
  const bool old = (*at & in_old) != 0;
  const struct rn_refs_table *table = old ? &refs->old : &refs->now;
  if (table->slots == NULL) return 0;
  const uint32_t steps = (uint32_t)((*at & ~in_old) >> 32);
  const uint32_t ref = table->slots[((uint32_t)*at + steps) & table->mask];
  if (ref == 0 && !old) {
    *at = (uint32_t)*at | in_old;
    return rn_refs_next(refs, at);
  }
  *at += step;
  return ref;
}

static size_t size_of(const struct rn_refs_table *table) {
  return table->slots == NULL ? 0
                              : ((size_t)table->mask + 1) * sizeof(uint32_t);
}

size_t rn_refs_memory(const struct rn_refs *refs) {
  return size_of(&refs->now) + size_of(&refs->old);
}
