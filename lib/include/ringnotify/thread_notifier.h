#ifndef RINGNOTIFY_THREAD_NOTIFIER_H
#define RINGNOTIFY_THREAD_NOTIFIER_H

/* The thread notifier: a reader thread that drains the kernel's queue, a
 * Concurrency Kit ring for each worker, and workers that run the handlers.
 * What pyinotify calls ThreadedNotifier.
 *
 *     new -> [add ...] -> start -> ... -> stop -> free
 *
 * After fork(2) the child's copy is inert: each call that could wait or change
 * anything gives -EPERM, and rn_thread_notifier_free() closes the child's
 * copies of the descriptors and no more, as a thread may have been at work on
 * the memory.  (A directory that the reader was opening at the moment of the
 * fork may stay open there.) The parent loses nothing.
 *
 * Watches may be added before and after the start, updated and removed, from
 * any thread, handlers included.  All threads of the library block every
 * signal. */

#include <sched.h>

#include "ringnotify/watch_manager.h"

RN_BEGIN_DECLS

/* What is handled in order with what. */
enum rn_order {
  RN_ORDER_DIRECTORY, /* all events of one directory, in the kernel's order;
                         different directories at the same time */
  RN_ORDER_TOTAL,     /* all events, in the kernel's order, by one worker: no
                         two handlers run at the same time */
  RN_ORDER_NONE,      /* each run of events goes to the worker with the least
                         to do; no order between them */
};

/* What the reader does when a worker's ring is full. */
enum rn_full {
  RN_FULL_SPILL, /* keep events in memory, up to backlog_size; then as BLOCK */
  RN_FULL_BLOCK, /* read no more: the kernel's queue takes the pressure, and
                    reports IN_Q_OVERFLOW when it is full */
  RN_FULL_DROP,  /* drop the event, count it, and put an overflow event in its
                    place */
};

/* What happens to the events that are queued when the notifier is stopped. */
enum rn_stop {
  RN_STOP_DRAIN,   /* all that happened before the call is handled */
  RN_STOP_DISCARD, /* handlers that run are waited for; the rest is counted as
                      dropped */
};

/* Zero in a field means its default. */
struct rn_thread_notifier_options {
  size_t size; /* sizeof(struct rn_thread_notifier_options) */

  uint32_t worker_count; /* 1 to 256; default 1; under RN_ORDER_TOTAL there is
                            one, whatever this says */
  enum rn_order order;   /* default RN_ORDER_DIRECTORY */
  enum rn_full full;     /* default RN_FULL_SPILL */

  /* Slots of each worker's ring: a power of two from 2 to 2^20, of which one
   * stays empty; default 1024.  A slot holds a batch: what one read brought for
   * that worker, at most batch_count events. */
  uint32_t slot_count;
  uint32_t batch_count; /* events in a batch, at most; 1 to 65536; default
                           4096 */
  size_t read_size; /* buffer for one read; 8 KiB to 1 MiB; default 64 KiB */
  /* Memory of events that wait, all workers together, beyond the first half
   * megabyte of each; default 256 MiB.  When it is used up SPILL does as BLOCK
   * does, and BLOCK and DROP as if the ring were full; what one read brings, or
   * one piece of a listing, may go beyond, and what a call of suspend, resume
   * or append_event makes wait, up to twice the size: then it is refused. */
  size_t backlog_size;

  /* Threads: names are NAME-r for the reader and NAME-0, NAME-1, ... for the
   * workers; at most 11 bytes of NAME are used; default "ringnotify". */
  const char *thread_name;
  /* Of each thread's stack, on which handlers and exclude_filter run, too: at
   * least 128 KiB, of which the library itself takes up to 64, with a regex 32
   * of them; default 256 KiB.  What calls into a language runtime takes more: 1
   * MiB is right where a handler may recurse in Python or the like. */
  size_t stack_size;
  /* CPUs that reader and workers may run on; or NULL: the caller's. */
  const cpu_set_t *reader_cpus;
  const cpu_set_t *worker_cpus;

  const struct rn_handler *handler; /* for watches that bring none; copied; or
                                       NULL: such events are passed over */

