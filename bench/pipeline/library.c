/* The library's way: a thread notifier that starts when its queue is full.
 *
 * When is everything handled?  The last event has a directory, a watch and a
 * handler of its own, which posts a semaphore.  With two workers another lane
 * may be at work still, so the count of delivered events is then looked at
 * until it is complete, every 20 us: with one worker it is complete at once.
 * Not by stop(RN_STOP_DRAIN): closing an inotify instance takes 15 ms, and the
 * raw loop does that outside of its time too.
 *
 * The handlers do nothing but count: into a place of their thread's own, which
 * costs about a nanosecond and proves that each event came and that its path
 * was there. */

#include <errno.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#include "bench/pipeline/drain.h"
#include "ringnotify/ringnotify.h"

enum {
  THREADS = 256,
  DEADLINE_S = 60,
  LOOK_INTERVAL_NS = 20000,
};

/* What one thread counted. */
struct tally {
  alignas(64) uint64_t events;
  uint64_t path_bytes;
};

static struct tally tallies[THREADS];
static _Atomic uint32_t tally_count;
static _Thread_local struct tally *own;

static struct tally *tally(void) {
  if (own == NULL) own = &tallies[atomic_fetch_add(&tally_count, 1)];
  return own;
}

/* ---- handlers ---- */

static int on_event(const struct rn_event *event, void *context) {
  (void)event;
  (void)context;
  tally()->events++;
  return 0;
}

static int on_event_path(const struct rn_event *event, void *context) {
  (void)context;
  size_t size;
  (void)rn_event_path(event, &size);
  struct tally *mine = tally();
  mine->events++;
  mine->path_bytes += size;
  return 0;
}

static int on_batch(struct rn_batch *batch, void *context) {
  (void)context;
  uint64_t count = 0;
  while (rn_batch_next(batch) != NULL) count++;
  tally()->events += count;
  return 0;
}

static int on_batch_path(struct rn_batch *batch, void *context) {
  (void)context;
  struct tally *mine = tally();
  const struct rn_event *event;
  while ((event = rn_batch_next(batch)) != NULL) {
    size_t size;
    (void)rn_event_path(event, &size);
    mine->events++;
    mine->path_bytes += size;
  }
  return 0;
}

static int on_last(const struct rn_event *event, void *context) {
  (void)event;
  return sem_post(context);
}

static struct rn_handler handler_of(const struct variant *variant) {
  struct rn_handler handler = RN_HANDLER_INIT;
  if (variant->takes_batches)
    handler.on_batch = variant->asks_path ? on_batch_path : on_batch;
  else
    handler.on_default = variant->asks_path ? on_event_path : on_event;
  return handler;
}

/* ---- one drain ---- */

static int add_watches(struct rn_thread_notifier *notifier,
                       const struct load *load, sem_t *last) {
  struct rn_handler last_handler = RN_HANDLER_INIT;
  last_handler.context = last;
  last_handler.on_modify = on_last;
  struct rn_watch_options watch = RN_WATCH_OPTIONS_INIT;
  watch.mask = IN_MODIFY;
  for (uint32_t i = 0; i <= load->watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (i == load->watch_count) watch.handler = &last_handler;
    const int err = rn_thread_notifier_add(notifier, path, &watch, NULL);
    if (err < 0) return err;
  }
  return 0;
}

static struct rn_statistics statistics_of(
    const struct rn_thread_notifier *notifier) {
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (rn_thread_notifier_statistics(notifier, &statistics) < 0)
    return (struct rn_statistics)RN_STATISTICS_INIT;
  return statistics;
}

static void wait_until_handled(const struct rn_thread_notifier *notifier,
                               sem_t *last, uint64_t expected) {
  struct timespec deadline;
  (void)clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += DEADLINE_S;
  int result;
  do result = sem_timedwait(last, &deadline);
  while (result < 0 && errno == EINTR);
  if (result < 0) return; /* it was lost: the counts will tell */
  const struct timespec interval = {.tv_nsec = LOOK_INTERVAL_NS};
  for (int i = 0; i < DEADLINE_S * (1000000000 / LOOK_INTERVAL_NS); i++) {
    if (statistics_of(notifier).delivered >= expected) return;
    (void)nanosleep(&interval, NULL);
  }
}

/* Add what the handlers counted; the last event has one of its own. */
static void add_counts(const struct load *load, const struct variant *variant,
                       uint64_t count, struct drained *result) {
  uint64_t events = 0;
  uint64_t path_bytes = 0;
  for (uint32_t i = 0; i < tally_count; i++) {
    events += tallies[i].events;
    path_bytes += tallies[i].path_bytes;
  }
  result->expected += count;
  result->delivered += events;
  if (variant->asks_path && path_bytes != events * load->path_size)
    result->bad_path = true;
}

static int run(struct rn_thread_notifier *notifier, struct load *load,
               uint64_t count, sem_t *last, struct drained *result) {
  int err = add_watches(notifier, load, last);
  if (err == 0) err = load_make_events(load, count);
  if (err < 0) return err;
  memset(tallies, 0, sizeof(tallies));
  atomic_store(&tally_count, 0);
  const struct instant begin = instant_now();
  err = rn_thread_notifier_start(notifier);
  if (err < 0) return err;
  wait_until_handled(notifier, last, count + 1);
  add_time_since(result, begin);
  err = rn_thread_notifier_stop(notifier, RN_STOP_DRAIN);
  result->overflows += statistics_of(notifier).kernel_overflows;
  return err;
}

int drain_library(struct load *load, const struct variant *variant,
                  uint64_t count, struct drained *result) {
  const struct rn_handler handler = handler_of(variant);
  struct rn_options options = RN_OPTIONS_INIT;
  options.worker_count = variant->worker_count;
  options.handler = &handler;
  sem_t last;
  if (sem_init(&last, 0, 0) < 0) return -errno;
  struct rn_thread_notifier *notifier = NULL;
  int err = rn_thread_notifier_new(&options, &notifier);
  if (err == 0) err = run(notifier, load, count, &last, result);
  rn_thread_notifier_free(notifier);
  (void)sem_destroy(&last);
  if (err == 0) add_counts(load, variant, count, result);
  return err;
}
