/* From the time when a change was due to the time when its handler ran.
 *
 * Due by a schedule, not when a producer that is late came to make it: events
 * that wait behind a slow one count with their whole wait.
 *
 * The rates are shares of the drain rate: how many events a second the library
 * handles while one producer makes them as fast as it can. It is measured
 * first, in the same run; a queue that was filled before would be drained
 * faster, but at a rate that no producer on the same processors reaches.
 *
 * Each measurement of a subject directly follows one of the raw loop at the
 * same rate: a thread that blocks in read(2). */

#include "bench/scenario/latency.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bench/core/guard.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/latencies.h"
#include "bench/scenario/losses.h"
#include "bench/scenario/session.h"
#include "bench/subject/listen_own.h"
#include "bench/subject/listen_raw.h"

enum {
  WATCHES = 16,
  FILES = 256,
  NAME_SIZE = 12,
  IDLE_RATE = 1000, /* events a second: threads have gone to sleep meanwhile */
};

struct latency_point {
  const struct listener_kind *listener;
  uint32_t percent; /* of the drain rate; 0: idle */
};

static const struct column columns[] = {
    {"rate/s", "rate", NULL, 0, 0},
    {"samples", "samples", NULL, 0, 0},
    {"p50 us", "latency_ns", "p50", 1, 1e3},
    {"p99 us", "latency_ns", "p99", 1, 1e3},
    {"p99.9 us", "latency_ns", "p999", 1, 1e3},
    {"max us", "latency_ns", "max", 1, 1e3},
    {"p50/raw", "ratio_p50_to_raw", NULL, 2, 0},
    {"lost", "lost", NULL, 0, 0},
    {"lost by raw", "lost_raw", NULL, 0, 0},
    {NULL, NULL, NULL, 0, 0},
};

/* ---- plan ---- */

/* How long events are made for one repetition. */
static double seconds_each(const struct run *run, uint32_t percent) {
  if (run->options->quick) return 0.3;
  return percent == 0 ? 2 : 0.5;
}

static void plan_point(struct plan *plan, const struct run *run,
                       const struct listener_kind *listener, uint32_t percent) {
  char label[LABEL_SIZE];
  if (percent == 0)
    snprintf(label, sizeof(label), "%s, idle", listener->name);
  else
    snprintf(label, sizeof(label), "%s, %u %% of the drain rate",
             listener->name, percent);
  const struct latency_point point = {listener, percent};
  const double pair = 2 * (seconds_each(run, percent) + 0.1);
  plan_add(plan, listener->name, label, pair * (run->options->repeat + 1),
           &point, sizeof(point));
}

static int plan_latency(struct plan *plan, const struct run *run) {
  static const uint32_t percents[] = {0, 10, 50, 90};
  for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
    plan_point(plan, run, &raw_listener, percents[i]);
    plan_point(plan, run, &own_listener, percents[i]);
  }
  return 0;
}

/* ---- one measurement ---- */

static int listen(const struct listener_kind *listener, struct run *run,
                  uint64_t rate, struct stamps *stamps,
                  struct outcome *outcome) {
  const struct session session = {
      .kind = listener,
      .listening = {.load = &run->load,
                    .handler = handler_kind("noop"),
                    .workers = 1,
                    .stamps = stamps},
      .producing = {.load = &run->load,
                    .count = 1,
                    .events = stamps->count,
                    .rate = rate,
                    .precise = true},
  };
  return session_run(&session, outcome);
}

static void check(const struct outcome *outcome, const struct stamps *stamps,
                  struct result *result) {
  outcome_check(outcome, result);
  if (stamps->extra > 0)
    result_wrong(result, "%" PRIu64 " events that were not made",
                 stamps->extra);
}

/* Listen once.
 *
 * lost       out: events. */
static int measure_once(const struct listener_kind *listener, struct run *run,
                        uint64_t rate, uint64_t count,
                        struct latencies *latencies, uint64_t *lost,
                        struct result *result) {
  struct stamps stamps;
  struct outcome outcome;
  int err = stamps_init(&stamps, count, FILES);
  if (err < 0) return err;
  err = listen(listener, run, rate, &stamps, &outcome);
  if (err == 0)
    err = latencies_add(latencies, &stamps, &outcome.produced.schedule);
  if (err == 0) check(&outcome, &stamps, result);
  const bool complete = err < 0 || outcome_is_complete(&outcome);
  *lost = complete ? 0 : outcome.lost_kernel + outcome.lost_ring;
  stamps_fini(&stamps);
  return err;
}

/* ---- the drain rate ---- */

/* Events a second; measured once a run.  0: not yet. */
static uint64_t drain_rate;

