/* What does the whole pipeline cost beside a raw read loop?
 *
 * A kernel inotify queue is filled while nobody reads.  Then it is drained
 * against the clock: by read(2) of 64 KiB with a walk over the records, and by
 * a thread notifier (kernel -> reader -> ring -> worker -> handler) with one
 * and two workers, whose handlers do nothing, or ask for the path, one event or
 * a batch at a time.  Each measurement of the library follows one of the raw
 * loop, and the ratio is the median over these pairs: so a machine that changes
 * its speed changes both.
 *
 * The library's clock starts right before rn_thread_notifier_start(), so making
 * the threads counts, and stops when the last event was handled:
 * bench/subject/own.c.
 *
 * Estimate made beforehand, for one worker and a handler that asks for the
 * path, with the raw loop at 160 ns an event: the reader does what the raw loop
 * does and then some 30 ns more (find the wd, append 48 bytes to a batch); the
 * worker needs 20 to 40 ns and does so at the same time.  Wall: 1.2 times raw;
 * CPU: 1.4 times raw.  A second worker has nothing to win here, for the reader
 * is the bottleneck, and loses a little on two processors: 1.3.  Batches save
 * the worker a call, which shows in the CPU only: 0.03.
 *
 * The goals are 1.10 and 1.35. */

#include <signal.h>
#include <stddef.h>

#include "bench/core/harness.h"
#include "bench/core/options.h"
#include "bench/scenario/drain.h"
#include "bench/subject/own.h"
#include "bench/subject/raw.h"

static const struct {
  const char *label;
  uint32_t workers;
  const char *handler;
  bool takes_batches;
} variants[] = {
    {"1 worker, no-op", 1, "noop", false},
    {"1 worker, no-op, batches", 1, "noop", true},
    {"1 worker, path", 1, "path", false},
    {"1 worker, path, batches", 1, "path", true},
    {"2 workers, no-op", 2, "noop", false},
    {"2 workers, no-op, batches", 2, "noop", true},
    {"2 workers, path", 2, "path", false},
    {"2 workers, path, batches", 2, "path", true},
};

static int plan_pipeline(struct plan *plan, const struct run *run) {
  const uint64_t events = run->options->events;
  struct drain_point point = drain_base(&raw_subject, events);
  drain_plan_point(plan, run, &point, "no-op");
  point = drain_base(&own_subject, events);
  for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
    point.variant.workers = variants[i].workers;
    point.variant.handler = handler_kind(variants[i].handler);
    point.variant.takes_batches = variants[i].takes_batches;
    drain_plan_point(plan, run, &point, "%s", variants[i].label);
  }
  return 0;
}

static const struct scenario pipeline_scenario = {
    .name = "drain",
    .summary = "a full kernel queue emptied, by one and by two workers",
    .needs = "root, for queues of more than fs.inotify.max_queued_events",
    .columns = drain_columns,
    .plan = plan_pipeline,
    .run = drain_run,
};

int main(int argc, char **argv) {
  static const struct scenario *const scenarios[] = {&pipeline_scenario, NULL};
  signal(SIGPIPE, SIG_IGN); /* a reader who leaves shows as EPIPE */
  return (int)harness_main("pipeline", argc, argv, scenarios, NULL);
}
