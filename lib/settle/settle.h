#ifndef LIB_SETTLE_SETTLE_H
#define LIB_SETTLE_SETTLE_H

/* Entries of which something was told, and that have to be quiet for a while.
 *
 * One window for all entries of a list: so the order in which they were touched
 * is the order in which they fall due, and touching one, and finding the next
 * that is due, take one step each.
 *
 * No system calls: the caller says what the time is, by a clock that goes on
 * evenly.   Threads: one, the
 * reader's. */

#include "lib/base/base.h"
#include "lib/tree/index.h"
#include "ringnotify/event.h"

/* An entry is known by the node that it is in, which a rename leaves the same,
 * and its name there. */
struct rn_settle_key {
  struct rn_watch node;
  struct rn_bytes name; /* empty: the node itself */
};

/* One that waits. */
struct rn_waiting {
  struct rn_waiting *next, *previous; /* by the time of the last touch */
  int64_t touched_ns;
  uint64_t touch; /* the number of the last touch */
  struct rn_watch node;
  uint32_t name_size;
  bool is_dir;
  char name[]; /* name_size bytes and a NUL */
};

struct rn_settle {
  int64_t window_ns;
  uint32_t count_max;
  uint32_t count;
  uint64_t touches; /* so far */
  struct rn_waiting *first, *last;
  struct rn_index by_key;
};

/* window_ns  how long an entry has to be quiet.
 * count_max  how many may wait, but for what rn_settle_empty() adds.
 * key        of its hashes; borrowed. */
void rn_settle_init(struct rn_settle *settle, int64_t window_ns,
                    uint32_t count_max, const struct rn_hash_key *key);
void rn_settle_fini(struct rn_settle *settle);

/* The entry, or NULL: it does not wait. */
struct rn_waiting *rn_settle_find(const struct rn_settle *settle,
                                  const struct rn_settle_key *key);

/* Let an entry begin to wait that does not.
 *
 * Returns    0; -ENOBUFS as many wait as may; -ENOMEM. */
int rn_settle_add(struct rn_settle *settle, const struct rn_settle_key *key,
                  bool is_dir, int64_t now_ns);

/* It is not quiet: its waiting begins anew. */
void rn_settle_touch(struct rn_settle *settle, struct rn_waiting *waiting,
                     int64_t now_ns);

/* All that waits in a node has departed with it.  That is one step, too, while
 * there is memory: it goes on waiting, and is void until it is touched.  What
 * says so waits as an entry, and may be one more than count_max: it is for the
 * caller to take the first one out then. */
void rn_settle_empty(struct rn_settle *settle, struct rn_watch node,
                     int64_t now_ns);
bool rn_settle_is_void(const struct rn_settle *settle,
                       const struct rn_waiting *waiting);

/* It waits no more. */
void rn_settle_remove(struct rn_settle *settle, struct rn_waiting *waiting);

/* The first one that has been quiet for long enough, or NULL. */
struct rn_waiting *rn_settle_due(const struct rn_settle *settle,
                                 int64_t now_ns);

/* How long until one is, if nothing happens; 0: one is now; -1: none waits. */
int64_t rn_settle_left_ns(const struct rn_settle *settle, int64_t now_ns);

#endif
