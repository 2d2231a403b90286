/* The notifier without threads: making, reading, handling, stopping.
 *
 * Its engine stays in the state NEW, in which requests are done by whoever
 * makes them, under the lock; reading is done under the lock as well, turn by
 * turn, so that it is the reader's work on the thread that drives.  What was
 * read lies in the lane, and is handled from there without the lock.
 *
 * A stop is asked for by two flags and the descriptor that wakes, as a signal
 * handler may ask; who drives, or frees, brings it to its end.  That
 * descriptor, the set and the timer live until the notifier is freed: a stop
 * that comes late cannot write into somebody else's file. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/notifier/request.h"
#include "lib/notifier/single.h"

/* Pieces of listings in one call, when nothing is left to be read. */
enum { PIECES = 16 };

static struct rn_worker *worker_of(const struct rn_notifier *n) {
  return n->engine->workers[0];
}

static void lock(struct rn_notifier *n) {
  pthread_mutex_lock(&n->engine->lock);
}

static void unlock(struct rn_notifier *n) {
  pthread_mutex_unlock(&n->engine->lock);
}

/* ---- making ---- */

/* Have the three descriptors in a set.  Returns 0; what failed. */
static int open_set(struct rn_notifier *n, const struct rn_sys *sys) {
  int err = n->set_fd = sys->set_open(sys);
  if (err < 0) return err;
  err = n->timer_fd = sys->timer_open(sys);
  if (err < 0) goto close_set;
  const int inotify_fd = rn_tracker_fd(n->engine->tracker);
  err = sys->set_add(sys, n->set_fd, inotify_fd);
  if (err == 0) err = sys->set_add(sys, n->set_fd, n->engine->wake_fd);
  if (err == 0) err = sys->set_add(sys, n->set_fd, n->timer_fd);
  if (err < 0) goto close_timer;
  n->heeded = true;
  return 0;
close_timer:
  sys->close(sys, n->timer_fd);
close_set:
  sys->close(sys, n->set_fd);
  return err;
}

static struct rn_thread_notifier_options engine_options(
    const struct rn_notifier_options *o) {
  return (struct rn_thread_notifier_options){
      .size = sizeof(struct rn_thread_notifier_options),
      .worker_count = 1,
      .order = RN_ORDER_TOTAL,
      .read_size = o->read_size,
      .backlog_size = o->backlog_size,
      .coalesce = o->coalesce,
  };
}

int rn_notifier_new_on(const struct rn_sys *sys,
                       const struct rn_notifier_options *options,
                       struct rn_notifier **notifier) {
  RN_UNCANCELLED;
  struct rn_notifier *n = calloc(1, sizeof(*n));
  if (n == NULL) return -ENOMEM;
  int err = rn_notifier_options_read(options, &n->options);
  if (err < 0) goto free_notifier;
  const struct rn_thread_notifier_options own = engine_options(&n->options);
  err = rn_thread_notifier_new_on(sys, &own, &n->engine);
  if (err < 0) goto free_notifier;
  err = open_set(n, sys);
  if (err < 0) goto free_engine;
  err = rn_default_target_new(n->engine, n->options.handler);
  if (err < 0) goto close_set;
  n->options.handler = NULL; /* the engine has a copy */
  n->engine->single = n;
  rn_take_time(n->engine);
  *notifier = n;
  return 0;
close_set:
  sys->close(sys, n->timer_fd);
  sys->close(sys, n->set_fd);
free_engine:
  (void)rn_thread_notifier_free(n->engine);
free_notifier:
  free(n);
  return err;
}

int rn_notifier_new(const struct rn_notifier_options *options,
                    struct rn_notifier **notifier) {
  return rn_notifier_new_on(&rn_sys_linux, options, notifier);
}

/* ---- who drives ---- */

int rn_single_enter(struct rn_notifier *n) {
  if (rn_is_forked(n->engine)) return -EPERM;
  pthread_t driver = 0;
  /* acquire [edge notifier.drive] */
  if (atomic_compare_exchange_strong_explicit(
          &n->driver, &driver, pthread_self(), memory_order_acquire,
          memory_order_relaxed))
    return 0;
  return pthread_equal(driver, pthread_self()) ? -EDEADLK : -EBUSY;
}

void rn_single_leave(struct rn_notifier *n) {
  /* release [edge notifier.drive] */
  atomic_store_explicit(&n->driver, 0, memory_order_release);
}

