#ifndef BENCH_SUBJECT_LISTEN_OWN_H
#define BENCH_SUBJECT_LISTEN_OWN_H

#include "bench/subject/listener.h"

/* "ringnotify": a running thread notifier, by the public headers only. */
extern const struct listener_kind own_listener;

#endif
