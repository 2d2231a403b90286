#ifndef BENCH_SUBJECT_RAW_WALK_H
#define BENCH_SUBJECT_RAW_WALK_H

#include "bench/subject/subject.h"

/* The set_up of raw_subject. */
int raw_set_up(const struct subject *subject, const char *root,
               struct set_up *set_up);

#endif
