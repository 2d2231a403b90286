/* The thread notifier: making, starting, stopping.
 *
 * One lock guards the state and the requests; the way of an event never takes
 * it.  Who stops from outside waits until the last thread says that it ends,
 * and joins; from a handler a stop is only begun, and whoever comes next joins.
 * The inotify descriptor is closed after the join, so no thread can touch a
 * number that was given to somebody else. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/cancel.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

/* ---- making ---- */

static void free_workers(struct rn_thread_notifier *n) {
  for (uint32_t i = 0; i < n->worker_count && n->workers != NULL; i++)
    rn_worker_free(n->workers[i]);
  free(n->workers);
  free(n->lanes);
  rn_joint_free(n->joint);
}

static void on_room(void *context) { rn_reader_wake(context); }

static void on_worker_ended(void *context) { rn_thread_ended(context); }

static int make_worker(struct rn_thread_notifier *n, uint32_t index) {
  const struct rn_lane_options options = {
      .slot_count = n->options.slot_count,
      .batch_count = n->options.batch_count,
      .full = n->options.full,
      .pool = &n->pool,
  };
  const struct rn_worker_hooks hooks = {
      .context = n, .room = on_room, .ended = on_worker_ended};
  struct rn_lane *lane;
  int err = rn_lane_new(&options, &lane);
  if (err < 0) return err;
  err = rn_worker_new(lane, &hooks, &n->workers[index]);
  if (err < 0) {
    rn_lane_free(lane);
    return err;
  }
  n->lanes[index] = lane;
  rn_worker_share(n->workers[index], n->joint, index);
  return 0;
}

static int make_workers(struct rn_thread_notifier *n) {
  /* One order of all events is one lane: others would have nothing to do. */
  const bool one_lane = n->options.order == RN_ORDER_TOTAL;
  n->worker_count = one_lane ? 1 : n->options.worker_count;
  n->pool.limit = n->options.backlog_size;
  rn_router_init(&n->router, n->options.order, n->worker_count);
  n->workers = calloc(n->worker_count, sizeof(*n->workers));
  n->lanes = calloc(n->worker_count, sizeof(*n->lanes));
  if (n->workers == NULL || n->lanes == NULL) return -ENOMEM;
  int err = rn_joint_new(n->worker_count, &n->joint);
  for (uint32_t i = 0; i < n->worker_count && err == 0; i++)
    err = make_worker(n, i);
  return err;
}

int rn_default_target_new(struct rn_thread_notifier *n,
                          const struct rn_handler *handler) {
  if (handler == NULL) return 0;
  struct rn_owned_target *owned = calloc(1, sizeof(*owned));
  if (owned == NULL) return -ENOMEM;
  const int err = rn_target_new(handler, n->worker_count, &owned->target);
  if (err < 0) {
    free(owned);
    return err;
  }
  n->default_target = owned->target;
  rn_targets_keep(n, owned);
  return 0;
}

/* Take copies of what the options point to. */
static void copy_options(struct rn_thread_notifier *n,
                         const struct rn_thread_notifier_options *options) {
  n->options = *options;
  snprintf(n->thread_name, sizeof(n->thread_name), "%s", options->thread_name);
  n->options.thread_name = n->thread_name;
  if (options->reader_cpus != NULL) {
    n->reader_cpus = *options->reader_cpus;
    n->options.reader_cpus = &n->reader_cpus;
  }
  if (options->worker_cpus != NULL) {
    n->worker_cpus = *options->worker_cpus;
    n->options.worker_cpus = &n->worker_cpus;
  }
}

static int make_buffers(struct rn_thread_notifier *n) {
  n->read_buffer = malloc(n->options.read_size);
  if (n->read_buffer == NULL) return -ENOMEM;
  if (!n->options.coalesce) return 0;
  n->coalescer = rn_coalescer_new();
  return n->coalescer == NULL ? -ENOMEM : 0;
}

/* Note which process this is, for rn_is_forked(). */
static int mark_process(struct rn_thread_notifier *n) {
  n->maker = getpid();
  const int err = n->sys->mark_open(n->sys, &n->mark);
  if (err == 0) return 0;
  n->mark = NULL;
  return err == -ENOMEM ? err : 0;
}

