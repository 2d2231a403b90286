/* Waiting until handlers have caught up.
 *
 *     caller    asks, under the lock, and waits for `changed`
 *     reader    has the tracker put a fence; when it has come back, and what
 *               was read before it is told, a note goes into every lane behind
 *               the last event
 *     workers   pass the note when their handlers have returned; the one that
 *               is last answers
 *
 * The note is that of a handler which ends: a target without callbacks, whose
 * on_release is the answer.  So what handlers did happens before the answer by
 * [edge target.release], and before the caller's return by the lock.
 *
 * One barrier is under way at a time; all who ask meanwhile share the next one.
 * Callers wait for a number, not for an object: one that gives up leaves
 * nothing behind, and a handler that blocks holds up one barrier, not a queue
 * of them. */

#include <errno.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

/* ---- the answer; on the thread of the worker that is last ---- */

static void on_passed(void *context) {
  struct rn_thread_notifier *n = context;
  pthread_mutex_lock(&n->lock);
  const bool discarded =
      atomic_load_explicit(&n->discard, memory_order_relaxed);
  if (!discarded) n->syncs_kept++;
  n->sync_under_way = false;
  const int state = atomic_load_explicit(&n->state, memory_order_relaxed);
  if (n->next_sync != NULL && state == RN_STATE_RUNNING) {
    /* release [edge notifier.ask] */
    atomic_store_explicit(&n->asked, true, memory_order_release);
    rn_reader_wake(n);
  }
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

/* ---- the reader's side ---- */

void rn_sync_begin(struct rn_thread_notifier *n) {
  if (n->next_sync == NULL || n->sync_under_way || n->switch_begun) return;
  n->sync_under_way = true;
  n->sync = n->next_sync;
  n->next_sync = NULL;
  rn_tracker_barrier_begin(n->tracker);
}

void rn_sync_advance(struct rn_thread_notifier *n) {
  if (RN_LIKELY(n->sync == NULL) || !rn_tracker_barrier_passed(n->tracker))
    return;
  struct rn_owned_target *note = n->sync;
  n->sync = NULL;
  note->is_note = true;
  rn_targets_append(n, note); /* behind those that have ended */
}

/* ---- the caller's side ---- */

static void forget(struct rn_owned_target *note) {
  if (note == NULL) return;
  rn_target_free(note->target);
  free(note);
}

void rn_sync_forget(struct rn_thread_notifier *n) {
  forget(n->sync);
  forget(n->next_sync);
  n->sync = n->next_sync = NULL;
}

int rn_sync_note_new(struct rn_thread_notifier *n,
                     struct rn_owned_target **note) {
  const struct rn_handler answer = {
      .size = sizeof(answer), .context = n, .on_release = on_passed};
  return rn_owned_target_new(n, &answer, note);
}

uint64_t rn_sync_ask(struct rn_thread_notifier *n,
                     struct rn_owned_target **note) {
  if (n->next_sync == NULL) {
    n->next_sync = *note;
    *note = NULL;
    n->syncs_asked++;
    /* release [edge notifier.ask] */
    atomic_store_explicit(&n->asked, true, memory_order_release);
    rn_reader_wake(n);
  }
  return n->syncs_asked;
}

/* Why the barrier of this number is not to be waited for any more: 0 it was
 * kept, a negative errno; 1 it is.  Under the lock. */
static int outcome(const struct rn_thread_notifier *n, uint64_t number) {
  if (n->syncs_kept >= number) return 0;
  const int error = atomic_load_explicit(&n->error, memory_order_relaxed);
  if (error < 0) return error;
  if (atomic_load_explicit(&n->discard, memory_order_relaxed))
    return -ESHUTDOWN;
  /* Drained: what had happened before the stop was handled. */
  return n->threads_left == 0 ? 0 : 1;
}

/* Under the lock. */
static int sync_until(struct rn_thread_notifier *n,
                      struct rn_owned_target **note,
                      const struct timespec *deadline) {
  switch (
      (enum rn_state)atomic_load_explicit(&n->state, memory_order_relaxed)) {
    case RN_STATE_NEW:
      return -EAGAIN;
    case RN_STATE_FAILED:
      return atomic_load_explicit(&n->error, memory_order_relaxed);
    case RN_STATE_STOPPING:
    case RN_STATE_STOPPED:
      return -ESHUTDOWN;
    case RN_STATE_RUNNING:
      break;
  }
  const uint64_t number = rn_sync_ask(n, note);
  int result;
  while ((result = outcome(n, number)) == 1) {
    const int err = rn_wait_for_change(n, deadline);
    if (err < 0) return err;
  }
  return result;
}

int rn_thread_notifier_sync(struct rn_thread_notifier *notifier,
                            int timeout_ms) {
  RN_UNCANCELLED;
  if (rn_is_forked(notifier)) return -EPERM;
  if (rn_is_own_thread(notifier)) return -EDEADLK;
  const struct timespec deadline = rn_deadline_after(timeout_ms);
  struct rn_owned_target *note;
  int result = rn_sync_note_new(notifier, &note);
  if (result < 0) return result;
  pthread_mutex_lock(&notifier->lock);
  result = rn_is_joiner(notifier)
               ? -EDEADLK
               : sync_until(notifier, &note, timeout_ms < 0 ? NULL : &deadline);
  pthread_mutex_unlock(&notifier->lock);
  forget(note);
  return result;
}
