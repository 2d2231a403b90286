#ifndef LIB_TREE_INDEX_H
#define LIB_TREE_INDEX_H

/* A set of pointers found by hash: open addressing, linear probing, deletion
 * without tombstones.  Eight bytes a slot, at most three quarters full, and at
 * least half full once it has grown: a watch table of a million directories
 * must stay small, which rules out the tables of the common libraries (40 to 60
 * bytes an entry). */

#include "lib/base/base.h"
#include "lib/base/hash.h"

struct rn_index {
  void **slots;
  uint32_t slot_count;
  uint32_t count; /* of items */
  uint64_t (*hash)(const struct rn_hash_key *key, const void *item);
  const struct rn_hash_key *key; /* what `hash` is given */
};

/* Slot where an item with this hash belongs: the high half of the hash, which a
 * multiplication spreads best, as a fraction of the slots.  The index has
 * slots. */
static inline uint32_t rn_index_home(const struct rn_index *index,
                                     uint64_t hash) {
  return (uint32_t)((hash >> 32) * index->slot_count >> 32);
}

/* key        borrowed; or NULL, when `hash` needs none. */
void rn_index_init(struct rn_index *index,
                   uint64_t (*hash)(const struct rn_hash_key *key,
                                    const void *item),
                   const struct rn_hash_key *key);
/* Free the slots; the items are the caller's. */
void rn_index_fini(struct rn_index *index);

/* Find the item with this hash for which `equal` holds, or NULL. */
void *rn_index_find(const struct rn_index *index, uint64_t hash,
                    bool (*equal)(const void *item, const void *key),
                    const void *key);

/* Make room so that the next `more` calls of rn_index_add() succeed.
 *
 * Returns    0; -ENOMEM. */
int rn_index_reserve(struct rn_index *index, uint32_t more);

/* Add an item that is not in it, after rn_index_reserve(). */
void rn_index_add(struct rn_index *index, void *item);

/* Remove an item; nothing is done when it is not in it. */
void rn_index_remove(struct rn_index *index, const void *item);

/* Go over all items: start with *at = 0; NULL at the end.  The index must not
 * be changed meanwhile. */
void *rn_index_next(const struct rn_index *index, uint32_t *at);

#endif
