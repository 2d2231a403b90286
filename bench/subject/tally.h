#ifndef BENCH_SUBJECT_TALLY_H
#define BENCH_SUBJECT_TALLY_H

/* Handlers that do what a struct handler_kind says, and count.
 *
 * Each thread counts into a place of its own, which costs about a nanosecond
 * and proves that each event came and that its path was there. */

#include <stdbool.h>
#include <stdint.h>

#include "bench/subject/subject.h"
#include "ringnotify/ringnotify.h"

/* What all threads counted. */
struct tally {
  uint64_t events;
  uint64_t path_bytes;
  uint64_t instructions; /* of the handlers' threads; when that was asked for */
};

/* Begin anew: no thread that counted before may count again.
 *
 * instructions   count these too, from each thread's first event on. */
void tally_begin(bool instructions);

/* The sums, and the end of counting: the threads may have ended. */
struct tally tally_end(void);

/* The callbacks; the context must stay valid: it is the kind. */
struct rn_handler tally_handler(const struct handler_kind *kind, bool batches);

#endif
