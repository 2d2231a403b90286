#ifndef BENCH_SUBJECT_OWN_SET_UP_H
#define BENCH_SUBJECT_OWN_SET_UP_H

#include "bench/subject/subject.h"

/* The set_up of own_subject. */
int own_set_up(const struct subject *subject, const char *root,
               struct set_up *set_up);

#endif
