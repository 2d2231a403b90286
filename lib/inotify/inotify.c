/* One inotify instance as the kernel gives it.
 *
 * The idea: the descriptor never blocks and all waiting is done by poll(), so
 * that a read has three steps that a test can script: take what is queued; if
 * that was nothing, wait and let others gather; take again.  FIONREAD tells how
 * much is queued and the buffer grows to it, so one read(2) takes it all; what
 * arrives in between uses the rest of the buffer.
 *
 * The invariant: the buffer holds the records of the last read and nothing
 * reads it while it is replaced, which is why one thread at a time reads.
 * fd and sys never change, which is why any thread may add and remove.
 *
 * Waiting ends at a moment on CLOCK_MONOTONIC that is fixed once: signals do
 * not stretch it, a clock that is set does not move it.  An error that poll()
 * reports on the descriptor ends the wait, because it would be reported again
 * at once, for ever.
 *
 * What this does not do: know paths, recurse, start threads, parse. */

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/base.h"
#include "lib/base/cancel.h"
#include "lib/inotify/inotify_internal.h"
#include "lib/sys/sys.h"

/* The buffer at first, and the step in which it grows.  Larger than any record,
 * so that read(2) never finds it too small for one. */
#define BUFFER_SIZE_STEP ((size_t)64 * 1024)
/* Where it stops: a longer queue takes more than one call. */
#define BUFFER_SIZE_MAX ((size_t)1024 * 1024 * 1024)

static_assert(BUFFER_SIZE_MAX <= INT_MAX, "a size read must fit the result");

struct rn_inotify {
  const struct rn_sys *sys;
  int fd;
  char *buffer;
  size_t buffer_size;
};

/* When a wait ends. */
struct deadline {
  bool never;
  int64_t end_ns; /* CLOCK_MONOTONIC */
};

static struct deadline deadline_in(int timeout_ms);
static int wait_and_take(struct rn_inotify *inotify, int timeout_ms,
                         int delay_ms);
static int wait_readable(const struct rn_inotify *inotify,
                         const struct deadline *deadline);
static int wait_delay(const struct rn_sys *sys, int delay_ms);
static int take_queued(struct rn_inotify *inotify);
static int reserve(struct rn_inotify *inotify, size_t size);

int rn_inotify_open(unsigned flags, struct rn_inotify **inotify) {
  return rn_inotify_open_on(&rn_sys_linux, flags, inotify);
}

int rn_inotify_open_on(const struct rn_sys *sys, unsigned flags,
                       struct rn_inotify **inotify) {
  RN_UNCANCELLED;
  int err;
  if ((flags & ~(unsigned)RN_INOTIFY_INHERIT) != 0) return -EINVAL;
  struct rn_inotify *opened = malloc(sizeof(*opened));
  if (opened == NULL) return -ENOMEM;
  *opened = (struct rn_inotify){.sys = sys};
  err = reserve(opened, BUFFER_SIZE_STEP);
  if (err < 0) goto free_opened;
  opened->fd = sys->inotify_open(
      sys, IN_NONBLOCK | (flags & RN_INOTIFY_INHERIT ? 0 : IN_CLOEXEC));
  if (opened->fd < 0) {
    err = opened->fd;
    goto free_buffer;
  }
  *inotify = opened;
  return 0;

free_buffer:
  free(opened->buffer);
free_opened:
  free(opened);
  return err;
}

void rn_inotify_close(struct rn_inotify *inotify) {
  RN_UNCANCELLED;
  if (inotify == NULL) return;
  inotify->sys->close(inotify->sys, inotify->fd);
  free(inotify->buffer);
  free(inotify);
}

int rn_inotify_fd(const struct rn_inotify *inotify) { return inotify->fd; }

int rn_inotify_add_watch(struct rn_inotify *inotify, const char *path,
                         uint32_t mask) {
  const int err = rn_mask_check(mask);
  if (err < 0) return err;
  return inotify->sys->watch_add(inotify->sys, inotify->fd, path, mask);
}

int rn_inotify_rm_watch(struct rn_inotify *inotify, int wd) {
  return inotify->sys->watch_remove(inotify->sys, inotify->fd, wd);
}

