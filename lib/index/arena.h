#ifndef LIB_INDEX_ARENA_H
#define LIB_INDEX_ARENA_H

/* Memory for entries of different sizes, named by 32 bits instead of 64: a tree
 * of a million files has four such names in each entry.
 *
 * Pieces are multiples of eight bytes out of chunks of 64 KiB, without a
 * header.  A piece that was given back serves the next request of its size;
 * chunks are freed all at once. */

#include "lib/base/base.h"

enum {
  RN_ARENA_CHUNK = 64 * 1024,
  RN_ARENA_UNIT = 8,
  RN_ARENA_CLASSES = 528, /* pieces are smaller than this many units */
};

struct rn_arena {
  char **chunks;
  uint32_t chunk_count, chunk_room;
  uint32_t next;                    /* first free unit of the last chunk */
  uint32_t spare[RN_ARENA_CLASSES]; /* given back, by size in units */
};

void rn_arena_init(struct rn_arena *arena);
void rn_arena_fini(struct rn_arena *arena);

/* Take a piece.
 *
 * size       at most (RN_ARENA_CLASSES - 1) * RN_ARENA_UNIT.
 * Returns    its name; 0: no memory. */
uint32_t rn_arena_take(struct rn_arena *arena, size_t size);

/* Give a piece back.  size: as it was taken. */
void rn_arena_give(struct rn_arena *arena, uint32_t ref, size_t size);

static inline void *rn_arena_at(const struct rn_arena *arena, uint32_t ref) {
  const uint32_t units = RN_ARENA_CHUNK / RN_ARENA_UNIT;
  return arena->chunks[ref / units] + (size_t)(ref % units) * RN_ARENA_UNIT;
}

/* Bytes in use, and those that were given back. */
size_t rn_arena_memory(const struct rn_arena *arena);

#endif
