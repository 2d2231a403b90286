#ifndef BENCH_SCENARIO_LIVE_H
#define BENCH_SCENARIO_LIVE_H

#include "bench/core/scenario.h"
#include "bench/subject/listener.h"

/* What comes of events that are made while they are handled? */
extern const struct scenario live_scenario;

/* A point of it. */
struct live_point {
  const struct listener_kind *listener;
  const struct handler_kind *handler;
  uint32_t workers; /* for listeners that have workers */
  uint32_t producers;
  uint64_t rate; /* events a second, of all producers; 0: full speed */
  uint64_t events;
};

/* Add the point to a plan. */
void live_plan_point(struct plan *plan, const struct run *run,
                     const struct live_point *point);

#endif
