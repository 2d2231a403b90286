#ifndef BENCH_CORE_TABLE_H
#define BENCH_CORE_TABLE_H

/* The table for people: a heading for each scenario, a line for each case. */

#include "bench/core/scenario.h"
#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Append the heading of a scenario's columns. */
void table_add_heading(struct text *text, const struct scenario *scenario);

/* Append a case; what was wrong or why it was skipped stands below it. */
void table_add_line(struct text *text, const struct scenario *scenario,
                    const char *label, const struct result *result);

#ifdef __cplusplus
}
#endif

#endif
