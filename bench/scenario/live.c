/* Events made while they are handled, at full speed and at given rates, with
 * the kernel's queue as long as the machine has it by default.
 *
 * What it shows is loss: a listener whose handler is slower than the producers
 * loses events as soon as the kernel's queue is full, unless it keeps them
 * elsewhere. A loss that the listener's own account tells of is a result; one
 * that it does not tell of is marked as wrong; in a peer's case, for some never
 * tell, as a "silent_loss". */

#include "bench/scenario/live.h"

#include <stdio.h>

#include "bench/core/guard.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/session.h"
#include "bench/subject/listen_own.h"
#include "bench/subject/listen_peer.h"
#include "bench/subject/listen_raw.h"

enum {
  WATCHES = 16,
  FILES = 256,
  NAME_SIZE = 12,
};

static const struct column columns[] = {
    {"workers", "workers", NULL, 0, 0},
    {"producers", "producers", NULL, 0, 0},
    {"wanted/s", "rate_wanted", NULL, 0, 0},
    {"made/s", "rate_made", "median", 0, 0},
    {"handled/s", "delivered_per_s", "median", 0, 0},
    {"delivered", "delivered", NULL, 0, 0},
    {"dropped", "dropped", NULL, 0, 0},
    {"overflows", "kernel_overflows", NULL, 0, 0},
    {"lost", "lost_kernel", NULL, 0, 0},
    {"make ns", "cpu_ns_per_event", "producers", 0, 0},
    {"read ns", "cpu_ns_per_event", "reader", 0, 0},
    {"work ns", "cpu_ns_per_event", "workers", 0, 0},
    {NULL, NULL, NULL, 0, 0},
};

/* ---- plan ---- */

/* Seconds for one repetition, roughly. */
static double seconds_of(const struct live_point *point) {
  const double made = point->rate == 0
                          ? (double)point->events * 0.8e-6
                          : (double)point->events / (double)point->rate;
  const double handled =
      (double)point->events * 1e-9 * ((double)point->handler->work_ns + 400);
  return (made > handled ? made : handled) + 0.1;
}

void live_plan_point(struct plan *plan, const struct run *run,
                     const struct live_point *point) {
  char label[LABEL_SIZE];
  snprintf(label, sizeof(label), "%s, %s", point->listener->name,
           point->handler->name);
  plan_add(plan, point->listener->name, label,
           seconds_of(point) * (run->options->repeat + 1), point,
           sizeof(*point));
}

/* One second at a rate, but no more events than were asked for. */
static uint64_t events_at(uint64_t rate, const struct run *run) {
  return rate < run->options->events ? rate : run->options->events;
}

static void plan_rates(struct plan *plan, const struct run *run,
                       struct live_point point) {
  static const uint64_t rates[] = {10000, 100000, 500000};
  for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
    point.rate = rates[i];
    point.events = events_at(rates[i], run);
    live_plan_point(plan, run, &point);
  }
}

static void plan_listener(struct plan *plan, const struct run *run,
                          const struct listener_kind *listener) {
  struct live_point point = {.listener = listener,
                             .handler = handler_kind("noop"),
                             .workers = 1,
                             .producers = 1,
                             .events = run->options->events};
  live_plan_point(plan, run, &point);
  if (!run->options->quick) {
    plan_rates(plan, run, point);
    for (uint32_t n = 2; n <= run->machine->cpus && n <= 4; n *= 2) {
      point.producers = n;
      live_plan_point(plan, run, &point);
    }
    point.producers = 1;
  }
  point.handler = handler_kind("2us");
  live_plan_point(plan, run, &point);
  if (!listener->has_workers || run->machine->cpus < 2) return;
  point.workers = 2;
  live_plan_point(plan, run, &point);
}

static int plan_live(struct plan *plan, const struct run *run) {
  plan_listener(plan, run, &raw_listener);
  plan_listener(plan, run, &own_listener);
  static struct listener_kind kinds[PEERS_MAX];
  size_t count;
  const struct subject *peers = peers_for(run->options, plan, &count);
  for (size_t i = 0; i < count; i++) {
    kinds[i] = peer_listener(peer_of(&peers[i]));
    plan_listener(plan, run, &kinds[i]);
  }
  return 0;
}

/* ---- measuring ---- */

/* What the repetitions of a point gave. */
struct series {
  struct samples made_rate, handled_rate;    /* events a second */
  struct samples producers, reader, workers; /* ns of CPU an event */
  struct outcome worst; /* of those repetitions: the one that lost most */
};

static uint64_t lost(const struct outcome *outcome) {
  return outcome->lost_kernel + outcome->lost_ring;
}

