#ifndef LIB_HANDLER_READY_H
#define LIB_HANDLER_READY_H

/* What the handlers that the library brings have in common: several hold the
 * object behind one, and a handler of any age is filled. */

#include <stdatomic.h>

#include "ringnotify/handler.h"

/* Who holds an object: its maker, and each target that was made of its
 * handler. */
struct rn_holders {
  /* shared: w each holder, once | r the last one | up relaxed: who adds a
   * holder is one; down acq_rel [edge handler.holders] | what the others did
   * with the object happens before it is freed */
  _Atomic uint32_t count;
};

/* The maker is the first. */
void rn_holders_init(struct rn_holders *holders);

/* One more.   Threads: any that holds the object. */
void rn_holders_add(struct rn_holders *holders);

/* One less.  Returns true to the last one, who frees the object. */
bool rn_holders_drop(struct rn_holders *holders);

/* Give the user a handler.
 *
 * handler    in: size; out: `from`, as far as the library knows the fields.
 * Returns    0; -EINVAL no room for what stands before `flags`, or an
 *            impossible size. */
int rn_ready_handler(const struct rn_handler *from, struct rn_handler *handler);

#endif
