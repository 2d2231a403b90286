#ifndef BENCH_HANDOVER_QUEUE_H
#define BENCH_HANDOVER_QUEUE_H

/* A queue of pointers, one producer and one consumer: ck_ring, inlined, so that
 * the design which uses it for every event pays for no call.  The only file
 * here that includes Concurrency Kit.
 *
 * What the producer wrote before queue_give() is seen by the consumer after
 * queue_take(). */

#include <ck_ring.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/base/base.h"

enum { QUEUE_SLOTS = 16384 }; /* one of them always stays empty */

struct queue {
  ck_ring_t ring; /* CK keeps the two sides on lines of their own */
  ck_ring_buffer_t slots[QUEUE_SLOTS];
};

/* Returns 0 or -ENOMEM; free(3) gives it back. */
static inline int queue_new(struct queue **queue) {
  const size_t size = rn_round_up(sizeof(**queue), RN_CACHE_LINE);
  *queue = aligned_alloc(RN_CACHE_LINE, size);
  if (*queue == NULL) return -ENOMEM;
  memset(*queue, 0, size); /* its pages are there before the clock runs */
  ck_ring_init(&(*queue)->ring, QUEUE_SLOTS);
  return 0;
}

/* Returns false when it is full. */
static inline bool queue_give(struct queue *queue, void *item) {
  return ck_ring_enqueue_spsc(&queue->ring, queue->slots, item);
}

/* Returns false when it is empty. */
static inline bool queue_take(struct queue *queue, void **item) {
  return ck_ring_dequeue_spsc(&queue->ring, queue->slots, item);
}

#endif
