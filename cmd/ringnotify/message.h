#ifndef CMD_RINGNOTIFY_MESSAGE_H
#define CMD_RINGNOTIFY_MESSAGE_H

/* What is said to a person, on stderr.
 *
 * Each call writes one line, in one write(2), that begins "ringnotify: error: "
 * "ringnotify: warning: " or "ringnotify: note: ".  Control bytes and
 * backslashes in it are escaped as in plain output: a file name cannot break
 * the line or reach a terminal.  Threads: any. */

void message_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void message_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void message_note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
