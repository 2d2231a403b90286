#ifndef BENCH_SCENARIO_STORM_H
#define BENCH_SCENARIO_STORM_H

#include "bench/core/scenario.h"

/* Does a recursive watch tell everything, and nothing twice, when directories
 * appear faster than they can be watched? */
extern const struct scenario storm_scenario;

#endif
