#ifndef LIB_NOTIFIER_SINGLE_H
#define LIB_NOTIFIER_SINGLE_H

/* The notifier without threads: the engine of the other one, with one lane,
 * that is never started.  Who holds the lock owns the tracker and the writing
 * end of the lane; who drives has the taking end, and holds no lock while
 * handlers run. */

#include "lib/notifier/notifier.h"

struct rn_notifier {
  /* const: from the making on */
  struct rn_thread_notifier *engine;
  struct rn_notifier_options options; /* with every default filled in */
  int set_fd; /* what the user polls: the inotify descriptor, the engine's
                 wake_fd, the timer */
  int timer_fd;

  /* locked: by the engine's lock */
  bool signaled;    /* wake_fd is readable: there is something to do */
  bool heeded;      /* the set waits for the inotify descriptor */
  int64_t alarm_ns; /* when the timer is to go off; 0: never */
  bool unarmed;     /* it could not be set to that */
  /* What keeps reading back, by CLOCK_MONOTONIC: */
  int64_t held_until_ns;   /* when to look again; 0: nothing does */
  int64_t delay_until_ns;  /* read_delay_ms; 0: no */
  int64_t last_read_ns;    /* 0: never */
  int64_t scarce_since_ns; /* below the threshold; 0: not */
  int64_t pause_ns;        /* from one look at the threshold to the next */

  /* shared: w who drives | r any | acquire/release [edge notifier.drive] | 0 or
   * the thread that drives: the next one sees what it did to lane and counts */
  _Atomic pthread_t driver;
};

/* ---- notifier.c ---- */

/* Make a notifier on a kernel of one's own.  Otherwise as rn_notifier_new(). */
int rn_notifier_new_on(const struct rn_sys *sys,
                       const struct rn_notifier_options *options,
                       struct rn_notifier **notifier);

/* Drive the notifier from now on, until rn_single_leave().
 *
 * Returns    0; -EDEADLK the caller does already; -EBUSY another thread
 *            does. */
int rn_single_enter(struct rn_notifier *n);
void rn_single_leave(struct rn_notifier *n);

/* Whether a stop was asked for. */
bool rn_single_is_ending(const struct rn_notifier *n);

/* Bring what was asked for to its end.  Returns -ESHUTDOWN.
 * Threads: who drives. */
int rn_single_end(struct rn_notifier *n);

/* Reading failed: have it told; under the lock. */
void rn_single_fail(struct rn_notifier *n, int error);

/* ---- loop.c; under the lock ---- */

int64_t rn_monotonic_ns(void);

/* Whether `queued` bytes are to wait still. */
bool rn_single_holds_back(struct rn_notifier *n, size_t queued);

/* Everything that was queued has been read. */
void rn_single_has_read(struct rn_notifier *n);

/* Make the set readable now, or when it is time, or not, as is right. */
void rn_single_rearm(struct rn_notifier *n);

#endif
