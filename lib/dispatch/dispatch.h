#ifndef LIB_DISPATCH_DISPATCH_H
#define LIB_DISPATCH_DISPATCH_H

/* From a block of events to the user's callbacks. */

#include "lib/batch/batch.h"
#include "lib/dispatch/joint.h"
#include "ringnotify/handler.h"

/* A handler as the library keeps it: the user's table resolved to one callback
 * an event bit, and the count of lanes that may still hold events for it. */
struct rn_target;

/* Say whether a handler can be taken.  Returns 0; -EINVAL. */
int rn_handler_check(const struct rn_handler *handler);

/* handler     copied, as far as its size goes.
 * lane_count  how many lanes will be told of its release.
 * Returns     0, and on_retain was called; -EINVAL no or an impossible size, an
 *             unknown flag or callback; -ENOMEM. */
int rn_target_new(const struct rn_handler *handler, uint32_t lane_count,
                  struct rn_target **target);

/* One lane holds no more events for it.  The last one calls on_release and
 * frees it.
 *
 * Threads    any. */
void rn_target_release(struct rn_target *target);

/* Call on_release and free it, whatever the lanes hold: for when no worker
 * runs.  target: or NULL. */
void rn_target_end(struct rn_target *target);

/* Free one that was never used, without on_release. */
void rn_target_free(struct rn_target *target);

/* One that is in no lane, for who calls its callbacks himself, event by event.
 * rn_target_end() is its end.
 *
 * Returns     as rn_target_new(); -EINVAL with on_batch, too. */
int rn_target_new_single(const struct rn_handler *handler,
                         struct rn_target **target);

/* The callback that an event goes to, or NULL.
 *
 * context     out: what it is to be given. */
rn_event_fn *rn_target_callback(const struct rn_target *target,
                                const struct rn_event *event, void **context);

/* One worker's calling of handlers: counters and room for a path. */
struct rn_dispatch;

/* Counts of one worker, a snapshot field by field. */
struct rn_dispatch_counts {
  uint64_t delivered;
  uint64_t dropped;
  uint64_t handler_errors;
};

int rn_dispatch_new(struct rn_dispatch **dispatch);
void rn_dispatch_free(struct rn_dispatch *dispatch); /* or NULL */

/* The lane is one of several: have events that lie in each of them handled
 * once.  Before the first block, where there are such events.
 *
 * joint      outlives it. */
void rn_dispatch_share(struct rn_dispatch *dispatch, struct rn_joint *joint,
                       uint32_t lane);

/* Handle every record of a block, in order.
 *
 * Threads    the worker. */
void rn_dispatch_block(struct rn_dispatch *dispatch,
                       const struct rn_block *block);

/* From now on events are counted as dropped instead of handled, from the next
 * one on, in the middle of a block too.
 *
 * Threads    any. */
void rn_dispatch_discard(struct rn_dispatch *dispatch);

/* Threads    any. */
struct rn_dispatch_counts rn_dispatch_counts(
    const struct rn_dispatch *dispatch);

#endif
