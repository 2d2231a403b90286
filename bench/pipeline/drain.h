#ifndef BENCH_PIPELINE_DRAIN_H
#define BENCH_PIPELINE_DRAIN_H

/* The two ways to drain a kernel queue that was filled before.  Each fills one,
 * drains it against the clock, and adds to `result`. */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "bench/pipeline/load.h"

/* What draining took. */
struct drained {
  uint64_t wall_ns;
  uint64_t cpu_ns; /* of all threads of the process together */
  uint64_t expected;
  uint64_t delivered; /* as the handlers counted them */
  uint64_t overflows;
  bool bad_path; /* a path was not what it should be */
};

/* How the library is set up. */
struct variant {
  const char *name;
  uint32_t worker_count; /* 0: the raw loop */
  bool asks_path;
  bool takes_batches;
};

/* read(2) of 64 KiB and a walk over the records.  Returns 0 or a negative
 * errno. */
int drain_raw(struct load *load, uint64_t count, struct drained *result);

/* A thread notifier.  Returns 0 or a negative errno. */
int drain_library(struct load *load, const struct variant *variant,
                  uint64_t count, struct drained *result);

/* A clock in nanoseconds. */
static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  (void)clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Both clocks at once. */
struct instant {
  uint64_t wall_ns, cpu_ns;
};

static inline struct instant instant_now(void) {
  return (struct instant){.wall_ns = clock_ns(CLOCK_MONOTONIC),
                          .cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

static inline void add_time_since(struct drained *result,
                                  struct instant begin) {
  const struct instant end = instant_now();
  result->wall_ns += end.wall_ns - begin.wall_ns;
  result->cpu_ns += end.cpu_ns - begin.cpu_ns;
}

#endif
