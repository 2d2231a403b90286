#ifndef CMD_RINGNOTIFY_ENDING_H
#define CMD_RINGNOTIFY_ENDING_H

/* Why and when a stream of events ends: the main thread waits here while a
 * worker writes. */

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

/* Reasons, as bits. */
enum {
  ENDING_SIGNAL = 1U << 0,      /* SIGINT or SIGTERM */
  ENDING_TIMEOUT = 1U << 1,     /* nothing came for the time given */
  ENDING_READER_GONE = 1U << 2, /* nobody reads the output any more */
  ENDING_OUTPUT = 1U << 3,      /* the output could not be written */
  ENDING_SOURCE = 1U << 4,      /* events can no longer be read */
  ENDING_UNWATCHED = 1U << 5,   /* nothing is left to watch */
  ENDING_LOSS = 1U << 6,        /* events were lost */
};

struct ending {
  /* const: set before the worker starts */
  sigset_t signals; /* those that end: blocked in this thread */
  int signal_fd;
  int wake_fd;
  /* shared: w worker | r main | release/acquire [edge ending.wake] | what the
   * worker wrote about the reason is seen with it */
  atomic_uint reasons;
  /* shared: w worker | r main | relaxed | a time, orders nothing: monotonic ns
   * of the last event, 0 while events are handled */
  _Atomic uint64_t quiet_since_ns;
};

/* Begin to collect SIGINT and SIGTERM; one that is ignored stays ignored.
 *
 * Returns    0; negative errno. */
int ending_init(struct ending *ending);

void ending_fini(struct ending *ending);

/* Add a reason.
 *
 * Threads    any. */
void ending_add(struct ending *ending, unsigned reason);

/* Say that events are being handled, and that they were.
 *
 * Threads    the worker. */
void ending_busy(struct ending *ending);
void ending_quiet(struct ending *ending);

/* Wait for a reason.  From its return on a signal has its default action: it
 * ends the process at once.
 *
 * output_fd  watched for a reader that leaves.
 * timeout_ns ENDING_TIMEOUT comes when no event came for so long; 0: never.
 * reasons    out: all that are known now, at least one.
 * Returns    0; negative errno.
 * Threads    main. */
int ending_wait(struct ending *ending, int output_fd, uint64_t timeout_ns,
                unsigned *reasons);

#endif
