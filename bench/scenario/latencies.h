#ifndef BENCH_SCENARIO_LATENCIES_H
#define BENCH_SCENARIO_LATENCIES_H

/* From when events were due to when they were handled.  Every one is kept and
 * sorted: percentiles are exact. */

#include <stddef.h>
#include <stdint.h>

#include "bench/scenario/schedule.h"
#include "bench/subject/stamps.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sorted.  Begin with {NULL, 0}. */
struct latencies {
  uint64_t *values_ns;
  size_t count;
};

/* Add those of the events that have a stamp.
 *
 * Returns    0; -ENOMEM. */
int latencies_add(struct latencies *latencies, const struct stamps *stamps,
                  const struct schedule *schedule);

/* Add others.
 *
 * Returns    0; -ENOMEM. */
int latencies_merge(struct latencies *latencies,
                    const struct latencies *others);

/* The least that this share of them (0 to 1) does not exceed; 0 when there are
 * none. */
double latencies_at(const struct latencies *latencies, double share);

void latencies_fini(struct latencies *latencies);

#ifdef __cplusplus
}
#endif

#endif
