/* Drains, each after one of the raw loop on the same load.
 *
 * A queue that is shorter than the events of a point is filled and drained
 * several times, and the times add up; starting the threads then counts in
 * each.
 *
 * The raw loop is measured beside itself too: the spread of its ratio is the
 * noise of the machine. */

#include "bench/scenario/drain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bench/core/guard.h"
#include "bench/core/options.h"
#include "bench/subject/peer.h"
#include "bench/subject/raw.h"

enum {
  OWN_EVENTS = 16, /* room in the queue for the last event and the library's */
  OWN_WATCHES = 4096, /* likewise, and of the user's other programs */
  BASE_WATCHES = 16,
  BASE_FILES = 256,
  BASE_NAME_SIZE = 12,
};

const struct column drain_columns[] = {
    {"ns/event", "ns_per_event", "median", 1, 0},
    {"min", "ns_per_event", "min", 1, 0},
    {"max", "ns_per_event", "max", 1, 0},
    {"to raw", "ratio_to_raw", "median", 2, 0},
    {"to libuv", "ratio_to_libuv", "median", 2, 0},
    {"CPU ns", "cpu_ns_per_event", "median", 1, 0},
    {"to raw", "cpu_ratio_to_raw", "median", 2, 0},
    {NULL, NULL, NULL, 0, 0},
};

struct drain_point drain_base(const struct subject *subject, uint64_t events) {
  return (struct drain_point){
      .subject = subject,
      .variant = {.workers = 1,
                  .order = "directory",
                  .handler = handler_kind("noop")},
      .shape = {BASE_WATCHES, BASE_FILES, BASE_NAME_SIZE},
      .events = events,
  };
}

/* ---- one measurement ---- */

static uint64_t queue_room(void) {
  const uint64_t limit = guard_limit(LIMIT_QUEUE);
  return limit > OWN_EVENTS ? limit - OWN_EVENTS : 0;
}

/* Drain all events of a point, in queues of at most `room`.  Adds to *drained.
 */
static int drain(const struct subject *subject, const struct drain_point *point,
                 struct load *load, uint64_t room, struct drained *drained) {
  int err = 0;
  for (uint64_t left = point->events; left > 0 && err == 0;) {
    const uint64_t count = left < room ? left : room;
    err = subject->drain(subject, load, &point->variant, count, drained);
    left -= count;
  }
  return err;
}

/* ---- repetitions ---- */

/* What the repetitions of a point gave. */
struct series {
  struct samples wall, cpu, wall_ratio, cpu_ratio, beside_ratio;
  struct drained worst; /* counts: the least delivered, the most lost */
};

static double per_event(uint64_t ns, const struct drained *drained) {
  return (double)ns / (double)drained->expected;
}

static void add_times(struct series *series, const struct drained *own,
                      const struct drained *raw) {
  const double wall = per_event(own->spent.wall_ns, own);
  const double cpu = per_event(own->spent.cpu_ns, own);
  samples_add(&series->wall, wall);
  samples_add(&series->cpu, cpu);
  samples_add(&series->wall_ratio, wall / per_event(raw->spent.wall_ns, raw));
  samples_add(&series->cpu_ratio, cpu / per_event(raw->spent.cpu_ns, raw));
}

static void add_beside(struct series *series, const struct drained *own,
                       const struct drained *beside) {
  samples_add(&series->beside_ratio,
              per_event(own->spent.wall_ns, own) /
                  per_event(beside->spent.wall_ns, beside));
}

static void add_counts(struct series *series, const struct drained *own) {
  struct drained *worst = &series->worst;
  const bool first = worst->expected == 0;
  worst->expected = own->expected;
  if (first || own->delivered < worst->delivered)
    worst->delivered = own->delivered;
  if (own->dropped > worst->dropped) worst->dropped = own->dropped;
  if (own->overflows > worst->overflows) worst->overflows = own->overflows;
  worst->bad_path |= own->bad_path;
}

