#ifndef BENCH_SUBJECT_SUBJECT_H
#define BENCH_SUBJECT_SUBJECT_H

/* Who is measured, and what it is asked to do.
 *
 * A subject is a row of functions; one that cannot do a thing has NULL there.
 * raw.h and own.h name two; a new one fills in the struct and is taken up by
 * the plan() of the scenarios it is for. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/inotify.h>

#include "bench/core/clock.h"
#include "bench/core/load.h"

/* What a handler does with an event. */
struct handler_kind {
  const char *name; /* in the report */
  bool asks_path;
  uint32_t work_ns; /* that it burns */
};

/* The handlers of the report: "noop", "path", "1us", "2us", "10us".  NULL:
 * there is none of this name. */
const struct handler_kind *handler_kind(const char *name);

/* How a subject is set up. */
struct variant {
  uint32_t workers;
  const char *order; /* "directory", "total", "none" */
  const struct handler_kind *handler;
  bool takes_batches;
};

/* What draining took; several drains add up.  Counts are without the last event
 * of a load. */
struct drained {
  struct instant spent;
  uint64_t expected;
  uint64_t delivered; /* as the handlers counted them */
  uint64_t dropped;
  uint64_t overflows;
  bool bad_path; /* a path was not what it should be */
};

static inline void add_time_since(struct drained *drained,
                                  struct instant begin) {
  const struct instant spent = instant_since(begin);
  drained->spent.wall_ns += spent.wall_ns;
  drained->spent.cpu_ns += spent.cpu_ns;
}

/* User instructions an event, by thread. */
struct instructions {
  double reader;
  double worker; /* all workers together */
};

enum { SET_UP_MASK = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_ONLYDIR };

/* What setting up recursive watches took. */
struct set_up {
  struct instant spent;
  uint64_t watches;
  uint64_t bytes; /* of malloc'd memory that the watches take */
};

struct subject {
  const char *name;    /* in the report */
  const void *context; /* the subject's own */
  bool has_workers;    /* all of a variant applies to it; else the handler's
                          work alone does */

  /* Watch the directories of `load` for IN_MODIFY, make `count` events and the
   * last one, which must fit in the kernel's queue, and drain it against the
   * clock.  Adds to *drained.
   *
   * Returns    0 or a negative errno. */
  int (*drain)(const struct subject *subject, struct load *load,
               const struct variant *variant, uint64_t count,
               struct drained *drained);

  /* The same, counted instead of timed.
   *
   * Returns    0; -ENOENT, -EACCES, ...: it cannot be counted here. */
  int (*count_instructions)(const struct subject *subject, struct load *load,
                            const struct variant *variant, uint64_t count,
                            struct instructions *instructions);

  /* Watch `root` and every directory below it for SET_UP_MASK, against the
   * clock and between two trace_mark(), and let go of it.
   *
   * Returns    0 or a negative errno. */
  int (*set_up)(const struct subject *subject, const char *root,
                struct set_up *set_up);
};

#endif
