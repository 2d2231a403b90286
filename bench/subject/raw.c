/* The raw read loop.  It has no paths: asked for them it does without, so the
 * ratio to it says what they cost. */

#include "bench/subject/raw.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "bench/subject/raw_walk.h"

enum { READ_SIZE = 65536 };

static int open_and_watch(const struct load *load) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return -errno;
  for (uint32_t i = 0; i <= load->shape.watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (inotify_add_watch(fd, path, IN_MODIFY) >= 0) continue;
    const int err = -errno;
    close(fd);
    return err;
  }
  return fd;
}

/* Walk over what one read brought. */
static void walk(const char *buffer, ssize_t size, uint32_t work_ns,
                 struct drained *drained) {
  for (const char *at = buffer; at < buffer + size;) {
    const struct inotify_event *event = (const void *)at;
    drained->overflows += (event->mask & IN_Q_OVERFLOW) != 0;
    drained->delivered++;
    if (work_ns > 0) burn_ns(work_ns);
    at += sizeof(*event) + event->len;
  }
}

/* Read until everything has come or the queue is empty.  Returns 0 or a
 * negative errno. */
static int read_all(int fd, char *buffer, uint64_t expected, uint32_t work_ns,
                    struct drained *drained) {
  const uint64_t end = drained->delivered + expected;
  while (drained->delivered < end) {
    const ssize_t size = read(fd, buffer, READ_SIZE);
    if (size < 0) return errno == EAGAIN ? 0 : -errno;
    walk(buffer, size, work_ns, drained);
  }
  return 0;
}

static int drain(const struct subject *subject, struct load *load,
                 const struct variant *variant, uint64_t count,
                 struct drained *drained) {
  (void)subject;
  const int fd = open_and_watch(load);
  if (fd < 0) return fd;
  char *buffer = malloc(READ_SIZE);
  int err = buffer == NULL ? -ENOMEM : load_make_events(load, count);
  if (err == 0) {
    const struct instant begin = instant_now();
    err = read_all(fd, buffer, count + 1, variant->handler->work_ns, drained);
    add_time_since(drained, begin);
    drained->expected += count;
    drained->delivered--; /* the last */
  }
  free(buffer);
  close(fd);
  return err;
}

const struct subject raw_subject = {
    .name = "raw", .drain = drain, .set_up = raw_set_up};
