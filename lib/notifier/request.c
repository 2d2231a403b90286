/* What other threads ask of the reader.
 *
 * The tree and the inotify instance belong to the reader, so that adding a
 * watch and knowing it is one step for it: no event of a new watch can be read
 * before the watch is known.  Others leave a request and wait; the reader does
 * them between reads, a long addition in pieces.  Before the start there is no
 * reader, and the caller does the work itself under the lock.
 *
 * A waiting handler cannot hold the reader up: requests are served also while
 * every ring is full. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "lib/notifier/notifier.h"

enum { EXTRA_TURNS = 256 };

static void set_done(struct rn_request *request, int result) {
  request->result = result;
  request->done = true;
}

/* ---- doing ---- */

/* Keep a handler that a root refers to. */
static void own_target(struct rn_thread_notifier *n,
                       struct rn_owned_target *target) {
  if (target == NULL) return;
  target->next = n->targets;
  n->targets = target;
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
  own_target(n, request->target);
  request->target = NULL;
  request->watch = rn_tracker_handle(root);
  request->root = root;
  n->current = request;
  if (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED)) return false;
  n->current = NULL;
  request->result = 0;
  return true;
}

/* End the addition that was walked. */
static void finish_add(struct rn_thread_notifier *n) {
  struct rn_request *request = n->current;
  n->current = NULL;
  request->result = rn_tracker_walk_error(n->tracker);
  if (request->root == NULL)
    request->result = -ENOENT; /* it was deleted meanwhile */
  else if (request->result < 0)
    rn_tracker_abandon(n->tracker, request->root);
}

static int do_update(struct rn_thread_notifier *n,
                     const struct rn_request *request) {
  struct rn_root *root = rn_tracker_root(n->tracker, request->watch);
  if (root == NULL) return -ENOENT;
  return rn_tracker_update(n->tracker, root, request->mask);
}

static int do_remove(struct rn_thread_notifier *n,
                     const struct rn_request *request) {
  struct rn_root *root = rn_tracker_root(n->tracker, request->watch);
  if (root == NULL) return 1;
  rn_tracker_remove(n->tracker, root);
  return 0;
}

