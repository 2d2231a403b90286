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

/* {"type":"end"}.
 *
 * events     how many {"type":"event"} lines were written.
 * kernel_overflows, dropped  as in rn_statistics. */
void jsonl_end(struct text *text, uint64_t events, uint64_t kernel_overflows,
               uint64_t dropped);

#ifdef __cplusplus
}
#endif

#endif
