#ifndef RINGNOTIFY_PRINT_H
#define RINGNOTIFY_PRINT_H

/* Events as text, and handlers that write each event as a line.
 *
 * A text is one line of fields, NAME=VALUE, with a tab between two of them.
 * In values control characters (U+0000 to U+001F and U+007F to U+009F of UTF-8,
 * and bytes 0x80 to 0x9f outside of a character) and the backslash are escaped:
 * \n, \t, \r, \\, else \xHH a byte; all others, invalid UTF-8 included, stay as
 * they are.  So a text has no line break, a tab is always the end of a field,
 * no name can command a terminal, and each name can be had back byte for byte.
 * It is plain: colours are for who shows it.
 *
 * pyinotify: repr(event), RawOutputFormat, PrintAllEvents.  inotify_simple:
 * str(event). */

#include <stdio.h>

#include "ringnotify/handler.h"
#include "ringnotify/inotify.h"

RN_BEGIN_DECLS

/* Write an event as text.  Its fields, always in this order, each the value of
 * the function rn_event_...() of its name:
 *
 *     kind        change, overflow, error, rescan, settled
 *     mask        as rn_mask_format() writes it
 *     path, src_path, directory, name
 *                 src_path is left out where there is none
 *     is_dir, is_synthetic, is_end
 *                 0 or 1
 *     cookie, wd, generation, seq
 *                 decimal numbers
 *     time        seconds, and nine digits behind the point
 *     loss, lost_count                               an overflow: kernel, ring
 *     error                                          an error
 *     rescan_reason, rescan_changes, rescan_ms       a rescan: overflow
 *
 * Fields that come with a later version stand behind these.
 *
 * text, size the buffer, always terminated when size > 0.
 * Returns    the length without the NUL that the whole text has: it was cut
 *            when that is >= size.
 * Threads    the handler's. */
RN_API size_t rn_event_format(const struct rn_event *event, char *text,
                              size_t size);

/* Write a record of the thin layer as text: wd, mask, cookie, name.
 *
 * text, size and the result: as for rn_event_format().
 * Threads    any. */
RN_API size_t rn_raw_event_format(const struct rn_raw_event *event, char *text,
                                  size_t size);

/* Get a handler that writes every event to a stream and flushes it: changes,
 * overflows, errors, rescans and what has settled.
 *
 * A line is written in one piece, whatever other threads write to the stream.
 * What cannot be written is counted as a handler error.
 *
 * stream     open for writing until the handler is released; not closed.
 * handler    in: size; out: all other fields.  Serves any number of watches.
 * Returns    0; -EINVAL size.
 * Threads    any. */
RN_API RN_CHECKED int rn_print_stream_handler(FILE *stream,
                                              struct rn_handler *handler);

/* The same with a descriptor: each line is one write(2), unless that takes less
 * than the whole.  A descriptor that does not block is waited for.  Lines of
 * several workers stay whole in a file opened with O_APPEND, and in a pipe up
 * to PIPE_BUF bytes.
 *
 * fd         open for writing until the handler is released; not closed.
 * handler    in: size; out: all other fields.  Serves any number of watches.
 * Returns    0; -EINVAL size, a negative descriptor.
 * Threads    any. */
RN_API RN_CHECKED int rn_print_fd_handler(int fd, struct rn_handler *handler);

RN_END_DECLS

#endif
