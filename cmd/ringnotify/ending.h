#ifndef CMD_RINGNOTIFY_ENDING_H
#define CMD_RINGNOTIFY_ENDING_H

/* Why and when a stream of events ends: the main thread waits here while a
 * worker writes, and while the first and the last words are written. */

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

/* Reasons, as bits. */
enum {
  ENDING_SIGNAL = 1U << 0,      /* SIGINT, SIGTERM, or SIGHUP */
  ENDING_TIMEOUT = 1U << 1,     /* nothing came for the time given */
  ENDING_READER_GONE = 1U << 2, /* nobody reads the output any more */
  ENDING_OUTPUT = 1U << 3,      /* the output could not be written */
  ENDING_SOURCE = 1U << 4,      /* events can no longer be read */
  ENDING_UNWATCHED = 1U << 5,   /* nothing is left to watch */
  ENDING_LOSS = 1U << 6,        /* events were lost */
  ENDING_AT_ONCE = 1U << 7,     /* a second signal, or SIGQUIT: write no more */
  ENDING_FINISHED = 1U << 8,    /* what was to be written was */
  ENDING_STUCK = 1U << 9,       /* the output takes nothing any more */
};

/* After a signal the output may take nothing for so long. */
enum { ENDING_PATIENCE_S = 5 };

struct ending {
  /* const: set before the worker starts */
  sigset_t signals; /* those that are waited for: blocked in this thread */
  int signal_fd;
  int wake_fd;
  void (*on_hangup)(void *context); /* what SIGHUP asks for; NULL: the end */
  void *context;                    /* of on_hangup */
  /* main: only the main thread */
  int last_signal;       /* 0: none was taken */
  uint64_t signalled_ns; /* monotonic; when the first one that ends was */
  /* shared: w any | r main | release/acquire [edge ending.wake] | what was
   * written about the reason is seen with it */
  atomic_uint reasons;
  /* shared: w worker | r main | relaxed | a time, orders nothing: monotonic ns
   * of the last event, 0 while events are handled */
  _Atomic uint64_t quiet_since_ns;
  /* shared: w who writes the output | r main | relaxed | a time, orders
   * nothing:  monotonic ns of when the output took something last */
  _Atomic uint64_t moved_ns;
};

/* Begin to collect SIGINT, SIGTERM, SIGQUIT and SIGHUP; one that is ignored
 * stays ignored.
 *
 * on_hangup  called by the main thread for each SIGHUP, with the context; NULL:
 *            SIGHUP ends the stream.
 * Returns    0; negative errno. */
int ending_init(struct ending *ending, void (*on_hangup)(void *context),
                void *context);

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

/* Say that the output has taken something.
 *
 * Threads    whoever writes it. */
void ending_moved(struct ending *ending);

/* Wait for a reason; a signal that ending_wait_finished() has taken is one.
 *
 * output_fd  watched for a reader that leaves.
 * timeout_ns ENDING_TIMEOUT comes when no event came for so long; 0: never.
 * reasons    out: all that are known now, at least one.
 * Returns    0; negative errno.
 * Threads    main. */
int ending_wait(struct ending *ending, int output_fd, uint64_t timeout_ns,
                unsigned *reasons);

/* Wait until the first words were written, or the last ones, by another thread
 * that then adds ENDING_FINISHED.  The first signal, if none has come yet, is
 * only noted; from then on ENDING_STUCK comes when the output takes nothing for
 * ENDING_PATIENCE_S.
 *
 * reasons    in: what ending_wait() gave, 0 before it; out: ENDING_FINISHED,
 *            ENDING_AT_ONCE or ENDING_STUCK.
 * Returns    0; negative errno.
 * Threads    main. */
int ending_wait_finished(struct ending *ending, unsigned *reasons);

/* Let signals have their default action from now on. */
void ending_let_through(const struct ending *ending);

/* End the process by the signal that was taken last, whose action is the
 * default; or where that does not end it, with the code of a shell for it. */
_Noreturn void ending_die(const struct ending *ending);

#endif
