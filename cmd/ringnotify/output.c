/* The buffered writer behind stdout.
 *
 * A batch of events becomes one write(2), which is what carries the
 * throughput; a record is never held back beyond its batch, which is what
 * makes a pipe readable at once.  stdio would cut a line where its buffer ends:
 * here a write always ends at the end of a record, so that a reader of lines
 * (and a second writer of the same file) sees whole ones.
 *
 * The first error is final.  A reader that went away (EPIPE) and a full disk
 * are told apart by the caller. */

#include "cmd/ringnotify/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static void wait_writable(int fd) {
  struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
  (void)poll(&descriptor, 1, -1);
}

static int write_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    const ssize_t count = write(fd, data, size);
    if (count >= 0) {
      data += count;
      size -= (size_t)count;
    } else if (errno == EAGAIN) {
      wait_writable(fd);
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return 0;
}

int output_flush(struct output *output) {
  struct text *text = &output->text;
  if (output->error == 0 && text->failed) output->error = -ENOMEM;
  if (output->error == 0)
    output->error = write_all(output->fd, text->data, text->size);
  text->size = 0;
  return output->error;
}

void output_end_record(struct output *output) {
  if (output->text.size >= OUTPUT_HELD_MAX) (void)output_flush(output);
}

void output_fini(struct output *output) { text_fini(&output->text); }
