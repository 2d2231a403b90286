/* The main thread's half of a stream: wait for a reason to end.
 *
 * Everything that can end a stream becomes a readable descriptor: signals by
 * signalfd(2), what a worker found out by eventfd(2), the reader of a pipe by
 * the POLLERR of its write end, which comes without an event having to be
 * written first.  One poll(2) waits for all of them; while nothing happens the
 * thread costs nothing.
 *
 * The signals are blocked from ending_init() on, so none is lost between the
 * set-up and the wait, and none kills the process while the first or the last
 * words are written: the main thread goes on taking them meanwhile.  The first
 * one asks for a clean end, whatever else has begun it; a later one, or
 * SIGQUIT, is obeyed at once.  Whoever reads the output may be slow, but one
 * that takes nothing at all does not hold up a process that was asked to
 * end. */

#include "cmd/ringnotify/ending.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Signals within so long of the first are the same wish: timeout(1) sends its
 * signal to the process, then to the whole group. */
enum { SAME_SIGNAL_NS = 500000000 };

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* A shell starts a job in the background with SIGINT ignored: leave it so. */
static void add_unless_ignored(sigset_t *signals, int signal) {
  struct sigaction action;
  if (sigaction(signal, NULL, &action) != 0) return;
  if (action.sa_handler != SIG_IGN) sigaddset(signals, signal);
}

