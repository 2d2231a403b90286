/* Figures out of a report.
 *
 * A report has many cases of the library with one worker; those are taken that
 * a service meets: one callback an event, each directory in order, and of these
 * the one with most events, for there the start of the threads counts least. */

#include "bench/advise/from.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { VERSION = 1 };

/* What a worker takes for an event beside its handler, where the report does
 * not tell: handing over costs no less. */
static const double hand_least_ns = 20;

static const char *text_of(json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text == NULL ? "" : text;
}

/* A number, 0 where there is none. */
static double number_of(json_t *object, const char *key) {
  return json_number_value(json_object_get(object, key));
}

/* The median of a figure, 0 where there is none. */
static double median_of(json_t *object, const char *key) {
  return number_of(json_object_get(object, key), "median");
}

static bool is_text(json_t *object, const char *key, const char *value) {
  return strcmp(text_of(object, key), value) == 0;
}

static bool is_own(json_t *entry, const char *scenario) {
  return is_text(entry, "scenario", scenario) &&
         is_text(entry, "subject", "ringnotify");
}

/* Whether a case drains with one worker and this handler. */
static bool drains(json_t *entry, const char *handler) {
  return is_own(entry, "drain") && number_of(entry, "workers") == 1 &&
         is_text(entry, "order", "directory") &&
         is_text(entry, "callback", "single") &&
         is_text(entry, "handler", handler) &&
         json_object_get(entry, "wrong") == NULL &&
         median_of(entry, "ns_per_event") > 0;
}

/* The case that drains most events, of those with fewest bytes a name; or
 * NULL. */
static json_t *find_drain(json_t *cases, const char *handler) {
  size_t index;
  json_t *entry;
  json_t *best = NULL;
  json_array_foreach(cases, index, entry) {
    if (!drains(entry, handler)) continue;
    if (best == NULL || number_of(entry, "events") > number_of(best, "events"))
      best = entry;
  }
  return best;
}

/* What a worker adds to its handler.  With a dear handler the worker sets the
 * pace, so all that is beyond the handler's own time is its. */
static double find_hand_ns(json_t *cases, double read_ns) {
  static const struct {
    const char *handler;
    double work_ns;
  } dear[] = {{"1us", 1e3}, {"2us", 2e3}, {"10us", 1e4}};
  for (size_t i = 0; i < sizeof(dear) / sizeof(*dear); i++) {
    json_t *entry = find_drain(cases, dear[i].handler);
    if (entry == NULL || read_ns >= dear[i].work_ns) continue;
    const double beyond = median_of(entry, "ns_per_event") - dear[i].work_ns;
    return beyond > hand_least_ns ? beyond : hand_least_ns;
  }
  json_t *cheap = find_drain(cases, "noop");
  const double worker = median_of(cheap, "cpu_ns_per_event") - read_ns;
  return worker > hand_least_ns ? worker : hand_least_ns;
}

/* The time in which one producer makes an event at full speed; 0: not there. */
static double find_make_ns(json_t *cases) {
  size_t index;
  json_t *entry;
  double fastest = 0;
  json_array_foreach(cases, index, entry) {
    if (!is_text(entry, "scenario", "live")) continue;
    if (number_of(entry, "rate_wanted") != 0) continue;
    if (number_of(entry, "producers") != 1) continue;
    const double rate = median_of(entry, "rate_made");
    if (rate > fastest) fastest = rate;
  }
  return fastest > 0 ? 1e9 / fastest : 0;
}

static int fail(const char *path, const char *what, struct text *problem) {
  text_add_format(problem, "--from '%s': %s; make one with --json FILE drain",
                  path, what);
  return -EINVAL;
}

static int take(const char *path, json_t *report,
                struct advise_figures *figures, struct text *problem) {
  json_t *version = json_object_get(report, "v");
  json_t *machine = json_object_get(report, "machine");
  json_t *cases = json_object_get(report, "cases");
  if (!json_is_integer(version) || !json_is_object(machine) ||
      !json_is_array(cases))
    return fail(path, "no report of this program", problem);
  if (json_integer_value(version) != VERSION)
    return fail(path, "a report of another version", problem);
  json_t *drain = find_drain(cases, "noop");
  if (drain == NULL)
    return fail(path, "it has no drain of ringnotify with one worker", problem);
  const double read_ns = median_of(drain, "ns_per_event");
  *figures = (struct advise_figures){
      .read_ns = read_ns,
      .hand_ns = find_hand_ns(cases, read_ns),
      .make_ns = find_make_ns(cases),
      .cpus = (uint32_t)number_of(machine, "cpus"),
      .memory_bytes = (uint64_t)number_of(machine, "memory_bytes"),
      .queue_limit = (uint64_t)number_of(machine, "queue_limit"),
  };
  if (figures->cpus == 0 || figures->memory_bytes == 0)
    return fail(path, "it does not tell the machine", problem);
  return 0;
}

int advise_from(const char *path, struct advise_figures *figures,
                struct text *problem) {
  FILE *file = fopen(path, "re"); /* Jansson cuts the names of files */
  if (file == NULL) return fail(path, strerror(errno), problem);
  json_error_t error;
  json_t *report = json_loadf(file, 0, &error);
  (void)fclose(file);
  if (report == NULL) {
    text_add_format(problem,
                    "--from '%s': not JSON: line %d, column %d; make one with "
                    "--json FILE drain",
                    path, error.line, error.column);
    return -EINVAL;
  }
  const int err = take(path, report, figures, problem);
  json_decref(report);
  return err;
}
