/* Event -> lane.
 *
 * A lane is chosen by the directory, not by the event, so that everything in
 * one directory, both halves of a rename inside it included, keeps the kernel's
 * order.  A hash alone would give sixteen directories to two lanes as unevenly
 * as eleven to five every other time; dealing out does not. */

#include "lib/route/route.h"

uint32_t rn_route_key(uint32_t parent, struct rn_bytes name) {
  return (uint32_t)rn_bytes_hash(parent, name);
}

void rn_router_init(struct rn_router *router, enum rn_order order,
                    uint32_t lane_count) {
  RN_ASSERT(lane_count > 0 && lane_count <= RN_ROUTE_LANES_MAX);
  *router = (struct rn_router){.order = order, .lane_count = lane_count};
}

uint32_t rn_router_least(const struct rn_router *router) {
  uint32_t least = 0;
  for (uint32_t i = 1; i < router->lane_count; i++)
    if (router->events[i] < router->events[least]) least = i;
  return least;
}
