#ifndef BENCH_ADVISE_FROM_H
#define BENCH_ADVISE_FROM_H

#include "bench/advise/advise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Take the figures out of a report that `--json` wrote: of its drain with one
 * worker, without and with a handler that costs, and of its live at full speed
 * if it has one.
 *
 * problem    out: on failure what is wrong and what to do, one line.
 * Returns    0; -EINVAL. */
int advise_from(const char *path, struct advise_figures *figures,
                struct text *problem);

#ifdef __cplusplus
}
#endif

#endif
