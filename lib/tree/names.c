/* A set of the names of one directory. */

#include "lib/tree/names.h"

#include <errno.h>
#include <stdlib.h>

static struct rn_bytes bytes_of(const struct rn_name *name) {
  return (struct rn_bytes){.data = name->data, .size = name->size};
}

static uint64_t hash_name(const struct rn_hash_key *key, const void *item) {
  return rn_hash_bytes(key, 0, bytes_of(item));
}

static bool equal_name(const void *item, const void *key) {
  return rn_bytes_equal(bytes_of(item), *(const struct rn_bytes *)key);
}

struct rn_name *rn_names_find(const struct rn_names *names,
                              struct rn_bytes name) {
  if (names->index.count == 0) return NULL;
  const uint64_t hash = rn_hash_bytes(names->index.key, 0, name);
  return rn_index_find(&names->index, hash, equal_name, &name);
}

void rn_names_init(struct rn_names *names, const struct rn_hash_key *key) {
  rn_index_init(&names->index, hash_name, key);
}

void rn_names_fini(struct rn_names *names) {
  uint32_t at = 0;
  void *name;
  while ((name = rn_index_next(&names->index, &at)) != NULL) free(name);
  rn_index_fini(&names->index);
}

int rn_names_add(struct rn_names *names, struct rn_bytes name, bool is_dir) {
  RN_ASSERT(name.size <= RN_NAME_SIZE_MAX);
  if (rn_names_find(names, name) != NULL) return 1;
  const int err = rn_index_reserve(&names->index, 1);
  if (err < 0) return err;
  struct rn_name *made = malloc(sizeof(*made) + name.size);
  if (made == NULL) return -ENOMEM;
  made->size = (uint16_t)name.size;
  made->is_dir = is_dir;
  made->doubted = false;
  memcpy(made->data, name.data, name.size);
  rn_index_add(&names->index, made);
  return 0;
}

bool rn_names_remove(struct rn_names *names, struct rn_bytes name) {
  struct rn_name *found = rn_names_find(names, name);
  if (found == NULL) return false;
  rn_index_remove(&names->index, found);
  free(found);
  return true;
}

const struct rn_name *rn_names_next(const struct rn_names *names,
                                    uint32_t *at) {
  return rn_index_next(&names->index, at);
}
