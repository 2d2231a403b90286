/* What other threads ask of the reader.
 *
 * The tree and the inotify instance belong to the reader, so that adding a
 * watch and knowing it is one step for it: no event of a new watch can be read
 * before the watch is known.  Others leave a request and wait; the reader does
 * them between reads, a long addition in pieces.  Before the start there is no
 * reader, and the caller does the work itself under the lock; so it does always
 * with a notifier that has no threads.
 *
 * A waiting handler cannot hold the reader up: requests are served also while
 * every ring is full. */

#include <errno.h>

#include "lib/base/cancel.h"
#include "lib/notifier/request.h"
#include "lib/notifier/single.h"

enum {
  EXTRA_TURNS = 256,
  REQUESTS_A_TURN = 16, /* then what has happened is read */
};

static void set_done(struct rn_request *request, int result) {
  request->result = result;
  request->done = true;
}

/* ---- doing ---- */

static bool is_switched(const struct rn_watch_update *update, unsigned flag,
                        bool now) {
  return (now || (update->set_flags & flag) != 0) &&
         (update->clear_flags & flag) == 0;
}

/* Begin an addition.  Returns true when it is complete. */
static bool begin_add(struct rn_thread_notifier *n,
                      struct rn_request *request) {
  struct rn_root *root;
  const int err = rn_tracker_add(n->tracker, &request->addition, &root);
  if (err < 0) {
    request->result = err;
    return true;
  }
  if (n->suspended) root->mute |= RN_MUTE_ALL;
  rn_targets_keep(n, request->target);
  request->target = NULL;
  n->settles |= request->addition.settle_ns > 0;
  request->watch = rn_tracker_handle(root);
  request->root = root;
  n->current = request;
  if (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED)) return false;
  n->current = NULL;
  request->result = 0;
  return true;
}

/* End the addition or the change that was walked. */
static void finish_walk(struct rn_thread_notifier *n) {
  struct rn_request *request = n->current;
  n->current = NULL;
  if (request->kind == RN_REQUEST_UPDATE) return; /* what is left was told */
  request->result = rn_tracker_walk_error(n->tracker);
  if (request->result < 0 && request->root != NULL)
    rn_tracker_abandon(n->tracker, request->root);
}

int rn_request_root(struct rn_thread_notifier *n, struct rn_watch watch,
                    struct rn_root **root) {
  *root = rn_tracker_root(n->tracker, watch);
  if (*root != NULL) return 0;
  return rn_tracker_live_node(n->tracker, watch) != NULL ? -EOPNOTSUPP
                                                         : -ENOENT;
}

/* Let the handler of a root be another: the one before gets no more. */
static void replace_target(struct rn_thread_notifier *n, struct rn_root *root,
                           struct rn_owned_target *target) {
  if (root->target != NULL) rn_targets_end(n, root->target);
  rn_targets_keep(n, target);
  rn_tracker_set_target(n->tracker, root, target);
}

/* Begin a change.  Returns true when it is complete. */
static bool begin_update(struct rn_thread_notifier *n,
                         struct rn_request *request) {
  const struct rn_watch_update *update = request->update;
  struct rn_root *root;
  request->result = rn_request_root(n, request->watch, &root);
  if (request->result < 0) return true;
  const struct rn_root_change change = {
      .mask = update->mask,
      .recursive = is_switched(update, RN_WATCH_RECURSIVE, root->recursive),
      .fixed = is_switched(update, RN_WATCH_FIXED, root->fixed),
  };
  request->root = root;
  n->current = request;
  request->result = rn_tracker_update(n->tracker, root, &change);
  if (request->result == 0 && update->set_handler) {
    replace_target(n, root, request->target);
    request->target = NULL;
  }
  if (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED)) return false;
  rn_tracker_end_turn(n->tracker);
  if (rn_tracker_is_widening(n->tracker)) return false;
  n->current = NULL;
  return true;
}

static int do_remove(struct rn_thread_notifier *n,
                     const struct rn_request *request) {
  struct rn_root *root;
  const int err = rn_request_root(n, request->watch, &root);
  if (err < 0) return err == -ENOENT ? 1 : err;
  rn_tracker_remove(n->tracker, root);
  return 0;
}

