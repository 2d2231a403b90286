#ifndef LIB_ROUTE_ROUTE_H
#define LIB_ROUTE_ROUTE_H

/* Event -> lane. */

#include "lib/base/base.h"
#include "ringnotify/thread_notifier.h"

/* Key of a directory's lane, kept for its life: that of its path when it came.
 * A directory that is deleted and made again under the same path goes the same
 * way as before, so the order of a path holds over both lives.
 *
 * parent     key of the directory above; 0 for a root.
 * name       its name; a root's whole path. */
uint32_t rn_route_key(uint32_t parent, struct rn_bytes name);

enum { RN_ROUTE_GROUPS = 4096 };

/* Which lane a group of directories goes to: those whose keys begin alike.  The
 * groups are dealt out in turn, each when its first event comes, so that a few
 * directories are spread as evenly as many.   Threads: the reader. */
struct rn_router {
  enum rn_order order;
  uint32_t lane_count;
  uint32_t next;                   /* lane of the next group */
  uint16_t lanes[RN_ROUTE_GROUPS]; /* lane + 1; 0: no event yet */
};

/* lane_count  1 to UINT16_MAX - 1. */
void rn_router_init(struct rn_router *router, enum rn_order order,
                    uint32_t lane_count);

/* Lane of a directory's events under RN_ORDER_DIRECTORY and RN_ORDER_TOTAL: the
 * same for ever. */
static inline uint32_t rn_router_lane(struct rn_router *router, uint32_t key) {
  if (router->order == RN_ORDER_TOTAL || router->lane_count == 1) return 0;
  uint16_t *lane = &router->lanes[key / (UINT32_MAX / RN_ROUTE_GROUPS + 1)];
  if (*lane == 0) *lane = (uint16_t)(router->next++ % router->lane_count + 1);
  return *lane - 1U;
}

#endif