static int measure(const struct drain_point *point, struct run *run,
                   uint64_t room, struct series *series) {
  for (uint32_t i = 0; i <= run->options->repeat; i++) {
    struct drained raw = {0};
    struct drained own = {0};
    struct drained beside = {0};
    int err = 0;
    if (point->beside != NULL)
      err = drain(point->beside, point, &run->load, room, &beside);
    if (err == 0) err = drain(&raw_subject, point, &run->load, room, &raw);
    if (err == 0) err = drain(point->subject, point, &run->load, room, &own);
    if (err < 0) return err;
    if (i > 0) add_times(series, &own, &raw); /* the first warms up */
    if (i > 0 && point->beside != NULL) add_beside(series, &own, &beside);
    add_counts(series, &own);
  }
  return 0;
}

/* ---- what the report says ---- */

static void put_point(const struct drain_point *point, struct result *result) {
  result_count(result, "events", point->events);
  result_count(result, "watches", point->shape.watch_count);
  result_count(result, "name_size", point->shape.name_size);
  result_text(result, "handler", point->variant.handler->name);
  const struct peer *peer = peer_of(point->subject);
  if (peer != NULL) result_text(result, "version", peer->version);
  if (!point->subject->has_workers) return;
  result_count(result, "workers", point->variant.workers);
  result_text(result, "order", point->variant.order);
  result_text(result, "callback",
              point->variant.takes_batches ? "batch" : "single");
}

static void put_counts(const struct drained *worst, struct result *result) {
  result_count(result, "delivered", worst->delivered);
  result_count(result, "dropped", worst->dropped);
  result_count(result, "kernel_overflows", worst->overflows);
  if (worst->delivered != worst->expected || worst->overflows != 0)
    result_wrong(result,
                 "%" PRIu64 " of %" PRIu64 " events, %" PRIu64
                 " kernel overflows",
                 worst->delivered, worst->expected, worst->overflows);
  else if (worst->bad_path)
    result_wrong(result, "paths are not those of the files");
}

static void put_series(const struct series *series, struct result *result) {
  put_counts(&series->worst, result);
  result_figures(result, "ns_per_event", &series->wall);
  result_figures(result, "cpu_ns_per_event", &series->cpu);
  result_figures(result, "ratio_to_raw", &series->wall_ratio);
  result_figures(result, "cpu_ratio_to_raw", &series->cpu_ratio);
  result_figures(result, "ratio_to_libuv", &series->beside_ratio);
}

static void put_instructions(const struct drain_point *point, struct run *run,
                             uint64_t room, struct result *result) {
  const struct subject *subject = point->subject;
  if (subject->count_instructions == NULL) return;
  const uint64_t count = point->events < room ? point->events : room;
  struct instructions each;
  if (subject->count_instructions(subject, &run->load, &point->variant, count,
                                  &each) < 0)
    return; /* no counter here */
  result_json(
      result, "instructions_per_event",
      json_pack("{s:f, s:f}", "reader", each.reader, "worker", each.worker));
}

int drain_run(const void *parameters, struct run *run, struct result *result) {
  const struct drain_point *point = parameters;
  put_point(point, result);
  (void)guard_raise_limit(run->guard, LIMIT_QUEUE, point->events + OWN_EVENTS);
  (void)guard_raise_limit(run->guard, LIMIT_WATCHES,
                          point->shape.watch_count + OWN_WATCHES);
  const uint64_t room = queue_room();
  if (room == 0) {
    result_skip(result, "the kernel's queue is too short");
    return 0;
  }
  result_count(result, "queue_limit", guard_limit(LIMIT_QUEUE));
  int err = run_load(run, &point->shape);
  static struct series series; /* too large for a stack */
  series = (struct series){0};
  if (err == 0) err = measure(point, run, room, &series);
  if (err < 0) return err;
  put_series(&series, result);
  put_instructions(point, run, room, result);
  return 0;
}
