/* Queue and sleep on Concurrency Kit: ck_ring (single producer, single
 * consumer) and ck_ec (an event count on a futex).
 *
 * ThreadSanitizer cannot see into CK's inline assembly.  So that it judges the
 * users of this file rightly, each operation tells it of the edge that CK makes
 * and hides CK's own accesses: release before an item goes in, acquire after
 * one came out.  [edge ring.publish] is that edge: what the producer wrote
 * before rn_ring_give() is seen by the consumer after rn_ring_take().
 *
 * CK orders stores before stores, which on x86 and POWER, whose barrier for
 * that orders loads before stores as well, is all that is needed.  ARM's does
 * not: who gives a segment back may still be reading it, and who takes an item
 * may still be reading its slot, when the other side writes there.  So a
 * release fence stands before an item goes in, and taking is done here, with
 * one before the slot is given free.  On x86 neither is an instruction.
 *
 * The parking word orders nothing but itself: a sleeper looks at the ring (or
 * at an atomic flag) again after each wake. */

#include "lib/ring/ring.h"

#include <ck_ec.h>
#include <ck_pr.h>
#include <ck_ring.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/base.h"

#if defined(__SANITIZE_THREAD__)
#define RN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RN_TSAN 1
#endif
#endif

#ifdef RN_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
static void tsan_release(void *address) { __tsan_release(address); }
static void tsan_acquire(void *address) { __tsan_acquire(address); }
static void tsan_ignore_begin(void) {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
static void tsan_ignore_end(void) {
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}
#else
static void tsan_release(void *address) { (void)address; }
static void tsan_acquire(void *address) { (void)address; }
static void tsan_ignore_begin(void) {}
static void tsan_ignore_end(void) {}
#endif

struct rn_ring {
  ck_ring_t ring; /* CK keeps the two sides on lines of their own */
  ck_ring_buffer_t slots[];
};

int rn_ring_new(uint32_t slot_count, struct rn_ring **ring) {
  RN_ASSERT(slot_count >= 2 && (slot_count & (slot_count - 1)) == 0);
  const size_t size =
      sizeof(struct rn_ring) + slot_count * sizeof(ck_ring_buffer_t);
  struct rn_ring *made =
      aligned_alloc(RN_CACHE_LINE, rn_round_up(size, RN_CACHE_LINE));
  if (made == NULL) return -ENOMEM;
  ck_ring_init(&made->ring, slot_count);
  *ring = made;
  return 0;
}

void rn_ring_free(struct rn_ring *ring) { free(ring); }

bool rn_ring_give(struct rn_ring *ring, void *item) {
  RN_ASSERT(item != NULL);
  tsan_release(ring); /* release [edge ring.publish] */
  ck_pr_fence_release();
  tsan_ignore_begin();
  const bool given = ck_ring_enqueue_spsc(&ring->ring, ring->slots, item);
  tsan_ignore_end();
  return given;
}

void *rn_ring_take(struct rn_ring *ring) {
  void *item = NULL;
  tsan_ignore_begin();
  const unsigned head = ring->ring.c_head;
  if (head != ck_pr_load_uint(&ring->ring.p_tail)) {
    ck_pr_fence_load(); /* what was given is seen, the slot first */
    item = ck_pr_load_ptr(&ring->slots[head & ring->ring.mask].value);
    ck_pr_fence_release(); /* the slot was read before it is free */
    ck_pr_store_uint(&ring->ring.c_head, head + 1);
  }
  tsan_ignore_end();
  if (item == NULL) return NULL;
  tsan_acquire(ring); /* acquire [edge ring.publish] */
  return item;
}

uint32_t rn_ring_count(const struct rn_ring *ring) {
  tsan_ignore_begin();
  const uint32_t count = ck_ring_size(&ring->ring);
  tsan_ignore_end();
  return count;
}

uint32_t rn_ring_capacity(const struct rn_ring *ring) {
  return ck_ring_capacity(&ring->ring) - 1;
}

struct rn_parking {
  struct ck_ec32 count;
};

static int parking_time(const struct ck_ec_ops *ops, struct timespec *out) {
  (void)ops;
  return clock_gettime(CLOCK_MONOTONIC, out);
}

static void parking_sleep32(const struct ck_ec_wait_state *state,
                            const uint32_t *address, uint32_t expected,
                            const struct timespec *deadline) {
  (void)state;
  /* FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, futex(2). */
  syscall(SYS_futex, address, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
          deadline, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void parking_sleep64(const struct ck_ec_wait_state *state,
                            const uint64_t *address, uint64_t expected,
                            const struct timespec *deadline) {
  parking_sleep32(state, (const uint32_t *)(const void *)address,
                  (uint32_t)expected, deadline);
}

static void parking_rouse32(const struct ck_ec_ops *ops,
                            const uint32_t *address) {
  (void)ops;
  syscall(SYS_futex, address, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL,
          NULL, 0);
}

static void parking_rouse64(const struct ck_ec_ops *ops,
                            const uint64_t *address) {
  parking_rouse32(ops, (const uint32_t *)(const void *)address);
}

static const struct ck_ec_ops parking_ops = {
    .gettime = parking_time,
    .wait32 = parking_sleep32,
    .wait64 = parking_sleep64,
    .wake32 = parking_rouse32,
    .wake64 = parking_rouse64,
};

/* Several threads wake: the reader, and whoever stops the notifier. */
static const struct ck_ec_mode parking_mode = {
    .ops = &parking_ops,
    .single_producer = false,
};

int rn_parking_new(struct rn_parking **parking) {
  struct rn_parking *made = aligned_alloc(RN_CACHE_LINE, RN_CACHE_LINE);
  if (made == NULL) return -ENOMEM;
  ck_ec32_init(&made->count, 0);
  *parking = made;
  return 0;
}

void rn_parking_free(struct rn_parking *parking) { free(parking); }

uint32_t rn_parking_ticket(const struct rn_parking *parking) {
  tsan_ignore_begin();
  const uint32_t ticket = ck_ec32_value(&parking->count);
  tsan_ignore_end();
  return ticket;
}

void rn_parking_wait(struct rn_parking *parking, uint32_t ticket) {
  tsan_ignore_begin();
  (void)ck_ec32_wait(&parking->count, &parking_mode, ticket, NULL);
  tsan_ignore_end();
}

void rn_parking_wake(struct rn_parking *parking) {
  tsan_ignore_begin();
  ck_ec32_inc(&parking->count, &parking_mode);
  tsan_ignore_end();
}
