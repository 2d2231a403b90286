/* A thread that runs handlers.
 *
 * A thread that was made waits at its gate until all threads of the notifier
 * are there: where one of them cannot be made, the others go as they came.
 *
 * The loop looks for a block; without one it takes a ticket, looks again and
 * sleeps.  Before it sleeps it looks a few times more: a reader that drains a
 * full queue publishes every few hundred microseconds, and a sleep costs both
 * sides a system call.
 *
 * It ends when it was told that nothing more comes and then found its lane
 * empty: in that order, so that the last block is handled. */

#include "lib/worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/cancel.h"

/* What the thread may do. */
enum gate { GATE_SHUT, GATE_OPEN, GATE_QUIT };

struct rn_worker {
  /* const: set before the thread starts */
  struct rn_lane *lane;
  struct rn_dispatch *dispatch;
  struct rn_worker_hooks hooks;
  /* starter: only who starts and joins */
  pthread_t thread;
  /* shared: w worker | r any | relaxed | only the worker itself ever finds its
   * own identity here; set first thing, cleared last, as identities are reused
   */
  _Atomic pthread_t self;
  /* shared: w who starts | r worker | release/acquire [edge worker.begin] |
   * what was done before the start; enum gate */
  _Atomic int gate;
  /* shared: w rn_worker_finish | r worker | release/acquire
   * [edge worker.finish] | the last block is in the ring before */
  _Atomic bool finishing;
  /* shared: w worker | r any | relaxed | a statistic, orders nothing */
  _Atomic uint64_t parks;
  /* shared: w worker | r any | relaxed | a sign of life, orders nothing; 0: it
   * has no block in hand */
  _Atomic int64_t busy_since_ns;
};

int rn_thread_start(pthread_t *thread, const struct rn_thread_options *options,
                    void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  int err = pthread_attr_init(&attributes);
  if (err != 0) return -err;
  err = pthread_attr_setstacksize(&attributes, options->stack_size);
  if (err == 0 && options->cpus != NULL)
    err = pthread_attr_setaffinity_np(&attributes, sizeof(cpu_set_t),
                                      options->cpus);
  sigset_t all;
  sigfillset(&all);
  if (err == 0) err = pthread_attr_setsigmask_np(&attributes, &all);
  if (err == 0) err = pthread_create(thread, &attributes, run, argument);
  pthread_attr_destroy(&attributes);
  if (err != 0) return -err;
  pthread_setname_np(*thread, options->name);
  return 0;
}

int rn_worker_new(struct rn_lane *lane, const struct rn_worker_hooks *hooks,
                  struct rn_worker **worker) {
  struct rn_worker *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  const int err = rn_dispatch_new(&made->dispatch);
  if (err < 0) {
    free(made);
    return err;
  }
  made->lane = lane;
  made->hooks = *hooks;
  *worker = made;
  return 0;
}

void rn_worker_share(struct rn_worker *worker, struct rn_joint *joint,
                     uint32_t lane) {
  rn_dispatch_share(worker->dispatch, joint, lane);
}

void rn_worker_free(struct rn_worker *worker) {
  if (worker == NULL) return;
  rn_lane_free(worker->lane);
  rn_dispatch_free(worker->dispatch);
  free(worker);
}

/* The next block, after a sleep where there is none; NULL at the end. */
static struct rn_block *next_block(struct rn_worker *worker) {
  struct rn_parking *parking = rn_lane_parking(worker->lane);
  for (;;) {
    const uint32_t ticket = rn_parking_ticket(parking);
    /* acquire [edge worker.finish] */
    const bool finishing =
        atomic_load_explicit(&worker->finishing, memory_order_acquire);
    struct rn_block *block = rn_lane_take(worker->lane);
    if (block != NULL || finishing) return block;
    atomic_fetch_add_explicit(&worker->parks, 1, memory_order_relaxed);
    rn_parking_wait(parking, ticket);
  }
}

