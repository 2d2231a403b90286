#ifndef LIB_INDEX_REFS_H
#define LIB_INDEX_REFS_H

/* A multiset of 32-bit names found by hash: open addressing, linear probing, no
 * tombstones, four bytes a slot, at most three quarters full.  The hash of an
 * item is worked out anew from the item when it is needed.
 *
 * That takes long for a hundred thousand of them.  So where it grows, items are
 * moved to the larger table a few at a time, with each that is added, and are
 * looked for in both meanwhile. */

#include "lib/base/base.h"

struct rn_refs_table {
  uint32_t *slots; /* 0: free */
  uint32_t mask;   /* slot count - 1, or 0 when there are no slots */
};

struct rn_refs {
  struct rn_refs_table now, old; /* old: without slots when none is left */
  uint32_t moved;                /* slots of `old` that are free up to here */
  uint32_t count;
  uint64_t (*hash)(const void *context, uint32_t ref);
  const void *context;
};

void rn_refs_init(struct rn_refs *refs, const void *context,
                  uint64_t (*hash)(const void *context, uint32_t ref));
void rn_refs_fini(struct rn_refs *refs);

/* Make room for one more.
 *
 * Returns    0; -ENOMEM. */
int rn_refs_reserve(struct rn_refs *refs);

/* Add an item, after rn_refs_reserve(). */
void rn_refs_add(struct rn_refs *refs, uint32_t ref);

/* Remove an item whose hash is what it was when it was added. */
void rn_refs_remove(struct rn_refs *refs, uint32_t ref);

/* Go over the items that may have this hash, and others: start with *at = the
 * lower 32 bits of the hash, and add nothing meanwhile; 0 at the end. */
uint32_t rn_refs_next(const struct rn_refs *refs, uint64_t *at);

/* Bytes of its tables. */
size_t rn_refs_memory(const struct rn_refs *refs);

#endif
