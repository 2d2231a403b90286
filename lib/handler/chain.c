/* Several handlers for one event.
 *
 * The idea: a link is a handler resolved as the library resolves any (a target,
 * in no lane), and the chain is itself a handler whose on_default walks along
 * the links.  So it needs nothing of the stages before it, and a chain in a
 * chain is a link whose callback is that very walk: it is walked in place, as
 * its result has to say two things, whether to stop and whether a link failed.
 *
 * The invariant: from rn_chain_handler() on the links do not change, so workers
 * read them without a lock, and a chain cannot contain itself: to be a link it
 * needs a handler, and with a handler it takes no link.
 *
 * What a callback returns is counted by who called the chain, once an event. */

#include "ringnotify/chain.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/dispatch/dispatch.h"
#include "lib/handler/ready.h"

struct link {
  struct link *next;
  struct rn_target *target; /* a handler; NULL: a condition, by the rest */
  rn_condition_fn *condition;
  void *context;
  rn_release_fn *on_release; /* or NULL */
};

struct rn_chain {
  struct rn_holders holders;
  bool has_handler; /* then the links are const */
  struct link *first;
  struct link **end; /* where the next one is to be linked */
};

static int on_event(const struct rn_event *event, void *context);

int rn_chain_new(struct rn_chain **chain) {
  struct rn_chain *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  rn_holders_init(&made->holders);
  made->end = &made->first;
  *chain = made;
  return 0;
}

static void end_link(struct link *link) {
  if (link->target != NULL)
    rn_target_end(link->target);
  else if (link->on_release != NULL)
    link->on_release(link->context);
  free(link);
}

void rn_chain_free(struct rn_chain *chain) {
  RN_UNCANCELLED;
  if (chain == NULL || !rn_holders_drop(&chain->holders)) return;
  struct link *link = chain->first;
  while (link != NULL) {
    struct link *next = link->next;
    end_link(link);
    link = next;
  }
  free(chain);
}

/* ---- links ---- */

static int new_link(const struct rn_chain *chain, struct link **link) {
  if (chain->has_handler) return -EBUSY;
  struct link *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  *link = made;
  return 0;
}

static void append(struct rn_chain *chain, struct link *link) {
  *chain->end = link;
  chain->end = &link->next;
}

int rn_chain_add(struct rn_chain *chain, const struct rn_handler *handler) {
  struct link *link;
  int err = new_link(chain, &link);
  if (err < 0) return err;
  err = rn_target_new_single(handler, &link->target);
  if (err < 0) {
    free(link);
    return err;
  }
  append(chain, link);
  return 0;
}

int rn_chain_add_condition(struct rn_chain *chain, rn_condition_fn *condition,
                           void *context, rn_release_fn *on_release) {
  struct link *link;
  const int err = new_link(chain, &link);
  if (err < 0) return err;
  link->condition = condition;
  link->context = context;
  link->on_release = on_release;
  append(chain, link);
  return 0;
}

/* ---- events ---- */

static bool passes(const struct link *link, const struct rn_event *event) {
  switch (rn_event_kind(event)) {
    case RN_EVENT_OVERFLOW:
    case RN_EVENT_ERROR:
    case RN_EVENT_RESCAN:
      return true;
    default:
      return link->condition(event, link->context);
  }
}

/* Hand an event from link to link.
 *
 * error      in, out: what the first link that failed gave, or 0.
 * Returns    whether a link stopped it. */
static bool walk(const struct rn_chain *chain, const struct rn_event *event,
                 int *error) {
  for (const struct link *link = chain->first; link != NULL;
       link = link->next) {
    if (link->target == NULL) {
      if (!passes(link, event)) return false;
      continue;
    }
    void *context;
    rn_event_fn *call = rn_target_callback(link->target, event, &context);
    if (call == NULL) continue;
    if (call == on_event) {
      if (walk(context, event, error)) return true;
      continue;
    }
    const int result = call(event, context);
    if (result == RN_CHAIN_STOP) return true;
    if (*error == 0) *error = result;
  }
  return false;
}

static int on_event(const struct rn_event *event, void *context) {
  int error = 0;
  (void)walk(context, event, &error);
  return error;
}

static void retain(void *context) {
  struct rn_chain *chain = context;
  rn_holders_add(&chain->holders);
}

static void release(void *context) { rn_chain_free(context); }

int rn_chain_handler(struct rn_chain *chain, struct rn_handler *handler) {
  const struct rn_handler from = {
      .size = sizeof(from),
      .context = chain,
      .on_default = on_event,
      .on_release = release,
      .on_retain = retain,
  };
  const int err = rn_ready_handler(&from, handler);
  if (err == 0) chain->has_handler = true;
  return err;
}
