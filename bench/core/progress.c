/* The estimates of the plan are for some machine; this one shows how it
 * compares as soon as the first cases are done. */

#include "bench/core/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/core/clock.h"
#include "bench/core/scenario.h"

void progress_begin(struct progress *progress, const struct plan *plan) {
  *progress = (struct progress){
      .plan = plan, .shown = isatty(STDERR_FILENO) == 1, .begin_ns = now_ns()};
}

double progress_left(const struct plan *plan, size_t index, double spent) {
  const double left = plan_seconds_from(plan, index);
  const double done = plan_seconds_from(plan, 0) - left;
  return done > 0 ? left * spent / done : left;
}

void progress_show(const struct progress *progress, size_t index) {
  if (!progress->shown) return;
  const struct plan *plan = progress->plan;
  const double spent = (double)(now_ns() - progress->begin_ns) / 1e9;
  const unsigned left = (unsigned)(progress_left(plan, index, spent) + 0.5);
  fprintf(stderr, "\r\033[K[%zu/%zu] %u:%02u left  %s: %.40s", index + 1,
          plan->count, left / 60, left % 60, plan->cases[index].scenario->name,
          plan->cases[index].label);
  (void)fflush(stderr);
}

void progress_hide(const struct progress *progress) {
  if (!progress->shown) return;
  fputs("\r\033[K", stderr);
  (void)fflush(stderr);
}
