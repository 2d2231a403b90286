#ifndef LIB_WORKER_WORKER_H
#define LIB_WORKER_WORKER_H

/* A thread that runs handlers: take a block, dispatch it, give it back, sleep
 * when there is none. */

#include <pthread.h>

#include "lib/dispatch/dispatch.h"
#include "lib/lane/lane.h"

/* How to make a thread of the library. */
struct rn_thread_options {
  char name[16]; /* as pthread_setname_np(3) takes it */
  size_t stack_size;
  const cpu_set_t *cpus; /* or NULL: the caller's */
};

/* Start a thread with all signals blocked.
 *
 * Returns    0; a negative errno of pthread_create(3). */
int rn_thread_start(pthread_t *thread, const struct rn_thread_options *options,
                    void *(*run)(void *), void *argument);

struct rn_worker;

/* What a worker tells its owner, on the worker's thread. */
struct rn_worker_hooks {
  void *context;
  void (*room)(
      void *context); /* the reader waits for room, and there is some */
  void (*ended)(void *context); /* the last thing that the thread does */
};

/* hooks      copied.
 * Ownership  takes `lane`; the worker frees it. */
int rn_worker_new(struct rn_lane *lane, const struct rn_worker_hooks *hooks,
                  struct rn_worker **worker);

/* As rn_dispatch_share(), before the start. */
void rn_worker_share(struct rn_worker *worker, struct rn_joint *joint,
                     uint32_t lane);

/* Free a worker that does not run.  worker: or NULL. */
void rn_worker_free(struct rn_worker *worker);

/* Make the thread.  It waits for rn_worker_begin(), or rn_worker_quit().
 *
 * Returns    0; as rn_thread_start(). */
int rn_worker_start(struct rn_worker *worker,
                    const struct rn_thread_options *options);

/* Let the thread handle what comes. */
void rn_worker_begin(struct rn_worker *worker);

/* Take back a thread that was not let begin: it has done nothing, and is gone
 * when this returns.  It can be started again. */
void rn_worker_quit(struct rn_worker *worker);

/* Without a thread: dispatch the oldest block on the caller's.
 *
 * count      out: its events and notes.
 * Returns    false: there was none.
 * Threads    one, in place of the worker's. */
bool rn_worker_step(struct rn_worker *worker, uint32_t *count);

/* Nothing more will be put into the lane: end when it is empty.
 *
 * Threads    any, after the last flush of the lane. */
void rn_worker_finish(struct rn_worker *worker);

/* Count what is queued as dropped, from the next event on.   Threads: any. */
void rn_worker_discard(struct rn_worker *worker);

/* Wait for the thread's end.   Threads: one, after rn_worker_finish(). */
void rn_worker_join(struct rn_worker *worker);

/* Whether the calling thread is this worker.   Threads: any. */
bool rn_worker_is_self(const struct rn_worker *worker);

/* For how long the worker has been at the block in hand, by a clock that ticks
 * every few milliseconds; -1: it has none.   Threads: any. */
int64_t rn_worker_busy_ns(const struct rn_worker *worker);

struct rn_lane *rn_worker_lane(struct rn_worker *worker);

struct rn_worker_counts {
  struct rn_dispatch_counts dispatch;
  uint64_t parks;
};

/* Threads    any: a snapshot. */
struct rn_worker_counts rn_worker_counts(const struct rn_worker *worker);

#endif
