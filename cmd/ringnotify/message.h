#ifndef CMD_RINGNOTIFY_MESSAGE_H
#define CMD_RINGNOTIFY_MESSAGE_H

/* What is said to a person, on stderr.
 *
 * Each call writes one line, in one write(2), that begins "ringnotify: error: "
 * "ringnotify: warning: " or "ringnotify: note: ".  Control bytes and
 * backslashes in it are escaped as in plain output: a file name cannot break
 * the line or reach a terminal.  Threads: any. */

#include <stdbool.h>

void message_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void message_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void message_note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* From now on what stderr does not take goes to the log of the system,
 * syslog(3), which names the process itself.
 *
 * always     all of it does: nobody has stderr. */
void message_log(bool always);

#endif
