/* The waiting of the notifier without threads.
 *
 * The user's descriptor is a set of three: the inotify descriptor; the engine's
 * wake_fd, readable while something is to be done that the kernel does not know
 * of (events to be handled, a listing to go on with, a stop, a timer that could
 * not be set); a timer for what is due by time.  After each step all three are
 * set right, so the set is readable when there is something to do, and a loop
 * that is level-triggered does not spin.
 *
 * What holds reading back (a delay, a period, a threshold) takes the inotify
 * descriptor out of consideration and sets the timer to when to look again.  As
 * the kernel does not say when a number of bytes is reached, a threshold is
 * looked at again and again, less and less often. */

#include <errno.h>
#include <limits.h>
#include <time.h>

#include "lib/base/cancel.h"
#include "lib/notifier/single.h"

#define NS_PER_MS INT64_C(1000000)
enum { PAUSE_MS = 1, PAUSE_MS_MAX = 64, RETRY_MS = 100 };

int64_t rn_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- holding reading back ---- */

/* When to look at the threshold again; 0: it is reached, or was waited for long
 * enough. */
static int64_t threshold_hold(struct rn_notifier *n, size_t queued,
                              int64_t now) {
  if (queued >= n->options.threshold) return 0;
  if (n->scarce_since_ns == 0) n->scarce_since_ns = now;
  const int64_t end = n->scarce_since_ns + n->options.threshold_ms * NS_PER_MS;
  if (now >= end) return 0;
  n->pause_ns = n->pause_ns == 0 ? PAUSE_MS * NS_PER_MS : 2 * n->pause_ns;
  if (n->pause_ns > PAUSE_MS_MAX * NS_PER_MS)
    n->pause_ns = PAUSE_MS_MAX * NS_PER_MS;
  return now + n->pause_ns < end ? now + n->pause_ns : end;
}

static void hold_nothing(struct rn_notifier *n) {
  n->held_until_ns = n->delay_until_ns = 0;
  n->scarce_since_ns = n->pause_ns = 0;
}

bool rn_single_holds_back(struct rn_notifier *n, size_t queued) {
  const struct rn_notifier_options *o = &n->options;
  if (queued == 0) hold_nothing(n);
  if (queued == 0) return false;
  if (o->read_period_ms == 0 && o->threshold == 0 && n->delay_until_ns == 0)
    return false;
  const int64_t now = rn_monotonic_ns();
  const int64_t period_end =
      n->last_read_ns == 0 ? 0
                           : n->last_read_ns + o->read_period_ms * NS_PER_MS;
  int64_t until = threshold_hold(n, queued, now);
  if (period_end > until) until = period_end;
  if (n->delay_until_ns > until) until = n->delay_until_ns;
  n->held_until_ns = until > now ? until : 0;
  return until > now;
}

void rn_single_has_read(struct rn_notifier *n) {
  hold_nothing(n);
  if (n->options.read_period_ms > 0) n->last_read_ns = rn_monotonic_ns();
}

/* ---- the set ---- */

static bool has_work(const struct rn_notifier *n) {
  const struct rn_thread_notifier *e = n->engine;
  return rn_lane_load(e->lanes[0]) > 0 ||
         (rn_notifier_error(n) == 0 && rn_is_walking(e));
}

static void signal_work(struct rn_notifier *n, bool work) {
  struct rn_thread_notifier *e = n->engine;
  if (n->signaled == work) return;
  if (!work && e->sys->wake_clear(e->sys, e->wake_fd) < 0) return;
  n->signaled = work;
  /* A stop may have signalled just before. */
  if (work || rn_single_is_ending(n)) rn_reader_wake(e);
}

static void heed_events(struct rn_notifier *n, bool heeded) {
  struct rn_thread_notifier *e = n->engine;
  if (n->heeded == heeded) return;
  if (e->sys->set_heed(e->sys, n->set_fd, rn_tracker_fd(e->tracker), heeded) ==
      0)
    n->heeded = heeded;
}

/* The earlier of two times, of which 0 is none. */
static int64_t earlier(int64_t a, int64_t b) {
  if (a == 0 || b == 0) return a + b;
  return a < b ? a : b;
}

static int64_t in_ms(int ms) {
  return ms < 0 ? 0 : rn_monotonic_ns() + ms * NS_PER_MS;
}

/* When something is due by time; 0: nothing.  While reading is held back no
 * half of a rename expires: the other one may be in the kernel's queue. */
static int64_t next_alarm(struct rn_notifier *n) {
  struct rn_tracker *tracker = n->engine->tracker;
  if (rn_notifier_error(n) < 0) return 0;
  const int64_t turn = in_ms(rn_tracker_patience_ms(tracker));
  if (n->held_until_ns != 0) return earlier(turn, n->held_until_ns);
  const int64_t settles = in_ms(rn_settling_expires_in_ms(n->engine));
  return earlier(turn,
                 earlier(in_ms(rn_tracker_expires_in_ms(tracker)), settles));
}