bool rn_single_is_ending(const struct rn_notifier *n) {
  /* acquire [edge notifier.ask] */
  return atomic_load_explicit(&n->engine->stop_asked, memory_order_acquire);
}

/* ---- reading; under the lock ---- */

void rn_single_fail(struct rn_notifier *n, int error) {
  rn_tracker_finish(n->engine->tracker);
  rn_set_failed(n->engine, error);
  rn_notices_failure(n->engine, error);
}

/* Read what is queued, and list what it leads to.  Between two turns others
 * may have the lock. */
static int read_backlog(struct rn_notifier *n, struct rn_backlog *queued) {
  struct rn_thread_notifier *e = n->engine;
  int err = 0;
  for (int pieces = 0; pieces < PIECES;) {
    if (rn_deliver_is_pressed(e) || rn_single_is_ending(n)) break;
    if (rn_tracker_is_walking(e->tracker, RN_WALK_ADDED))
      rn_requests_advance(e);
    err = rn_turn_bounded(e, queued);
    if (err < 0) break;
    if (queued->left == 0 && !rn_is_walking(e)) break;
    if (queued->left == 0) pieces++;
    unlock(n);
    lock(n);
  }
  return err;
}

/* Events that wait for their handlers. */
static int waiting_count(const struct rn_notifier *n) {
  const struct rn_dispatch_counts done =
      rn_worker_counts(worker_of(n)).dispatch;
  const uint64_t waiting = n->engine->seq - done.delivered - done.dropped;
  return waiting < INT_MAX ? (int)waiting : INT_MAX;
}

/* Returns 0; what made reading fail, now or before. */
static int read_queued(struct rn_notifier *n) {
  struct rn_thread_notifier *e = n->engine;
  const int failed = rn_notifier_error(n);
  if (failed < 0) return failed;
  rn_note_time(e);
  const int64_t before_read_ns = e->monotonic_ns;
  struct rn_backlog queued = {.left = 0};
  int err = e->sys->queued(e->sys, rn_tracker_fd(e->tracker), &queued.left);
  const bool held = err == 0 && rn_single_holds_back(n, queued.left);
  if (held) queued.left = 0;
  if (queued.left > 0) rn_single_has_read(n);
  if (err == 0) err = read_backlog(n, &queued);
  /* The other half of a rename may be in the queue. */
  if (err == 0 && !held && queued.left == 0) {
    rn_tracker_expire(e->tracker);
    if (e->settling != NULL) rn_settling_tell(e, before_read_ns);
  }
  if (err < 0) rn_single_fail(n, err);
  (void)rn_deliver_flush(e, false);
  rn_statistics_publish(e);
  return err;
}

/* ---- handling ---- */

/* Publish what was read.  Returns how many events and notes wait. */
static uint64_t publish(struct rn_notifier *n) {
  lock(n);
  (void)rn_deliver_flush(n->engine, false);
  const uint64_t load = rn_lane_load(n->engine->lanes[0]);
  unlock(n);
  return load;
}

static uint64_t handled_count(const struct rn_notifier *n) {
  const struct rn_dispatch_counts counts =
      rn_worker_counts(worker_of(n)).dispatch;
  return counts.delivered + counts.dropped;
}

/* Run the handlers for what was read by now.  Returns how many events. */
static int handle(struct rn_notifier *n) {
  const uint64_t before = handled_count(n);
  uint64_t left = publish(n);
  while (left > 0 && !rn_single_is_ending(n)) {
    uint32_t count;
    if (!rn_worker_step(worker_of(n), &count)) {
      (void)publish(n); /* the ring was full */
      if (!rn_worker_step(worker_of(n), &count)) break;
    }
    left -= count < left ? count : left;
  }
  const uint64_t handled = handled_count(n) - before;
  return handled < INT_MAX ? (int)handled : INT_MAX;
}

static void rearm(struct rn_notifier *n) {
  lock(n);
  rn_single_rearm(n);
  unlock(n);
}

/* ---- what users call ---- */

int rn_notifier_read_events(struct rn_notifier *notifier) {
  RN_UNCANCELLED;
  int result = rn_single_enter(notifier);
  if (result < 0) return result;
  if (!rn_single_is_ending(notifier)) {
    lock(notifier);
    result = read_queued(notifier);
    if (result == 0) result = waiting_count(notifier);
    rn_single_rearm(notifier);
    unlock(notifier);
  }
  if (rn_single_is_ending(notifier)) result = rn_single_end(notifier);
  rn_single_leave(notifier);
  return result;
}

