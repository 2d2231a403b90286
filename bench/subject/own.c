/* The library's way to drain: a thread notifier that starts when its queue is
 * full.
 *
 * The clock starts right before rn_thread_notifier_start(), so making the
 * threads counts.  When is everything handled?  The last event has a directory,
 * a watch and a handler of its own, which posts a semaphore.  With two workers
 * another lane may be at work still, so the count of delivered events is then
 * looked at until it is complete, every 20 us: with one worker it is complete
 * at once.  Not by stop(RN_STOP_DRAIN): closing an inotify instance takes 15
 * ms, and the raw loop does that outside of its time too. */

#include "bench/subject/own.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/perf.h"
#include "bench/core/task_cpu.h"
#include "bench/subject/own_set_up.h"
#include "bench/subject/tally.h"
#include "ringnotify/ringnotify.h"

enum {
  DEADLINE_S = 120,
  LOOK_INTERVAL_NS = 20000,
};

/* One drain. */
struct drain {
  struct load *load;
  const struct variant *variant;
  uint64_t count;
  struct rn_thread_notifier *notifier;
  sem_t last; /* posted by the last event's handler */
};

static int on_last(const struct rn_event *event, void *context) {
  (void)event;
  return sem_post(context);
}

static enum rn_order order_of(const struct variant *variant) {
  if (strcmp(variant->order, "total") == 0) return RN_ORDER_TOTAL;
  if (strcmp(variant->order, "none") == 0) return RN_ORDER_NONE;
  return RN_ORDER_DIRECTORY;
}

static int add_watches(struct drain *drain) {
  struct rn_handler last_handler = RN_HANDLER_INIT;
  last_handler.context = &drain->last;
  last_handler.on_modify = on_last;
  struct rn_watch_options watch = RN_WATCH_OPTIONS_INIT;
  watch.mask = IN_MODIFY;
  const uint32_t last = drain->load->shape.watch_count;
  for (uint32_t i = 0; i <= last; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(drain->load, i, path);
    if (i == last) watch.handler = &last_handler;
    const int err = rn_watch_manager_add(
        rn_thread_notifier_manager(drain->notifier), path, &watch, NULL);
    if (err < 0) return err;
  }
  return 0;
}

/* A notifier with all watches, and a queue with all events. */
static int prepare(struct drain *drain) {
  if (sem_init(&drain->last, 0, 0) < 0) return -errno;
  const struct variant *variant = drain->variant;
  const struct rn_handler handler =
      tally_handler(variant->handler, variant->takes_batches);
  struct rn_thread_notifier_options options = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  options.worker_count = variant->workers;
  options.order = order_of(variant);
  options.thread_name = TASK_NAME;
  options.handler = &handler;
  int err = rn_thread_notifier_new(&options, &drain->notifier);
  if (err == 0) err = add_watches(drain);
  return err == 0 ? load_make_events(drain->load, drain->count) : err;
}

static void let_go(struct drain *drain) {
  (void)rn_thread_notifier_free(drain->notifier);
  (void)sem_destroy(&drain->last);
}

static struct rn_statistics statistics_of(const struct drain *drain) {
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (rn_thread_notifier_statistics(drain->notifier, &statistics) < 0)
    return (struct rn_statistics)RN_STATISTICS_INIT;
  return statistics;
}

static void wait_until_handled(struct drain *drain) {
  struct timespec deadline;
  (void)clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += DEADLINE_S;
  int result;
  do result = sem_timedwait(&drain->last, &deadline);
  while (result < 0 && errno == EINTR);
  if (result < 0) return; /* it was lost: the counts will tell */
  const struct timespec interval = {.tv_nsec = LOOK_INTERVAL_NS};
  for (int i = 0; i < DEADLINE_S * (1000000000 / LOOK_INTERVAL_NS); i++) {
    if (statistics_of(drain).delivered >= drain->count + 1) return;
    (void)nanosleep(&interval, NULL);
  }
}

/* Start, wait until all was handled, stop.  Adds to *drained. */
static int run_timed(struct drain *drain, struct drained *drained) {
  tally_begin(false);
  const struct instant begin = instant_now();
  int err = rn_thread_notifier_start(drain->notifier);
  if (err < 0) return err;
  wait_until_handled(drain);
  add_time_since(drained, begin);
  err = rn_thread_notifier_stop(drain->notifier, RN_STOP_DRAIN);
  const struct rn_statistics statistics = statistics_of(drain);
  drained->overflows += statistics.kernel_overflows;
  drained->dropped += statistics.dropped;
  const struct tally tally = tally_end();
  drained->expected += drain->count;
  drained->delivered += tally.events; /* the last has a handler of its own */
  if (drain->variant->handler->asks_path &&
      tally.path_bytes != tally.events * drain->load->path_size)
    drained->bad_path = true;
  return err;
}

static int drain_timed(const struct subject *subject, struct load *load,
                       const struct variant *variant, uint64_t count,
                       struct drained *drained) {
  (void)subject;
  struct drain drain = {.load = load, .variant = variant, .count = count};
  int err = prepare(&drain);
  if (err == 0) err = run_timed(&drain, drained);
  let_go(&drain);
  return err;
}

/* ---- instructions ----
 *
 * The workers' are counted by the workers themselves, from their first event
 * on.  The reader calls nothing of ours; its are what is left of all threads'
 * without the workers' and without the waiting of this one. */

static int run_counted(struct drain *drain, int all_fd, int waiter_fd,
                       struct instructions *instructions) {
  tally_begin(true);
  const uint64_t all = perf_read(all_fd);
  const uint64_t waiter = perf_read(waiter_fd);
  int err = rn_thread_notifier_start(drain->notifier);
  if (err < 0) return err;
  wait_until_handled(drain);
  const uint64_t all_spent = perf_read(all_fd) - all;
  const uint64_t waiter_spent = perf_read(waiter_fd) - waiter;
  err = rn_thread_notifier_stop(drain->notifier, RN_STOP_DRAIN);
  const uint64_t workers = tally_end().instructions;
  const double count = (double)drain->count;
  *instructions = (struct instructions){
      .reader = (double)(all_spent - waiter_spent - workers) / count,
      .worker = (double)workers / count};
  return err;
}

static int count_instructions(const struct subject *subject, struct load *load,
                              const struct variant *variant, uint64_t count,
                              struct instructions *instructions) {
  (void)subject;
  const int all_fd = perf_open_instructions(true);
  if (all_fd < 0) return all_fd;
  const int waiter_fd = perf_open_instructions(false);
  struct drain drain = {.load = load, .variant = variant, .count = count};
  int err = waiter_fd < 0 ? waiter_fd : prepare(&drain);
  if (err == 0) err = run_counted(&drain, all_fd, waiter_fd, instructions);
  if (waiter_fd >= 0) let_go(&drain);
  if (waiter_fd >= 0) close(waiter_fd);
  close(all_fd);
  return err;
}

const struct subject own_subject = {.name = "ringnotify",
                                    .has_workers = true,
                                    .drain = drain_timed,
                                    .count_instructions = count_instructions,
                                    .set_up = own_set_up};
