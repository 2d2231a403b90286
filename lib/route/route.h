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

enum { RN_ROUTE_GROUPS = 4096, RN_ROUTE_LANES_MAX = 256 };

/* Which lane a group of directories goes to: those whose keys begin alike.  A
 * group gets the lane with the fewest events so far when its own first event
 * comes, so that a few directories are spread as evenly as many, and busy ones
 * away from busy ones.   Threads: the reader. */
struct rn_router {
  enum rn_order order;
  uint32_t lane_count;
  uint16_t lanes[RN_ROUTE_GROUPS];     /* lane + 1; 0: no event yet */
  uint64_t events[RN_ROUTE_LANES_MAX]; /* so far, by lane */
};

/* lane_count  1 to RN_ROUTE_LANES_MAX. */
void rn_router_init(struct rn_router *router, enum rn_order order,
                    uint32_t lane_count);

/* The lane with the fewest events so far. */
uint32_t rn_router_least(const struct rn_router *router);

/* Lane of a directory's event under RN_ORDER_DIRECTORY and RN_ORDER_TOTAL: for
 * one key the same for ever. */
static inline uint32_t rn_router_lane(struct rn_router *router, uint32_t key) {
  if (router->order == RN_ORDER_TOTAL || router->lane_count == 1) return 0;
  uint16_t *lane = &router->lanes[key / (UINT32_MAX / RN_ROUTE_GROUPS + 1)];
  if (*lane == 0) *lane = (uint16_t)(rn_router_least(router) + 1);
  router->events[*lane - 1]++;
  return *lane - 1U;
}

#endif
