#ifndef BENCH_SCENARIO_OVERFLOW_H
#define BENCH_SCENARIO_OVERFLOW_H

#include "bench/core/scenario.h"
#include "bench/subject/listener.h"

/* How large a burst is absorbed, and what becomes of a larger one? */
extern const struct scenario overflow_scenario;

/* A point of it. */
struct overflow_point {
  const struct listener_kind *listener;
  const struct handler_kind *handler;
  const char *full; /* and `slots`: for listeners that have workers */
  uint32_t slots;
  uint64_t queue_limit;
  uint64_t burst; /* the fixed size; no larger one is looked for */
};

/* The scenario's columns and its run(), whose parameters are an overflow_point.
 */
enum { OVERFLOW_TRIES = 3 }; /* of a burst that is to be absorbed */
extern const struct column overflow_columns[];
int overflow_run(const void *parameters, struct run *run,
                 struct result *result);

#endif
