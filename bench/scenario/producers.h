#ifndef BENCH_SCENARIO_PRODUCERS_H
#define BENCH_SCENARIO_PRODUCERS_H

/* Threads that change the files of a load by a schedule.
 *
 * Event number i is a change of file i mod file_count by producer i mod count.
 * The number of files is a multiple of that of the producers, and each has two
 * or more of its own: so no event is merged with its neighbour. */

#include <stdbool.h>
#include <stdint.h>

#include "bench/core/load.h"
#include "bench/scenario/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PRODUCERS_MAX = 64 };

struct producing {
  const struct load *load;
  uint32_t count; /* of producers: 1 to PRODUCERS_MAX */
  uint64_t events;
  uint64_t rate; /* of all together, a second; 0: full speed */
  bool precise;  /* do not sleep right before an event is due but look at the
                    clock: takes a processor */
};

struct produced {
  struct schedule schedule;
  uint64_t made;
  uint64_t end_ns; /* monotonic; when the last of them was made */
  uint64_t cpu_ns; /* of all producers */
};

/* Make the events, and wait until they are made.
 *
 * Returns    0 or a negative errno. */
int produce(const struct producing *producing, struct produced *produced);

/* The least multiple of `producers` that is at least `files`. */
uint32_t producers_file_count(uint32_t files, uint32_t producers);

#ifdef __cplusplus
}
#endif

#endif
