#ifndef BENCH_HANDOVER_DRAIN_H
#define BENCH_HANDOVER_DRAIN_H

#include "bench/handover/design.h"
#include "bench/subject/subject.h"

/* The drain of a subject whose context is a design: the variant's workers, and
 * handlers that put the path together. */
int handover_drain(const struct subject *subject, struct load *load,
                   const struct variant *variant, uint64_t count,
                   struct drained *drained);

#endif