  /* Tell of an entry once where, in what one read(2) brings, the event before
   * it about that entry was the same: the same mask, through the same watch.
   * Renames, synthetic events and the ends of watches are always told, and
   * between two of the same kind any other event that is told of the entry has
   * both told: IN_CREATE, IN_DELETE, IN_CREATE comes whole.  Now and then the
   * same is told twice nevertheless. */
  bool coalesce;
};

#define RN_THREAD_NOTIFIER_OPTIONS_INIT \
  RN_SIZED(struct rn_thread_notifier_options)

enum rn_state {
  RN_STATE_NEW,      /* not started: watches may be added */
  RN_STATE_RUNNING,  /* events are read and handled */
  RN_STATE_STOPPING, /* a stop was asked for, threads are ending */
  RN_STATE_STOPPED,  /* the threads are gone, the watches have ended */
  RN_STATE_FAILED, /* the reader ended on an error: rn_thread_notifier_error();
                      the workers handle what was read; stop it */
};

/* Counts since the notifier was made; each grows only.  After a stop
 *
 *     read + synthetic + copied = delivered + filtered + coalesced + dropped.
 */
struct rn_statistics {
  size_t size; /* sizeof(struct rn_statistics) */

  uint64_t read;      /* records that the kernel gave, but for those that the
                         library puts into the queue itself to know how far it
                         has read: these are counted nowhere */
  uint64_t synthetic; /* events that the library made, overflow and error events
                         included */
  uint64_t copied;    /* further copies of an event: an inode that several
                         watches cover, an overflow that is reported to several
                         handlers */
  uint64_t delivered; /* events whose handler has returned, or that had none */
  uint64_t filtered; /* events that were not asked for, or served bookkeeping */
  uint64_t coalesced; /* records that were told in the event of another: the
                         first halves of renames under RN_WATCH_PAIR_MOVES,
                         repeats under rn_thread_notifier_options.coalesce */
  uint64_t dropped;   /* events lost by RN_FULL_DROP, for want of memory, or by
                         a stop that does not drain */
  uint64_t spilled;   /* events that waited beyond a full ring */

  uint64_t kernel_overflows;   /* IN_Q_OVERFLOW records read */
  uint64_t handler_errors;     /* callbacks that returned other than 0 */
  uint64_t read_calls;         /* read(2) calls that brought some of `read` */
  uint64_t largest_read;       /* most records in one of them */
  uint64_t ring_high_water;    /* most slots of one ring that were in use */
  uint64_t backlog_high_water; /* most bytes beyond the rings */
  uint64_t parks;              /* times a worker went to sleep */
  uint64_t watches;            /* watch descriptors in use now */
  uint64_t scanned;            /* directories listed */
  uint64_t rescans;            /* trees read again after a loss, each time */
  uint64_t recovered;          /* synthetic events that those told */
  uint64_t undecided; /* times that a regex of a rule was given up at its limit
                         and the entry passed: rn_rule */
};

#define RN_STATISTICS_INIT RN_SIZED(struct rn_statistics)

struct rn_thread_notifier;

/* Make a notifier: opens its inotify instance and takes its memory.
 *
 * options    or NULL: all defaults.
 * Returns    0; -EINVAL a field out of its range; -EMFILE (rn_limit_of() tells
 *            which limit), -ENFILE; -ENOMEM; -ENOENT /proc is not mounted.
 * Ownership  the caller's, until rn_thread_notifier_free().
 * Threads    any. */
RN_API RN_CHECKED int rn_thread_notifier_new(
    const struct rn_thread_notifier_options *options,
    struct rn_thread_notifier **notifier);

/* Stop (RN_STOP_DISCARD) if that was not done, and free.
 *
 * notifier   or NULL: nothing is done.
 * Returns    0; -EDEADLK from a handler of this notifier: nothing was done.
 * Threads    any but handlers, when no other call on it is under way. */
RN_API int rn_thread_notifier_free(struct rn_thread_notifier *notifier);

/* Start the threads.
 *
 * Returns    0; -EALREADY it runs; -ESHUTDOWN it was stopped; -EAGAIN, -EINVAL,
 *            -ENOMEM, -EPERM a thread could not be made (pthread_create(3)):
 *            the state is as before the call.
 * Threads    any. */
