#ifndef BENCH_SCENARIO_LATENCY_H
#define BENCH_SCENARIO_LATENCY_H

#include "bench/core/scenario.h"

/* How long after a change does its handler run? */
extern const struct scenario latency_scenario;

#endif
