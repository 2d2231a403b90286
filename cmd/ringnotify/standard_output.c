/* Rules of stdout: a reader that leaves is no error, anything else is.
 *
 * `ringnotify watch DIR | head -1` ends quietly; a full disk is said and ends
 * with 1.  A closed stdout is an error at once, not at the first event. */

#include "cmd/ringnotify/standard_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/output.h"

/* Returns whether `fd` was closed. */
static bool hold(int fd) {
  if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return false;
  (void)open("/dev/null", O_RDWR); /* the lowest free number: this one */
  return true;
}

enum exit_code standard_output_check(void) {
  (void)hold(STDIN_FILENO);
  const bool closed = hold(STDOUT_FILENO);
  (void)hold(STDERR_FILENO);
  return closed ? standard_output_failed(-EBADF) : EXIT_CODE_OK;
}

enum exit_code standard_output_show(const char *page) {
  struct output output = {.fd = STDOUT_FILENO};
  text_add_string(&output.text, page);
  const int err = output_flush(&output);
  output_fini(&output);
  return err == 0 ? EXIT_CODE_OK : standard_output_failed(err);
}

enum exit_code standard_output_failed(int error) {
  if (error == -EPIPE) return EXIT_CODE_OK;
  message_error("cannot write to stdout: %s", strerrordesc_np(-error));
  return EXIT_CODE_ERROR;
}