static int measure_drain_rate(struct run *run) {
  if (drain_rate > 0) return 0;
  static struct samples samples;
  samples.count = 0;
  for (uint32_t i = 0; i <= run->options->repeat; i++) {
    struct stamps stamps;
    struct outcome outcome = {.lost_kernel = 0};
    int err = stamps_init(&stamps, run->options->events, FILES);
    if (err == 0) err = listen(&own_listener, run, 0, &stamps, &outcome);
    stamps_fini(&stamps);
    if (err < 0) return err;
    const uint64_t begin_ns = outcome.produced.schedule.begin_ns;
    const uint64_t last_ns = outcome.listened.last_ns;
    if (i == 0 || last_ns <= begin_ns) continue;
    samples_add(&samples, (double)outcome.listened.delivered * 1e9 /
                              (double)(last_ns - begin_ns));
  }
  drain_rate = (uint64_t)samples_figures(&samples).median;
  return drain_rate > 0 ? 0 : -ETIMEDOUT;
}

/* ---- repetitions ---- */

/* What the repetitions of a point gave. */
struct series {
  struct latencies all; /* of the subject */
  struct samples ratios;
  struct losses losses;
};

/* Measure the raw loop, then the subject. */
static int measure_pair(const struct latency_point *point, struct run *run,
                        uint64_t rate, uint64_t count, struct series *series,
                        struct result *result) {
  struct latencies raw = {NULL, 0};
  struct latencies own = {NULL, 0};
  struct losses lost = {0};
  int err =
      measure_once(&raw_listener, run, rate, count, &raw, &lost.raw, result);
  if (err == 0)
    err = measure_once(point->listener, run, rate, count, &own, &lost.subject,
                       result);
  const bool comparable =
      err == 0 &&
      losses_note(&series->losses, lost, count, point->listener->name, result);
  if (err == 0) err = latencies_merge(&series->all, &own);
  if (err == 0 && comparable && latencies_at(&raw, 0.5) > 0)
    samples_add(&series->ratios,
                latencies_at(&own, 0.5) / latencies_at(&raw, 0.5));
  latencies_fini(&raw);
  latencies_fini(&own);
  return err;
}

static int measure(const struct latency_point *point, struct run *run,
                   uint64_t rate, struct series *series,
                   struct result *result) {
  uint64_t count = (uint64_t)(seconds_each(run, point->percent) * (double)rate);
  if (count > run->options->events) count = run->options->events;
  if (count == 0) count = 1;
  for (uint32_t i = 0; i <= run->options->repeat; i++) {
    const int err = measure_pair(point, run, rate, count, series, result);
    if (err < 0) return err;
    if (i > 0) continue;
    series->all.count = 0; /* the first warms up */
    series->ratios.count = 0;
    series->losses = (struct losses){0};
  }
  return 0;
}

/* ---- what the report says ---- */

static void put_series(const struct series *series, struct result *result) {
  const struct latencies *all = &series->all;
  result_count(result, "samples", all->count);
  result_count(result, "lost", series->losses.subject);
  result_count(result, "lost_raw", series->losses.raw);
  result_json(result, "latency_ns",
              json_pack("{s:f, s:f, s:f, s:f}", "p50", latencies_at(all, 0.5),
                        "p99", latencies_at(all, 0.99), "p999",
                        latencies_at(all, 0.999), "max", latencies_at(all, 1)));
  if (series->ratios.count > 0)
    result_number(result, "ratio_p50_to_raw",
                  samples_figures(&series->ratios).median);
}

static int measure_point(const struct latency_point *point, struct run *run,
                         struct result *result) {
  uint64_t rate = IDLE_RATE;
  if (point->percent > 0) {
    const int err = measure_drain_rate(run);
    if (err < 0) return err;
    rate = drain_rate / 100 * point->percent;
    if (rate == 0) rate = 1;
    result_count(result, "drain_rate", drain_rate);
  }
  result_count(result, "rate", rate);
  static struct series series; /* too large for a stack */
  series = (struct series){.all = {NULL, 0}};
  const int err = measure(point, run, rate, &series, result);
  if (err == 0) put_series(&series, result);
  latencies_fini(&series.all);
  return err;
}

static int run_latency(const void *parameters, struct run *run,
                       struct result *result) {
  const struct latency_point *point = parameters;
  /* another scenario may have left it longer */
  (void)session_set_queue(run, run->machine->queue_limit);
  char load[16] = "idle";
  if (point->percent > 0) snprintf(load, sizeof(load), "%u", point->percent);
  result_text(result, "load", load);
  result_text(result, "handler", "noop");
  result_count(result, "watches", WATCHES);
  result_count(result, "queue_limit", guard_limit(LIMIT_QUEUE));
  if (point->listener->has_workers) result_count(result, "workers", 1);
  const struct load_shape shape = {WATCHES, FILES, NAME_SIZE};
  const int err = run_load(run, &shape);
  return err == 0 ? measure_point(point, run, result) : err;
}

const struct scenario latency_scenario = {
    .name = "latency",
    .summary = "from a change to its handler: idle and under load",
    .columns = columns,
    .plan = plan_latency,
    .run = run_latency,
};
