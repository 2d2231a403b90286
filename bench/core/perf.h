#ifndef BENCH_CORE_PERF_H
#define BENCH_CORE_PERF_H

/* User instructions, counted by the processor: perf_event_open(2).  Many
 * virtual machines have no such counter. */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Count the calling thread's from now on.
 *
 * inherit    also those of all threads that it will make, and they.
 * Returns    a descriptor; a negative errno: it cannot be counted here. */
int perf_open_instructions(bool inherit);

/* What was counted so far; also of threads that have ended. */
uint64_t perf_read(int fd);

#ifdef __cplusplus
}
#endif

#endif
