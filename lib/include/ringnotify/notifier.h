#ifndef RINGNOTIFY_NOTIFIER_H
#define RINGNOTIFY_NOTIFIER_H

/* The notifier without threads: for programs that have a loop of their own, or
 * want none but this one.  What pyinotify calls Notifier, AsyncNotifier,
 * TornadoAsyncNotifier and AsyncioNotifier.
 *
 *     new -> [add ...] -> loop                               -> stop -> free
 *                         or, when rn_notifier_fd() is readable,
 *                         dispatch
 *                         or check_events, read_events, process_events
 *
 * It has the watch manager, the handlers, the watches and the promises of the
 * thread notifier; not its health (health.h): there is no thread to ask about.
 * Handlers run on the thread that drives it: the one that is in check_events,
 * read_events, process_events, dispatch or loop.  That may be one thread now
 * and another later, one at a time: a second one gets -EBUSY, and a handler
 * that calls one of these gets -EDEADLK.  Handlers may call everything else, as
 * may any thread.
 *
 * After fork(2) the child's copy is inert, as that of a thread notifier:
 * thread_notifier.h.
 *
 * Nothing here makes a thread, and nothing but check_events and loop waits for
 * events.  While another thread adds, changes or suspends a watch, all of these
 * wait until it has done so: a large tree is best added before, or from the
 * thread that drives.
 *
 * Of what happened before a call, everything has been handled when, after it,
 * rn_notifier_dispatch() was called until rn_notifier_check_events() with the
 * timeout 0 gives 0: the content of new directories included.  Left out is what
 * waits for a time to pass: a threshold or a period of reading that is not
 * over; the half of a rename for pair_wait_ms where nothing else tells that it
 * is alone; what is tried again after a limit was reached. */

#include "ringnotify/thread_notifier.h"

RN_BEGIN_DECLS

/* Zero in a field means its default. */
struct rn_notifier_options {
  size_t size; /* sizeof(struct rn_notifier_options) */

  const struct rn_handler *handler; /* for watches that bring none; copied; or
                                       NULL: such events are passed over */

  size_t read_size; /* buffer for one read; 8 KiB to 1 MiB; default 64 KiB */
  /* Memory of events that were read and not processed, beyond the first half
   * megabyte; default 256 MiB.  When it is used up nothing more is read; what
   * one read brings, or one piece of a listing, may go beyond. */
  size_t backlog_size;

  /* How long check_events, and so loop, let events gather when they had to wait
   * for the first one, counted from it, beyond their timeout; in milliseconds,
   * at most an hour.  Skipped when events were there at the call. */
  unsigned read_delay_ms;
  /* From one read to the next at least this time passes, in milliseconds, at
   * most an hour: events that come meanwhile gather.  The read_freq of
   * pyinotify. */
  unsigned read_period_ms;
  /* Nothing is read while fewer bytes than this are queued in the kernel (a
   * record takes 16, and its name rounded up to 16), but for no longer than
   * threshold_ms; default 0. */
  size_t threshold;
  unsigned threshold_ms; /* at most an hour; default 1000 */

  /* How long loop waits before it calls its callback again, in milliseconds;
   * default or negative: until something was handled. */
  int timeout_ms;

  bool coalesce; /* as in rn_thread_notifier_options */
};

#define RN_NOTIFIER_OPTIONS_INIT RN_SIZED(struct rn_notifier_options)

struct rn_notifier;

/* Make a notifier: opens its inotify instance and takes its memory.
 *
 * options    or NULL: all defaults.
 * Returns    0; -EINVAL a field out of its range; -EMFILE (rn_limit_of() tells
 *            which limit), -ENFILE; -ENOMEM; -ENOENT /proc is not mounted.
 * Ownership  the caller's, until rn_notifier_free().
 * Threads    any. */
RN_API RN_CHECKED int rn_notifier_new(const struct rn_notifier_options *options,
                                      struct rn_notifier **notifier);

/* Stop if that was not done, end all watches, and free.
 *
 * notifier   or NULL: nothing is done.
 * Returns    0; -EDEADLK from a handler, -EBUSY while another thread drives it:
 *            nothing was done.
 * Threads    any but handlers, when no other call on it is under way. */
RN_API int rn_notifier_free(struct rn_notifier *notifier);

/* A descriptor that is readable whenever there is something to do, by events,
 * by time, or by what was asked of the watch manager: for poll(2), epoll(7),
 * and loops made of them.  When it is, call rn_notifier_dispatch(); do not read
 * from it.  After a stop it stays readable.
 *
 * Ownership  the notifier's; valid until rn_notifier_free(): take it out of a
 *            loop before that.
 * Threads    any. */
RN_API int rn_notifier_fd(const struct rn_notifier *notifier);

