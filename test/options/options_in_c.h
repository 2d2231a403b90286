#ifndef TEST_OPTIONS_OPTIONS_IN_C_H
#define TEST_OPTIONS_OPTIONS_IN_C_H

/* Two functions of lib/notifier/notifier.h for a test in C++, which its C11
 * does not compile in. */

#include "ringnotify/thread_notifier.h"

#ifdef __cplusplus
extern "C" {
#endif

/* rn_options_read() */
int options_read(const struct rn_thread_notifier_options *options,
                 struct rn_thread_notifier_options *complete);

/* rn_watch_options_read() */
int watch_options_read(const struct rn_watch_options *options,
                       struct rn_watch_options *complete);

#ifdef __cplusplus
}
#endif

#endif
