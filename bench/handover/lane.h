#ifndef BENCH_HANDOVER_LANE_H
#define BENCH_HANDOVER_LANE_H

/* A worker, the queue to it and the queue back. */

#include <pthread.h>
#include <stdalign.h>

#include "bench/handover/queue.h"
#include "bench/handover/tally.h"
#include "lib/ring/ring.h"

struct design;

struct lane {
  /* const: set before the thread starts */
  alignas(RN_CACHE_LINE) struct queue *there; /* reader -> worker */
  struct queue *back;                         /* worker -> reader */
  struct rn_parking *parking;                 /* where the worker sleeps */
  const struct design *design;
  const struct place *places;
  handler *handle;

  /* starter: only who starts and joins */
  pthread_t thread;

  /* worker: only the worker, until it was joined */
  alignas(RN_CACHE_LINE) struct tally tally;
};

/* Returns 0 or -ENOMEM; lane_fini() also after that. */
int lane_init(struct lane *lane, const struct design *design,
              const struct place *places);
void lane_fini(struct lane *lane);

/* Returns 0 or a negative errno. */
int lane_start(struct lane *lane);

/* Tell the worker that nothing more comes, and wait for its end. */
void lane_join(struct lane *lane);

/* ---- the reader's end ---- */

/* Hand an item over; waits while the queue is full.  The worker is not
 * woken. */
void lane_give(struct lane *lane, void *item);

/* Wake the worker if it sleeps. */
static inline void lane_wake(struct lane *lane) {
  rn_parking_wake(lane->parking);
}

/* ---- the worker's end ---- */

/* Give an item back: it is the reader's again. */
void lane_return(struct lane *lane, void *item);

static inline void lane_handle(struct lane *lane, uint32_t place,
                               struct rn_bytes name) {
  lane->handle(&lane->tally, &lane->places[place], name);
}

#endif
