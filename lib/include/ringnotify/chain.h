#ifndef RINGNOTIFY_CHAIN_H
#define RINGNOTIFY_CHAIN_H

/* A chain: several handlers for one event, one after another.
 *
 *     struct rn_handler handler = RN_HANDLER_INIT;
 *     rn_chain_new(&chain);
 *     rn_chain_add(chain, &log_it);
 *     rn_chain_add_condition(chain, is_wanted, NULL, NULL);
 *     rn_chain_add(chain, &do_it);
 *     rn_chain_handler(chain, &handler);
 *     ...                    handler goes into the options of a notifier or of
 *                            a watch, as often as you like
 *     rn_chain_free(chain);  once, at any time after that
 *
 * A chain is a list of links in the order in which they were added.  A link is
 * a handler, or a condition.  Each event goes to the callback that the first
 * handler has for it (by its own families and its own on_default), then to that
 * of the second, and so on to the end:
 *
 *     a handler without a callback for the event  is passed over
 *     a callback returns 0                        the next link follows
 *     a callback returns RN_CHAIN_STOP            the event is dealt with: no
 *                                                 link behind is called
 *     a callback returns anything else            is counted as a handler error
 *                                                 (one an event, however many
 *                                                 links fail); the next link
 *                                                 follows
 *     a condition returns false                   no link behind it is called
 *
 * What tells of a loss, a failure or a repair (RN_EVENT_OVERFLOW, _ERROR,
 * _RESCAN) passes all conditions; they are not asked.
 *
 * The handler of a chain may be a link of another chain.  A false condition
 * ends the chain that it stands in, and the one around goes on: a branch.
 * RN_CHAIN_STOP ends both.  (In pyinotify, where a handler nests the one before
 * it, a stop is forgotten one level further out.)
 *
 * pyinotify: ProcessEvent(pevent) and ChainIfTrue. */

#include "ringnotify/handler.h"

RN_BEGIN_DECLS

enum {
  /* From a callback in a chain: the event goes no further.  Outside of a chain
   * it is an error like any other result. */
  RN_CHAIN_STOP = 1,
};

/* Say whether an event goes on along the chain.  Runs where the callbacks do,
 * several at a time with several workers. */
typedef bool rn_condition_fn(const struct rn_event *event, void *context);

struct rn_chain;

/* Make a chain without links, which does nothing.
 *
 * Returns    0; -ENOMEM.
 * Ownership  the caller holds it until rn_chain_free(), and each copy of its
 *            handler that the library takes holds it, too: the last one frees
 *            it.
 * Threads    any. */
RN_API RN_CHECKED int rn_chain_new(struct rn_chain **chain);

/* Let the chain go.  When no watch, notifier or chain holds it, or as soon as
 * the last of them is released, on_release of the links is called in their
 * order, and the chain is freed.  So a handler that was got from it and given
 * to none of these before is of no use any more.
 *
 * chain      or NULL: nothing is done.
 * Threads    any.  on_release runs on this one, or as rn_release_fn says. */
RN_API void rn_chain_free(struct rn_chain *chain);

/* Add a handler as the last link.
 *
 * handler    copied; its on_retain is called now, its on_release when the chain
 *            is freed.
 * Returns    0; -EINVAL handler, or one with on_batch: a chain goes on or not
 *            by each event; -EBUSY rn_chain_handler() was called; -ENOMEM.
 *            On failure nothing was taken: no on_release will be called.
 * Threads    any, one at a time a chain. */
RN_API RN_CHECKED int rn_chain_add(struct rn_chain *chain,
                                   const struct rn_handler *handler);

/* Add a condition as the last link.
 *
 * context    or NULL; given to the condition and to on_release.
 * on_release or NULL; as that of a handler.
 * Returns    0; -EBUSY rn_chain_handler() was called; -ENOMEM.  On failure
 *            nothing was taken.
 * Threads    any, one at a time a chain. */
RN_API RN_CHECKED int rn_chain_add_condition(struct rn_chain *chain,
                                             rn_condition_fn *condition,
                                             void *context,
                                             rn_release_fn *on_release);

/* Get the handler that runs the chain.  From now on no link can be added: the
 * links are read by workers without a lock, and no chain can come to contain
 * itself.
 *
 * handler    in: size; out: all other fields.  Serves any number of watches,
 *            notifiers and chains, as long as the caller or one of them holds
 *            the chain.  When adding a watch fails the caller holds the chain
 *            as before.
 * Returns    0; -EINVAL size.
 * Threads    any, one at a time a chain. */
RN_API RN_CHECKED int rn_chain_handler(struct rn_chain *chain,
                                       struct rn_handler *handler);

RN_END_DECLS

#endif
