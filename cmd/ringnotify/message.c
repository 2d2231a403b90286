/* Lines on stderr.
 *
 * stdout belongs to data alone; here goes everything else, always as whole
 * lines with a prefix that tells program and severity, so that both a person
 * and a log filter can read them.  A failure to write stderr is not reported:
 * there is no place left to report it. */

#include "cmd/ringnotify/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ringnotify/text.h"

static void write_line(const struct text *line) {
  size_t done = 0;
  while (done < line->size) {
    const ssize_t count =
        write(STDERR_FILENO, line->data + done, line->size - done);
    if (count < 0) return;
    done += (size_t)count;
  }
}

static void __attribute__((format(printf, 2, 0)))
say(const char *severity, const char *format, va_list arguments) {
  char *what = NULL;
  if (vasprintf(&what, format, arguments) < 0) return;
  struct text line = {0};
  text_add_string(&line, "ringnotify: ");
  text_add_string(&line, severity);
  text_add_string(&line, ": ");
  text_add_escaped(&line, what, strlen(what));
  text_add_byte(&line, '\n');
  if (!line.failed) write_line(&line);
  text_fini(&line);
  free(what);
}

void message_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say("error", format, arguments);
  va_end(arguments);
}

void message_warning(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say("warning", format, arguments);
  va_end(arguments);
}

void message_note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say("note", format, arguments);
  va_end(arguments);
}
