/* The peers' points: the base point, and a handler of 1 us.
 *
 * Some take ten times as long for an event as others: each gets as many events
 * as it handles in a second or so, at most those of the other points.  With
 * --quick only libuv has the second point: it is who the targets name. */

#include <string.h>

#include "bench/core/options.h"
#include "bench/scenario/drain.h"
#include "bench/subject/peer.h"

enum {
  BUDGET_NS = 1000000000,
  QUICK_BUDGET_NS = 150000000,
  EVENTS_MIN = 10000
};

static uint64_t events_for(const struct peer *peer,
                           const struct options *options,
                           const struct handler_kind *handler) {
  const uint64_t budget = options->quick ? QUICK_BUDGET_NS : BUDGET_NS;
  const uint64_t affordable = budget / (peer->ns_per_event + handler->work_ns);
  const uint64_t events = affordable > EVENTS_MIN ? affordable : EVENTS_MIN;
  return events < options->events ? events : options->events;
}

void drain_plan_peers(struct plan *plan, const struct run *run) {
  static const char *const handlers[] = {"noop", "1us"};
  const struct options *options = run->options;
  size_t count;
  const struct subject *peers = peers_for(options, plan, &count);
  for (size_t i = 0; i < 2; i++) {
    const struct handler_kind *handler = handler_kind(handlers[i]);
    for (size_t j = 0; j < count; j++) {
      const struct peer *peer = peer_of(&peers[j]);
      if (options->quick && i > 0 && strcmp(peer->name, "libuv") != 0) continue;
      struct drain_point point =
          drain_base(&peers[j], events_for(peer, options, handler));
      point.variant.handler = handler;
      drain_plan_point(plan, run, &point, "%s", handlers[i]);
    }
  }
}
