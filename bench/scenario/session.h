#ifndef BENCH_SCENARIO_SESSION_H
#define BENCH_SCENARIO_SESSION_H

/* One measurement on the living object: somebody listens, the load is changed,
 * and everything is waited for. */

#include "bench/core/scenario.h"
#include "bench/scenario/producers.h"
#include "bench/subject/listener.h"

#ifdef __cplusplus
extern "C" {
#endif

struct session {
  const struct listener_kind *kind;
  struct listening listening;
  struct producing producing; /* its load is the listening's */
};

struct outcome {
  struct produced produced;
  struct listened listened;
  uint64_t lost_kernel; /* events that the subject never got */
  uint64_t lost_ring;   /* that it got and gave up */
};

/* Have listeners that begin from now on get a kernel queue of this length;
 * where limits may not be changed it stays as it is.
 *
 * Returns    0 or a negative errno. */
int session_set_queue(struct run *run, uint64_t queue_limit);

/* Run it.
 *
 * Returns    0 or a negative errno. */
int session_run(const struct session *session, struct outcome *outcome);

/* Whether nothing was lost. */
bool outcome_is_complete(const struct outcome *outcome);

/* Hold what was made against what came, and mark the result as wrong where the
 * subject's account does not explain the difference. */
void outcome_check(const struct outcome *outcome, struct result *result);

#ifdef __cplusplus
}
#endif

#endif
