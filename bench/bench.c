/* The scenarios there are, in the order in which they run. */

#include "bench/bench.h"

#include <stddef.h>

#include "bench/advise/command.h"
#include "bench/core/harness.h"
#include "bench/scenario/drain.h"
#include "bench/scenario/latency.h"
#include "bench/scenario/lifecycle.h"
#include "bench/scenario/live.h"
#include "bench/scenario/overflow.h"
#include "bench/scenario/setup.h"
#include "bench/scenario/storm.h"

int rn_bench_main(int argc, char **argv) {
  static const struct scenario *const scenarios[] = {
      &drain_scenario, &live_scenario,  &overflow_scenario,  &latency_scenario,
      &setup_scenario, &storm_scenario, &lifecycle_scenario, NULL,
  };
  return (int)harness_main("ringnotify bench", argc, argv, scenarios,
                           advise_command);
}
