/* Bytes to where the user wants them.
 *
 * These are the only system calls outside of lib/sys: they go to the user's own
 * files, on the user's word, and no stage of the library depends on them. */

#include "lib/handler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

int rn_output_stream(FILE *stream, struct rn_bytes bytes) {
  errno = 0;
  if (fwrite(bytes.data, 1, bytes.size, stream) == bytes.size &&
      fflush(stream) == 0)
    return 0;
  return errno == 0 ? -EIO : -errno;
}

/* One write(2).  Returns how many bytes it took. */
static ssize_t write_some(int fd, struct rn_bytes bytes) {
  for (;;) {
    const ssize_t written = write(fd, bytes.data, bytes.size);
    if (written >= 0) return written;
    if (errno == EAGAIN) {
      struct pollfd ready = {.fd = fd, .events = POLLOUT};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return -errno;
    } else if (errno != EINTR) {
      return -errno;
    }
  }
}

int rn_output_fd(int fd, struct rn_bytes bytes) {
  while (bytes.size > 0) {
    const ssize_t written = write_some(fd, bytes);
    if (written < 0) return (int)written;
    bytes.data += written;
    bytes.size -= (size_t)written;
  }
  return 0;
}

int rn_output_new_file(const char *path, struct rn_bytes bytes) {
  const int fd =
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
           S_IRUSR | S_IWUSR);
  if (fd < 0) return -errno;
  const int err = rn_output_fd(fd, bytes);
  const int close_err = close(fd) < 0 && errno != EINTR ? -errno : 0;
  return err < 0 ? err : close_err;
}