static int do_append(struct rn_thread_notifier *n,
                     const struct rn_request *request) {
  if (rn_deliver_is_overfull(n)) return -ENOBUFS;
  return rn_tracker_append(n->tracker, request->watch, request->mask,
                           request->name);
}

/* Returns true when the request is complete. */
static bool begin(struct rn_thread_notifier *n, struct rn_request *request) {
  switch (request->kind) {
    case RN_REQUEST_ADD:
      return begin_add(n, request);
    case RN_REQUEST_UPDATE:
      return begin_update(n, request);
    case RN_REQUEST_REMOVE:
      request->result = do_remove(n, request);
      return true;
    case RN_REQUEST_LOOK:
      request->result = request->look(n, request->argument);
      return true;
    case RN_REQUEST_SWITCH:
      rn_switch_begin(n, request);
      return false;
    case RN_REQUEST_APPEND:
      request->result = do_append(n, request);
      return true;
  }
  RN_ASSERT(false); /* there are no other kinds */
  return true;
}

/* ---- the reader's side ---- */

static struct rn_request *take_first(struct rn_thread_notifier *n) {
  struct rn_request *request = n->first_request;
  if (request == NULL) return NULL;
  n->first_request = request->next;
  if (n->first_request == NULL) n->last_request = NULL;
  return request;
}

void rn_request_answer(struct rn_thread_notifier *n,
                       struct rn_request *request) {
  pthread_mutex_lock(&n->lock);
  request->done = true;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

/* Full masks and the fence come before the caller may go on: what it does next
 * is behind them. */
static void end_request(struct rn_thread_notifier *n,
                        struct rn_request *request) {
  rn_tracker_end_turn(n->tracker);
  rn_request_answer(n, request);
}

/* Whether the first request has to wait for one that was begun; under the
 * lock. */
static bool is_held_up(const struct rn_thread_notifier *n) {
  if (n->current != NULL) return true;
  return n->switching != NULL && n->first_request != NULL &&
         n->first_request->kind == RN_REQUEST_SWITCH;
}

bool rn_requests_serve(struct rn_thread_notifier *n) {
  for (int count = 0; count < REQUESTS_A_TURN; count++) {
    pthread_mutex_lock(&n->lock);
    rn_sync_begin(n);
    const bool waits = is_held_up(n); /* the flag stays up */
    struct rn_request *request = waits ? NULL : take_first(n);
    if (request == NULL && !waits)
      atomic_store_explicit(&n->asked, false, memory_order_relaxed);
    pthread_mutex_unlock(&n->lock);
    if (request == NULL) return false;
    if (begin(n, request)) end_request(n, request);
  }
  return true;
}

/* Whether masks of an addition are still to be asked for: not those of others,
 * which are tried again whenever a directory is renamed; nor those of one that
 * is to be taken back, of which nothing more may be told. */
static bool is_widening(struct rn_thread_notifier *n,
                        struct rn_request *request) {
  if (request->kind == RN_REQUEST_ADD && rn_tracker_walk_error(n->tracker) < 0)
    return false;
  if (!rn_tracker_is_widening(n->tracker)) return false;
  const uint32_t rounds = rn_tracker_widen_rounds(n->tracker);
  if (!request->widens) request->widen_rounds = rounds + 2;
  request->widens = true;
  return (int32_t)(rounds - request->widen_rounds) < 0;
}

/* Go on with an addition.  Returns it when it is complete, or NULL. */
static struct rn_request *advance(struct rn_thread_notifier *n) {
  rn_tracker_walk(n->tracker, RN_WALK_ADDED);
  if (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED)) return NULL;
  struct rn_request *request = n->current;
  if (request == NULL) return NULL;
  /* Directories that were renamed under the walk are listed as new ones: have
   * them watched, too, but do not wait for a storm to end. */
  const bool listing = rn_tracker_is_walking(n->tracker, RN_WALK_NEW);
  if (listing && !rn_deliver_is_pressed(n) &&
      request->extra_turns++ < EXTRA_TURNS)
    return NULL;
  if (!listing && is_widening(n, request)) {
    rn_tracker_end_turn(n->tracker);
    if (is_widening(n, request)) return NULL;
  }
  finish_walk(n);
  return request;
}

