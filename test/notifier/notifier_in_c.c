/* The headers of lib/notifier are C: this hands them to the tests. */

#include "test/notifier/notifier_in_c.h"

#include "lib/notifier/single.h"

int rn_test_notifier_new(const struct rn_sys *sys,
                         const struct rn_thread_notifier_options *options,
                         struct rn_thread_notifier **notifier) {
  return rn_thread_notifier_new_on(sys, options, notifier);
}

int rn_test_single_new(const struct rn_sys *sys,
                       const struct rn_notifier_options *options,
                       struct rn_notifier **notifier) {
  return rn_notifier_new_on(sys, options, notifier);
}

int rn_test_notifier_stop(struct rn_thread_notifier *notifier, int mode) {
  return rn_thread_notifier_stop(notifier, (enum rn_stop)mode);
}
