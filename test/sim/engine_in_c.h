#ifndef TEST_SIM_ENGINE_IN_C_H_
#define TEST_SIM_ENGINE_IN_C_H_

/* The engine of the notifiers, turned by hand: whoever has it is the reader,
 * the worker and the users, one after the other.  In C, as the header of
 * lib/notifier is C11 with atomics. */

#include "lib/sys/sys.h"
#include "ringnotify/thread_notifier.h"

struct rn_tracker;

/* An engine with one lane, in the state RUNNING.
 *
 * read_size  how much the kernel gives in one read at most. */
int engine_new(const struct rn_sys *sys, size_t read_size,
               struct rn_thread_notifier **engine);
/* Free it, stopped or not; before the calls that were asked. */
void engine_free(struct rn_thread_notifier *engine);

struct rn_tracker *engine_tracker(struct rn_thread_notifier *engine);

/* One turn of the reader.  Returns 0, or what made reading fail. */
int engine_turn(struct rn_thread_notifier *engine);
/* Hand what was told to its handlers. */
void engine_dispatch(struct rn_thread_notifier *engine);
/* Stop as RN_STOP_DRAIN does, and hand out what is left. */
void engine_stop(struct rn_thread_notifier *engine);

/* ---- what users ask for: not waited for ---- */

struct engine_call;

struct engine_call *engine_add(struct rn_thread_notifier *engine,
                               const char *path,
                               const struct rn_watch_options *options);
struct engine_call *engine_update(struct rn_thread_notifier *engine,
                                  struct rn_watch watch,
                                  const struct rn_watch_update *update);
struct engine_call *engine_remove(struct rn_thread_notifier *engine,
                                  struct rn_watch watch);
struct engine_call *engine_suspend(struct rn_thread_notifier *engine,
                                   struct rn_watch watch);
struct engine_call *engine_resume(struct rn_thread_notifier *engine,
                                  struct rn_watch watch);
struct engine_call *engine_append(struct rn_thread_notifier *engine,
                                  struct rn_watch watch, uint32_t mask,
                                  const char *name);
struct engine_call *engine_sync(struct rn_thread_notifier *engine);

bool engine_call_is_done(struct rn_thread_notifier *engine,
                         const struct engine_call *call);
int engine_call_result(const struct engine_call *call);
/* The handle of what was added. */
struct rn_watch engine_call_watch(const struct engine_call *call);
/* Free it; what could not be watched is told before.  on_failure: or NULL. */
void engine_call_free(struct engine_call *call, rn_failure_fn *on_failure,
                      void *context);

#endif
