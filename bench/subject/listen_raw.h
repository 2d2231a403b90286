#ifndef BENCH_SUBJECT_LISTEN_RAW_H
#define BENCH_SUBJECT_LISTEN_RAW_H

#include "bench/subject/listener.h"

/* "raw": a thread that blocks in read(2) and does a handler's work itself. */
extern const struct listener_kind raw_listener;

#endif
