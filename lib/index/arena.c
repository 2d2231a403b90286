/* Memory for entries of different sizes. */

#include "lib/index/arena.h"

#include <stdlib.h>

enum { UNITS = RN_ARENA_CHUNK / RN_ARENA_UNIT };

static uint32_t units_of(size_t size) {
  return (uint32_t)(rn_round_up(size, RN_ARENA_UNIT) / RN_ARENA_UNIT);
}

void rn_arena_init(struct rn_arena *arena) {
  memset(arena, 0, sizeof(*arena));
  arena->next = UNITS; /* the first request makes the first chunk */
}

void rn_arena_fini(struct rn_arena *arena) {
  for (uint32_t i = 0; i < arena->chunk_count; i++) free(arena->chunks[i]);
  free(arena->chunks);
  rn_arena_init(arena);
}

static bool add_chunk(struct rn_arena *arena) {
  if (arena->chunk_count == UINT32_MAX / UNITS) return false;
  if (arena->chunk_count == arena->chunk_room) {
    const uint32_t room = arena->chunk_room == 0 ? 8 : arena->chunk_room * 2;
    char **chunks = realloc(arena->chunks, room * sizeof(*chunks));
    if (chunks == NULL) return false;
    arena->chunks = chunks;
    arena->chunk_room = room;
  }
  char *chunk = malloc(RN_ARENA_CHUNK);
  if (chunk == NULL) return false;
  arena->chunks[arena->chunk_count++] = chunk;
  arena->next = arena->chunk_count == 1 ? 1 : 0; /* 0 names nothing */
  return true;
}

uint32_t rn_arena_take(struct rn_arena *arena, size_t size) {
  const uint32_t units = units_of(size);
  RN_ASSERT(units > 0 && units < RN_ARENA_CLASSES);
  uint32_t ref = arena->spare[units];
  if (ref != 0) {
    memcpy(&arena->spare[units], rn_arena_at(arena, ref), sizeof(ref));
    return ref;
  }
  if (arena->next + units > UNITS && !add_chunk(arena)) return 0;
  ref = (arena->chunk_count - 1) * UNITS + arena->next;
  arena->next += units;
  return ref;
}

void rn_arena_give(struct rn_arena *arena, uint32_t ref, size_t size) {
  const uint32_t units = units_of(size);
  memcpy(rn_arena_at(arena, ref), &arena->spare[units], sizeof(ref));
  arena->spare[units] = ref;
}

size_t rn_arena_memory(const struct rn_arena *arena) {
  return (size_t)arena->chunk_count * RN_ARENA_CHUNK +
         arena->chunk_room * sizeof(*arena->chunks);
}
