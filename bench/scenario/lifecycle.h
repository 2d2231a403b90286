#ifndef BENCH_SCENARIO_LIFECYCLE_H
#define BENCH_SCENARIO_LIFECYCLE_H

#include "bench/core/scenario.h"

/* How long do starting, waiting for the handlers of, stopping and freeing a
 * notifier take? */
extern const struct scenario lifecycle_scenario;

#endif
