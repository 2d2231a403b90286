/* Watches that tell nothing for a while.
 *
 *     caller    asks (request.c), and waits
 *     reader    has the tracker pass a barrier; what was told by then happened
 *               before the call; then it switches, and answers
 *
 * A muted root goes through the tracker as any other, so that the tree and the
 * index stay true; `deliver` filters what it tells.  The tracker has one
 * barrier: it is this one's, or sync's (sync.c), never both.  Other requests
 * that come while a switch waits are done before it; another switch waits.
 *
 * A switch waits for a bounded time and takes a bounded memory, whoever keeps
 * its barrier from passing: then it fails, and nothing is changed. */

#include <errno.h>

#include "lib/notifier/request.h"
#include "lib/notifier/single.h"

/* How long a switch waits: with the turn that sees it a second, also where the
 * reader has to wait for a processor. */
enum { RN_SWITCH_MS = 750 };

/* ---- switching; the reader ---- */

static bool is_muted(const struct rn_root *root, uint8_t why) {
  return (root->mute & why) != 0;
}

static void set_mute(struct rn_root *root, uint8_t why, bool mute) {
  root->mute = (uint8_t)(mute ? root->mute | why : root->mute & ~why);
}

static int switch_all(struct rn_thread_notifier *n, bool suspends) {
  if (n->suspended == suspends) return 1;
  n->suspended = suspends;
  for (struct rn_root *root = rn_tracker_roots(n->tracker); root != NULL;
       root = root->next)
    set_mute(root, RN_MUTE_ALL, suspends);
  return 0;
}

static int switch_one(struct rn_thread_notifier *n,
                      const struct rn_request *request) {
  struct rn_root *root;
  const int err = rn_request_root(n, request->watch, &root);
  if (err < 0) return err;
  if (is_muted(root, RN_MUTE_SUSPENDED) == request->suspends) return 1;
  set_mute(root, RN_MUTE_SUSPENDED, request->suspends);
  return 0;
}

static int do_switch(struct rn_thread_notifier *n,
                     const struct rn_request *request) {
  return request->every ? switch_all(n, request->suspends)
                        : switch_one(n, request);
}

/* Others may be begun again. */
static void go_on(struct rn_thread_notifier *n) {
  n->switching = NULL;
  n->switch_begun = false;
  pthread_mutex_lock(&n->lock);
  const bool more = n->first_request != NULL || n->next_sync != NULL;
  /* release [edge notifier.ask] */
  if (more) atomic_store_explicit(&n->asked, true, memory_order_release);
  pthread_mutex_unlock(&n->lock);
  if (more) rn_reader_wake(n); /* it is about to sleep */
}

/* The switch is over, done or not. */
static void answer(struct rn_thread_notifier *n, int result) {
  struct rn_request *request = n->switching;
  request->result = result;
  go_on(n);
  rn_request_answer(n, request);
}

static void give_up(struct rn_thread_notifier *n, int error) {
  if (n->switch_begun) rn_tracker_barrier_cancel(n->tracker);
  answer(n, error);
}

/* When a switch that begins now has waited for long enough. */
static int64_t end_of_patience(const struct rn_thread_notifier *n) {
  return n->sys->monotonic_ns(n->sys) + RN_SWITCH_MS * INT64_C(1000000);
}

void rn_switch_begin(struct rn_thread_notifier *n, struct rn_request *request) {
  n->switching = request;
  n->switch_until_ns = end_of_patience(n);
}

int rn_switch_left_ms(const struct rn_thread_notifier *n) {
  if (n->switching == NULL) return -1;
  const int64_t left = n->switch_until_ns - n->sys->monotonic_ns(n->sys);
  return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

bool rn_switch_reads_on(struct rn_thread_notifier *n) {
  if (n->switching == NULL) return false;
  if (!rn_deliver_is_overfull(n)) return true;
  give_up(n, -ENOBUFS);
  return false;
}

void rn_switch_advance(struct rn_thread_notifier *n) {
  if (RN_LIKELY(n->switching == NULL)) return;
  const bool waits = !n->switch_begun && n->sync != NULL;
  if (!n->switch_begun && !waits) {
    n->switch_begun = true;
    rn_tracker_barrier_begin(n->tracker);
    rn_tracker_end_turn(n->tracker);
  }
  if (!waits && rn_tracker_barrier_passed(n->tracker)) {
    answer(n, do_switch(n, n->switching));
    return;
  }
  /* What holds up a sync that comes first holds up the switch. */
  int err = rn_tracker_barrier_error(n->tracker);
  if (err == 0 && rn_switch_left_ms(n) == 0) err = -ETIMEDOUT;
  if (err < 0) give_up(n, err);
}

/* ---- without a reader ---- */

static void wait_for_records(struct rn_thread_notifier *n) {
  if (rn_tracker_is_walking(n->tracker, RN_WALK_NEW)) return;
  struct pollfd fd = {.fd = rn_tracker_fd(n->tracker), .events = POLLIN};
  const int patience_ms = rn_tracker_patience_ms(n->tracker);
  const int soon_ms = 100; /* to look for a stop */
  const bool sooner = patience_ms >= 0 && patience_ms < soon_ms;
  (void)n->sys->poll(n->sys, &fd, 1, sooner ? patience_ms : soon_ms);
}

/* Read until the barrier has passed.
 *
 * failed     out: whether it is reading that failed.
 * Returns    0; what made reading fail; what keeps the barrier from passing;
 *            -ENOBUFS, -ETIMEDOUT; -ESHUTDOWN. */
static int pass_barrier(struct rn_thread_notifier *n, bool *failed) {
  const int64_t until_ns = end_of_patience(n);
  *failed = false;
  rn_tracker_end_turn(n->tracker);
  while (!rn_tracker_barrier_passed(n->tracker)) {
    const int stuck = rn_tracker_barrier_error(n->tracker);
    if (stuck < 0) return stuck;
    if (rn_deliver_is_overfull(n)) return -ENOBUFS;
    if (n->sys->monotonic_ns(n->sys) >= until_ns) return -ETIMEDOUT;
    /* acquire [edge notifier.ask] */
    if (atomic_load_explicit(&n->stop_asked, memory_order_acquire))
      return -ESHUTDOWN;
    wait_for_records(n);
    rn_tracker_expire(n->tracker);
    struct rn_backlog all = {.left = SIZE_MAX}; /* full lanes or not */
    const int err = rn_turn_bounded(n, &all);
    *failed = err < 0;
    if (err < 0) return err;
  }
  return 0;
}

int rn_switch_here(struct rn_thread_notifier *n, struct rn_request *request) {
  rn_tracker_barrier_begin(n->tracker);
  bool failed;
  const int err = pass_barrier(n, &failed);
  if (err == 0) return do_switch(n, request);
  rn_tracker_barrier_cancel(n->tracker);
  if (failed && n->single != NULL) rn_single_fail(n->single, err);
  return err;
}

/* ---- the public functions ---- */

static int ask(struct rn_watch_manager *manager, const struct rn_watch *watch,
               bool suspends) {
  struct rn_request request = {
      .kind = RN_REQUEST_SWITCH, .every = watch == NULL, .suspends = suspends};
  if (watch != NULL) request.watch = *watch;
  return rn_request_run(manager->notifier, &request);
}

int rn_watch_manager_suspend(struct rn_watch_manager *manager,
                             const struct rn_watch *watch) {
  return ask(manager, watch, true);
}

int rn_watch_manager_resume(struct rn_watch_manager *manager,
                            const struct rn_watch *watch) {
  return ask(manager, watch, false);
}
