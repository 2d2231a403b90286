#ifndef BENCH_CORE_GUARD_H
#define BENCH_CORE_GUARD_H

/* Puts things back however the program ends, a kill included: a small process
 * waits for that end, then removes the work folder and restores the limits of
 * inotify that were changed through it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The limits that a scenario may change: files of /proc/sys/fs/inotify. */
enum limit {
  LIMIT_QUEUE,   /* max_queued_events: holds for instances made afterwards */
  LIMIT_WATCHES, /* max_user_watches */
  LIMITS,
};

struct guard {
  pid_t pid;
  int alive_fd; /* its end tells the guard that the program ended */
};

/* Begin to guard.
 *
 * root       directory to be removed.
 * Returns    0 or a negative errno.
 * Threads    before any other is made. */
int guard_begin(struct guard *guard, const char *root);

/* The limit now; 0 when it cannot be read. */
uint64_t guard_limit(enum limit limit);

/* Whether a limit may be set: that takes root, and a /proc/sys that is not
 * read-only as in many containers. */
bool guard_may_set(enum limit limit);

/* Set a limit until the guard puts it back.
 *
 * Returns    0; -EACCES or -EPERM it takes root; or another negative errno. */
int guard_set_limit(struct guard *guard, enum limit limit, uint64_t value);

/* Have a limit of at least `wanted`, if that is possible.
 *
 * Returns    what it is then. */
uint64_t guard_raise_limit(struct guard *guard, enum limit limit,
                           uint64_t wanted);

/* Put things back now. */
void guard_end(struct guard *guard);

#ifdef __cplusplus
}
#endif

#endif
