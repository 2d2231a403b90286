#ifndef RINGNOTIFY_COUNTER_H
#define RINGNOTIFY_COUNTER_H

/* A counter: a handler that counts events by their names.
 *
 *     rn_counter_new(&counter);
 *     rn_counter_handler(counter, &handler);    into options, or into a chain
 *     ...
 *     rn_counter_chart(counter, text, sizeof(text));
 *     rn_counter_free(counter);
 *
 * Counts go up while workers run, without a lock; texts are of one look at
 * them.  What the library itself did is in rn_statistics.
 *
 * pyinotify: Stats; overflows are counted here, too. */

#include "ringnotify/handler.h"

RN_BEGIN_DECLS

struct rn_counter;

/* Make a counter; its time begins now.
 *
 * Returns    0; -ENOMEM.
 * Ownership  the caller holds it until rn_counter_free(), and each copy of its
 *            handler that the library takes holds it, too: the last one frees
 *            it.
 * Threads    any. */
RN_API RN_CHECKED int rn_counter_new(struct rn_counter **counter);

/* Let the counter go.  It is freed when no watch, notifier or chain holds it,
 * or as soon as the last of them is released.
 *
 * counter    or NULL: nothing is done.
 * Threads    any. */
RN_API void rn_counter_free(struct rn_counter *counter);

/* Get the handler that counts.  It goes on along a chain.
 *
 * handler    in: size; out: all other fields.  Serves any number of watches,
 *            notifiers and chains, as long as the caller or one of them holds
 *            the counter.
 * Returns    0; -EINVAL size.
 * Threads    any. */
RN_API RN_CHECKED int rn_counter_handler(struct rn_counter *counter,
                                         struct rn_handler *handler);

/* How many events there were with a mask: one event bit (IN_Q_OVERFLOW is one),
 * with and without IN_ISDIR; IN_MOVED_FROM | IN_MOVED_TO for whole renames in
 * one event; or IN_ISDIR alone for all that had it.  0 for any other mask.
 *
 * Threads    any. */
RN_API uint64_t rn_counter_get(const struct rn_counter *counter, uint32_t mask);

/* How many events of a kind there were.
 *
 * Threads    any. */
RN_API uint64_t rn_counter_kind(const struct rn_counter *counter,
                                enum rn_event_kind kind);

/* How many events there were in all: the sum over the event bits and whole
 * renames, plus what has no bit: errors, rescans, settled entries.
 *
 * Threads    any. */
RN_API uint64_t rn_counter_total(const struct rn_counter *counter);

/* CLOCK_REALTIME when the counter was made.
 *
 * Threads    any. */
RN_API struct timespec rn_counter_start(const struct rn_counter *counter);

/* Write the counts as one line of fields, NAME=VALUE, with a tab between two of
 * them: elapsed (42s, 3m5s, 2h10m, 4d3h since the counter was made), then what
 * is not 0, in this order: the event bits by their names, whole renames
 * (IN_MOVED_FROM|IN_MOVED_TO), IN_ISDIR, ERROR, RESCAN, SETTLED.
 *
 * text, size the buffer, always terminated when size > 0; 1024 holds any.
 * Returns    the length without the NUL that the whole text has: it was cut
 *            when that is >= size.
 * Threads    any. */
RN_API size_t rn_counter_format(const struct rn_counter *counter, char *text,
                                size_t size);

/* Write the counts that are not 0 as bars, a line each, in the same order:
 * name, bar, count.  The longest bar has 45 '@', the others their share of it,
 * rounded down.  Nothing when nothing was counted.
 *
 * text, size the buffer, always terminated when size > 0; 2048 holds any.
 * Returns    as rn_counter_format().
 * Threads    any. */
RN_API size_t rn_counter_chart(const struct rn_counter *counter, char *text,
                               size_t size);

/* Write the chart to a new file, mode 0600 at most; what is there already is
 * neither followed nor written to.
 *
 * Returns    0; -EEXIST; else what open(2), write(2) or close(2) gave; after a
 *            failed write the file is there, but not whole.
 * Threads    any. */
RN_API RN_CHECKED int rn_counter_dump(const struct rn_counter *counter,
                                      const char *path);

RN_END_DECLS

#endif
