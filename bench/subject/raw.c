/* The raw read loop.  It has no paths: asked for them it does without, so the
 * ratio to it says what they cost.
 *
 * It runs on a thread of its own, as any service would have it: whoever made
 * the events is another.  On the thread that made them it would find the
 * kernel's memory of them in its own processor's caches, which none of the
 * others does. */

#include "bench/subject/raw.h"

#include <errno.h>
#include <pthread.h>
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

/* What the loop's thread is given. */
struct loop {
  int fd;
  char *buffer;
  uint64_t expected;
  uint32_t work_ns;
  struct drained *drained;
  int err;
};

/* Read until everything has come or the queue is empty. */
static void *run_loop(void *argument) {
  struct loop *loop = argument;
  const uint64_t end = loop->drained->delivered + loop->expected;
  while (loop->drained->delivered < end) {
    const ssize_t size = read(loop->fd, loop->buffer, READ_SIZE);
    if (size < 0) {
      if (errno != EAGAIN) loop->err = -errno;
      break;
    }
    walk(loop->buffer, size, loop->work_ns, loop->drained);
  }
  return NULL;
}

/* Returns 0 or a negative errno. */
static int run_on_a_thread(struct loop *loop) {
  const struct instant begin = instant_now();
  pthread_t thread;
  const int err = pthread_create(&thread, NULL, run_loop, loop);
  if (err != 0) return -err;
  (void)pthread_join(thread, NULL);
  add_time_since(loop->drained, begin);
  return loop->err;
}

static int drain(const struct subject *subject, struct load *load,
                 const struct variant *variant, uint64_t count,
                 struct drained *drained) {
  (void)subject;
  const int fd = open_and_watch(load);
  if (fd < 0) return fd;
  struct loop loop = {.fd = fd,
                      .buffer = malloc(READ_SIZE),
                      .expected = count + 1,
                      .work_ns = variant->handler->work_ns,
                      .drained = drained};
  int err = loop.buffer == NULL ? -ENOMEM : load_make_events(load, count);
  if (err == 0) {
    err = run_on_a_thread(&loop);
    drained->expected += count;
    drained->delivered--; /* the last */
  }
  free(loop.buffer);
  close(fd);
  return err;
}

const struct subject raw_subject = {
    .name = "raw", .drain = drain, .set_up = raw_set_up};
