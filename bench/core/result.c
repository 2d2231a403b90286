/* Jansson keeps the order in which the fields were put. */

#include "bench/core/result.h"

#include <stdarg.h>
#include <stdio.h>

void result_json(struct result *result, const char *key, json_t *value) {
  if (json_object_set_new(result->object, key, value) != 0)
    result->failed = true;
}

struct result result_begin(const char *scenario, const char *subject) {
  struct result result = {.object = json_object()};
  result_text(&result, "scenario", scenario);
  result_text(&result, "subject", subject);
  return result;
}

void result_text(struct result *result, const char *key, const char *value) {
  result_json(result, key, json_string(value));
}

void result_count(struct result *result, const char *key, uint64_t value) {
  result_json(result, key, json_integer((json_int_t)value));
}

void result_number(struct result *result, const char *key, double value) {
  result_json(result, key, json_real(value));
}

void result_flag(struct result *result, const char *key, bool value) {
  result_json(result, key, json_boolean(value));
}

void result_figures(struct result *result, const char *key,
                    const struct samples *samples) {
  if (samples->count == 0) return;
  const struct figures figures = samples_figures(samples);
  result_json(result, key,
              json_pack("{s:f, s:f, s:f}", "min", figures.min, "median",
                        figures.median, "max", figures.max));
}

void result_wrong(struct result *result, const char *format, ...) {
  if (result->wrong) return;
  char what[200];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof(what), format, arguments);
  va_end(arguments);
  result->wrong = true;
  result_text(result, "wrong", what);
}

void result_skip(struct result *result, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(result->skip_reason, sizeof(result->skip_reason), format,
                  arguments);
  va_end(arguments);
}

void result_fini(struct result *result) { json_decref(result->object); }
