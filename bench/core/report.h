#ifndef BENCH_CORE_REPORT_H
#define BENCH_CORE_REPORT_H

/* The report: one JSON object, version 1. */

#include <jansson.h>
#include <stdint.h>

#include "bench/core/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct report {
  json_t *object;
  json_t *cases;   /* borrowed from the object */
  json_t *skipped; /* likewise */
};

/* Begin a report, now.
 *
 * machine, options, skipped   become the report's.
 * Returns    0; -ENOMEM. */
int report_init(struct report *report, json_t *machine, json_t *options,
                const char *commit, json_t *skipped);

/* Add what a case gave: to "cases", or to "skipped" if that is what it was.
 *
 * result     is used up.
 * Returns    0; -ENOMEM. */
int report_add(struct report *report, struct result *result);

/* Write it.
 *
 * seconds    that the run took.
 * Returns    0 or a negative errno. */
int report_write(struct report *report, double seconds, const char *path);

void report_fini(struct report *report);

#ifdef __cplusplus
}
#endif

#endif
