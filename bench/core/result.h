#ifndef BENCH_CORE_RESULT_H
#define BENCH_CORE_RESULT_H

/* What one case gave: an object of the report's "cases", being written.
 *
 * A lack of memory is kept in `failed` and told by the harness at the end. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/core/figures.h"

#ifdef __cplusplus
extern "C" {
#endif

struct result {
  json_t *object;
  bool failed; /* memory ran out */
  bool wrong;
  char skip_reason[160]; /* "": it was measured */
};

/* A result that says who was measured in what. */
struct result result_begin(const char *scenario, const char *subject);

/* Put a field; `key` is a literal of the report's contract. */
void result_text(struct result *result, const char *key, const char *value);
void result_count(struct result *result, const char *key, uint64_t value);
void result_number(struct result *result, const char *key, double value);
void result_flag(struct result *result, const char *key, bool value);

/* {"min","median","max"} of the samples; nothing when there are none. */
void result_figures(struct result *result, const char *key,
                    const struct samples *samples);

/* Any value; it becomes the result's. */
void result_json(struct result *result, const char *key, json_t *value);

/* Say that counts do not add up: the line shows it, and the harness ends with
 * 1.  The first call counts. */
void result_wrong(struct result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say that it could not be measured here, and why ("needs ...; ..."). */
void result_skip(struct result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Give up a result. */
void result_fini(struct result *result);

#ifdef __cplusplus
}
#endif

#endif
