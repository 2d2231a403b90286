/* How the notifier is doing.
 *
 * The idea: who asks does the work.  The reader says at each turn and each
 * sleep, and a worker at each block, what it is about and since when, in a word
 * that orders nothing; the rest is what statistics have anyway, and what the
 * kernel says when it is asked.
 *
 * The descriptor is asked under the lock, and only as long as nobody stops: the
 * one who does closes it without the lock. */

#include <errno.h>

#include "lib/base/cancel.h"
#include "lib/limit/limit_internal.h"
#include "lib/notifier/notifier.h"
#include "ringnotify/health.h"

enum { NS_PER_MS = 1000000 };

/* A limit; 0: it is not known. */
static uint64_t limit_of(const struct rn_sys *sys, enum rn_limit_kind kind) {
  struct rn_limit limit;
  return rn_limit_get_on(sys, kind, &limit) == 0 ? limit.value : 0;
}

void rn_health_init(struct rn_thread_notifier *n) {
  n->queue_limit = limit_of(n->sys, RN_LIMIT_QUEUE);
}

void rn_health_note(struct rn_thread_notifier *n, enum rn_reader reader) {
  atomic_store_explicit(&n->reader_since_ns, n->sys->monotonic_ns(n->sys),
                        memory_order_relaxed);
  atomic_store_explicit(&n->reader_is, (int)reader, memory_order_relaxed);
}

static void look_at_reader(const struct rn_thread_notifier *n,
                           struct rn_health *h) {
  const int64_t since =
      atomic_load_explicit(&n->reader_since_ns, memory_order_relaxed);
  h->reader =
      (enum rn_reader)atomic_load_explicit(&n->reader_is, memory_order_relaxed);
  if (h->reader == RN_READER_NONE) return;
  const int64_t passed = n->sys->monotonic_ns(n->sys) - since;
  h->reader_ms = passed > 0 ? (uint64_t)passed / NS_PER_MS : 0;
}

static bool is_open(enum rn_state state) {
  return state == RN_STATE_NEW || state == RN_STATE_RUNNING ||
         state == RN_STATE_FAILED;
}

static void look_at_queue(struct rn_thread_notifier *n, struct rn_health *h) {
  size_t queued = 0;
  pthread_mutex_lock(&n->lock);
  h->state =
      (enum rn_state)atomic_load_explicit(&n->state, memory_order_relaxed);
  h->error = atomic_load_explicit(&n->error, memory_order_relaxed);
  if (is_open(h->state))
    (void)n->sys->queued(n->sys, rn_tracker_fd(n->tracker), &queued);
  pthread_mutex_unlock(&n->lock);
  h->queued_bytes = queued;
  h->queue_limit = n->queue_limit;
}

static void look_at_workers(const struct rn_thread_notifier *n,
                            struct rn_health *h) {
  uint64_t done = 0;
  for (uint32_t i = 0; i < n->worker_count; i++) {
    const struct rn_worker_counts worker = rn_worker_counts(n->workers[i]);
    done += worker.dispatch.delivered + worker.dispatch.dropped;
    const int64_t busy_ns = rn_worker_busy_ns(n->workers[i]);
    if (busy_ns < 0) continue;
    const uint64_t busy_ms = (uint64_t)busy_ns / NS_PER_MS;
    h->busy_workers++;
    if (busy_ms > h->worker_ms) h->worker_ms = busy_ms;
  }
  /* What was handled first is counted before what was put: else an event could
   * be done that was not there. */
  const uint64_t put = rn_statistics_published(n, RN_COUNT_PUT);
  if (h->state != RN_STATE_STOPPED) h->waiting = put > done ? put - done : 0;
}

int rn_thread_notifier_health(struct rn_thread_notifier *notifier,
                              struct rn_health *health) {
  RN_UNCANCELLED;
  const size_t size = health->size;
  if (rn_is_forked(notifier)) return -EPERM;
  if (size < offsetof(struct rn_health, state) || size > 4096) return -EINVAL;
  struct rn_health all = {
      .size = size,
      .recovering = rn_statistics_published(notifier, RN_COUNT_RECOVERING) > 0,
      .watches = rn_statistics_published(notifier, RN_COUNT_WATCHES),
      .watch_limit = limit_of(notifier->sys, RN_LIMIT_WATCHES),
  };
  look_at_queue(notifier, &all);
  look_at_reader(notifier, &all);
  look_at_workers(notifier, &all);
  memcpy(health, &all, size < sizeof(all) ? size : sizeof(all));
  return 0;
}
