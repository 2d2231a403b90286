#ifndef BENCH_SCENARIO_DRAIN_H
#define BENCH_SCENARIO_DRAIN_H

#include "bench/core/scenario.h"
#include "bench/subject/subject.h"

/* How fast is a full kernel queue emptied? */
extern const struct scenario drain_scenario;

/* A point of it. */
struct drain_point {
  const struct subject *subject;
  struct variant variant;
  struct load_shape shape;
  uint64_t events;
  const struct subject *beside; /* or NULL: a peer that is measured alternately
                                   with it: "ratio_to_libuv" */
};

/* The base point, from which one thing at a time is varied: one worker, no-op
 * handler, single callback, 16 directories with 256 files. */
struct drain_point drain_base(const struct subject *subject, uint64_t events);

/* Add the point to a plan.
 *
 * format     how it departs from the base point; the label's end. */
void drain_plan_point(struct plan *plan, const struct run *run,
                      const struct drain_point *point, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Add the points of the peers that are there. */
void drain_plan_peers(struct plan *plan, const struct run *run);

/* The scenario's columns and its run(), whose parameters are a drain_point. */
extern const struct column drain_columns[];
int drain_run(const void *parameters, struct run *run, struct result *result);

#endif
