#ifndef BENCH_CORE_TASK_CPU_H
#define BENCH_CORE_TASK_CPU_H

/* CPU time of this process by what its threads are for, told from their names:
 * NAME-r is the library's reader, NAME-0, NAME-1, ... its workers, NAME-pN a
 * producer of ours. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NAME: what a scenario gives as rn_thread_notifier_options.thread_name. */
#define TASK_NAME "bench"

struct task_cpu {
  uint64_t reader_ns;
  uint64_t workers_ns;
  uint64_t producers_ns;
};

/* Read it for the threads that live now; those that have ended count no more,
 * so read it before they do.
 *
 * Returns    0 or a negative errno. */
int task_cpu_read(struct task_cpu *cpu);

/* Name the calling thread as producer number `index`. */
void task_name_producer(uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
