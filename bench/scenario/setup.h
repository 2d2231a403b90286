#ifndef BENCH_SCENARIO_SETUP_H
#define BENCH_SCENARIO_SETUP_H

#include "bench/core/scenario.h"
#include "bench/subject/subject.h"

/* What does it take to watch a whole tree? */
extern const struct scenario setup_scenario;

/* A point of it. */
struct setup_point {
  const struct subject *subject;
  uint32_t directories;
};

#endif
