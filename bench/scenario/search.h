#ifndef BENCH_SCENARIO_SEARCH_H
#define BENCH_SCENARIO_SEARCH_H

/* The largest of something that works, found by trying. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Try a size.
 *
 * Returns    1 it works; 0 it does not; a negative errno ends the search. */
typedef int search_try_fn(uint64_t size, void *context);

struct search {
  uint64_t least;   /* to be tried first, > 0 */
  uint64_t most;    /* more is not tried */
  double precision; /* > 1: the result times this does not work, or is more than
                       `most` */
};

/* Find the largest size that works, where all smaller ones work too: doubling
 * until one fails, then halving the gap.
 *
 * largest    out: 0 when not even search->least works.
 * Returns    0, or what `attempt` gave. */
int search_largest(const struct search *search, search_try_fn *attempt,
                   void *context, uint64_t *largest);

#ifdef __cplusplus
}
#endif

#endif