static void add_outcome(struct series *series, const struct outcome *outcome) {
  const struct produced *produced = &outcome->produced;
  const struct listened *listened = &outcome->listened;
  const uint64_t begin_ns = produced->schedule.begin_ns;
  const double made = (double)produced->made;
  const double making_s = (double)(produced->end_ns - begin_ns) / 1e9;
  samples_add(&series->made_rate, made / making_s);
  if (listened->last_ns > begin_ns)
    samples_add(&series->handled_rate,
                (double)listened->delivered /
                    ((double)(listened->last_ns - begin_ns) / 1e9));
  samples_add(&series->producers, (double)produced->cpu_ns / made);
  const double taken = (double)(listened->delivered + listened->dropped);
  if (taken > 0) {
    samples_add(&series->reader, (double)listened->reader_cpu_ns / taken);
    samples_add(&series->workers, (double)listened->workers_cpu_ns / taken);
  }
  if (series->made_rate.count == 1 || lost(outcome) > lost(&series->worst))
    series->worst = *outcome;
}

/* A peer may lose without a word; the report says so. */
static void check(const struct live_point *point, const struct outcome *outcome,
                  struct result *result) {
  const struct listened *listened = &outcome->listened;
  const bool is_silent = listened->last_ns != 0 && listened->overflows == 0 &&
                         outcome->lost_kernel > 0;
  if (is_silent && is_peer_listener(point->listener))
    result_flag(result, "silent_loss", true);
  else
    outcome_check(outcome, result);
}

static int measure(const struct live_point *point, struct run *run,
                   struct series *series, struct result *result) {
  const struct session session = {
      .kind = point->listener,
      .listening = {.load = &run->load,
                    .handler = point->handler,
                    .workers = point->workers},
      .producing = {.load = &run->load,
                    .count = point->producers,
                    .events = point->events,
                    .rate = point->rate},
  };
  for (uint32_t i = 0; i <= run->options->repeat; i++) {
    struct outcome outcome;
    const int err = session_run(&session, &outcome);
    if (err < 0) return err;
    if (i > 0) add_outcome(series, &outcome); /* the first warms up */
    check(point, &outcome, result);
  }
  return 0;
}

/* ---- what the report says ---- */

static void put_point(const struct live_point *point, struct result *result) {
  if (is_peer_listener(point->listener))
    result_text(result, "version", peer_version(point->listener));
  result_text(result, "handler", point->handler->name);
  result_count(result, "producers", point->producers);
  result_count(result, "rate_wanted", point->rate);
  result_count(result, "events", point->events);
  result_count(result, "watches", WATCHES);
  result_count(result, "name_size", NAME_SIZE);
  result_count(result, "queue_limit", guard_limit(LIMIT_QUEUE));
  if (point->listener->has_workers)
    result_count(result, "workers", point->workers);
}

static void put_cpu(const struct series *series, struct result *result) {
  const double producers = samples_figures(&series->producers).median;
  const double reader = samples_figures(&series->reader).median;
  const double workers = samples_figures(&series->workers).median;
  result_json(result, "cpu_ns_per_event",
              json_pack("{s:f, s:f, s:f}", "producers", producers, "reader",
                        reader, "workers", workers));
}

static void put_series(const struct series *series, struct result *result) {
  result_figures(result, "rate_made", &series->made_rate);
  result_figures(result, "delivered_per_s", &series->handled_rate);
  result_count(result, "delivered", series->worst.listened.delivered);
  result_count(result, "dropped", series->worst.listened.dropped);
  result_count(result, "kernel_overflows", series->worst.listened.overflows);
  result_count(result, "lost_kernel", series->worst.lost_kernel);
  put_cpu(series, result);
}

static int run_live(const void *parameters, struct run *run,
                    struct result *result) {
  const struct live_point *point = parameters;
  /* another scenario may have left it longer */
  (void)session_set_queue(run, run->machine->queue_limit);
  const uint32_t files = producers_file_count(FILES, point->producers);
  const struct load_shape shape = {WATCHES, files, NAME_SIZE};
  put_point(point, result);
  static struct series series; /* too large for a stack */
  series = (struct series){.worst = {.lost_kernel = 0}};
  int err = run_load(run, &shape);
  if (err == 0) err = measure(point, run, &series, result);
  if (err < 0) return err;
  put_series(&series, result);
  return 0;
}

const struct scenario live_scenario = {
    .name = "live",
    .summary = "what is lost while events are made and handled",
    .columns = columns,
    .plan = plan_live,
    .run = run_live,
};
