#ifndef BENCH_PIPELINE_TABLE_H
#define BENCH_PIPELINE_TABLE_H

#include <stddef.h>

#include "bench/pipeline/drain.h"

/* Print the heading of the columns. */
void table_print_head(void);

/* Print a line: medians, and ratios to the raw loop, each measurement held
 * against the one of the raw loop that was made just before it.
 *
 * drained, raw  `count` measurements each; raw may be drained: no ratio then.
 * Returns       false when something was lost or wrong; the line says so. */
bool table_print_line(const char *name, const struct drained *drained,
                      const struct drained *raw, size_t count);

#endif
