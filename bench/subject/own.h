#ifndef BENCH_SUBJECT_OWN_H
#define BENCH_SUBJECT_OWN_H

#include "bench/subject/subject.h"

/* "ringnotify": a thread notifier, by the public headers only. */
extern const struct subject own_subject;

#endif
