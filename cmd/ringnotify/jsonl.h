#ifndef CMD_RINGNOTIFY_JSONL_H
#define CMD_RINGNOTIFY_JSONL_H

/* JSON Lines: the objects of `ringnotify watch --json`, one a line.
 *
 * Every function adds one whole line to `text`, or sets text->failed when
 * memory runs out. */

#include "cmd/ringnotify/record.h"
#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {"type":"ready"}: every change from here on is reported.
 *
 * watches    directories and files that are watched now. */
void jsonl_ready(struct text *text, uint64_t watches);

/* {"type":"event"}.
 *
 * record     of kind RN_EVENT_CHANGE. */
void jsonl_event(struct text *text, const struct record *record);

/* {"type":"overflow"}.
 *
 * record     of kind RN_EVENT_OVERFLOW. */
void jsonl_overflow(struct text *text, const struct record *record);

/* {"type":"rescan"}.
 *
 * record     of kind RN_EVENT_RESCAN. */
void jsonl_rescan(struct text *text, const struct record *record);

/* {"type":"error"}.
 *
 * path       path_size bytes.
 * error      negative errno.
 * message    valid UTF-8 or not; message_size bytes. */
void jsonl_error(struct text *text, const char *path, size_t path_size,
                 int error, const char *message, size_t message_size);

/* What a stream came to. */
struct jsonl_totals {
  uint64_t events; /* {"type":"event"} lines that were written */
  uint64_t kernel_overflows, dropped; /* as in rn_statistics */
  bool repairs;   /* losses are repaired, as --recover asks */
  bool recovered; /* with repairs: no loss is left that was not */
};

/* {"type":"end"}. */
void jsonl_end(struct text *text, const struct jsonl_totals *totals);

#ifdef __cplusplus
}
#endif

#endif
