#ifndef LIB_RING_RING_H
#define LIB_RING_RING_H

/* A bounded queue of pointers between two threads, and a place to sleep.
 * Everything that touches Concurrency Kit is in ring.c. */

#include <stdbool.h>
#include <stdint.h>

/* Single producer, single consumer.  A ring of N slots holds N - 1 items. */
struct rn_ring;

/* slot_count  a power of two, at least 2.
 * Returns     0; -ENOMEM. */
int rn_ring_new(uint32_t slot_count, struct rn_ring **ring);

/* Free a ring that no thread uses; its items are the caller's.  ring: or NULL.
 */
void rn_ring_free(struct rn_ring *ring);

/* Put an item in.
 *
 * Returns    false when the ring is full.
 * Ownership  what the item points to is the consumer's from here on.
 * Threads    the producer.   Progress: wait-free. */
bool rn_ring_give(struct rn_ring *ring, void *item);

/* Take the oldest item, or NULL when there is none.
 *
 * Ownership  what the item points to is the caller's.
 * Threads    the consumer.   Progress: wait-free. */
void *rn_ring_take(struct rn_ring *ring);

/* How many items are in it: exact for producer and consumer as to their own
 * doings, a bound as to the other's. */
uint32_t rn_ring_count(const struct rn_ring *ring);

/* How many items it can hold. */
uint32_t rn_ring_capacity(const struct rn_ring *ring);

/* An event count: sleeping until somebody has done something since one looked.
 *
 *     sleeper                              waker
 *     ticket = rn_parking_ticket(p)        make the change
 *     look; nothing to do                  rn_parking_wake(p)
 *     rn_parking_wait(p, ticket)
 *
 * A wake after the ticket was taken ends the wait, or keeps it from beginning:
 * no wake is lost, whichever way the steps interleave. */
struct rn_parking;

int rn_parking_new(struct rn_parking **parking);
void rn_parking_free(struct rn_parking *parking);

/* Threads    any.   Progress: wait-free. */
uint32_t rn_parking_ticket(const struct rn_parking *parking);

/* Sleep until a wake that came after `ticket`; may return early.
 *
 * Threads    any.   Progress: blocks. */
void rn_parking_wait(struct rn_parking *parking, uint32_t ticket);

/* Wake all that sleep; a system call only when somebody does.
 *
 * Threads    any.   Progress: wait-free. */
void rn_parking_wake(struct rn_parking *parking);

#endif
