#ifndef BENCH_SCENARIO_LOSSES_H
#define BENCH_SCENARIO_LOSSES_H

/* Events lost in the pairs of a measurement, and whose fault that is. */

#include <stdbool.h>
#include <stdint.h>

#include "bench/core/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero: nothing was lost. */
struct losses {
  uint64_t raw;     /* by the raw loop */
  uint64_t subject; /* by whom it is compared with */
};

/* Add what was lost in a pair: the same events for both, one after the other.
 *
 * A raw loop that loses means that the load was more than the machine took at
 * that moment: nobody is to blame, and nothing is to be compared.  A subject
 * that loses beside a raw loop that does not is wrong.
 *
 * count      events of each.
 * name       of the subject.
 * Returns    whether the pair can be compared. */
bool losses_note(struct losses *losses, struct losses pair, uint64_t count,
                 const char *name, struct result *result);

#ifdef __cplusplus
}
#endif

#endif
