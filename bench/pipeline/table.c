/* Medians and ratios. */

#include "bench/pipeline/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  const double first = *(const double *)a;
  const double second = *(const double *)b;
  return (first > second) - (first < second);
}

/* Least, median and greatest; sorts the values. */
struct spread {
  double min, median, max;
};

static struct spread spread_of(double *values, size_t count) {
  qsort(values, count, sizeof(*values), compare);
  const double middle = values[count / 2];
  return (struct spread){
      .min = values[0],
      .median = count % 2 == 1 ? middle : (middle + values[count / 2 - 1]) / 2,
      .max = values[count - 1]};
}

static double per_event(uint64_t ns, const struct drained *drained) {
  return (double)ns / (double)drained->expected;
}

void table_print_head(void) {
  printf("%-38s %24s %6s %9s %6s\n", "", "wall ns/event", "to", "CPU", "to");
  printf("%-38s %8s %7s %7s %6s %9s %6s\n", "", "median", "min", "max", "raw",
         "ns/event", "raw");
}

/* What is wrong with a measurement. */
static bool print_faults(const struct drained *drained, size_t count) {
  bool good = true;
  for (size_t i = 0; i < count; i++) {
    const struct drained *d = &drained[i];
    if (d->delivered == d->expected && d->overflows == 0 && !d->bad_path)
      continue;
    good = false;
    printf("  ! repetition %zu: %" PRIu64 " of %" PRIu64 " events, %" PRIu64
           " overflows%s\n",
           i + 1, d->delivered, d->expected, d->overflows,
           d->bad_path ? ", wrong paths" : "");
  }
  return good;
}

bool table_print_line(const char *name, const struct drained *drained,
                      const struct drained *raw, size_t count) {
  double *values = calloc(4 * count, sizeof(*values));
  if (values == NULL) return false;
  double *wall = values;
  double *cpu = wall + count;
  double *wall_ratio = cpu + count;
  double *cpu_ratio = wall_ratio + count;
  for (size_t i = 0; i < count; i++) {
    wall[i] = per_event(drained[i].wall_ns, &drained[i]);
    cpu[i] = per_event(drained[i].cpu_ns, &drained[i]);
    wall_ratio[i] = wall[i] / per_event(raw[i].wall_ns, &raw[i]);
    cpu_ratio[i] = cpu[i] / per_event(raw[i].cpu_ns, &raw[i]);
  }
  const struct spread spread = spread_of(wall, count);
  printf("%-38s %8.1f %7.1f %7.1f %6.2f %9.1f %6.2f\n", name, spread.median,
         spread.min, spread.max, spread_of(wall_ratio, count).median,
         spread_of(cpu, count).median, spread_of(cpu_ratio, count).median);
  free(values);
  return print_faults(drained, count);
}
