/* The reader's loop.
 *
 *     until a stop is asked for:
 *       do what other threads ask for
 *       list, read, tell what has settled, and publish (turn.c)
 *       nothing to do: sleep in poll(2)
 *
 * While the lanes press it does only what it is asked for, and sleeps until a
 * worker says that there is room.
 *
 * A stop that drains notes how many bytes are queued in the kernel: these, and
 * what they lead to, are still read. */

#include <errno.h>

#include "lib/base/cancel.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

/* Whoever asks waits until the reader has answered, so a wake that failed is
 * tried again. */
enum { WAKE_TRIES = 8 };

/* How long a stop that drains goes on, without the time in which it waits for
 * handlers. */
enum { DRAIN_MS = 1500 };

/* How long to sleep where nothing can be waited for. */
enum { NAP_MS = 5 };

struct rn_drain {
  struct rn_backlog queued;
  int64_t left_ns;
};

void rn_reader_wake(struct rn_thread_notifier *n) {
  int tries = 0;
  while (n->sys->wake_signal(n->sys, n->wake_fd) < 0 && ++tries < WAKE_TRIES)
    continue;
}

static bool flag_is_up(const _Atomic bool *flag) {
  /* acquire [edge notifier.ask] */
  return atomic_load_explicit(flag, memory_order_acquire);
}

/* ---- sleeping ---- */

/* What the reader waits for besides being asked for something. */
enum {
  FOR_EVENTS = 1U << 0,   /* the kernel has some */
  FOR_PUBLISH = 1U << 1,  /* what is left with the reader finds room */
  FOR_PRESSURE = 1U << 2, /* the lanes press no more */
};

/* The sooner of two; negative: never. */
static int sooner(int a_ms, int b_ms) {
  if (a_ms < 0 || b_ms < 0) return a_ms < 0 ? b_ms : a_ms;
  return a_ms < b_ms ? a_ms : b_ms;
}

/* How long to sleep at most.  While nothing is read, nothing expires: the other
 * half of a rename, or the next change of a file, may be in the kernel's queue.
 */
static int timeout_of(const struct rn_thread_notifier *n, bool read) {
  const int turn_ms =
      sooner(rn_tracker_patience_ms(n->tracker), rn_switch_left_ms(n));
  if (!read) return turn_ms;
  return sooner(turn_ms, sooner(rn_tracker_expires_in_ms(n->tracker),
                                rn_settling_expires_in_ms(n)));
}

/* Sleep until one of them is ready, of which the first is the one that wakes.
 * What cannot be waited for (descriptors that the process has closed; more than
 * its limit of descriptors, by which poll(2) goes) is looked at every few
 * milliseconds instead. */
static void sleep_on(struct rn_thread_notifier *n, struct pollfd *fds,
                     size_t count, int timeout_ms) {
  int result = n->sys->poll(n->sys, fds, count, timeout_ms);
  if (result == 0 || result == -EINTR) return;
  if (result > 0)
    result = fds[0].revents != 0 ? n->sys->wake_clear(n->sys, n->wake_fd) : 0;
  if (result < 0) (void)n->sys->poll(n->sys, fds, 0, NAP_MS);
}

/* Sleep until one of these has come, or another thread wants something. */
static void sleep_until_wanted(struct rn_thread_notifier *n, unsigned wanted) {
  const bool read = (wanted & FOR_EVENTS) != 0;
  if ((wanted & (FOR_PUBLISH | FOR_PRESSURE)) != 0) {
    for (uint32_t i = 0; i < n->worker_count; i++)
      rn_lane_expect_room(n->lanes[i]);
    const bool all = rn_deliver_flush(n, false);
    if ((wanted & FOR_PUBLISH) != 0 && all) return;
    if ((wanted & FOR_PRESSURE) != 0 && !rn_deliver_is_pressed(n)) return;
  }
  rn_health_note(
      n, (wanted & FOR_PRESSURE) != 0 ? RN_READER_PRESSED : RN_READER_WAITING);
  struct pollfd fds[] = {
      {.fd = n->wake_fd, .events = POLLIN},
      {.fd = rn_tracker_fd(n->tracker), .events = POLLIN},
  };
  sleep_on(n, fds, read ? 2 : 1, timeout_of(n, read));
  rn_health_note(n, RN_READER_BUSY);
}

/* ---- the loop ---- */

int rn_reader_turn(struct rn_thread_notifier *n) {
  rn_health_note(n, RN_READER_BUSY);
  rn_note_time(n);
  bool more_asked = false;
  if (flag_is_up(&n->asked)) {
    (void)rn_deliver_flush(n, false); /* what is asked for may take long */
    more_asked = rn_requests_serve(n);
    if (n->sync != NULL)
      rn_tracker_end_turn(n->tracker); /* this turn's read has its fence */
  }
  const bool adding =
      n->current != NULL || rn_tracker_is_walking(n->tracker, RN_WALK_ADDED);
  if (adding) rn_requests_advance(n);
  struct rn_turn done;
  rn_turn(n, &done);
  if (done.got < 0) return (int)done.got;
  if (adding || more_asked || (done.busy && !done.pressed)) return 0;
  sleep_until_wanted(n, (done.pressed ? FOR_PRESSURE : FOR_EVENTS) |
                            (done.all ? 0 : (unsigned)FOR_PUBLISH));
  return 0;
}

