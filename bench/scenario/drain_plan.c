/* Which points are measured: not all combinations, but one thing at a time from
 * a base point, and those few together that a service's author chooses between.
 */

#include <stdio.h>

#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/drain.h"
#include "bench/subject/own.h"
#include "bench/subject/raw.h"

void drain_plan_point(struct plan *plan, const struct run *run,
                      const struct drain_point *point, const char *what) {
  char label[LABEL_SIZE];
  snprintf(label, sizeof(label), "%s, %s", point->subject->name, what);
  const double pair = (double)point->events * 1.5e-6 + 0.1;
  plan_add(plan, point->subject->name, label, pair * (run->options->repeat + 1),
           point, sizeof(*point));
}

static int plan_drain(struct plan *plan, const struct run *run) {
  const uint64_t events = run->options->events;
  struct drain_point point = drain_base(&raw_subject, events);
  drain_plan_point(plan, run, &point, "no-op");
  point.subject = &own_subject;
  drain_plan_point(plan, run, &point, "1 worker, no-op");
  return 0;
}

const struct scenario drain_scenario = {
    .name = "drain",
    .summary = "how fast a full kernel queue is emptied",
    .needs = "root for queues of more than fs.inotify.max_queued_events",
    .columns = drain_columns,
    .plan = plan_drain,
    .run = drain_run,
};