int ending_init(struct ending *ending, void (*on_hangup)(void *context),
                void *context) {
  *ending = (struct ending){.signal_fd = -1,
                            .wake_fd = -1,
                            .on_hangup = on_hangup,
                            .context = context};
  ending_quiet(ending);
  ending->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (ending->wake_fd < 0) return -errno;
  sigemptyset(&ending->signals);
  add_unless_ignored(&ending->signals, SIGINT);
  add_unless_ignored(&ending->signals, SIGTERM);
  add_unless_ignored(&ending->signals, SIGQUIT);
  add_unless_ignored(&ending->signals, SIGHUP);
  ending->signal_fd =
      signalfd(-1, &ending->signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (ending->signal_fd < 0) {
    const int err = -errno;
    ending_fini(ending);
    return err;
  }
  return -pthread_sigmask(SIG_BLOCK, &ending->signals, NULL);
}

void ending_fini(struct ending *ending) {
  if (ending->signal_fd >= 0) close(ending->signal_fd);
  if (ending->wake_fd >= 0) close(ending->wake_fd);
}

void ending_add(struct ending *ending, unsigned reason) {
  /* release [edge ending.wake] */
  atomic_fetch_or_explicit(&ending->reasons, reason, memory_order_release);
  (void)eventfd_write(ending->wake_fd, 1);
}

void ending_busy(struct ending *ending) {
  atomic_store_explicit(&ending->quiet_since_ns, 0, memory_order_relaxed);
}

void ending_quiet(struct ending *ending) {
  atomic_store_explicit(&ending->quiet_since_ns, now_ns(),
                        memory_order_relaxed);
}

void ending_moved(struct ending *ending) {
  atomic_store_explicit(&ending->moved_ns, now_ns(), memory_order_relaxed);
}

/* Time left until the timeout; 0: it is over.  While events are handled it
 * does not run. */
static uint64_t time_left_ns(const struct ending *ending, uint64_t timeout_ns) {
  const uint64_t since =
      atomic_load_explicit(&ending->quiet_since_ns, memory_order_relaxed);
  if (since == 0) return timeout_ns;
  const uint64_t now = now_ns();
  return since + timeout_ns > now ? since + timeout_ns - now : 0;
}

/* For poll(2): rounded up, and in pieces when it is too long. */
static int to_ms(uint64_t time_ns) {
  const uint64_t time_ms = (time_ns + 999999U) / 1000000U;
  return time_ms < INT_MAX ? (int)time_ms : INT_MAX;
}

/* Take one signal, if one is there.
 *
 * Returns    the reasons that it is, perhaps none. */
static unsigned take_signal(struct ending *ending) {
  struct signalfd_siginfo info;
  if (read(ending->signal_fd, &info, sizeof(info)) != sizeof(info)) return 0;
  const int signal = (int)info.ssi_signo;
  if (signal == SIGHUP && ending->on_hangup != NULL) {
    ending->on_hangup(ending->context);
    return 0;
  }
  const bool first = ending->signalled_ns == 0;
  if (first) ending->signalled_ns = now_ns();
  const bool second =
      !first && now_ns() - ending->signalled_ns > SAME_SIGNAL_NS;
  ending->last_signal = signal;
  return second || signal == SIGQUIT ? ENDING_SIGNAL | ENDING_AT_ONCE
                                     : ENDING_SIGNAL;
}

/* Wait once.
 *
 * output_fd  or -1: it is not looked at.
 * Returns    the reasons found, perhaps none; negative errno. */
static int wait_once(struct ending *ending, int output_fd, int wait_ms) {
  struct pollfd polled[] = {
      {.fd = ending->signal_fd, .events = POLLIN},
      {.fd = ending->wake_fd, .events = POLLIN},
      {.fd = output_fd, .events = 0}, /* POLLERR and POLLHUP come unasked */
  };
  if (poll(polled, 3, wait_ms) < 0) return errno == EINTR ? 0 : -errno;
  unsigned reasons = 0;
  if (polled[0].revents != 0) reasons |= take_signal(ending);
  eventfd_t count; /* to be woken anew */
  if (polled[1].revents != 0) (void)eventfd_read(ending->wake_fd, &count);
  /* acquire [edge ending.wake] */
  reasons |= atomic_load_explicit(&ending->reasons, memory_order_acquire);
  if (polled[2].revents != 0) reasons |= ENDING_READER_GONE;
  return (int)reasons;
}

int ending_wait(struct ending *ending, int output_fd, uint64_t timeout_ns,
                unsigned *reasons) {
  int found = ending->signalled_ns != 0 ? ENDING_SIGNAL : 0;
  while (found == 0) {
    int wait_ms = -1;
    if (timeout_ns != 0) {
      const uint64_t left_ns = time_left_ns(ending, timeout_ns);
      if (left_ns == 0) found = ENDING_TIMEOUT;
      wait_ms = to_ms(left_ns);
    }
    const int now = wait_once(ending, output_fd, wait_ms);
    if (now < 0) return now;
    found |= now;
  }
  *reasons = (unsigned)found;
  return 0;
}

/* For how long the output may go on taking nothing; 0: it was too long. */
static uint64_t patience_left_ns(const struct ending *ending) {
  uint64_t since =
      atomic_load_explicit(&ending->moved_ns, memory_order_relaxed);
  if (since < ending->signalled_ns) since = ending->signalled_ns;
  const uint64_t until = since + ENDING_PATIENCE_S * (uint64_t)1000000000;
  const uint64_t now = now_ns();
  return until > now ? until - now : 0;
}

int ending_wait_finished(struct ending *ending, unsigned *reasons) {
  const unsigned last = ENDING_AT_ONCE | ENDING_FINISHED;
  unsigned found = *reasons;
  while ((found & last) == 0) {
    int wait_ms = -1;
    if (ending->signalled_ns != 0) {
      const uint64_t left_ns = patience_left_ns(ending);
      if (left_ns == 0) {
        *reasons = ENDING_STUCK;
        return 0;
      }
      wait_ms = to_ms(left_ns);
    }
    const int now = wait_once(ending, -1, wait_ms);
    if (now < 0) return now;
    found = (unsigned)now;
  }
  /* Another thread may begin to write. */
  atomic_fetch_and_explicit(&ending->reasons, ~(unsigned)ENDING_FINISHED,
                            memory_order_relaxed);
  *reasons = (found & ENDING_FINISHED) != 0 ? ENDING_FINISHED : ENDING_AT_ONCE;
  return 0;
}

void ending_let_through(const struct ending *ending) {
  (void)pthread_sigmask(SIG_UNBLOCK, &ending->signals, NULL);
}

void ending_die(const struct ending *ending) {
  (void)raise(ending->last_signal); /* blocked: it waits */
  ending_let_through(ending);
  /* The first process of a container lives on. */
  _exit(128 + ending->last_signal);
}
