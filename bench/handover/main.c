/* What does it cost to hand events from the thread that reads them to those
 * that handle them, and would another way than the library's be cheaper?
 *
 * A kernel queue is filled while nobody reads, then drained against the clock:
 * by a raw read loop, and by a reader with one or two workers whose handlers
 * put the path together.  The designs share all but the hand-over: look-up of
 * the directory, queues, sleeping, handler.  Their events are those of the
 * library; what it does besides (filters, recursion, places in segments) is not
 * here.
 *
 *     pointer    each event is copied, and its pointer goes through the ring
 *     copied     events are copied into a segment, published as one block a
 *            read
 *     borrowed   records stay in the read buffer, which goes to the worker
 *     slots      as borrowed, with a list of eight bytes an event for each lane
 *
 * Estimate made beforehand, with the raw loop at 160 ns an event: a copy takes
 * the reader 10 ns, and the memory it fills, 64 bytes against 32, costs as much
 * again on its way between the processors.  So borrowing should win 0.1 of the
 * raw loop on the wall clock; slots, which add eight bytes and a second access
 * to the record's head, half of that.  A pointer an event costs two transfers
 * of a line every eight events each way: 1.4 times raw.
 *
 * `raw` measures the raw loop beside itself: the spread of that ratio is the
 * noise of the machine. */

#include <signal.h>
#include <stdio.h>

#include "bench/core/harness.h"
#include "bench/core/options.h"
#include "bench/handover/drain.h"
#include "bench/scenario/drain.h"
#include "bench/subject/raw.h"

static const struct column columns[] = {
    {"ns/event", "ns_per_event", "median", 1, 0},
    {"min", "ns_per_event", "min", 1, 0},
    {"max", "ns_per_event", "max", 1, 0},
    {"to raw", "ratio_to_raw", "median", 2, 0},
    {"min", "ratio_to_raw", "min", 2, 0},
    {"max", "ratio_to_raw", "max", 2, 0},
    {"CPU ns", "cpu_ns_per_event", "median", 1, 0},
    {"to raw", "cpu_ratio_to_raw", "median", 2, 0},
    {NULL, NULL, NULL, 0, 0},
};

/* A design as a subject. */
#define SUBJECT(design)                                                  \
  {                                                                      \
    .name = #design, .context = &(design##_design), .has_workers = true, \
    .drain = handover_drain,                                             \
  }

static const struct subject pointer = SUBJECT(pointer);
static const struct subject copied = SUBJECT(copied);
static const struct subject borrowed = SUBJECT(borrowed);
static const struct subject slots = SUBJECT(slots);

/* Plan each of them; NULL is behind the last. */
static int plan_all(struct plan *plan, const struct run *run, uint32_t workers,
                    const struct subject *const *subjects) {
  for (; *subjects != NULL; subjects++) {
    struct drain_point point = drain_base(*subjects, run->options->events);
    point.variant.workers = workers;
    point.variant.handler = handler_kind("path");
    drain_plan_point(plan, run, &point, "%u worker%s", workers,
                     workers == 1 ? "" : "s");
  }
  return 0;
}

static int plan_raw(struct plan *plan, const struct run *run) {
  const struct drain_point point =
      drain_base(&raw_subject, run->options->events);
  drain_plan_point(plan, run, &point, "no-op");
  return 0;
}

static int plan_one(struct plan *plan, const struct run *run) {
  static const struct subject *const subjects[] = {&pointer, &copied, &borrowed,
                                                   &slots, NULL};
  return plan_all(plan, run, 1, subjects);
}

static int plan_two(struct plan *plan, const struct run *run) {
  static const struct subject *const subjects[] = {&copied, &slots, NULL};
  return plan_all(plan, run, 2, subjects);
}

/* A scenario of this file. */
#define SCENARIO(word, text)                                               \
  {                                                                        \
    .name = #word, .summary = (text),                                      \
    .needs = "root, for queues of more than fs.inotify.max_queued_events", \
    .columns = columns, .plan = plan_##word, .run = drain_run,             \
  }

static const struct scenario raw = SCENARIO(raw, "the raw loop beside itself");
static const struct scenario one = SCENARIO(one, "four designs, one worker");
static const struct scenario two =
    SCENARIO(two, "copied and lent, two workers");

int main(int argc, char **argv) {
  static const struct scenario *const scenarios[] = {&raw, &one, &two, NULL};
  signal(SIGPIPE, SIG_IGN); /* a reader who leaves shows as EPIPE */
  return (int)harness_main("handover", argc, argv, scenarios, NULL);
}
