#ifndef BENCH_SUBJECT_WAIT_FOR_H
#define BENCH_SUBJECT_WAIT_FOR_H

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>

#include "bench/core/clock.h"

/* Wait for a semaphore.  Returns false when the time is over. */
static inline bool wait_for(sem_t *semaphore, int timeout_ms) {
  const uint64_t deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000U;
  const struct timespec deadline = {
      .tv_sec = (time_t)(deadline_ns / 1000000000U),
      .tv_nsec = (long)(deadline_ns % 1000000000U)};
  int result;
  do result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline);
  while (result < 0 && errno == EINTR);
  return result == 0;
}

#endif