static bool stop_is_asked(const struct rn_thread_notifier *n) {
  return flag_is_up(&n->stop_asked);
}

/* Wait for room in the lanes, with everything else at rest.  Returns false when
 * the rest is to be discarded. */
static bool wait_for_room(struct rn_thread_notifier *n) {
  while (rn_deliver_is_pressed(n) && !flag_is_up(&n->discard))
    sleep_until_wanted(n, FOR_PRESSURE);
  return !flag_is_up(&n->discard);
}

/* A stop that drains is about to read: from now on the tracker's barrier is
 * that of the stop.  Whoever waits for another has the answer of the stop. */
static void begin_drain(struct rn_thread_notifier *n, struct rn_drain *drain) {
  rn_tracker_hurry(n->tracker);
  rn_tracker_barrier_cancel(n->tracker);
  rn_tracker_barrier_begin(n->tracker);
  *drain = (struct rn_drain){.left_ns = DRAIN_MS * INT64_C(1000000)};
}

/* Whether all that had happened before the stop has been told. */
static bool has_drained(struct rn_thread_notifier *n) {
  (void)rn_turn_end(n, false);
  if (n->sync == NULL) (void)rn_tracker_barrier_passed(n->tracker);
  return !rn_tracker_barrier_is_waited_for(n->tracker);
}

/* Do a turn.  Returns 1 there is more to do; 0; what made reading fail. */
static int drain_some(struct rn_thread_notifier *n, struct rn_drain *drain) {
  struct rn_backlog *queued = &drain->queued;
  if (has_drained(n)) return 0;
  if (queued->left == 0 && !rn_tracker_is_walking(n->tracker, RN_WALK_NEW)) {
    if (!rn_tracker_is_waiting(n->tracker)) return 0;
    /* It ends with a fence: read as far as that. */
    const int err =
        n->sys->queued(n->sys, rn_tracker_fd(n->tracker), &queued->left);
    if (err < 0 || queued->left == 0) return err; /* no fence is to be had */
  }
  const int err = rn_turn_bounded(n, queued);
  return err < 0 ? err : 1;
}

/* Read what was queued at this moment, and what it leads to. */
static int drain(struct rn_thread_notifier *n) {
  struct rn_drain drain;
  begin_drain(n, &drain);
  int more =
      n->sys->queued(n->sys, rn_tracker_fd(n->tracker), &drain.queued.left);
  if (more == 0) more = 1;
  while (more > 0 && wait_for_room(n)) {
    const int64_t begun_ns = n->sys->monotonic_ns(n->sys);
    more = drain_some(n, &drain);
    drain.left_ns -= n->sys->monotonic_ns(n->sys) - begun_ns;
    if (more <= 0 || drain.left_ns > 0) continue;
    /* Whoever makes directories, or a file system, can prolong it for ever. */
    rn_tracker_break_off(n->tracker);
    break;
  }
  return more < 0 ? more : 0;
}

/* Tell what still waits to be told as settled, before it is forgotten. */
static void settle_early(struct rn_thread_notifier *n) {
  while (wait_for_room(n) && rn_settling_tell_early(n))
    (void)rn_deliver_flush(n, false);
}

/* Give the workers everything, waiting for room where there is none. */
static void flush_all(struct rn_thread_notifier *n) {
  while (!rn_turn_end(n, false)) {
    for (uint32_t i = 0; i < n->worker_count; i++)
      rn_lane_expect_room(n->lanes[i]);
    if (rn_deliver_flush(n, false)) continue;
    struct pollfd fd = {.fd = n->wake_fd, .events = POLLIN};
    sleep_on(n, &fd, 1, -1);
  }
}

/* Let everybody know that reading failed. */
static void tell_failure(struct rn_thread_notifier *n, int error) {
  pthread_mutex_lock(&n->lock);
  rn_set_failed(n, error);
  pthread_mutex_unlock(&n->lock);
  rn_take_time(n);
  rn_notices_failure(n, error);
}

/* The reader cannot go on: tell, and do nothing more until it is stopped. */
static void fail(struct rn_thread_notifier *n, int error) {
  rn_tracker_finish(n->tracker);
  tell_failure(n, error);
  rn_requests_refuse(n, error);
  while (!stop_is_asked(n)) {
    const bool all = rn_deliver_flush(n, false);
    rn_statistics_publish(n);
    sleep_until_wanted(n, all ? 0 : FOR_PUBLISH);
  }
}

void *rn_reader_run(void *argument) {
  RN_UNCANCELLED;
  struct rn_thread_notifier *n = argument;
  atomic_store_explicit(&n->reader_self, pthread_self(), memory_order_relaxed);
  rn_take_time(n);
  int err = 0;
  while (err == 0 && !stop_is_asked(n)) err = rn_reader_turn(n);
  if (err < 0) fail(n, err);
  rn_requests_refuse(n, -ESHUTDOWN);
  if (err == 0 && !flag_is_up(&n->discard)) {
    err = drain(n);
    if (err < 0)
      tell_failure(n, err);
    else
      settle_early(n);
  }
  rn_tracker_finish(n->tracker);
  flush_all(n);
  for (uint32_t i = 0; i < n->worker_count; i++)
    rn_worker_finish(n->workers[i]);
  rn_health_note(n, RN_READER_NONE);
  atomic_store_explicit(&n->reader_self, 0, memory_order_relaxed);
  rn_thread_ended(n);
  return NULL;
}
