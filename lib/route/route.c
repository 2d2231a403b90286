/* Event -> lane.
 *
 * A lane is chosen by the directory, not by the event, so that everything in
 * one directory, both halves of a rename inside it included, keeps the kernel's
 * order.  The key is spread over the lanes by its high bits. */

#include "lib/route/route.h"

uint32_t rn_route_key(uint32_t parent, struct rn_bytes name) {
  return (uint32_t)rn_bytes_hash(parent, name);
}
