/* A multiset of 32-bit names found by hash. */

#include "lib/index/refs.h"

#include <errno.h>
#include <stdlib.h>

enum { SLOTS_MIN = 64 };

void rn_refs_init(struct rn_refs *refs, const void *context,
                  uint64_t (*hash)(const void *context, uint32_t ref)) {
  *refs = (struct rn_refs){.hash = hash, .context = context};
}

void rn_refs_fini(struct rn_refs *refs) {
  free(refs->slots);
  refs->slots = NULL;
  refs->mask = 0;
  refs->count = 0;
}

static uint32_t home_of(const struct rn_refs *refs, uint32_t ref) {
  return (uint32_t)refs->hash(refs->context, ref) & refs->mask;
}

static void put(struct rn_refs *refs, uint32_t ref) {
  uint32_t at = home_of(refs, ref);
  while (refs->slots[at] != 0) at = (at + 1) & refs->mask;
  refs->slots[at] = ref;
}

int rn_refs_reserve(struct rn_refs *refs) {
  const uint32_t size = refs->slots == NULL ? 0 : refs->mask + 1;
  if (refs->count + 1 <= size / 4 * 3) return 0;
  const uint32_t grown = size == 0 ? SLOTS_MIN : size * 2;
  if (grown == 0) return -ENOMEM;
  uint32_t *slots = calloc(grown, sizeof(*slots));
  if (slots == NULL) return -ENOMEM;
  uint32_t *old = refs->slots;
  refs->slots = slots;
  refs->mask = grown - 1;
  for (uint32_t i = 0; i < size; i++)
    if (old[i] != 0) put(refs, old[i]);
  free(old);
  return 0;
}

void rn_refs_add(struct rn_refs *refs, uint32_t ref) {
  put(refs, ref);
  refs->count++;
}

/* Close the gap at a slot: items behind it move up as far as their home. */
static void close_gap(struct rn_refs *refs, uint32_t gap) {
  for (uint32_t at = (gap + 1) & refs->mask; refs->slots[at] != 0;
       at = (at + 1) & refs->mask) {
    const uint32_t home = home_of(refs, refs->slots[at]);
    if (((at - home) & refs->mask) < ((at - gap) & refs->mask)) continue;
    refs->slots[gap] = refs->slots[at];
    gap = at;
  }
  refs->slots[gap] = 0;
}

void rn_refs_remove(struct rn_refs *refs, uint32_t ref) {
  uint32_t at = home_of(refs, ref);
  while (refs->slots[at] != ref) {
    RN_ASSERT(refs->slots[at] != 0);
    at = (at + 1) & refs->mask;
  }
  refs->count--;
  close_gap(refs, at);
}

uint32_t rn_refs_next(const struct rn_refs *refs, uint64_t *at) {
  if (refs->slots == NULL) return 0;
  return refs->slots[(uint32_t)((*at)++) & refs->mask];
}
