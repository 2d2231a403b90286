/* What the handlers that the library brings have in common.
 *
 * The library calls on_retain and on_release once for each copy that it takes
 * of a handler.  An object that counts these calls, and its maker's hold, lives
 * until nobody can call it any more, whoever lets go last: so one object serves
 * many watches, and its maker may free it before they end. */

#include "lib/handler/ready.h"

#include <errno.h>

#include "lib/base/base.h"

void rn_holders_init(struct rn_holders *holders) {
  atomic_init(&holders->count, 1);
}

void rn_holders_add(struct rn_holders *holders) {
  const uint32_t before =
      atomic_fetch_add_explicit(&holders->count, 1, memory_order_relaxed);
  RN_ASSERT(before > 0 && before < UINT32_MAX);
}

bool rn_holders_drop(struct rn_holders *holders) {
  /* acquire and release [edge handler.holders] */
  const uint32_t before =
      atomic_fetch_sub_explicit(&holders->count, 1, memory_order_acq_rel);
  RN_ASSERT(before > 0);
  return before == 1;
}

int rn_ready_handler(const struct rn_handler *from,
                     struct rn_handler *handler) {
  const size_t least = offsetof(struct rn_handler, flags);
  const size_t size = handler->size;
  if (size < least || size > 4096) return -EINVAL;
  memset(handler, 0, size);
  memcpy(handler, from, size < sizeof(*from) ? size : sizeof(*from));
  handler->size = size;
  return 0;
}
