#ifndef RINGNOTIFY_HANDLER_H
#define RINGNOTIFY_HANDLER_H

/* The user's callbacks.
 *
 * For each event the most specific callback that is set is called: the one of
 * the event, else the one of its family, else on_default.  With none set the
 * event is passed over (it still counts as delivered).  A callback runs on a
 * worker thread; events of one lane never run at the same time, of different
 * lanes they do.  It may block, may call any function of the library that says
 * "Threads: any", and should not exit its thread.
 *
 * With several workers, too, a handler is called once for each overflow of the
 * kernel's queue, for each RN_EVENT_RESCAN, and when the reader fails:
 *
 * - An overflow and a failure are reported by the worker that first comes to
 *   their place.  It handles what was read after them when the callback has
 *   returned.  The other workers do not wait for the callback: what they handle
 *   may come from behind the loss already; rn_event_seq() tells.  When the ring
 *   of a worker is full under RN_FULL_DROP, an overflow is reported by another
 *   one; when all are, it counts as one of the events that were dropped.
 * - RN_EVENT_RESCAN is reported by the worker that comes to it last: when the
 *   handlers have returned for everything that was read before.
 * - RN_LOSS_RING is about the events of one worker, and reported by that one.
 *
 * Several handlers for one event: chain.h.  Handlers that are ready: print.h,
 * counter.h. */

#include "ringnotify/event.h"

RN_BEGIN_DECLS

/* Handle one event.
 *
 * Returns    0; anything else is counted as a handler error
 *            (rn_statistics.handler_errors) and delivery goes on. */
typedef int rn_event_fn(const struct rn_event *event, void *context);

/* Events handed over together, in order. */
struct rn_batch;

/* Take the next event of a batch.
 *
 * Returns    the event, valid until the batch callback returns; NULL after the
 *            last one.  The path of an event is valid until the path of another
 *            one is asked for.
 * Threads    the one that the batch callback runs on. */
RN_API const struct rn_event *rn_batch_next(struct rn_batch *batch);

/* How many events rn_batch_next() has still to give. */
RN_API size_t rn_batch_count(const struct rn_batch *batch);

/* Handle a batch.
 *
 * Returns    0; anything else is counted as one handler error. */
typedef int rn_batch_fn(struct rn_batch *batch, void *context);

/* Called once, after the last event for this handler was handled: whatever the
 * context points to may be freed.  For a watch's handler that is after the last
 * IN_IGNORED of the watch (rn_event_is_end()), when an update gave the watch
 * another handler, or when the addition or the update fails; for a notifier's
 * handler when the notifier is stopped or freed.
 *
 * A call that fails releases the handler only if it had copied it.  With
 * -EINVAL it had not; with -ENOMEM perhaps; with any other error it had.  Who
 * has to know sets on_retain, which is called for each copy.  A handler whose
 * addition fails is given no event but RN_EVENT_OVERFLOW, which concerns all
 * handlers.
 *
 * Threads    a worker's or the driver's, or that of whoever adds, updates,
 *            stops, waits for a stop, or frees. */
typedef void rn_release_fn(void *context);

/* Called once for each copy of the handler that the library takes, before any
 * event comes through it: each call is followed by one of on_release.  With
 * both, what the context points to can count its users, so that one handler
 * serves several watches.  Not called when the copy could not be taken (an
 * -EINVAL or -ENOMEM before anything was looked at).
 *
 * Threads    that of whoever adds, updates, or makes the notifier. */
typedef void rn_retain_fn(void *context);

enum {
  /* Families as pyinotify's ProcessEvent has them, for a program that is moved
   * from there callback by callback:
   *
   *     on_close     IN_CLOSE_WRITE, IN_CLOSE_NOWRITE   (process_IN_CLOSE)
   *     on_moved     IN_MOVED_FROM, IN_MOVED_TO         (process_IN_MOVED);
   *                  and the whole rename, as without this flag
   *     on_move      IN_MOVE_SELF, and nothing else     (process_IN_MOVE)
   *     on_delete    IN_DELETE_SELF, too                (process_IN_DELETE)
   *
   * each behind the callback of the event itself.  RN_EVENT_OVERFLOW never goes
   * to on_default: without on_overflow it is passed over, as in pyinotify whose
   * base class has a process_IN_Q_OVERFLOW; rn_statistics still counts it. */
  RN_HANDLER_PYINOTIFY_FAMILIES = 1U << 0,
};

/* A table of callbacks; any may be NULL.  One that the library does not know,
 * set by a program that was built with a later version, is -EINVAL. */
struct rn_handler {
  size_t size;   /* sizeof(struct rn_handler) */
  void *context; /* or NULL; given to every callback */

  rn_event_fn *on_access;
  rn_event_fn *on_modify;
  rn_event_fn *on_attrib;
  rn_event_fn *on_close_write;
  rn_event_fn *on_close_nowrite;
  rn_event_fn *on_open;
  rn_event_fn *on_moved_from;
  rn_event_fn *on_moved_to;
  rn_event_fn *on_create;
  rn_event_fn *on_delete;
  rn_event_fn *on_delete_self;
  rn_event_fn *on_move_self;
  rn_event_fn *on_unmount;
  rn_event_fn *on_ignored;

  rn_event_fn *on_moved; /* a whole rename, IN_MOVED_FROM | IN_MOVED_TO, under
                            RN_WATCH_PAIR_MOVES; family on_move */

  rn_event_fn *on_close; /* family: IN_CLOSE_WRITE, IN_CLOSE_NOWRITE */
  rn_event_fn *on_move;  /* family: IN_MOVED_FROM, IN_MOVED_TO, both in one */

  rn_event_fn *on_overflow; /* RN_EVENT_OVERFLOW */
  rn_event_fn *on_error;    /* RN_EVENT_ERROR */
  rn_event_fn *on_rescan;   /* RN_EVENT_RESCAN */
  rn_event_fn *on_settled;  /* RN_EVENT_SETTLED */

  rn_event_fn *on_default; /* every event that no callback above took */

  rn_batch_fn *on_batch; /* when set, no other callback but on_retain and
                            on_release is called: every event comes through
                            it */

  rn_retain_fn *on_retain;   /* each copy that is taken */
  rn_release_fn *on_release; /* each copy that is let go */

  unsigned flags; /* RN_HANDLER_* or 0; an unknown bit is -EINVAL from whatever
                     takes the handler */
};

#define RN_HANDLER_INIT RN_SIZED(struct rn_handler)

RN_END_DECLS

#endif
