#ifndef BENCH_SUBJECT_RAW_H
#define BENCH_SUBJECT_RAW_H

#include "bench/subject/subject.h"

/* "raw": read(2) of 64 KiB and a walk over the records; a handler's work is
 * done in the same thread.  The least that anyone who reads inotify has to do.
 */
extern const struct subject raw_subject;

#endif