int rn_notifier_process_events(struct rn_notifier *notifier) {
  RN_UNCANCELLED;
  int result = rn_single_enter(notifier);
  if (result < 0) return result;
  if (!rn_single_is_ending(notifier)) result = handle(notifier);
  if (rn_single_is_ending(notifier))
    result = rn_single_end(notifier);
  else
    rearm(notifier);
  rn_single_leave(notifier);
  return result;
}

int rn_notifier_dispatch(struct rn_notifier *notifier) {
  RN_UNCANCELLED;
  int result = rn_single_enter(notifier);
  if (result < 0) return result;
  if (!rn_single_is_ending(notifier)) {
    lock(notifier);
    const int err = read_queued(notifier);
    unlock(notifier);
    result = handle(notifier);
    if (err < 0) result = err;
  }
  if (rn_single_is_ending(notifier))
    result = rn_single_end(notifier);
  else
    rearm(notifier);
  rn_single_leave(notifier);
  return result;
}

int rn_notifier_fd(const struct rn_notifier *notifier) {
  return notifier->set_fd;
}

/* ---- the end ---- */

int rn_notifier_stop(struct rn_notifier *notifier) {
  RN_UNCANCELLED;
  struct rn_thread_notifier *e = notifier->engine;
  if (rn_is_forked(e)) return -EPERM;
  /* release [edge notifier.ask] */
  if (atomic_exchange_explicit(&e->stop_asked, true, memory_order_acq_rel))
    return -EALREADY;
  rn_worker_discard(worker_of(notifier));
  rn_reader_wake(e);
  return 0;
}

static void set_state(struct rn_notifier *n, enum rn_state state) {
  lock(n);
  /* release [edge notifier.state] */
  atomic_store_explicit(&n->engine->state, (int)state, memory_order_release);
  unlock(n);
}

/* Let everything that was read pass, as dropped. */
static void pass_all(struct rn_notifier *n) {
  bool all = false;
  while (!all) {
    lock(n);
    all = rn_turn_end(n->engine, false);
    unlock(n);
    uint32_t count;
    while (rn_worker_step(worker_of(n), &count)) continue;
  }
}

int rn_single_end(struct rn_notifier *n) {
  struct rn_thread_notifier *e = n->engine;
  if (e->tracker == NULL) return -ESHUTDOWN;
  const struct rn_sys *sys = e->sys;
  set_state(n, RN_STATE_STOPPING); /* nothing is asked for any more */
  sys->set_heed(sys, n->set_fd, rn_tracker_fd(e->tracker), false);
  rn_tracker_finish(e->tracker);
  pass_all(n);
  rn_finish_stop(e);
  set_state(n, RN_STATE_STOPPED);
  return -ESHUTDOWN;
}

int rn_notifier_free(struct rn_notifier *notifier) {
  RN_UNCANCELLED;
  if (notifier == NULL) return 0;
  struct rn_thread_notifier *e = notifier->engine;
  if (rn_is_forked(e)) {
    rn_close_forked(e);
    e->sys->close(e->sys, notifier->timer_fd);
    e->sys->close(e->sys, notifier->set_fd);
    return 0;
  }
  const int err = rn_single_enter(notifier);
  if (err < 0) return err;
  (void)rn_notifier_stop(notifier);
  (void)rn_single_end(notifier);
  e->sys->close(e->sys, notifier->timer_fd);
  e->sys->close(e->sys, notifier->set_fd);
  e->sys->close(e->sys, e->wake_fd);
  (void)rn_thread_notifier_free(e);
  free(notifier);
  return 0;
}

/* ---- queries ---- */

enum rn_state rn_notifier_state(const struct rn_notifier *notifier) {
  const enum rn_state state = rn_thread_notifier_state(notifier->engine);
  if (state == RN_STATE_STOPPED) return state;
  if (rn_single_is_ending(notifier)) return RN_STATE_STOPPING;
  return state == RN_STATE_NEW ? RN_STATE_RUNNING : state;
}

int rn_notifier_error(const struct rn_notifier *notifier) {
  return rn_thread_notifier_error(notifier->engine);
}

int rn_notifier_statistics(const struct rn_notifier *notifier,
                           struct rn_statistics *statistics) {
  return rn_thread_notifier_statistics(notifier->engine, statistics);
}

struct rn_watch_manager *rn_notifier_manager(struct rn_notifier *notifier) {
  return rn_thread_notifier_manager(notifier->engine);
}