static void init_lock(struct rn_thread_notifier *n) {
  pthread_mutex_init(&n->lock, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&n->changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

static void free_memory(struct rn_thread_notifier *n) {
  free_workers(n);
  free(n->coalescer);
  free(n->read_buffer);
  if (n->mark != NULL) n->sys->mark_close(n->sys, n->mark);
  pthread_cond_destroy(&n->changed);
  pthread_mutex_destroy(&n->lock);
  free(n);
}

/* Ending watches makes less records than are queued, or read at a time. */
static void pace_tracker(struct rn_thread_notifier *n) {
  const uint64_t read = n->options.read_size / sizeof(struct inotify_event);
  const uint64_t limit = n->queue_limit;
  rn_tracker_set_queue(n->tracker, limit > 0 && limit < read ? limit : read);
}

int rn_thread_notifier_new_on(const struct rn_sys *sys,
                              const struct rn_thread_notifier_options *options,
                              struct rn_thread_notifier **notifier) {
  RN_UNCANCELLED;
  struct rn_thread_notifier_options complete;
  int err = rn_options_read(options, &complete);
  if (err < 0) return err;
  const size_t size = rn_round_up(sizeof(**notifier), RN_CACHE_LINE);
  struct rn_thread_notifier *n = aligned_alloc(RN_CACHE_LINE, size);
  if (n == NULL) return -ENOMEM;
  memset(n, 0, size);
  n->manager.notifier = n;
  n->sys = sys;
  copy_options(n, &complete);
  init_lock(n);
  err = mark_process(n);
  if (err == 0) err = make_buffers(n);
  if (err == 0) err = make_workers(n);
  if (err < 0) goto free_memory;
  const struct rn_sink sink = rn_deliver_sink(n);
  err = n->wake_fd = sys->wake_open(sys);
  if (err < 0) goto free_memory;
  err = rn_tracker_new(sys, &sink, &n->tracker);
  if (err < 0) goto close_wake;
  err = rn_default_target_new(n, n->options.handler);
  if (err < 0) goto free_tracker;
  rn_health_init(n);
  pace_tracker(n);
  *notifier = n;
  return 0;
free_tracker:
  rn_tracker_free(n->tracker);
close_wake:
  sys->close(sys, n->wake_fd);
free_memory:
  free_memory(n);
  return err;
}

int rn_thread_notifier_new(const struct rn_thread_notifier_options *options,
                           struct rn_thread_notifier **notifier) {
  return rn_thread_notifier_new_on(&rn_sys_linux, options, notifier);
}

/* ---- state; under the lock ---- */

static enum rn_state state_of(const struct rn_thread_notifier *n) {
  /* acquire [edge notifier.state] */
  return (enum rn_state)atomic_load_explicit(&n->state, memory_order_acquire);
}

static void set_state(struct rn_thread_notifier *n, enum rn_state state) {
  /* release [edge notifier.state] */
  atomic_store_explicit(&n->state, (int)state, memory_order_release);
  pthread_cond_broadcast(&n->changed);
}

bool rn_is_own_thread(const struct rn_thread_notifier *n) {
  for (uint32_t i = 0; i < n->worker_count; i++)
    if (rn_worker_is_self(n->workers[i])) return true;
  return atomic_load_explicit(&n->reader_self, memory_order_relaxed) ==
         pthread_self();
}

void rn_thread_ended(struct rn_thread_notifier *n) {
  pthread_mutex_lock(&n->lock);
  n->threads_left--;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

/* ---- starting ---- */

static struct rn_thread_options thread_options(
    const struct rn_thread_notifier *n, const cpu_set_t *cpus) {
  return (struct rn_thread_options){.stack_size = n->options.stack_size,
                                    .cpus = cpus};
}

static int start_worker(struct rn_thread_notifier *n, uint32_t index) {
  struct rn_thread_options options = thread_options(n, n->options.worker_cpus);
  snprintf(options.name, sizeof(options.name), "%s-%u", n->thread_name,
           index & 0xff);
  return rn_worker_start(n->workers[index], &options);
}

static int start_reader(struct rn_thread_notifier *n) {
  struct rn_thread_options options = thread_options(n, n->options.reader_cpus);
  snprintf(options.name, sizeof(options.name), "%s-r", n->thread_name);
  return rn_thread_start(&n->reader, &options, rn_reader_run, n);
}

/* Under the lock, which no thread takes before it may begin. */
static int start_threads(struct rn_thread_notifier *n) {
  uint32_t started = 0;
  int err = 0;
  while (started < n->worker_count && err == 0) {
    err = start_worker(n, started);
    if (err == 0) started++;
  }
  n->threads_left = n->worker_count + 1;
  if (err == 0) err = start_reader(n);
  if (err < 0) n->threads_left = 0;
  for (uint32_t i = 0; i < started; i++) {
    if (err == 0)
      rn_worker_begin(n->workers[i]);
    else
      rn_worker_quit(n->workers[i]);
  }
  return err;
}

int rn_thread_notifier_start(struct rn_thread_notifier *notifier) {
  RN_UNCANCELLED;
  if (rn_is_forked(notifier)) return -EPERM;
  int err;
  pthread_mutex_lock(&notifier->lock);
  switch (state_of(notifier)) {
    case RN_STATE_NEW:
      err = start_threads(notifier);
      if (err == 0) set_state(notifier, RN_STATE_RUNNING);
      break;
    case RN_STATE_RUNNING:
    case RN_STATE_FAILED:
      err = -EALREADY;
      break;
    default:
      err = -ESHUTDOWN;
      break;
  }
  pthread_mutex_unlock(&notifier->lock);
  return err;
}

/* ---- stopping ---- */

void rn_finish_stop(struct rn_thread_notifier *n) {
  rn_settling_free_all(n);
  rn_tracker_free(n->tracker);
  n->tracker = NULL;
  atomic_store_explicit(&n->published[RN_COUNT_WATCHES], 0,
                        memory_order_relaxed);
  if (n->single == NULL) {
    n->sys->close(n->sys, n->wake_fd);
    n->wake_fd = -1;
  }
  n->default_target = NULL;
  rn_sync_forget(n);
  rn_targets_end_all(n);
}

struct timespec rn_deadline_after(int timeout_ms) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  now.tv_sec += timeout_ms / 1000;
  now.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
  if (now.tv_nsec >= 1000000000) {
    now.tv_sec++;
    now.tv_nsec -= 1000000000;
  }
  return now;
}

int rn_wait_for_change(struct rn_thread_notifier *n,
                       const struct timespec *deadline) {
  if (deadline == NULL) return -pthread_cond_wait(&n->changed, &n->lock);
  return -pthread_cond_timedwait(&n->changed, &n->lock, deadline);
}

/* Bring a stop that was begun to its end; under the lock.  One caller joins,
 * the others wait for it. */
static int complete_stop(struct rn_thread_notifier *n,
                         const struct timespec *deadline) {
  while (state_of(n) != RN_STATE_STOPPED) {
    if (n->threads_left > 0 || n->joining) {
      const int err = rn_wait_for_change(n, deadline);
      if (err < 0) return err;
      continue;
    }
    n->joining = true;
    n->joiner = pthread_self();
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->reader, NULL);
    for (uint32_t i = 0; i < n->worker_count; i++)
      rn_worker_join(n->workers[i]);
    rn_finish_stop(n);
    pthread_mutex_lock(&n->lock);
    set_state(n, RN_STATE_STOPPED);
  }
  return 0;
}

/* Under the lock. */
static void begin_stop(struct rn_thread_notifier *n, enum rn_stop mode) {
  set_state(n, RN_STATE_STOPPING);
  if (mode == RN_STOP_DISCARD) {
    /* release [edge notifier.ask] */
    atomic_store_explicit(&n->discard, true, memory_order_release);
    for (uint32_t i = 0; i < n->worker_count; i++)
      rn_worker_discard(n->workers[i]);
  }
  /* release [edge notifier.ask] */
  atomic_store_explicit(&n->stop_asked, true, memory_order_release);
  rn_reader_wake(n);
}

bool rn_is_joiner(const struct rn_thread_notifier *n) {
  return n->joining && state_of(n) != RN_STATE_STOPPED &&
         pthread_equal(n->joiner, pthread_self());
}

/* Under the lock. */
static int stop(struct rn_thread_notifier *n, enum rn_stop mode) {
  if (rn_is_joiner(n)) return -EINPROGRESS;
  switch (state_of(n)) {
    case RN_STATE_STOPPED:
      return -EALREADY;
    case RN_STATE_NEW:
      set_state(n, RN_STATE_STOPPING);
      n->joining = true;
      n->joiner = pthread_self();
      pthread_mutex_unlock(&n->lock);
      rn_tracker_finish(n->tracker);
      n->count[RN_COUNT_DROPPED] += n->seq; /* what nobody will handle */
      rn_statistics_publish(n);
      rn_finish_stop(n);
      pthread_mutex_lock(&n->lock);
      set_state(n, RN_STATE_STOPPED);
      return 0;
    case RN_STATE_STOPPING: /* a second stop may cut the first one short */
      if (mode == RN_STOP_DISCARD && n->threads_left > 0) begin_stop(n, mode);
      break;
    default:
      begin_stop(n, mode);
      break;
  }
  if (rn_is_own_thread(n)) return -EINPROGRESS;
  return complete_stop(n, NULL);
}

int rn_thread_notifier_stop(struct rn_thread_notifier *notifier,
                            enum rn_stop mode) {
  RN_UNCANCELLED;
  if (rn_is_forked(notifier)) return -EPERM;
  if (mode != RN_STOP_DRAIN && mode != RN_STOP_DISCARD) return -EINVAL;
  pthread_mutex_lock(&notifier->lock);
  const int result = stop(notifier, mode);
  pthread_mutex_unlock(&notifier->lock);
  return result;
}

int rn_thread_notifier_wait(struct rn_thread_notifier *notifier,
                            int timeout_ms) {
  RN_UNCANCELLED;
  if (rn_is_forked(notifier)) return -EPERM;
  if (rn_is_own_thread(notifier)) return -EDEADLK;
  const struct timespec deadline = rn_deadline_after(timeout_ms);
  const struct timespec *until = timeout_ms < 0 ? NULL : &deadline;
  pthread_mutex_lock(&notifier->lock);
  int result = rn_is_joiner(notifier) ? -EDEADLK : 0;
  enum rn_state state;
  while (result == 0 && (state = state_of(notifier)) != RN_STATE_STOPPED) {
    if (state == RN_STATE_FAILED)
      result = atomic_load_explicit(&notifier->error, memory_order_relaxed);
    else if (state == RN_STATE_STOPPING)
      result = complete_stop(notifier, until);
    else
      result = rn_wait_for_change(notifier, until);
  }
  pthread_mutex_unlock(&notifier->lock);
  return result;
}

void rn_close_forked(struct rn_thread_notifier *n) {
  const bool stopped = n->tracker == NULL;
  if (!stopped) rn_tracker_close(n->tracker);
  /* Without threads it is closed when the notifier is freed. */
  if (!stopped || n->single != NULL) n->sys->close(n->sys, n->wake_fd);
}

int rn_thread_notifier_free(struct rn_thread_notifier *notifier) {
  RN_UNCANCELLED;
  if (notifier == NULL) return 0;
  if (rn_is_forked(notifier)) {
    rn_close_forked(notifier);
    return 0;
  }
  if (rn_is_own_thread(notifier)) return -EDEADLK;
  const int result = rn_thread_notifier_stop(notifier, RN_STOP_DISCARD);
  if (result == -EINPROGRESS) return -EDEADLK; /* from an on_release */
  RN_ASSERT(result == 0 || result == -EALREADY);
  free_memory(notifier);
  return 0;
}

/* ---- queries ---- */

enum rn_state rn_thread_notifier_state(
    const struct rn_thread_notifier *notifier) {
  return state_of(notifier);
}

int rn_thread_notifier_error(const struct rn_thread_notifier *notifier) {
  /* acquire [edge notifier.state] */
  return atomic_load_explicit(&notifier->error, memory_order_acquire);
}