void rn_requests_advance(struct rn_thread_notifier *n) {
  struct rn_request *request = advance(n);
  if (request != NULL) end_request(n, request);
}

void rn_requests_refuse(struct rn_thread_notifier *n, int error) {
  struct rn_request *begun[] = {n->current, n->switching};
  n->current = n->switching = NULL;
  n->switch_begun = false;
  pthread_mutex_lock(&n->lock);
  for (int i = 0; i < 2; i++)
    if (begun[i] != NULL) set_done(begun[i], error);
  struct rn_request *request;
  while ((request = take_first(n)) != NULL) set_done(request, error);
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

/* ---- the caller's side; under the lock ---- */

/* Walk an addition before the start: nothing is read meanwhile. */
static void walk_here(struct rn_thread_notifier *n) {
  while (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED))
    rn_tracker_walk(n->tracker, RN_WALK_ADDED);
  while (!rn_tracker_is_walking(n->tracker, RN_WALK_NEW) &&
         is_widening(n, n->current))
    rn_tracker_end_turn(n->tracker);
  finish_walk(n);
}

/* Walk one as the reader does, which reads on meanwhile. */
static void walk_and_read(struct rn_thread_notifier *n) {
  while (advance(n) == NULL) {
    struct rn_turn turn;
    rn_turn(n, &turn);
    if (turn.got >= 0) continue;
    rn_single_fail(n->single, (int)turn.got);
    set_done(n->current, (int)turn.got);
    n->current = NULL;
    return;
  }
}

static void run_here(struct rn_thread_notifier *n, struct rn_request *request) {
  rn_take_time(n);
  const bool switches = request->kind == RN_REQUEST_SWITCH;
  const bool complete = switches || begin(n, request);
  if (switches) request->result = rn_switch_here(n, request);
  if (!complete && n->single == NULL) walk_here(n);
  if (!complete && n->single != NULL) walk_and_read(n);
  rn_tracker_end_turn(n->tracker);
  rn_statistics_publish(n);
  request->done = true;
  if (n->single != NULL) rn_single_rearm(n->single);
}

/* Whether a stop of a notifier without threads was asked for. */
static bool is_ending(const struct rn_thread_notifier *n) {
  /* acquire [edge notifier.ask] */
  return atomic_load_explicit(&n->stop_asked, memory_order_acquire);
}

void rn_request_put(struct rn_thread_notifier *n, struct rn_request *request) {
  request->next = NULL;
  if (n->last_request != NULL)
    n->last_request->next = request;
  else
    n->first_request = request;
  n->last_request = request;
  /* release [edge notifier.ask] */
  atomic_store_explicit(&n->asked, true, memory_order_release);
  rn_reader_wake(n);
}

static void ask_reader(struct rn_thread_notifier *n,
                       struct rn_request *request) {
  rn_request_put(n, request);
  while (!request->done) pthread_cond_wait(&n->changed, &n->lock);
}

int rn_request_run(struct rn_thread_notifier *n, struct rn_request *request) {
  RN_UNCANCELLED;
  if (rn_is_forked(n)) return -EPERM;
  pthread_mutex_lock(&n->lock);
  switch (
      (enum rn_state)atomic_load_explicit(&n->state, memory_order_relaxed)) {
    case RN_STATE_NEW:
      if (is_ending(n))
        request->result = -ESHUTDOWN;
      else
        run_here(n, request);
      break;
    case RN_STATE_RUNNING:
      ask_reader(n, request);
      break;
    case RN_STATE_FAILED:
      request->result = atomic_load_explicit(&n->error, memory_order_relaxed);
      break;
    case RN_STATE_STOPPING:
    case RN_STATE_STOPPED:
      request->result = -ESHUTDOWN;
      break;
  }
  pthread_mutex_unlock(&n->lock);
  return request->result;
}
