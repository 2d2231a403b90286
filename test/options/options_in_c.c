#include "test/options/options_in_c.h"

#include "lib/notifier/notifier.h"

int options_read(const struct rn_thread_notifier_options *options,
                 struct rn_thread_notifier_options *complete) {
  return rn_options_read(options, complete);
}

int watch_options_read(const struct rn_watch_options *options,
                       struct rn_watch_options *complete) {
  return rn_watch_options_read(options, complete);
}