/* Returns false when the timer could not be set. */
static bool set_alarm(struct rn_notifier *n, int64_t alarm_ns) {
  const struct rn_sys *sys = n->engine->sys;
  if (alarm_ns == 0 && n->alarm_ns == 0 && !n->unarmed) return true;
  n->alarm_ns = alarm_ns;
  n->unarmed = sys->timer_set(sys, n->timer_fd, alarm_ns) < 0;
  return !n->unarmed;
}

void rn_single_rearm(struct rn_notifier *n) {
  if (n->engine->tracker == NULL) return;
  const bool heeded = n->held_until_ns == 0 && rn_notifier_error(n) == 0;
  heed_events(n, heeded);
  /* What the set refused is tried again. */
  const int64_t retry = n->heeded == heeded ? 0 : in_ms(RETRY_MS);
  const bool armed = set_alarm(n, earlier(next_alarm(n), retry));
  /* Without a timer whoever waits has to look again. */
  signal_work(n, has_work(n) || !armed);
}

/* ---- waiting ---- */

/* Whether there is something to do.  Returns 1; 0; an error. */
static int look(struct rn_notifier *n, size_t *queued) {
  struct rn_thread_notifier *e = n->engine;
  *queued = 0;
  if (has_work(n)) return 1;
  const int failed = rn_notifier_error(n);
  if (failed < 0) return failed;
  const int err = e->sys->queued(e->sys, rn_tracker_fd(e->tracker), queued);
  if (err < 0) return err;
  const bool held = rn_single_holds_back(n, *queued);
  if (*queued > 0) return held ? 0 : 1;
  return n->alarm_ns != 0 && n->alarm_ns <= rn_monotonic_ns() ? 1 : 0;
}

/* The same, and the set is right afterwards.
 *
 * waited     for the first event: it is to be given time for others. */
static int look_and_arm(struct rn_notifier *n, bool waited) {
  size_t queued;
  pthread_mutex_lock(&n->engine->lock);
  int result = look(n, &queued);
  const unsigned delay_ms = n->options.read_delay_ms;
  if (waited && queued > 0 && delay_ms > 0 && n->delay_until_ns == 0) {
    n->delay_until_ns = rn_monotonic_ns() + delay_ms * NS_PER_MS;
    result = rn_single_holds_back(n, queued) ? 0 : 1;
  }
  if (result == 0) rn_single_rearm(n);
  pthread_mutex_unlock(&n->engine->lock);
  return result;
}

/* What is left for poll(), rounded up: a wait never ends early. */
static int left_ms(int64_t deadline_ns) {
  if (deadline_ns < 0) return -1;
  const int64_t left_ns = deadline_ns - rn_monotonic_ns();
  if (left_ns <= 0) return 0;
  const int64_t left = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
  return left < INT_MAX ? (int)left : INT_MAX;
}

/* Returns 1 the set is readable; 0 the time ran out; an error. */
static int wait_for_set(struct rn_notifier *n, int timeout_ms) {
  const struct rn_sys *sys = n->engine->sys;
  struct pollfd set = {.fd = n->set_fd, .events = POLLIN};
  const int ready = sys->poll(sys, &set, 1, timeout_ms);
  if (ready == -EINTR) return 1; /* look again: a handler may have stopped */
  if (ready <= 0) return ready;
  if ((set.revents & POLLNVAL) != 0) return -EBADF;
  if ((set.revents & (POLLERR | POLLHUP)) != 0) return -EIO;
  return 1;
}

/* While events gather the wait goes on beyond its timeout. */
static int wait(struct rn_notifier *n, int timeout_ms) {
  int64_t deadline_ns =
      timeout_ms < 0 ? -1 : rn_monotonic_ns() + timeout_ms * NS_PER_MS;
  bool waited = false;
  for (;;) {
    if (rn_single_is_ending(n)) return rn_single_end(n);
    int result = look_and_arm(n, waited);
    if (result != 0) return result;
    if (deadline_ns >= 0 && n->delay_until_ns > deadline_ns)
      deadline_ns = n->delay_until_ns;
    const int left = left_ms(deadline_ns);
    if (left == 0) return 0;
    result = wait_for_set(n, left);
    if (result < 0) return result;
    waited = true;
  }
}

int rn_notifier_check_events(struct rn_notifier *notifier, int timeout_ms) {
  RN_UNCANCELLED;
  int result = rn_single_enter(notifier);
  if (result < 0) return result;
  result = wait(notifier, timeout_ms);
  rn_single_leave(notifier);
  return result;
}

/* ---- the loop ---- */

int rn_notifier_loop(struct rn_notifier *notifier, rn_loop_fn *callback,
                     void *context) {
  RN_UNCANCELLED;
  int result = 0;
  while (result >= 0) {
    if (callback != NULL && callback(notifier, context)) return 1;
    result = rn_notifier_check_events(notifier, notifier->options.timeout_ms);
    if (result > 0) result = rn_notifier_dispatch(notifier);
  }
  return result == -ESHUTDOWN ? 0 : result;
}
