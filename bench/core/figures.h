#ifndef BENCH_CORE_FIGURES_H
#define BENCH_CORE_FIGURES_H

/* What several measurements of one thing say. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SAMPLES_MAX = 1000 };

/* One figure of each repetition; begin with {0}. */
struct samples {
  size_t count;
  double values[SAMPLES_MAX];
};

struct figures {
  double min, median, max;
};

/* Add one.  More than SAMPLES_MAX are not kept. */
void samples_add(struct samples *samples, double value);

/* Least, median (the mean of the two in the middle when their number is even)
 * and greatest; all 0 without a sample. */
struct figures samples_figures(const struct samples *samples);

/* The least of `count` > 0 sorted values that `share` (0 to 1) of them do not
 * exceed: 0.5 is the median, 1 the greatest. */
uint64_t percentile(const uint64_t *sorted, size_t count, double share);

/* Sort ascending, in place. */
void sort_values(uint64_t *values, size_t count);

#ifdef __cplusplus
}
#endif

#endif
