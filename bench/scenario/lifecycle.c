/* A notifier of 16 watches that is started, waited for by
 * rn_thread_notifier_sync(), stopped by RN_STOP_DRAIN and freed: with nothing
 * to do, and while a thread changes files as fast as it can.
 *
 * Under load the stop handles what was queued when it was called, so it is as
 * long as the queue was; "delivered" says how much went through in all.  So is
 * a sync.
 *
 * Estimate made beforehand: start 0.1 ms a thread; sync idle 100 us, three
 * threads that rouse one another, and 20 us more a worker; stop idle 15 ms,
 * which closing an inotify instance takes since the kernel waits for its
 * readers of marks (SRCU); free some us. */

#include "bench/scenario/lifecycle.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/clock.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/core/task_cpu.h"
#include "bench/subject/tally.h"
#include "ringnotify/ringnotify.h"

enum { DEADLINE_S = 60, BUSY_EVENTS = 10000, SYNCS = 200 };

static const struct load_shape shape = {
    .watch_count = 16, .file_count = 256, .name_size = 12};

static const struct column columns[] = {
    {"start us", "start_ns", "median", 0, 1e3},
    {"max", "start_ns", "max", 0, 1e3},
    {"sync us", "sync_ns", "median", 0, 1e3},
    {"p99", "sync_p99_ns", "median", 0, 1e3},
    {"stop us", "stop_ns", "median", 0, 1e3},
    {"max", "stop_ns", "max", 0, 1e3},
    {"free us", "free_ns", "median", 0, 1e3},
    {"max", "free_ns", "max", 0, 1e3},
    {NULL, NULL, NULL, 0, 0},
};

/* A point. */
struct point {
  uint32_t workers;
  bool busy;
};

/* ---- the plan ---- */

static int plan_lifecycle(struct plan *plan, const struct run *run) {
  const uint32_t workers[] = {1, 4};
  for (size_t i = 0; i < 2; i++) {
    for (int busy = 0; busy <= 1; busy++) {
      const struct point point = {workers[i], busy == 1};
      char label[LABEL_SIZE];
      snprintf(label, sizeof(label), "ringnotify, %u worker%s, %s", workers[i],
               workers[i] == 1 ? "" : "s", busy == 1 ? "busy" : "idle");
      plan_add(plan, "ringnotify", label, 0.1 * (run->options->repeat + 1),
               &point, sizeof(point));
    }
  }
  return 0;
}

/* ---- the load ---- */

struct producer {
  /* const */
  const struct load *load;
  pthread_t thread;
  /* shared: w who stops it | r producer | relaxed | orders nothing */
  _Atomic bool stopping;
};

static void *produce(void *context) {
  struct producer *producer = context;
  task_name_producer(0);
  uint32_t next = 0;
  while (!atomic_load_explicit(&producer->stopping, memory_order_relaxed)) {
    if (load_touch(producer->load, next) < 0) break;
    next = (next + 1) % producer->load->shape.file_count;
  }
  return NULL;
}

static int producer_start(struct producer *producer, const struct load *load) {
  *producer = (struct producer){.load = load};
  return -pthread_create(&producer->thread, NULL, produce, producer);
}

static void producer_stop(struct producer *producer) {
  atomic_store_explicit(&producer->stopping, true, memory_order_relaxed);
  (void)pthread_join(producer->thread, NULL);
}

/* ---- one life ---- */

struct life {
  uint64_t start_ns, stop_ns, free_ns;
  uint64_t sync_ns, sync_p99_ns;   /* of SYNCS */
  struct rn_statistics statistics; /* after the stop */
};

static int add_watches(struct rn_thread_notifier *notifier,
                       const struct load *load) {
  struct rn_watch_options watch = RN_WATCH_OPTIONS_INIT;
  watch.mask = IN_MODIFY;
  for (uint32_t i = 0; i < load->shape.watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    const int err = rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                         path, &watch, NULL);
    if (err < 0) return err;
  }
  return 0;
}

/* Wait until the load is well under way. */
static int wait_for_events(const struct rn_thread_notifier *notifier) {
  const uint64_t end = now_ns() + DEADLINE_S * UINT64_C(1000000000);
  const struct timespec interval = {.tv_nsec = 100000};
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  while (now_ns() < end) {
    const int err = rn_thread_notifier_statistics(notifier, &statistics);
    if (err < 0) return err;
    if (statistics.delivered >= BUSY_EVENTS) return 0;
    (void)nanosleep(&interval, NULL);
  }
  return -ETIMEDOUT;
}