/* Returns true when the request is complete. */
static bool begin(struct rn_thread_notifier *n, struct rn_request *request) {
  switch (request->kind) {
    case RN_REQUEST_ADD:
      return begin_add(n, request);
    case RN_REQUEST_UPDATE:
      request->result = do_update(n, request);
      return true;
    case RN_REQUEST_REMOVE:
      request->result = do_remove(n, request);
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

static void answer(struct rn_thread_notifier *n, struct rn_request *request) {
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
  answer(n, request);
}

void rn_requests_serve(struct rn_thread_notifier *n) {
  for (;;) {
    const bool busy = n->current != NULL; /* then the flag stays up */
    pthread_mutex_lock(&n->lock);
    rn_sync_begin(n);
    struct rn_request *request = busy ? NULL : take_first(n);
    if (request == NULL && !busy)
      atomic_store_explicit(&n->asked, false, memory_order_relaxed);
    pthread_mutex_unlock(&n->lock);
    if (request == NULL) return;
    if (!begin(n, request)) return;
    end_request(n, request);
  }
}

void rn_requests_advance(struct rn_thread_notifier *n) {
  rn_tracker_walk(n->tracker, RN_WALK_ADDED);
  if (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED)) return;
  struct rn_request *request = n->current;
  if (request == NULL) return;
  /* Directories that were renamed under the walk are listed as new ones: have
   * them watched, too, but do not wait for a storm to end. */
  if (rn_tracker_is_walking(n->tracker, RN_WALK_NEW) &&
      !rn_deliver_is_pressed(n) && request->extra_turns++ < EXTRA_TURNS)
    return;
  finish_add(n);
  end_request(n, request);
}

void rn_requests_refuse(struct rn_thread_notifier *n, int error) {
  struct rn_request *current = n->current;
  n->current = NULL;
  pthread_mutex_lock(&n->lock);
  if (current != NULL) set_done(current, error);
  struct rn_request *request;
  while ((request = take_first(n)) != NULL) set_done(request, error);
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

/* ---- the caller's side; under the lock ---- */

static void run_here(struct rn_thread_notifier *n, struct rn_request *request) {
  if (!begin(n, request)) {
    while (rn_tracker_is_walking(n->tracker, RN_WALK_ADDED))
      rn_tracker_walk(n->tracker, RN_WALK_ADDED);
    finish_add(n);
  }
  rn_tracker_end_turn(n->tracker);
  rn_statistics_publish(n);
  request->done = true;
}

static void ask_reader(struct rn_thread_notifier *n,
                       struct rn_request *request) {
  request->next = NULL;
  if (n->last_request != NULL)
    n->last_request->next = request;
  else
    n->first_request = request;
  n->last_request = request;
  /* release [edge notifier.ask] */
  atomic_store_explicit(&n->asked, true, memory_order_release);
  rn_reader_wake(n);
  while (!request->done) pthread_cond_wait(&n->changed, &n->lock);
}

int rn_request_run(struct rn_thread_notifier *n, struct rn_request *request) {
  pthread_mutex_lock(&n->lock);
  switch (
      (enum rn_state)atomic_load_explicit(&n->state, memory_order_relaxed)) {
    case RN_STATE_NEW:
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

/* ---- the public functions ---- */

/* An absolute path for system calls: that of the caller's directory now. */
static int make_absolute(const struct rn_sys *sys, const char *path,
                         char *absolute, size_t size) {
  const size_t path_size = strlen(path);
  if (path_size == 0) return -ENOENT;
  if (path_size >= PATH_MAX) return -ENAMETOOLONG;
  size_t used = 0;
  if (path[0] != '/') {
    const int err = sys->working_directory(sys, absolute, PATH_MAX);
    if (err < 0) return err;
    used = strlen(absolute);
    absolute[used++] = '/';
  }
  RN_ASSERT(used + path_size < size);
  memcpy(absolute + used, path, path_size + 1);
  return 0;
}

int rn_owned_target_new(const struct rn_thread_notifier *n,
                        const struct rn_handler *handler,
                        struct rn_owned_target **target) {
  *target = NULL;
  if (handler == NULL) return 0;
  struct rn_owned_target *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  const int err = rn_target_new(handler, n->worker_count, &made->target);
  if (err < 0) {
    free(made);
    return err;
  }
  *target = made;
  return 0;
}

/* Hand the failures to the caller's callback, the first one first. */
static void tell_failures(struct rn_failure *failures,
                          const struct rn_watch_options *options) {
  struct rn_failure *in_order = NULL;
  while (failures != NULL) {
    struct rn_failure *next = failures->next;
    failures->next = in_order;
    in_order = failures;
    failures = next;
  }
  while (in_order != NULL) {
    struct rn_failure *failure = in_order;
    in_order = failure->next;
    if (options->on_failure != NULL)
      options->on_failure(failure->path, failure->error,
                          options->failure_context);
    free(failure);
  }
}

/* Run an addition whose options are in order. */
static int add(struct rn_thread_notifier *n, const char *path,
               const struct rn_watch_options *options, struct rn_filter *filter,
               struct rn_request *request) {
  char absolute[2 * PATH_MAX];
  const int err = make_absolute(n->sys, path, absolute, sizeof(absolute));
  if (err < 0) return err;
  const struct rn_owned_target *target = request->target;
  request->addition = (struct rn_addition){
      .path = rn_bytes_of(path),
      .access_path = rn_bytes_of(absolute),
      .mask = options->mask,
      .recursive = (options->flags & RN_WATCH_RECURSIVE) != 0,
      .partial = (options->flags & RN_WATCH_PARTIAL) != 0,
      .persistent = (options->flags & RN_WATCH_PERSISTENT) != 0,
      .pair_wait_ns = (options->flags & RN_WATCH_PAIR_MOVES) != 0
                          ? (int64_t)options->pair_wait_ms * 1000000
                          : 0,
      .recover = (options->flags & RN_WATCH_RECOVER) != 0,
      .filter = filter,
      .target = target != NULL ? target->target : NULL,
  };
  return rn_request_run(n, request);
}

int rn_thread_notifier_add(struct rn_thread_notifier *notifier,
                           const char *path,
                           const struct rn_watch_options *options,
                           struct rn_watch *watch) {
  struct rn_watch_options read;
  int err = rn_watch_options_read(options, &read);
  if (err < 0) return err;
  struct rn_filter filter; /* made here: compiling takes its time */
  err = rn_filter_init(&filter, &read);
  if (err < 0) return err;
  struct rn_request request = {.kind = RN_REQUEST_ADD};
  err = rn_owned_target_new(notifier, read.handler, &request.target);
  if (err == 0) err = add(notifier, path, &read, &filter, &request);
  rn_filter_fini(&filter);
  if (request.target != NULL) { /* no root refers to it */
    rn_target_end(request.target->target);
    free(request.target);
  }
  tell_failures(request.failures, &read);
  if (err == 0 && watch != NULL) *watch = request.watch;
  return err;
}

int rn_thread_notifier_update(struct rn_thread_notifier *notifier,
                              struct rn_watch watch, uint32_t mask) {
  const int err = rn_mask_check(mask);
  if (err < 0) return err;
  struct rn_request request = {
      .kind = RN_REQUEST_UPDATE, .watch = watch, .mask = mask};
  return rn_request_run(notifier, &request);
}

int rn_thread_notifier_remove(struct rn_thread_notifier *notifier,
                              struct rn_watch watch) {
  struct rn_request request = {.kind = RN_REQUEST_REMOVE, .watch = watch};
  return rn_request_run(notifier, &request);
}
