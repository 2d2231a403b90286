/* The least that anyone who reads inotify has to do. */

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "bench/pipeline/drain.h"

enum { READ_SIZE = 65536 };

static int open_and_watch(const struct load *load) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return -errno;
  for (uint32_t i = 0; i <= load->watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (inotify_add_watch(fd, path, IN_MODIFY) >= 0) continue;
    const int err = -errno;
    close(fd);
    return err;
  }
  return fd;
}

/* Read until the queue is empty.  Returns 0 or a negative errno. */
static int read_all(int fd, char *buffer, uint64_t expected,
                    struct drained *result) {
  uint64_t count = 0;
  while (count < expected) {
    const ssize_t size = read(fd, buffer, READ_SIZE);
    if (size < 0) {
      if (errno == EAGAIN) break;
      return -errno;
    }
    for (const char *at = buffer; at < buffer + size;) {
      const struct inotify_event *event = (const void *)at;
      result->overflows += (event->mask & IN_Q_OVERFLOW) != 0;
      count++;
      at += sizeof(*event) + event->len;
    }
  }
  result->delivered += count;
  return 0;
}

int drain_raw(struct load *load, uint64_t count, struct drained *result) {
  const int fd = open_and_watch(load);
  if (fd < 0) return fd;
  char *buffer = malloc(READ_SIZE);
  int err = buffer == NULL ? -ENOMEM : load_make_events(load, count);
  if (err == 0) {
    const struct instant begin = instant_now();
    err = read_all(fd, buffer, count + 1, result);
    add_time_since(result, begin);
    result->expected += count + 1;
  }
  free(buffer);
  close(fd);
  return err;
}
