/* The library while it runs.
 *
 * The last event of the load has a directory, a watch and a handler of its own,
 * which posts a semaphore.  When it was handled everything has been read; with
 * several workers another lane may still be at work, so the library's own
 * account is then looked at until it balances. */

#include "bench/subject/listen_own.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/clock.h"
#include "bench/core/task_cpu.h"
#include "bench/subject/tally.h"
#include "bench/subject/wait_for.h"
#include "ringnotify/ringnotify.h"

enum { LOOK_INTERVAL_NS = 50000 };

struct listener {
  struct listening asked;
  struct rn_thread_notifier *notifier;
  sem_t last; /* posted by the last event's handler */
  uint64_t last_ns;
};

/* ---- handlers ---- */

static int on_last(const struct rn_event *event, void *context) {
  (void)event;
  return sem_post(context);
}

/* What is no event of the load is not counted by the handler. */
static int pass_over(const struct rn_event *event, void *context) {
  (void)event;
  (void)context;
  return 0;
}

static int on_stamped(const struct rn_event *event, void *context) {
  size_t size;
  const char *name = rn_event_name(event, &size);
  stamps_put(context, name, size, now_ns());
  return 0;
}

static struct rn_handler handler_for(const struct listening *asked) {
  struct rn_handler handler = RN_HANDLER_INIT;
  if (asked->stamps != NULL) {
    handler.context = asked->stamps;
    handler.on_modify = on_stamped;
  } else {
    handler = tally_handler(asked->handler, false);
  }
  handler.on_overflow = pass_over;
  handler.on_ignored = pass_over;
  return handler;
}

/* ---- the listener ---- */

static enum rn_full full_of(const char *name) {
  if (name != NULL && strcmp(name, "block") == 0) return RN_FULL_BLOCK;
  if (name != NULL && strcmp(name, "drop") == 0) return RN_FULL_DROP;
  return RN_FULL_SPILL;
}

static int add_watches(struct listener *listener) {
  struct rn_handler last_handler = RN_HANDLER_INIT;
  last_handler.context = &listener->last;
  last_handler.on_modify = on_last;
  struct rn_watch_options watch = RN_WATCH_OPTIONS_INIT;
  watch.mask = IN_MODIFY;
  const struct load *load = listener->asked.load;
  for (uint32_t i = 0; i <= load->shape.watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (i == load->shape.watch_count) watch.handler = &last_handler;
    const int err = rn_watch_manager_add(
        rn_thread_notifier_manager(listener->notifier), path, &watch, NULL);
    if (err < 0) return err;
  }
  return 0;
}

static int start(struct listener *listener) {
  const struct listening *asked = &listener->asked;
  const struct rn_handler handler = handler_for(asked);
  struct rn_thread_notifier_options options = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  options.worker_count = asked->workers;
  options.full = full_of(asked->full);
  options.slot_count = asked->slots;
  options.thread_name = TASK_NAME;
  options.handler = &handler;
  tally_begin(false);
  int err = rn_thread_notifier_new(&options, &listener->notifier);
  if (err == 0) err = add_watches(listener);
  return err == 0 ? rn_thread_notifier_start(listener->notifier) : err;
}

static void let_go(struct listener *listener) {
  (void)rn_thread_notifier_free(listener->notifier);
  (void)sem_destroy(&listener->last);
  free(listener);
}

static int begin(const struct listener_kind *kind,
                 const struct listening *listening,
                 struct listener **listener) {
  (void)kind;
  struct listener *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->asked = *listening;
  (void)sem_init(&made->last, 0, 0);
  const int err = start(made);
  if (err < 0) {
    let_go(made);
    return err;
  }
  *listener = made;
  return 0;
}

static struct rn_statistics statistics_of(const struct listener *listener) {
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (rn_thread_notifier_statistics(listener->notifier, &statistics) < 0)
    return (struct rn_statistics)RN_STATISTICS_INIT;
  return statistics;
}

static bool everything_is_handled(const struct listener *listener) {
  const struct rn_statistics at = statistics_of(listener);
  return at.delivered + at.filtered + at.coalesced + at.dropped >=
         at.read + at.synthetic + at.copied;
}

static bool wait_last(struct listener *listener, int timeout_ms) {
  const uint64_t deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000U;
  if (!wait_for(&listener->last, timeout_ms)) return false;
  const struct timespec interval = {.tv_nsec = LOOK_INTERVAL_NS};
  while (!everything_is_handled(listener)) {
    if (now_ns() >= deadline_ns) {
      (void)sem_post(&listener->last); /* for the next call */
      return false;
    }
    (void)nanosleep(&interval, NULL);
  }
  listener->last_ns = now_ns();
  return true;
}

static int end(struct listener *listener, struct listened *listened) {
  struct task_cpu cpu;
  int err = task_cpu_read(&cpu); /* while the threads live */
  const enum rn_stop how =
      listener->last_ns != 0 ? RN_STOP_DRAIN : RN_STOP_DISCARD;
  const int stopped = rn_thread_notifier_stop(listener->notifier, how);
  if (err == 0) err = stopped;
  const struct rn_statistics statistics = statistics_of(listener);
  const struct stamps *stamps = listener->asked.stamps;
  *listened = (struct listened){
      .delivered = stamps == NULL ? tally_end().events : stamps->seen,
      .dropped = statistics.dropped,
      .overflows = statistics.kernel_overflows,
      .last_ns = listener->last_ns,
      .reader_cpu_ns = cpu.reader_ns,
      .workers_cpu_ns = cpu.workers_ns,
      .backlog_bytes = statistics.backlog_high_water,
  };
  let_go(listener);
  return err;
}

const struct listener_kind own_listener = {.name = "ringnotify",
                                           .has_workers = true,
                                           .begin = begin,
                                           .wait_last = wait_last,
                                           .end = end};