/* Wait for the handlers, again and again. */
static int measure_syncs(struct rn_thread_notifier *notifier,
                         struct life *life) {
  static uint64_t took[SYNCS];
  for (int i = 0; i < SYNCS; i++) {
    const uint64_t begin = now_ns();
    const int err = rn_thread_notifier_sync(notifier, DEADLINE_S * 1000);
    if (err < 0) return err;
    took[i] = now_ns() - begin;
  }
  sort_values(took, SYNCS);
  life->sync_ns = percentile(took, SYNCS, 0.5);
  life->sync_p99_ns = percentile(took, SYNCS, 0.99);
  return 0;
}

/* Start, sync and stop. */
static int live(struct rn_thread_notifier *notifier, bool busy,
                struct life *life) {
  uint64_t begin = now_ns();
  int err = rn_thread_notifier_start(notifier);
  life->start_ns = now_ns() - begin;
  if (err == 0 && busy) err = wait_for_events(notifier);
  if (err == 0) err = measure_syncs(notifier, life);
  if (err < 0) return err;
  begin = now_ns();
  err = rn_thread_notifier_stop(notifier, RN_STOP_DRAIN);
  life->stop_ns = now_ns() - begin;
  life->statistics = (struct rn_statistics)RN_STATISTICS_INIT;
  return err < 0 ? err
                 : rn_thread_notifier_statistics(notifier, &life->statistics);
}

static int measure_once(const struct point *point, const struct load *load,
                        struct life *life) {
  const struct rn_handler handler = tally_handler(handler_kind("noop"), false);
  struct rn_thread_notifier_options options = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  options.worker_count = point->workers;
  options.handler = &handler;
  options.thread_name = TASK_NAME;
  tally_begin(false);
  struct rn_thread_notifier *notifier = NULL;
  struct producer producer;
  int err = rn_thread_notifier_new(&options, &notifier);
  if (err == 0) err = add_watches(notifier, load);
  const bool producing =
      err == 0 && point->busy && (err = producer_start(&producer, load)) == 0;
  if (err == 0) err = live(notifier, point->busy, life);
  const uint64_t begin = now_ns();
  (void)rn_thread_notifier_free(notifier);
  life->free_ns = now_ns() - begin;
  if (producing) producer_stop(&producer);
  return err;
}

/* ---- the case ---- */

/* What was read and made must be what was handled, dropped or left out. */
static void check(const struct life *life, struct result *result) {
  const struct rn_statistics *s = &life->statistics;
  const uint64_t in = s->read + s->synthetic + s->copied;
  const uint64_t out = s->delivered + s->filtered + s->coalesced + s->dropped;
  if (in != out)
    result_wrong(result, "%" PRIu64 " events in, %" PRIu64 " out", in, out);
}

static int run_lifecycle(const void *parameters, struct run *run,
                         struct result *result) {
  const struct point *point = parameters;
  int err = run_load(run, &shape);
  static struct samples start; /* too large for a stack */
  static struct samples sync;
  static struct samples sync_p99;
  static struct samples stop;
  static struct samples release;
  start.count = sync.count = sync_p99.count = stop.count = release.count = 0;
  struct life life = {0};
  for (uint32_t i = 0; i <= run->options->repeat && err == 0; i++) {
    err = measure_once(point, &run->load, &life);
    if (err < 0) return err;
    check(&life, result);
    if (i == 0) continue; /* warms up */
    samples_add(&start, (double)life.start_ns);
    samples_add(&sync, (double)life.sync_ns);
    samples_add(&sync_p99, (double)life.sync_p99_ns);
    samples_add(&stop, (double)life.stop_ns);
    samples_add(&release, (double)life.free_ns);
  }
  result_text(result, "load", point->busy ? "busy" : "idle");
  result_count(result, "workers", point->workers);
  result_count(result, "watches", shape.watch_count);
  result_count(result, "delivered", life.statistics.delivered);
  result_count(result, "kernel_overflows", life.statistics.kernel_overflows);
  result_figures(result, "start_ns", &start);
  result_figures(result, "sync_ns", &sync);
  result_figures(result, "sync_p99_ns", &sync_p99);
  result_figures(result, "stop_ns", &stop);
  result_figures(result, "free_ns", &release);
  return err;
}

const struct scenario lifecycle_scenario = {
    .name = "lifecycle",
    .summary = "how long start, sync, stop and free take, idle and busy",
    .columns = columns,
    .plan = plan_lifecycle,
    .run = run_lifecycle,
};
