#ifndef BENCH_SUBJECT_LISTENER_H
#define BENCH_SUBJECT_LISTENER_H

/* Who listens while the load is being changed.
 *
 *     begin -> (events are made) -> wait_last -> end
 *
 * The last event of the load may be lost as any other: whoever makes it makes
 * it again until wait_last() says that it came.  So it may come more than once,
 * and no count holds it.
 *
 * listen_raw.h and listen_own.h name two; a peer is a struct listener_kind of
 * its own. */

#include <stdbool.h>
#include <stdint.h>

#include "bench/core/load.h"
#include "bench/subject/stamps.h"
#include "bench/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a listener is asked for.  Zero: its default. */
struct listening {
  const struct load *load;
  const struct handler_kind *handler;
  struct stamps *stamps; /* or NULL; else the handler puts a stamp on each event
                            instead of what `handler` says */
  /* For those that have workers: */
  uint32_t workers;
  const char *full; /* "spill", "block", "drop"; NULL: as it comes */
  uint32_t slots;
};

/* What it took and lost.  The load's last event is in no count but `dropped`.
 */
struct listened {
  uint64_t delivered;
  uint64_t dropped;   /* given up by the subject itself, and counted */
  uint64_t overflows; /* IN_Q_OVERFLOW, as the subject counted them */
  uint64_t last_ns;   /* monotonic time when everything had been handled; 0: the
                         last event never came */
  uint64_t
      reader_cpu_ns; /* a subject that does all in one thread is a reader */
  uint64_t workers_cpu_ns;
  uint64_t backlog_bytes; /* most that the subject held beyond its rings */
};

struct listener; /* the kind's own */

struct listener_kind {
  const char *name;    /* in the report */
  const void *context; /* the kind's own */
  bool has_workers;

  /* Watch the directories of the load for IN_MODIFY.
   *
   * Returns    0: what is changed from now on is heard; a negative errno. */
  int (*begin)(const struct listener_kind *kind,
               const struct listening *listening, struct listener **listener);

  /* Wait until the last event and everything before it were handled.
   *
   * Returns    whether they were; false when the time is over. */
  bool (*wait_last)(struct listener *listener, int timeout_ms);

  /* Stop, and free the listener, whether or not the last event came.
   *
   * Returns    0 or a negative errno. */
  int (*end)(struct listener *listener, struct listened *listened);
};

#ifdef __cplusplus
}
#endif

#endif
