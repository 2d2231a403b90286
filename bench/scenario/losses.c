/* A count that does not add up ends the harness with 1, so it must not be the
 * load's. */

#include "bench/scenario/losses.h"

#include <inttypes.h>

bool losses_note(struct losses *losses, struct losses pair, uint64_t count,
                 const char *name, struct result *result) {
  losses->raw += pair.raw;
  losses->subject += pair.subject;
  if (pair.raw > 0) return false;
  if (pair.subject > 0)
    result_wrong(result, "%" PRIu64 " of %" PRIu64 " events lost by %s",
                 pair.subject, count, name);
  return true;
}
