#ifndef BENCH_SCENARIO_SCHEDULE_H
#define BENCH_SCENARIO_SCHEDULE_H

/* When each event of a load is due.
 *
 * A time that was missed is not moved: who is late makes the next events at
 * once, until the schedule is caught up with.  A latency that is counted from
 * the due time therefore holds the wait of events that could not even be made
 * in time (no coordinated omission). */

#include <stdint.h>

struct schedule {
  uint64_t begin_ns; /* monotonic; event 0 is due then */
  uint64_t rate;     /* events a second; 0: all are due at the beginning */
};

/* When event `index` is due.  The remainder keeps the product within 64 bits,
 * up to 18 G events a second. */
static inline uint64_t schedule_due(const struct schedule *schedule,
                                    uint64_t index) {
  const uint64_t second = 1000000000U;
  if (schedule->rate == 0) return schedule->begin_ns;
  const uint64_t rest = index % schedule->rate;
  return schedule->begin_ns + index / schedule->rate * second +
         rest * second / schedule->rate;
}

#endif
