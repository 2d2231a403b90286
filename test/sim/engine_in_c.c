#include "test/sim/engine_in_c.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/inotify.h>

#include "lib/decode/decode.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

struct engine_call {
  struct rn_request request;
  struct rn_filter filter;
  struct rn_watch_update update;
  char path[PATH_MAX];
  uint64_t number; /* of a barrier; 0: it is a request */
};

/* ---- the engine ---- */

static void set_state(struct rn_thread_notifier *n, enum rn_state state) {
  atomic_store_explicit(&n->state, (int)state, memory_order_relaxed);
}

int engine_new(const struct rn_sys *sys, size_t read_size,
               struct rn_thread_notifier **engine) {
  const struct rn_thread_notifier_options options = {
      .size = sizeof(options),
      .worker_count = 1,
      .order = RN_ORDER_TOTAL,
      .slot_count = 64,
      .batch_count = 65536,
      .read_size = 8192,
  };
  const int err = rn_thread_notifier_new_on(sys, &options, engine);
  if (err < 0) return err;
  /* Less than users may ask for, as names are short here: what is left of the
   * buffer is as much behind a record of the longest name. */
  (*engine)->options.read_size =
      read_size + RN_RECORD_SIZE_MAX - (sizeof(struct inotify_event) + 256);
  rn_take_time(*engine);
  set_state(*engine, RN_STATE_RUNNING);
  return 0;
}

void engine_free(struct rn_thread_notifier *n) {
  set_state(n, RN_STATE_NEW); /* there are no threads to be joined */
  (void)rn_thread_notifier_free(n);
}

struct rn_tracker *engine_tracker(struct rn_thread_notifier *n) {
  return n->tracker;
}

int engine_turn(struct rn_thread_notifier *n) { return rn_reader_turn(n); }

void engine_dispatch(struct rn_thread_notifier *n) {
  uint32_t count;
  while (rn_worker_step(n->workers[0], &count)) continue;
}

void engine_stop(struct rn_thread_notifier *n) {
  n->threads_left = 1; /* the worker's */
  atomic_store_explicit(&n->stop_asked, true, memory_order_relaxed);
  (void)rn_reader_run(n);
  engine_dispatch(n);
}

/* ---- calls ---- */

static struct engine_call *call_new(enum rn_request_kind kind,
                                    struct rn_watch watch) {
  struct engine_call *call = calloc(1, sizeof(*call));
  if (call == NULL) abort();
  call->request.kind = kind;
  call->request.failures.wanted = true; /* by engine_call_free() */
  call->request.watch = watch;
  return call;
}

static struct engine_call *put(struct rn_thread_notifier *n,
                               struct engine_call *call) {
  pthread_mutex_lock(&n->lock);
  rn_request_put(n, &call->request);
  pthread_mutex_unlock(&n->lock);
  return call;
}

static struct engine_call *fail(struct engine_call *call, int error) {
  call->request.result = error;
  call->request.done = true;
  return call;
}

struct engine_call *engine_add(struct rn_thread_notifier *n, const char *path,
                               const struct rn_watch_options *options) {
  struct engine_call *call = call_new(RN_REQUEST_ADD, (struct rn_watch){0, 0});
  struct rn_watch_options read;
  int err = rn_watch_options_read(options, &read);
  if (err == 0) err = rn_filter_init(&call->filter, &read);
  if (err == 0)
    err = rn_owned_target_new(n, read.handler, &call->request.target);
  if (err < 0) return fail(call, err);
  snprintf(call->path, sizeof(call->path), "%s", path);
  const struct rn_bytes bytes = rn_bytes_of(call->path);
  rn_addition_request(&read, bytes, bytes, &call->filter, &call->request);
  call->request.failures.wanted = true;
  return put(n, call);
}

struct engine_call *engine_update(struct rn_thread_notifier *n,
                                  struct rn_watch watch,
                                  const struct rn_watch_update *update) {
  struct engine_call *call = call_new(RN_REQUEST_UPDATE, watch);
  const int err = rn_watch_update_read(update, &call->update);
  if (err < 0) return fail(call, err);
  call->request.update = &call->update;
  call->request.failures.wanted = true;
  return put(n, call);
}

struct engine_call *engine_remove(struct rn_thread_notifier *n,
                                  struct rn_watch watch) {
  return put(n, call_new(RN_REQUEST_REMOVE, watch));
}

struct engine_call *engine_suspend(struct rn_thread_notifier *n,
                                   struct rn_watch watch) {
  struct engine_call *call = call_new(RN_REQUEST_SWITCH, watch);
  call->request.suspends = true;
  return put(n, call);
}

struct engine_call *engine_resume(struct rn_thread_notifier *n,
                                  struct rn_watch watch) {
  return put(n, call_new(RN_REQUEST_SWITCH, watch));
}

struct engine_call *engine_append(struct rn_thread_notifier *n,
                                  struct rn_watch watch, uint32_t mask,
                                  const char *name) {
  struct engine_call *call = call_new(RN_REQUEST_APPEND, watch);
  snprintf(call->path, sizeof(call->path), "%s", name);
  call->request.mask = mask;
  call->request.name = rn_bytes_of(call->path);
  return put(n, call);
}

struct engine_call *engine_sync(struct rn_thread_notifier *n) {
  struct engine_call *call = call_new(RN_REQUEST_LOOK, (struct rn_watch){0, 0});
  struct rn_owned_target *note;
  const int err = rn_sync_note_new(n, &note);
  if (err < 0) return fail(call, err);
  pthread_mutex_lock(&n->lock);
  call->number = rn_sync_ask(n, &note);
  pthread_mutex_unlock(&n->lock);
  if (note == NULL) return call;
  rn_target_free(note->target); /* it joined another one */
  free(note);
  return call;
}

bool engine_call_is_done(struct rn_thread_notifier *n,
                         const struct engine_call *call) {
  if (call->number == 0 || call->request.done) return call->request.done;
  return n->syncs_kept >= call->number;
}

int engine_call_result(const struct engine_call *call) {
  return call->request.result;
}

struct rn_watch engine_call_watch(const struct engine_call *call) {
  return call->request.watch;
}

void engine_call_free(struct engine_call *call, rn_failure_fn *on_failure,
                      void *context) {
  rn_filter_fini(&call->filter);
  rn_owned_target_drop(call->request.target);
  rn_failures_tell(&call->request.failures, on_failure, context);
  free(call);
}
