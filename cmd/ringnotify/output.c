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
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static void wait_writable(int fd) {
  struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
  (void)poll(&descriptor, 1, -1);
}

/* Take back the part of a record at the end of what was written, from a regular
 * file that nobody else has added to since. */
static void take_back_part(const struct output *output, size_t written) {
  const char *data = output->text.data;
  size_t whole = written;
  while (whole > 0 && data[whole - 1] != output->separator) whole--;
  struct stat status;
  if (whole == written || fstat(output->fd, &status) != 0 ||
      !S_ISREG(status.st_mode) ||
      lseek(output->fd, 0, SEEK_CUR) != status.st_size)
    return;
  (void)!ftruncate(output->fd, status.st_size - (off_t)(written - whole));
}

static int write_all(struct output *output) {
  const struct text *text = &output->text;
  for (size_t done = 0; done < text->size;) {
    const ssize_t count =
        write(output->fd, text->data + done, text->size - done);
    if (count >= 0) {
      done += (size_t)count;
      if (output->on_written != NULL) output->on_written(output->context);
    } else if (errno == EAGAIN) {
      wait_writable(output->fd);
    } else if (errno != EINTR) {
      const int err = -errno;
      take_back_part(output, done);
      return err;
    }
  }
  return 0;
}

int output_flush(struct output *output) {
  struct text *text = &output->text;
  if (output->error == 0 && text->failed) output->error = -ENOMEM;
  if (output->error == 0) output->error = write_all(output);
  text->size = 0;
  return output->error;
}

void output_end_record(struct output *output) {
  if (output->text.size >= OUTPUT_HELD_MAX) (void)output_flush(output);
}

static bool is_same(const struct stat *one, const struct stat *other) {
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

void output_mend_end(int fd, const char *path, char separator) {
  struct stat ours, there;
  char last = separator;
  if (fstat(fd, &ours) != 0 || !S_ISREG(ours.st_mode) || ours.st_size == 0)
    return;
  const int read_fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (read_fd < 0) return;
  const bool found = fstat(read_fd, &there) == 0 && is_same(&ours, &there) &&
                     pread(read_fd, &last, 1, ours.st_size - 1) == 1;
  close(read_fd);
  if (found && last != separator) (void)!write(fd, &separator, 1);
}

void output_fini(struct output *output) { text_fini(&output->text); }
