/* The file is written in place: it may be /dev/stdout. */

#include "bench/core/report.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "bench/core/build.h"

static void format_now(char text[32]) {
  const time_t now = time(NULL);
  struct tm parts;
  (void)gmtime_r(&now, &parts);
  (void)strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int report_init(struct report *report, json_t *machine, json_t *options,
                const char *commit, json_t *skipped) {
  char started[32];
  format_now(started);
  *report = (struct report){.cases = json_array(), .skipped = skipped};
  report->object = json_pack(
      "{s:i, s:s, s:f, s:s, s:{s:s, s:b}, s:o, s:o, s:o, s:o}", "v", 1,
      "started", started, "seconds", 0.0, "commit", commit, "build", "text",
      build_text, "measurable", (int)build_is_measurable(), "machine", machine,
      "options", options, "skipped", skipped, "cases", report->cases);
  return report->object == NULL ? -ENOMEM : 0;
}

static json_t *skip_entry(const struct result *result) {
  return json_pack("{s:O, s:O, s:s}", "scenario",
                   json_object_get(result->object, "scenario"), "subject",
                   json_object_get(result->object, "subject"), "reason",
                   result->skip_reason);
}

int report_add(struct report *report, struct result *result) {
  int failed = result->failed;
  if (result->skip_reason[0] != '\0')
    failed |= json_array_append_new(report->skipped, skip_entry(result)) != 0;
  else
    failed |= json_array_append(report->cases, result->object) != 0;
  result_fini(result);
  return failed ? -ENOMEM : 0;
}

int report_write(struct report *report, double seconds, const char *path) {
  if (json_object_set_new(report->object, "seconds", json_real(seconds)) != 0)
    return -ENOMEM;
  FILE *file = fopen(path, "we");
  if (file == NULL) return -errno;
  const size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(9);
  int err = 0;
  if (json_dumpf(report->object, file, flags) != 0) err = -EIO;
  if (fputc('\n', file) == EOF) err = -EIO;
  if (fclose(file) != 0) err = -errno;
  return err;
}

void report_fini(struct report *report) { json_decref(report->object); }
