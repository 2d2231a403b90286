#ifndef BENCH_CORE_SCENARIO_H
#define BENCH_CORE_SCENARIO_H

/* A scenario: a question that the harness asks of one subject after another.
 *
 * How one is added, say "storm":
 *
 * 1. bench/scenario/storm.c defines `const struct scenario storm_scenario`, and
 *    storm.h declares it; a cc_library in bench/scenario/BUILD.
 * 2. plan() looks at run->options (quick, events, repeat, no_peers), at
 *    run->machine and at what else it needs, and calls plan_add() for every
 *    case: subject, label, seconds that it will take, and a struct of its own
 *    that says what to measure.  What it cannot do here it names by
 *    plan_skip(), once a subject.  It measures nothing and makes no files.
 * 3. run() gets that struct back.  It measures run->options->repeat times after
 *    one warm-up, each measurement of a subject right behind one of the raw
 *    loop on the same load, keeps figures in `struct samples`, and puts into
 *    the result what the report's contract names (result_count(),
 *    result_figures(), ...; "scenario", "subject" and "repeats" are there
 *    already).  Counts that do not add up: result_wrong().  Found out only now
 *    that it cannot be done: result_skip().
 *    Directories and files that make events: run_load().  Other files: below
 *    run->folder, removed at its end.  Limits of inotify: run->guard.
 * 4. `columns` says what the table shows of the result.
 * 5. A row in bench/bench.c, the target in bench/BUILD.
 *
 * A new subject: bench/subject/subject.h. */

#include "bench/core/load.h"
#include "bench/core/plan.h"
#include "bench/core/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct guard;
struct machine;
struct options;

/* What all cases of a run share. */
struct run {
  const struct options *options;
  const struct machine *machine; /* as it was before anything was changed */
  const char *folder;            /* the work folder, absolute */
  struct guard *guard;
  struct load load; /* see run_load() */
};

/* Have run->load in this shape: made if the last one was of another shape.
 *
 * Returns    as load_make(). */
static inline int run_load(struct run *run, const struct load_shape *shape) {
  return load_make(&run->load, run->folder, shape);
}

/* A column of the table: a field of the result. */
struct column {
  const char *heading; /* NULL: there are no more */
  const char *key;     /* a number, text or flag; or figures */
  const char *part;    /* "min", "median", "max" of figures; or NULL */
  int digits;          /* behind the point */
  double divisor;      /* 0: none; 1e9 shows nanoseconds as seconds */
};

struct scenario {
  const char *name;
  const char *summary; /* for --list and --help, at most 60 bytes */
  const char *needs;   /* for --list: what it needs to be complete; or NULL */
  const struct column *columns;

  /* Add the cases.  Returns 0 or a negative errno: the run ends. */
  int (*plan)(struct plan *plan, const struct run *run);

  /* Measure one.
   *
   * parameters what plan_add() was given.
   * Returns    0; a negative errno: this case failed, the others go on. */
  int (*run)(const void *parameters, struct run *run, struct result *result);
};

#ifdef __cplusplus
}
#endif

#endif
