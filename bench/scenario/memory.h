#ifndef BENCH_SCENARIO_MEMORY_H
#define BENCH_SCENARIO_MEMORY_H

/* How much memory of this process is resident. */

#include <stdint.h>

/* Give back what malloc keeps for later, and begin to note the peak anew.
 *
 * Returns    bytes resident now; 0: it cannot be noted here. */
uint64_t memory_begin(void);

/* The most that was resident since, in bytes. */
uint64_t memory_peak(void);

#endif
