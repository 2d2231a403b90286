/* Lines on stderr.
 *
 * stdout belongs to data alone; here goes everything else, always as whole
 * lines with a prefix that tells program and severity, so that both a person
 * and a log filter can read them.  What stderr does not take is lost, but for a
 * daemon: its messages go to the log of the system then. */

#include "cmd/ringnotify/message.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "cmd/ringnotify/text.h"

/* What the log of the system is told.  Set once, read by all threads; it
 * carries nothing else. */
enum log_use { LOG_NOTHING, LOG_WHAT_FAILED, LOG_ALL };
static _Atomic(enum log_use) log_use = LOG_NOTHING;

/* A word before each message, and what syslog(3) calls it. */
struct severity {
  const char *word;
  int priority;
};

void message_log(bool always) {
  openlog("ringnotify", LOG_PID, LOG_DAEMON);
  atomic_store_explicit(&log_use, always ? LOG_ALL : LOG_WHAT_FAILED,
                        memory_order_relaxed);
}

/* Returns whether all of it was written. */
static bool write_line(const struct text *line) {
  size_t done = 0;
  while (done < line->size) {
    const ssize_t count =
        write(STDERR_FILENO, line->data + done, line->size - done);
    if (count < 0) return false;
    done += (size_t)count;
  }
  return true;
}

static const char program[] = "ringnotify: ";

/* line       with program, severity and '\n'. */
static void put(const struct text *line, int priority) {
  const enum log_use use = atomic_load_explicit(&log_use, memory_order_relaxed);
  const bool written = use != LOG_ALL && write_line(line);
  const size_t start = strlen(program);
  if (use != LOG_NOTHING && !written)
    syslog(priority, "%.*s", (int)(line->size - start - 1), line->data + start);
}

static void __attribute__((format(printf, 2, 0)))
say(struct severity severity, const char *format, va_list arguments) {
  char *what = NULL;
  if (vasprintf(&what, format, arguments) < 0) return;
  struct text line = {0};
  text_add_string(&line, program);
  text_add_string(&line, severity.word);
  text_add_string(&line, ": ");
  text_add_escaped(&line, what, strlen(what));
  text_add_byte(&line, '\n');
  if (!line.failed) put(&line, severity.priority);
  text_fini(&line);
  free(what);
}

void message_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say((struct severity){"error", LOG_ERR}, format, arguments);
  va_end(arguments);
}

void message_warning(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say((struct severity){"warning", LOG_WARNING}, format, arguments);
  va_end(arguments);
}

void message_note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say((struct severity){"note", LOG_NOTICE}, format, arguments);
  va_end(arguments);
}
