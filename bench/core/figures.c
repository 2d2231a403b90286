/* Order statistics.  All values are kept and sorted, so a percentile is one of
 * them and has no error of a bucket's width. */

#include "bench/core/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value) {
  if (samples->count < SAMPLES_MAX) samples->values[samples->count++] = value;
}

static int compare_doubles(const void *a, const void *b) {
  const double first = *(const double *)a;
  const double second = *(const double *)b;
  return (first > second) - (first < second);
}

struct figures samples_figures(const struct samples *samples) {
  const size_t count = samples->count;
  if (count == 0) return (struct figures){0};
  double sorted[SAMPLES_MAX];
  memcpy(sorted, samples->values, count * sizeof(*sorted));
  qsort(sorted, count, sizeof(*sorted), compare_doubles);
  const double middle = sorted[count / 2];
  return (struct figures){
      .min = sorted[0],
      .median = count % 2 == 1 ? middle : (middle + sorted[count / 2 - 1]) / 2,
      .max = sorted[count - 1]};
}

uint64_t percentile(const uint64_t *sorted, size_t count, double share) {
  const double rank = ceil(share * (double)count);
  size_t index = rank < 1 ? 0 : (size_t)rank - 1;
  if (index >= count) index = count - 1;
  return sorted[index];
}

static int compare_counts(const void *a, const void *b) {
  const uint64_t first = *(const uint64_t *)a;
  const uint64_t second = *(const uint64_t *)b;
  return (first > second) - (first < second);
}

void sort_values(uint64_t *values, size_t count) {
  qsort(values, count, sizeof(*values), compare_counts);
}