/* The time of the last tick: a look at it takes a few nanoseconds. */
static int64_t coarse_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void take_care_of(struct rn_worker *worker, struct rn_block *block) {
  atomic_store_explicit(&worker->busy_since_ns, coarse_ns(),
                        memory_order_relaxed);
  rn_dispatch_block(worker->dispatch, block);
  atomic_store_explicit(&worker->busy_since_ns, 0, memory_order_relaxed);
  if (rn_lane_done(worker->lane, block))
    worker->hooks.room(worker->hooks.context);
}

bool rn_worker_step(struct rn_worker *worker, uint32_t *count) {
  struct rn_block *block = rn_lane_take(worker->lane);
  if (block == NULL) return false;
  *count = block->record_count;
  take_care_of(worker, block);
  return true;
}

static bool may_begin(struct rn_worker *worker) {
  struct rn_parking *parking = rn_lane_parking(worker->lane);
  for (;;) {
    const uint32_t ticket = rn_parking_ticket(parking);
    /* acquire [edge worker.begin] */
    const int gate = atomic_load_explicit(&worker->gate, memory_order_acquire);
    if (gate != GATE_SHUT) return gate == GATE_OPEN;
    rn_parking_wait(parking, ticket);
  }
}

static void *run(void *argument) {
  RN_UNCANCELLED;
  struct rn_worker *worker = argument;
  if (!may_begin(worker)) return NULL;
  atomic_store_explicit(&worker->self, pthread_self(), memory_order_relaxed);
  struct rn_block *block;
  while ((block = next_block(worker)) != NULL) take_care_of(worker, block);
  atomic_store_explicit(&worker->self, 0, memory_order_relaxed);
  worker->hooks.ended(worker->hooks.context);
  return NULL;
}

int rn_worker_start(struct rn_worker *worker,
                    const struct rn_thread_options *options) {
  atomic_store_explicit(&worker->finishing, false, memory_order_relaxed);
  atomic_store_explicit(&worker->gate, GATE_SHUT, memory_order_relaxed);
  return rn_thread_start(&worker->thread, options, run, worker);
}

static void set_gate(struct rn_worker *worker, enum gate gate) {
  /* release [edge worker.begin] */
  atomic_store_explicit(&worker->gate, (int)gate, memory_order_release);
  rn_parking_wake(rn_lane_parking(worker->lane));
}

void rn_worker_begin(struct rn_worker *worker) { set_gate(worker, GATE_OPEN); }

void rn_worker_quit(struct rn_worker *worker) {
  set_gate(worker, GATE_QUIT);
  rn_worker_join(worker);
}

void rn_worker_finish(struct rn_worker *worker) {
  /* release [edge worker.finish] */
  atomic_store_explicit(&worker->finishing, true, memory_order_release);
  rn_parking_wake(rn_lane_parking(worker->lane));
}

void rn_worker_discard(struct rn_worker *worker) {
  rn_dispatch_discard(worker->dispatch);
}

void rn_worker_join(struct rn_worker *worker) {
  const int err = pthread_join(worker->thread, NULL);
  RN_ASSERT(err == 0);
}

bool rn_worker_is_self(const struct rn_worker *worker) {
  return atomic_load_explicit(&worker->self, memory_order_relaxed) ==
         pthread_self();
}

int64_t rn_worker_busy_ns(const struct rn_worker *worker) {
  const int64_t since =
      atomic_load_explicit(&worker->busy_since_ns, memory_order_relaxed);
  if (since == 0) return -1;
  const int64_t passed = coarse_ns() - since;
  return passed > 0 ? passed : 0;
}

struct rn_lane *rn_worker_lane(struct rn_worker *worker) {
  return worker->lane;
}

struct rn_worker_counts rn_worker_counts(const struct rn_worker *worker) {
  return (struct rn_worker_counts){
      .dispatch = rn_dispatch_counts(worker->dispatch),
      .parks = atomic_load_explicit(&worker->parks, memory_order_relaxed),
  };
}
