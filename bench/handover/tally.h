#ifndef BENCH_HANDOVER_TALLY_H
#define BENCH_HANDOVER_TALLY_H

/* The handler: it puts the path together, as one who asks for it, and
 * counts. */

#include <stdint.h>

#include "bench/handover/places.h"
#include "lib/base/base.h"

/* What one worker counted.   Threads: the worker; others after its end. */
struct tally {
  uint64_t events;
  uint64_t path_bytes;
  char scratch[LOAD_DIRECTORY_SIZE + RN_NAME_SIZE_MAX + 2];
};

/* The event is borrowed until it returns. */
typedef void handler(struct tally *tally, const struct place *place,
                     struct rn_bytes name);

handler tally_path;

#endif
