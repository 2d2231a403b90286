/* The objects of `ringnotify watch --json`: which keys, in which order.
 *
 * The schema is version 1 ("v"): keys may be added to it, none is changed or
 * taken away.  Keys that would say nothing (a cookie of 0, a source that is not
 * known) are left out. */

#include "cmd/ringnotify/jsonl.h"

#include <stdio.h>
#include <string.h>

#include "cmd/ringnotify/json_line.h"

/* RFC 3339 in UTC; nanoseconds, because events of one burst share the rest. */
static void put_time(struct json_line *line, struct timespec time) {
  char seconds[sizeof("-2147481748-01-02T03:04:05")];
  char whole[sizeof(seconds) + sizeof(".123456789Z")];
  struct tm utc;
  if (gmtime_r(&time.tv_sec, &utc) == NULL ||
      strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc) == 0)
    seconds[0] = '\0';
  snprintf(whole, sizeof(whole), "%s.%09ldZ", seconds, time.tv_nsec);
  json_line_put_ascii(line, "time", whole);
}

static json_t *flag_name(uint32_t bit) {
  const char *name = rn_flag_name(bit);
  return name != NULL ? json_string_nocheck(name)
                      : json_sprintf("0x%x", (unsigned)bit);
}

/* The names of the bits, the lowest bit first. */
static void put_mask(struct json_line *line, uint32_t mask) {
  json_t *names = json_array();
  while (mask != 0) {
    const uint32_t bit = mask & (~mask + 1);
    if (json_array_append_new(names, flag_name(bit)) != 0) line->failed = true;
    mask ^= bit;
  }
  json_line_put(line, "mask", names);
}

void jsonl_ready(struct text *text, uint64_t watches) {
  struct json_line line = json_line_begin("ready");
  json_line_put_integer(&line, "watches", watches);
  json_line_end(&line, text);
}

void jsonl_event(struct text *text, const struct record *record) {
  struct json_line line = json_line_begin("event");
  json_line_put_integer(&line, "seq", record->seq);
  put_time(&line, record->time);
  put_mask(&line, record->mask);
  json_line_put_path(&line, "path", "path_b64", record->path,
                     record->path_size);
  if (record->src_path != NULL)
    json_line_put_path(&line, "src_path", "src_path_b64", record->src_path,
                       record->src_path_size);
  if (record->cookie != 0)
    json_line_put_integer(&line, "cookie", record->cookie);
  json_line_put(&line, "wd", json_integer(record->wd));
  if (record->synthetic) json_line_put(&line, "synthetic", json_true());
  json_line_end(&line, text);
}

void jsonl_overflow(struct text *text, const struct record *record) {
  const char *source = record->loss == RN_LOSS_KERNEL ? "kernel" : "ring";
  struct json_line line = json_line_begin("overflow");
  json_line_put_integer(&line, "seq", record->seq);
  json_line_put_ascii(&line, "source", source);
  if (record->lost_count != 0)
    json_line_put_integer(&line, "lost", record->lost_count);
  json_line_end(&line, text);
}

void jsonl_rescan(struct text *text, const struct record *record) {
  struct json_line line = json_line_begin("rescan");
  json_line_put_integer(&line, "seq", record->seq);
  json_line_put_ascii(&line, "reason", "overflow");
  json_line_put_integer(&line, "changes", record->changes);
  json_line_put_integer(&line, "ms", record->ms);
  json_line_end(&line, text);
}

/* "EACCES" for -EACCES. */
static void put_error(struct json_line *line, int error) {
  const char *name = strerrorname_np(-error);
  json_line_put(
      line, "error",
      name != NULL ? json_string_nocheck(name) : json_sprintf("%d", -error));
}

void jsonl_error(struct text *text, const char *path, size_t path_size,
                 int error, const char *message, size_t message_size) {
  struct json_line line = json_line_begin("error");
  json_line_put_path(&line, "path", "path_b64", path, path_size);
  put_error(&line, error);
  json_line_put_text(&line, "message", message, message_size);
  json_line_end(&line, text);
}

void jsonl_end(struct text *text, const struct jsonl_totals *totals) {
  struct json_line line = json_line_begin("end");
  json_line_put_integer(&line, "events", totals->events);
  json_line_put_integer(&line, "kernel_overflows", totals->kernel_overflows);
  json_line_put_integer(&line, "dropped", totals->dropped);
  if (totals->repairs)
    json_line_put(&line, "recovered", json_boolean(totals->recovered));
  json_line_end(&line, text);
}
