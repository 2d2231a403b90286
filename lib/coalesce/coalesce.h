#ifndef LIB_COALESCE_COALESCE_H
#define LIB_COALESCE_COALESCE_H

/* Events that say what was said of the same entry just before.
 *
 * Within one read an event is a repeat when the last one told of its entry was
 * the same.  So MODIFY, MODIFY is told once, and CREATE, DELETE, CREATE is told
 * whole: what is dropped never changes what the last word about an entry is.
 *
 * The memory is a table of fixed size that is overwritten: what it has
 * forgotten is told twice, and nothing is ever dropped by mistake.
 *
 * No system calls.   Threads: one, the reader's. */

#include "lib/base/base.h"

enum {
  RN_COALESCE_SLOTS = 1024,       /* entries remembered, at most */
  RN_COALESCE_NAMES = 128 * 1024, /* bytes of their names, in one read */
};

/* An event about to be told.  Borrowed for the call. */
struct rn_coalesce_event {
  uint32_t generation;  /* of the node it came through */
  struct rn_bytes name; /* of the entry there; empty: the node itself */
  uint32_t mask;
  bool is_dir;
  bool plain; /* all that there is to it: no cookie, no source, a record of the
                 kernel's */
};

/* The last word about one entry. */
struct rn_coalesce_slot {
  uint64_t turn; /* an older one: the slot is empty */
  uint32_t generation;
  uint32_t mask; /* 0: nothing is a repeat of it */
  uint32_t name; /* where its name begins */
  uint32_t name_size;
  bool is_dir;
};

/* All zero but `turn`: empty. */
struct rn_coalescer {
  uint64_t turn; /* from 1 */
  uint32_t names_size;
  struct rn_coalesce_slot slots[RN_COALESCE_SLOTS];
  char names[RN_COALESCE_NAMES];
};

/* Returns    NULL: no memory.
 * Ownership  the caller's, to be freed by free(). */
struct rn_coalescer *rn_coalescer_new(void);

/* Forget all: a read begins, or what a path means has changed. */
void rn_coalescer_clear(struct rn_coalescer *coalescer);

/* Take note of an event.
 *
 * Returns    whether it is a repeat, and need not be told. */
bool rn_coalescer_take(struct rn_coalescer *coalescer,
                       const struct rn_coalesce_event *event);

#endif
