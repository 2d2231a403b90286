#ifndef BENCH_ADVISE_MEASURE_H
#define BENCH_ADVISE_MEASURE_H

#include "bench/advise/advise.h"

/* Measure the figures on this machine, in a few seconds: queues that are filled
 * and drained by a notifier with one worker, without a handler and with one of
 * 10 us.
 *
 * dir        for the work folder, or NULL; it is removed again.
 * problem    out: on failure what is wrong and what to do, one line.
 * Returns    0 or a negative errno. */
int advise_measure(const char *dir, struct advise_figures *figures,
                   struct text *problem);

#endif
