/* The raw read loop in a thread of its own.
 *
 * It ends itself behind the last event: nothing is in the queue then.  Where
 * that never comes it is cancelled in its read. */

#include "bench/subject/listen_raw.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "bench/core/clock.h"
#include "bench/core/task_cpu.h"
#include "bench/subject/wait_for.h"

enum { READ_SIZE = 65536 };

struct listener {
  /* const: set before the thread starts */
  struct listening asked;
  int fd;
  int last_wd; /* of the directory in which only the last event happens */
  char *buffer;
  pthread_t thread;
  /* the thread's, until it has posted or was joined */
  struct listened listened;
  /* shared: w thread | r waiter | semaphore | `listened` is complete */
  sem_t last;
};

static int watch(struct listener *listener) {
  const struct load *load = listener->asked.load;
  for (uint32_t i = 0; i <= load->shape.watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    listener->last_wd = inotify_add_watch(listener->fd, path, IN_MODIFY);
    if (listener->last_wd < 0) return -errno;
  }
  return 0;
}

/* ---- the thread ---- */

static void handle(struct listener *listener,
                   const struct inotify_event *event) {
  const struct listening *asked = &listener->asked;
  listener->listened.delivered++;
  if (asked->stamps != NULL)
    stamps_put(asked->stamps, event->name, strlen(event->name), now_ns());
  else if (asked->handler->work_ns > 0)
    burn_ns(asked->handler->work_ns);
}

/* Walk over what one read brought.  Returns true behind the last event. */
static bool walk(struct listener *listener, ssize_t size) {
  const char *end = listener->buffer + size;
  for (const char *at = listener->buffer; at < end;) {
    const struct inotify_event *event = (const void *)at;
    if (event->wd == listener->last_wd) return true;
    if ((event->mask & IN_Q_OVERFLOW) != 0)
      listener->listened.overflows++;
    else
      handle(listener, event);
    at += sizeof(*event) + event->len;
  }
  return false;
}

static void *listen_until_last(void *context) {
  struct listener *listener = context;
  (void)pthread_setname_np(pthread_self(), TASK_NAME "-r");
  for (;;) {
    const ssize_t size = read(listener->fd, listener->buffer, READ_SIZE);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return NULL; /* the last event will be missed */
    if (walk(listener, size)) break;
  }
  listener->listened.last_ns = now_ns();
  listener->listened.reader_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  (void)sem_post(&listener->last);
  return NULL;
}

/* ---- the listener ---- */

static void let_go(struct listener *listener) {
  if (listener->fd >= 0) close(listener->fd);
  (void)sem_destroy(&listener->last);
  free(listener->buffer);
  free(listener);
}

static int start(struct listener *listener) {
  if (listener->buffer == NULL) return -ENOMEM;
  if (listener->fd < 0) return -errno;
  const int err = watch(listener);
  if (err < 0) return err;
  return -pthread_create(&listener->thread, NULL, listen_until_last, listener);
}

static int begin(const struct listener_kind *kind,
                 const struct listening *listening,
                 struct listener **listener) {
  (void)kind;
  struct listener *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->asked = *listening;
  (void)sem_init(&made->last, 0, 0);
  made->buffer = malloc(READ_SIZE);
  made->fd = inotify_init1(IN_CLOEXEC);
  const int err = start(made);
  if (err < 0) {
    let_go(made);
    return err;
  }
  *listener = made;
  return 0;
}

static bool wait_last(struct listener *listener, int timeout_ms) {
  return wait_for(&listener->last, timeout_ms);
}

static int end(struct listener *listener, struct listened *listened) {
  (void)pthread_cancel(listener->thread);
  (void)pthread_join(listener->thread, NULL);
  *listened = listener->listened;
  let_go(listener);
  return 0;
}

const struct listener_kind raw_listener = {
    .name = "raw", .begin = begin, .wait_last = wait_last, .end = end};