int rn_inotify_read(struct rn_inotify *inotify, int timeout_ms, int delay_ms,
                    struct rn_cursor *events) {
  RN_UNCANCELLED;
  if (delay_ms < 0) return -EINVAL;
  int taken = take_queued(inotify);
  if (taken == 0 && timeout_ms != 0)
    taken = wait_and_take(inotify, timeout_ms, delay_ms);
  if (taken < 0) return taken;
  *events = rn_parse_begin(inotify->buffer, (size_t)taken);
  return taken;
}

/* Wait for events and take them.  Somebody else, a process forked from this
 * one, may take them first: then the wait goes on. */
static int wait_and_take(struct rn_inotify *inotify, int timeout_ms,
                         int delay_ms) {
  const struct deadline deadline = deadline_in(timeout_ms);
  for (;;) {
    const int ready = wait_readable(inotify, &deadline);
    if (ready <= 0) return ready;
    const int err = wait_delay(inotify->sys, delay_ms);
    if (err < 0) return err;
    const int taken = take_queued(inotify);
    if (taken != 0) return taken;
  }
}

static int64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct deadline deadline_in(int timeout_ms) {
  if (timeout_ms < 0) return (struct deadline){.never = true};
  return (struct deadline){.end_ns =
                               monotonic_ns() + timeout_ms * INT64_C(1000000)};
}

/* What is left for poll(): -1 for ever, rounded up so that a wait never ends
 * early. */
static int left_ms(const struct deadline *deadline) {
  if (deadline->never) return -1;
  const int64_t left_ns = deadline->end_ns - monotonic_ns();
  return left_ns > 0 ? (int)((left_ns + 999999) / 1000000) : 0;
}

/* Returns 1 there are events; 0 the time ran out; -EBADF the descriptor is
 * none; -EIO another error on it; else what poll() gave. */
static int wait_readable(const struct rn_inotify *inotify,
                         const struct deadline *deadline) {
  struct pollfd waited = {.fd = inotify->fd, .events = POLLIN};
  for (;;) {
    const int timeout_ms = left_ms(deadline);
    const int ready = inotify->sys->poll(inotify->sys, &waited, 1, timeout_ms);
    if (ready == -EINTR) continue;
    if (ready < 0) return ready;
    if (ready > 0) break;
    if (timeout_ms == 0) return 0;
  }
  if ((waited.revents & POLLNVAL) != 0) return -EBADF;
  if ((waited.revents & (POLLERR | POLLHUP)) != 0) return -EIO;
  return 1;
}

/* Let time pass. */
static int wait_delay(const struct rn_sys *sys, int delay_ms) {
  const struct deadline deadline = deadline_in(delay_ms);
  int timeout_ms;
  while ((timeout_ms = left_ms(&deadline)) > 0) {
    const int result = sys->poll(sys, NULL, 0, timeout_ms);
    if (result < 0 && result != -EINTR) return result;
  }
  return 0;
}

/* Read what is queued into the buffer.  Returns its size, 0 when there is
 * nothing. */
static int take_queued(struct rn_inotify *inotify) {
  size_t queued;
  int err = inotify->sys->queued(inotify->sys, inotify->fd, &queued);
  if (err < 0) return err;
  if (queued == 0) return 0;
  err = reserve(inotify, queued);
  if (err < 0) return err;
  const ssize_t taken = inotify->sys->read(
      inotify->sys, inotify->fd, inotify->buffer, inotify->buffer_size);
  if (taken == -EAGAIN) return 0;
  RN_ASSERT(taken <= (ssize_t)inotify->buffer_size);
  return (int)taken;
}

/* Make the buffer hold `size` bytes, or as many as it may; what it held is
 * lost. */
static int reserve(struct rn_inotify *inotify, size_t size) {
  if (size > BUFFER_SIZE_MAX) size = BUFFER_SIZE_MAX;
  if (size <= inotify->buffer_size) return 0;
  const size_t grown_size = rn_round_up(size, BUFFER_SIZE_STEP);
  char *grown = malloc(grown_size);
  if (grown == NULL) return -ENOMEM;
  free(inotify->buffer);
  inotify->buffer = grown;
  inotify->buffer_size = grown_size;
  return 0;
}
