#ifndef LIB_BASE_CANCEL_H
#define LIB_BASE_CANCEL_H

/* No function of the library is a cancellation point: a thread that ended in
 * one would leave locks, requests and a driver behind.  Each public function
 * that makes a system call, waits, or calls the user's code begins with
 *
 *     RN_UNCANCELLED;
 *
 * and a request to cancel the thread waits until the function has returned. */

#include <pthread.h>

static inline int rn_cancel_disable(void) {
  int before;
  (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  return before;
}

static inline void rn_cancel_restore(const int *before) {
  (void)pthread_setcancelstate(*before, NULL);
}

#define RN_UNCANCELLED                                \
  __attribute__((cleanup(rn_cancel_restore), unused)) \
  const int rn_cancel_state_before = rn_cancel_disable()

#endif
