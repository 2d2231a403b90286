#ifndef LIB_TREE_NAMES_H
#define LIB_TREE_NAMES_H

/* A set of the names of one directory: what a new directory is known to hold
 * until its fence has come back. */

#include "lib/tree/index.h"

struct rn_name {
  uint16_t size;
  bool is_dir;
  bool doubted; /* its owner's: not certain */
  char data[];  /* size bytes */
};

struct rn_names {
  struct rn_index index; /* of struct rn_name */
};

/* key        of its hashes; borrowed. */
void rn_names_init(struct rn_names *names, const struct rn_hash_key *key);
void rn_names_fini(struct rn_names *names);
/* The name in the set, or NULL; valid until it is removed. */
struct rn_name *rn_names_find(const struct rn_names *names,
                              struct rn_bytes name);

/* Returns    0; 1 it was in the set already; -ENOMEM. */
int rn_names_add(struct rn_names *names, struct rn_bytes name, bool is_dir);

/* Returns    whether it was in the set. */
bool rn_names_remove(struct rn_names *names, struct rn_bytes name);

/* Go over all: start with *at = 0; NULL at the end. */
const struct rn_name *rn_names_next(const struct rn_names *names, uint32_t *at);

#endif
