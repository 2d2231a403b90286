#ifndef BENCH_CORE_CLOCK_H
#define BENCH_CORE_CLOCK_H

/* Wall and CPU time, in nanoseconds. */

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec now = {0, 0}; /* 0: there is no such clock (any more) */
  (void)clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Monotonic time. */
static inline uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

/* Both clocks at once, or what passed on them between two instants. */
struct instant {
  uint64_t wall_ns;
  uint64_t cpu_ns; /* of all threads of the process together */
};

static inline struct instant instant_now(void) {
  return (struct instant){.wall_ns = now_ns(),
                          .cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

static inline struct instant instant_since(struct instant begin) {
  const struct instant end = instant_now();
  return (struct instant){.wall_ns = end.wall_ns - begin.wall_ns,
                          .cpu_ns = end.cpu_ns - begin.cpu_ns};
}

/* Do nothing useful for so long: a handler's work.  At least one look at the
 * clock, which takes some 25 ns. */
static inline void burn_ns(uint64_t duration_ns) {
  const uint64_t end = now_ns() + duration_ns;
  while (now_ns() < end) continue;
}

#endif
