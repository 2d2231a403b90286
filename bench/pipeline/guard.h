#ifndef BENCH_PIPELINE_GUARD_H
#define BENCH_PIPELINE_GUARD_H

/* Puts things back however the program ends, a kill included: a small process
 * waits for that end, then removes the temporary directory and restores
 * fs.inotify.max_queued_events. */

#include <stdint.h>
#include <sys/types.h>

struct guard {
  pid_t pid;
  int alive_fd; /* closed by the end of the program */
};

/* Begin to guard, and let the kernel queue hold `queue_size` events, where that
 * is more than it holds now and may be changed.
 *
 * root       directory to be removed.
 * capacity   out: events that a queue holds from now on.
 * Returns    0 or a negative errno.
 * Threads    before any other is made. */
int guard_begin(struct guard *guard, const char *root, uint64_t queue_size,
                uint64_t *capacity);

/* Put things back now. */
void guard_end(struct guard *guard);

#endif
