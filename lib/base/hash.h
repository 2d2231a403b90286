#ifndef LIB_BASE_HASH_H
#define LIB_BASE_HASH_H

/* A hash for tables of names that others choose.
 *
 * SipHash-1-3: who does not know the key cannot find names that share a place.
 * A notifier has a key of its own, drawn at random when it is made; what it
 * hashes never leaves it. */

#include "lib/base/base.h"

struct rn_hash_key {
  uint64_t words[2];
};

/* What was hashed so far. */
struct rn_hash {
  uint64_t state[4];
  uint64_t tail; /* the last size % 8 bytes */
  uint64_t size;
};

/* Hash of `seed`, as eight bytes, and of the bytes behind it. */
uint64_t rn_hash_bytes(const struct rn_hash_key *key, uint64_t seed,
                       struct rn_bytes bytes);

/* The same in pieces, for one who asks at several places of a text: what it
 * takes to ask does not depend on what was added so far. */
void rn_hash_begin(struct rn_hash *hash, const struct rn_hash_key *key,
                   uint64_t seed);
void rn_hash_add(struct rn_hash *hash, struct rn_bytes bytes);
uint64_t rn_hash_so_far(const struct rn_hash *hash);

#endif
