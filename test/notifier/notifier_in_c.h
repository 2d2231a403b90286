#ifndef TEST_NOTIFIER_NOTIFIER_IN_C_H_
#define TEST_NOTIFIER_NOTIFIER_IN_C_H_

#include "ringnotify/notifier.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rn_sys;

/* rn_thread_notifier_new_on(), whose header is C. */
int rn_test_notifier_new(const struct rn_sys *sys,
                         const struct rn_thread_notifier_options *options,
                         struct rn_thread_notifier **notifier);

/* rn_notifier_new_on(). */
int rn_test_single_new(const struct rn_sys *sys,
                       const struct rn_notifier_options *options,
                       struct rn_notifier **notifier);

/* rn_thread_notifier_stop() with any mode: C++ has no enum of another value. */
int rn_test_notifier_stop(struct rn_thread_notifier *notifier, int mode);

#ifdef __cplusplus
}
#endif

#endif
