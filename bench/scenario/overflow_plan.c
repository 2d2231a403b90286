/* Which points are measured: one thing at a time is varied. The queue's length
 * with a slow and a fast handler; then the policy for a full ring with the
 * number of its slots; then the handler's cost. */

#include <inttypes.h>
#include <stdio.h>

#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/overflow.h"
#include "bench/subject/listen_own.h"
#include "bench/subject/listen_raw.h"

enum {
  DEFAULT_SLOTS = 1024,     /* of rn_thread_notifier_options.slot_count */
  WORK_NS_MAX = 1000000000, /* that handlers may burn in one burst */
};

static void plan_point(struct plan *plan, const struct run *run,
                       struct overflow_point point) {
  const uint32_t work_ns = point.handler->work_ns;
  point.burst = run->options->events;
  if (work_ns > 0 && point.burst > WORK_NS_MAX / work_ns)
    point.burst = WORK_NS_MAX / work_ns;
  char label[LABEL_SIZE];
  snprintf(label, sizeof(label), "%s, %s", point.listener->name,
           point.handler->name);
  /* a search that comes to the end makes two bursts of the size for a try */
  const double one = (double)point.burst * 1e-9 * (work_ns + 900) + 0.1;
  plan_add(plan, point.listener->name, label,
           one * (run->options->repeat + 2 * OVERFLOW_TRIES), &point,
           sizeof(point));
}

static void plan_queue(struct plan *plan, const struct run *run,
                       struct overflow_point point, uint64_t limit) {
  point.queue_limit = limit;
  point.listener = &raw_listener;
  plan_point(plan, run, point);
  point.listener = &own_listener;
  plan_point(plan, run, point);
}

/* Queue lengths, for the raw loop too. */
static void plan_queues(struct plan *plan, const struct run *run,
                        struct overflow_point point) {
  static const uint64_t limits[] = {16, 256, 4096, 16384, 131072, 1048576};
  const size_t step = run->options->quick ? 2 : 1;
  if (!run->machine->root) {
    plan_queue(plan, run, point, run->machine->queue_limit);
    return;
  }
  for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i += step)
    plan_queue(plan, run, point, limits[i]);
}

static void plan_policies(struct plan *plan, const struct run *run,
                          struct overflow_point point) {
  static const char *const policies[] = {"spill", "block", "drop"};
  static const uint32_t slots[] = {2, 64, DEFAULT_SLOTS, 16384};
  for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
    for (size_t j = 0; j < sizeof(slots) / sizeof(*slots); j++) {
      if (run->options->quick && slots[j] != 64) continue;
      point.full = policies[i];
      point.slots = slots[j];
      plan_point(plan, run, point);
    }
  }
}

static void plan_costs(struct plan *plan, const struct run *run,
                       struct overflow_point point) {
  static const char *const handlers[] = {"1us", "10us"};
  for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
    point.handler = handler_kind(handlers[i]);
    point.listener = &raw_listener;
    plan_point(plan, run, point);
    point.listener = &own_listener;
    point.full = "spill";
    plan_point(plan, run, point);
    point.full = "block";
    plan_point(plan, run, point);
  }
}

static int plan_overflow(struct plan *plan, const struct run *run) {
  struct overflow_point point = {.listener = &own_listener,
                                 .handler = handler_kind("2us"),
                                 .full = "spill",
                                 .slots = DEFAULT_SLOTS,
                                 .queue_limit = run->machine->queue_limit};
  if (!run->machine->root)
    plan_skip(plan, "raw, ringnotify",
              "other queue lengths than %" PRIu64 ": setting them needs root",
              run->machine->queue_limit);
  plan_queues(plan, run, point);
  if (!run->options->quick) {
    point.handler = handler_kind("noop");
    plan_queues(plan, run, point);
    point.handler = handler_kind("2us");
  }
  plan_policies(plan, run, point);
  if (!run->options->quick) plan_costs(plan, run, point);
  return 0;
}

const struct scenario overflow_scenario = {
    .name = "overflow",
    .summary = "how large a burst is absorbed, and what is lost of more",
    .needs = "root for queues of other lengths than max_queued_events",
    .columns = overflow_columns,
    .plan = plan_overflow,
    .run = overflow_run,
};
