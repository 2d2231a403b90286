#ifndef LIB_ROUTE_ROUTE_H
#define LIB_ROUTE_ROUTE_H

/* Event -> lane.  Pure. */

#include "lib/base/base.h"
#include "ringnotify/thread_notifier.h"

/* Key of a directory's lane, kept for its life: that of its path when it came.
 * A directory that is deleted and made again under the same path goes the same
 * way as before, so the order of a path holds over both lives.
 *
 * parent     key of the directory above; 0 for a root.
 * name       its name; a root's whole path. */
uint32_t rn_route_key(uint32_t parent, struct rn_bytes name);

/* Lane of a directory's events under RN_ORDER_DIRECTORY and RN_ORDER_TOTAL. */
static inline uint32_t rn_route_lane(enum rn_order order, uint32_t key,
                                     uint32_t lane_count) {
  if (order == RN_ORDER_TOTAL || lane_count == 1) return 0;
  return (uint32_t)(((uint64_t)key * lane_count) >> 32);
}

#endif
