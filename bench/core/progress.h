#ifndef BENCH_CORE_PROGRESS_H
#define BENCH_CORE_PROGRESS_H

/* A line on stderr that says how far the run is and how long it still takes;
 * nothing where stderr is no terminal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/core/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

struct progress {
  const struct plan *plan;
  bool shown; /* stderr is a terminal */
  uint64_t begin_ns;
};

void progress_begin(struct progress *progress, const struct plan *plan);

/* Show that case `index` runs. */
void progress_show(const struct progress *progress, size_t index);

/* Take the line away, before anything else is written. */
void progress_hide(const struct progress *progress);

/* Seconds left at case `index`, `spent` seconds after the beginning: what the
 * plan estimates, corrected by how well it did so far. */
double progress_left(const struct plan *plan, size_t index, double spent);

#ifdef __cplusplus
}
#endif

#endif