/* Wait until there is something to do.
 *
 * timeout_ms 0: do not wait; negative: for ever.  A signal neither ends the
 *            wait nor makes it longer.
 * Returns    1 there is: rn_notifier_dispatch(); 0 the time ran out; -ESHUTDOWN
 *            stopped; -EBADF or -EIO when poll(2) reports POLLNVAL or another
 *            error on the descriptor; the error when reading failed and all
 *            that was read before has been processed; -EBUSY, -EDEADLK; else
 *            what poll(2) or FIONREAD gave.
 * Threads    any but handlers, one at a time. */
RN_API RN_CHECKED int rn_notifier_check_events(struct rn_notifier *notifier,
                                               int timeout_ms);

/* Read what is queued in the kernel now, and find out what it leads to: new
 * directories are listed, a bounded number of pieces in one call.  Never waits;
 * reads nothing while the memory for what was read before is used up, or while
 * read_period_ms or threshold hold it back.
 *
 * Returns    how many events wait to be processed, at most INT_MAX; -ESHUTDOWN
 *            stopped; -EBUSY, -EDEADLK; what made reading fail, now or before:
 *            the state is RN_STATE_FAILED then, handlers will be told, and what
 *            was read before can be processed.
 * Threads    any but handlers, one at a time. */
RN_API RN_CHECKED int rn_notifier_read_events(struct rn_notifier *notifier);

/* Run the handlers for what was read before the call.  What a handler returns
 * is counted, and delivery goes on.
 *
 * Returns    how many events were handled, at most INT_MAX; -ESHUTDOWN stopped,
 *            by one of the handlers perhaps; -EBUSY, -EDEADLK.
 * Threads    any but handlers, one at a time. */
RN_API RN_CHECKED int rn_notifier_process_events(struct rn_notifier *notifier);

/* Read and process, without waiting: what a program's own loop calls when
 * rn_notifier_fd() is readable.
 *
 * Returns    how many events were handled, at most INT_MAX; else as
 *            rn_notifier_read_events() and rn_notifier_process_events(); when
 *            reading failed, what was read before has been processed.
 * Threads    any but handlers, one at a time. */
RN_API RN_CHECKED int rn_notifier_dispatch(struct rn_notifier *notifier);

/* What rn_notifier_loop() calls between two waits.  It may call any function on
 * the notifier but free.
 *
 * Returns    true: the loop ends. */
typedef bool rn_loop_fn(struct rn_notifier *notifier, void *context);

/* Wait and dispatch until a stop.
 *
 * callback   or NULL; called before the first wait, and after each batch or
 *            timeout.
 * Returns    0 the notifier was stopped; 1 the callback ended the loop: the
 *            notifier goes on, and may be driven again; else as
 *            rn_notifier_check_events() and rn_notifier_dispatch().
 * Threads    any but handlers, one at a time.
 * Blocks     until then. */
RN_API RN_CHECKED int rn_notifier_loop(struct rn_notifier *notifier,
                                       rn_loop_fn *callback, void *context);

/* Ask for the end: whoever drives the notifier, or waits for its descriptor, is
 * woken, the event that is being handled is the last one, and nothing is asked
 * of the watch manager any more (-ESHUTDOWN).  Events that were not handled are
 * dropped and counted; to have them handled, dispatch first until nothing is
 * left.
 *
 * The watches end with the call that drives the notifier now, or with the next
 * one, which gives -ESHUTDOWN (loop: 0), or with rn_notifier_free().  It cannot
 * be started again.
 *
 * Returns    0; -EALREADY a stop was asked for before.
 * Threads    any, handlers included; signal handlers too: it takes no lock. */
RN_API int rn_notifier_stop(struct rn_notifier *notifier);

/* The state now: RN_STATE_RUNNING from the making on; RN_STATE_STOPPING when a
 * stop was asked for; RN_STATE_STOPPED when the watches have ended;
 * RN_STATE_FAILED when reading failed.
 *
 * Threads    any. */
RN_API enum rn_state rn_notifier_state(const struct rn_notifier *notifier);

/* What made reading fail: a negative errno, or 0.
 *
 * Threads    any. */
RN_API int rn_notifier_error(const struct rn_notifier *notifier);

/* Counts since the notifier was made.
 *
 * statistics in: size; out: the fields that fit in it.  They balance in
 *            RN_STATE_STOPPED.
 * Returns    0; -EINVAL size too small.
 * Threads    any. */
RN_API RN_CHECKED int rn_notifier_statistics(const struct rn_notifier *notifier,
                                             struct rn_statistics *statistics);

/* All watches of the notifier: to add, change and remove them.  The work is
 * done on the calling thread, which reads what comes meanwhile; others wait.
 *
 * Ownership  the notifier's; valid until rn_notifier_free().
 * Threads    any. */
RN_API struct rn_watch_manager *rn_notifier_manager(
    struct rn_notifier *notifier);

RN_END_DECLS

#endif
