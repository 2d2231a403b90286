/* Bursts at full speed, against every length of the kernel's queue.
 *
 * A case first looks for the largest burst that is absorbed: of which nothing
 * is lost, neither by the kernel nor by the library's ring, as often as it is
 * tried. Then it makes a burst of a fixed size, for all cases the same, and
 * says what was lost of it and where, how long after its end everything was
 * handled, and how much memory that took. */

#include "bench/scenario/overflow.h"

#include <string.h>

#include "bench/core/guard.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/memory.h"
#include "bench/scenario/search.h"
#include "bench/scenario/session.h"

enum {
  WATCHES = 16,
  FILES = 256,
  NAME_SIZE = 12,
};

/* A burst that is found absorbed is less than a tenth below the largest. */
static const double precision = 1.1;

const struct column overflow_columns[] = {
    {"queue", "queue_limit", NULL, 0, 0},
    {"full", "full", NULL, 0, 0},
    {"slots", "slots", NULL, 0, 0},
    {"absorbed", "absorbed", NULL, 0, 0},
    {"burst", "burst", NULL, 0, 0},
    {"kernel lost", "lost_kernel", NULL, 0, 0},
    {"ring lost", "lost_ring", NULL, 0, 0},
    {"recover ms", "recover_ns", NULL, 1, 1e6},
    {"peak MB", "peak_bytes", NULL, 1, 1e6},
    {"backlog MB", "backlog_bytes", NULL, 1, 1e6},
    {NULL, NULL, NULL, 0, 0},
};

/* ---- measuring ---- */

/* What the tries of a burst share. */
struct bursts {
  const struct overflow_point *point;
  struct run *run;
  struct result *result;
};

static int make_burst(const struct bursts *bursts, uint64_t size,
                      struct outcome *outcome) {
  const struct overflow_point *point = bursts->point;
  const struct session session = {
      .kind = point->listener,
      .listening = {.load = &bursts->run->load,
                    .handler = point->handler,
                    .workers = 1,
                    .full = point->full,
                    .slots = point->slots},
      .producing = {.load = &bursts->run->load, .count = 1, .events = size},
  };
  const int err = session_run(&session, outcome);
  if (err == 0) outcome_check(outcome, bursts->result);
  return err;
}

/* As search_try_fn: whether nothing is lost of a burst, each time. */
static int is_absorbed(uint64_t size, void *context) {
  const struct bursts *bursts = context;
  for (uint32_t i = 0; i < OVERFLOW_TRIES; i++) {
    struct outcome outcome;
    const int err = make_burst(bursts, size, &outcome);
    if (err < 0) return err;
    if (!outcome_is_complete(&outcome)) return 0;
  }
  return 1;
}

/* Where to begin: what the kernel's queue alone holds is absorbed, unless the
 * ring gives up what it took. */
static uint64_t least_burst(const struct overflow_point *point) {
  const bool drops = point->full != NULL && strcmp(point->full, "drop") == 0;
  if (drops || point->queue_limit < 2) return 1;
  const uint64_t held = point->queue_limit - 1; /* and the last event */
  return held < point->burst ? held : point->burst;
}

/* What the bursts of the fixed size gave. */
struct series {
  struct samples lost_kernel, lost_ring, recover, peak, backlog;
};

static void add_outcome(struct series *series, const struct outcome *outcome,
                        uint64_t peak_bytes) {
  const uint64_t end_ns = outcome->produced.end_ns;
  const uint64_t last_ns = outcome->listened.last_ns;
  samples_add(&series->lost_kernel, (double)outcome->lost_kernel);
  samples_add(&series->lost_ring, (double)outcome->lost_ring);
  samples_add(&series->recover,
              last_ns > end_ns ? (double)(last_ns - end_ns) : 0);
  samples_add(&series->backlog, (double)outcome->listened.backlog_bytes);
  if (peak_bytes > 0) samples_add(&series->peak, (double)peak_bytes);
}

static int measure(const struct bursts *bursts, struct series *series) {
  for (uint32_t i = 0; i < bursts->run->options->repeat; i++) {
    struct outcome outcome;
    const uint64_t before = memory_begin();
    const int err = make_burst(bursts, bursts->point->burst, &outcome);
    const uint64_t peak = before == 0 ? 0 : memory_peak();
    if (err < 0) return err;
    add_outcome(series, &outcome, peak > before ? peak - before : 0);
  }
  return 0;
}

/* ---- what the report says ---- */

static void put_point(const struct overflow_point *point,
                      struct result *result) {
  result_text(result, "handler", point->handler->name);
  result_count(result, "queue_limit", guard_limit(LIMIT_QUEUE));
  result_count(result, "burst", point->burst);
  result_count(result, "watches", WATCHES);
  result_count(result, "name_size", NAME_SIZE);
  if (!point->listener->has_workers) return;
  result_text(result, "full", point->full);
  result_count(result, "slots", point->slots);
  result_count(result, "workers", 1);
}

static void put_median(struct result *result, const char *key,
                       const struct samples *samples) {
  if (samples->count == 0) return;
  result_count(result, key, (uint64_t)samples_figures(samples).median);
}

static void put_series(const struct overflow_point *point,
                       const struct series *series, struct result *result) {
  put_median(result, "lost_kernel", &series->lost_kernel);
  put_median(result, "lost_ring", &series->lost_ring);
  put_median(result, "recover_ns", &series->recover);
  put_median(result, "peak_bytes", &series->peak);
  if (point->listener->has_workers)
    put_median(result, "backlog_bytes", &series->backlog);
}

static int measure_point(const struct overflow_point *point, struct run *run,
                         struct result *result) {
  struct bursts bursts = {point, run, result};
  const struct search search = {.least = least_burst(point),
                                .most = point->burst,
                                .precision = precision};
  uint64_t absorbed;
  static struct series series; /* too large for a stack */
  series = (struct series){.peak = {.count = 0}};
  int err = search_largest(&search, is_absorbed, &bursts, &absorbed);
  if (err == 0) err = measure(&bursts, &series);
  if (err < 0) return err;
  result_count(result, "absorbed", absorbed);
  put_series(point, &series, result);
  return 0;
}

int overflow_run(const void *parameters, struct run *run,
                 struct result *result) {
  const struct overflow_point *point = parameters;
  int err = session_set_queue(run, point->queue_limit);
  if (err < 0) {
    result_skip(result, "max_queued_events cannot be set: %s", strerror(-err));
    return 0;
  }
  const struct load_shape shape = {WATCHES, FILES, NAME_SIZE};
  put_point(point, result);
  err = run_load(run, &shape);
  if (err == 0) err = measure_point(point, run, result);
  (void)session_set_queue(run, run->machine->queue_limit);
  return err;
}