RN_API RN_CHECKED int rn_thread_notifier_start(
    struct rn_thread_notifier *notifier);

/* Stop the threads and end all watches.  A notifier that was stopped cannot be
 * started again.
 *
 * From a handler the stop is begun and the call returns at once; the threads
 * are joined by the next call of stop, wait or free from another thread.
 *
 * Returns    0 stopped by this call, or by one under way in another thread;
 *            -EALREADY it was stopped before; -EINPROGRESS begun, from a
 *            handler; -EINVAL unknown mode.
 * Threads    any.
 * Blocks     until the handlers that run have returned, and with RN_STOP_DRAIN
 *            until what happened before the call was handled.  Where reading
 *            and listing that takes more than 1.5 s, besides the time in which
 *            handlers are waited for, the rest is given up: an overflow is the
 *            last event, and says that events are missing. */
RN_API int rn_thread_notifier_stop(struct rn_thread_notifier *notifier,
                                   enum rn_stop mode);

/* Wait until a stop that was begun elsewhere, a handler included, is complete,
 * or the reader failed.
 *
 * timeout_ms negative: for ever.
 * Returns    0 stopped; -ETIMEDOUT; -EDEADLK from a handler; the reader's error
 *            when it failed.
 * Threads    any but handlers. */
RN_API RN_CHECKED int rn_thread_notifier_wait(
    struct rn_thread_notifier *notifier, int timeout_ms);

/* Wait until handlers have caught up: until every handler has returned for
 * everything that happened in the file system before the call.
 *
 * That covers what the library finds out for itself: the content of new
 * directories, renames whose halves are apart, what it looks up after an
 * overflow; not what has yet to settle (rn_watch_options.settle_ms).  What the
 * kernel has lost is told as an overflow event, before the return too.  For a
 * watch with RN_WATCH_RECOVER it is also repaired before the return, unless
 * more is lost again and again: a repair begins anew with each overflow, and
 * after 32 in a row the call waits no longer for it.  Then RN_EVENT_RESCAN, not
 * the return of this call, says when all is repaired.  What happens during the
 * call may or may not be handled.  Calls that come together share the work; one
 * that timed out leaves nothing behind.
 *
 * Before the start there is nobody to wait for: -EAGAIN, rather than a wait
 * for a start that may never come.  A stop that drains keeps the promise to
 * those who called before it; one that discards breaks it.
 *
 * timeout_ms negative: for ever; 0: has the reader begin, and does not wait.
 * Returns    0 they have; -ETIMEDOUT: a handler takes long, the directories
 *            in question are renamed on and on or have no end when they are
 *            listed, a loss is being repaired, or the kernel's watch limit is
 *            reached, as one watch is needed for a moment;
 *            -EAGAIN not started; -ESHUTDOWN stopped, or discarded meanwhile;
 *            the reader's error when it failed; -EDEADLK from a handler;
 *            -ENOMEM.
 * Threads    any but handlers, on_release included. */
RN_API RN_CHECKED int rn_thread_notifier_sync(
    struct rn_thread_notifier *notifier, int timeout_ms);

/* The state now.
 *
 * Threads    any. */
RN_API enum rn_state rn_thread_notifier_state(
    const struct rn_thread_notifier *notifier);

/* What ended the reader: a negative errno, or 0.
 *
 * Threads    any. */
RN_API int rn_thread_notifier_error(const struct rn_thread_notifier *notifier);

/* Counts since the notifier was made.
 *
 * statistics in: size; out: the fields that fit in it.  While the notifier
 *            runs they are a snapshot field by field; after a stop they
 *            balance.
 * Returns    0; -EINVAL size too small.
 * Threads    any. */
RN_API RN_CHECKED int rn_thread_notifier_statistics(
    const struct rn_thread_notifier *notifier,
    struct rn_statistics *statistics);

/* All watches of the notifier: to add, change and remove them.
 *
 * Ownership  the notifier's; valid until rn_thread_notifier_free().
 * Threads    any. */
RN_API struct rn_watch_manager *rn_thread_notifier_manager(
    struct rn_thread_notifier *notifier);

RN_END_DECLS

#endif
