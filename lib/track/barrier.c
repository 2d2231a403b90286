/* A barrier: the moment when everything that was queued when it was asked for
 * has been read, and all that it leads to has been told.
 *
 * Its fence tells the first.  The second is a matter of cause: what a record
 * leads to (a listing, a second try after a fence, records kept back) carries
 * the epoch of that record, and hands it on to what it leads to itself.  The
 * epoch counts up when a barrier's fence comes back.  So the barrier has passed
 * when nothing of an earlier epoch is left, however much a storm has added
 * since.
 *
 * Halves of renames that are held for the other end there (pairs.c): both of a
 * rename that was over have been read, so what is held then has no other, or is
 * of a rename under way.  They are told alone.
 *
 * A root that repairs its losses keeps the epoch of the first one until all is
 * well again.  What waits twice for the same node keeps the older epoch.
 * Additions are not looked at: they tell nothing. */

#include <errno.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

void rn_note_cause(const struct rn_tracker *t, struct rn_passage *passage) {
  if (passage->waits == RN_WAIT_NOTHING ||
      rn_epoch_is_older(t->cause, passage->epoch))
    passage->epoch = t->cause;
}

uint32_t rn_oldest_cause(const struct rn_tracker *t,
                         const struct rn_node *node) {
  uint32_t oldest = t->cause;
  const struct rn_passage *passage = node->passage;
  if (passage != NULL && passage->waits != RN_WAIT_NOTHING &&
      rn_epoch_is_older(passage->epoch, oldest))
    oldest = passage->epoch;
  const struct rn_walk *walk = &t->walks[RN_WALK_NEW];
  for (int i = 0; i < walk->depth; i++)
    if (walk->frames[i]->node == node &&
        rn_epoch_is_older(walk->frames[i]->epoch, oldest))
      oldest = walk->frames[i]->epoch;
  return oldest;
}

/* ---- what is left ---- */

static bool has_older(const struct rn_waiting *waiting, uint32_t epoch) {
  for (const struct rn_node *node = waiting->first; node != NULL;
       node = node->passage->next)
    if (rn_epoch_is_older(node->passage->epoch, epoch)) return true;
  return false;
}

/* The same of those only that are to be listed: that a directory turns out to
 * have left is not told. */
static bool lists_older(const struct rn_waiting *waiting, uint32_t epoch) {
  for (const struct rn_node *node = waiting->first; node != NULL;
       node = node->passage->next)
    if (node->passage->rescan && rn_epoch_is_older(node->passage->epoch, epoch))
      return true;
  return false;
}

static bool walks_older(const struct rn_walk *walk, uint32_t epoch) {
  for (int i = 0; i < walk->depth; i++)
    if (rn_epoch_is_older(walk->frames[i]->epoch, epoch)) return true;
  return has_older(&walk->jobs, epoch);
}

/* Whether something that an earlier epoch led to is still to be done. */
static bool is_unsettled(const struct rn_tracker *t) {
  if (t->kept.size > 0 && rn_epoch_is_older(t->kept.epoch, t->epoch))
    return true;
  if (walks_older(&t->walks[RN_WALK_NEW], t->epoch)) return true;
  if (t->due != NULL || rn_leaving_owes(t) || rn_recover_owes(t) ||
      rn_follow_owes(t))
    return true;
  for (const struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (has_older(&at->waiting, t->epoch)) return true;
  if (lists_older(&t->late_fence.waiting, t->epoch)) return true;
  return t->open_fence != NULL && has_older(&t->open_fence->waiting, t->epoch);
}

/* ---- the barrier ---- */

void rn_tracker_barrier_begin(struct rn_tracker *t) {
  RN_ASSERT(t->barrier == RN_BARRIER_NONE);
  t->barrier = RN_BARRIER_ASKED;
}

void rn_barrier_fence_read(struct rn_tracker *t) {
  RN_ASSERT(t->barrier == RN_BARRIER_FENCED);
  t->barrier = RN_BARRIER_SETTLING;
  t->epoch++;
  t->cause = t->epoch;
}

bool rn_tracker_barrier_passed(struct rn_tracker *t) {
  if (t->barrier != RN_BARRIER_SETTLING || is_unsettled(t)) return false;
  rn_held_tell_all(t);
  t->barrier = RN_BARRIER_NONE;
  return true;
}

void rn_tracker_barrier_cancel(struct rn_tracker *t) {
  t->barrier = RN_BARRIER_NONE;
  if (t->open_fence != NULL) t->open_fence->barrier = false;
  for (struct rn_fence *at = t->fences; at != NULL; at = at->next)
    at->barrier = false;
}

bool rn_tracker_barrier_is_waited_for(const struct rn_tracker *t) {
  return t->barrier != RN_BARRIER_NONE;
}

int rn_tracker_barrier_error(const struct rn_tracker *t) {
  if (t->barrier == RN_BARRIER_NONE) return 0;
  if (t->barrier == RN_BARRIER_ASKED || rn_recover_lacks_fence(t))
    return -ENOMEM;
  const struct rn_fence *fence = t->open_fence;
  const bool awaited =
      fence != NULL && (fence->barrier || has_older(&fence->waiting, t->epoch));
  if (!awaited || t->fence_error == 0) return 0;
  const bool named = t->fence_error == -ENOMEM || t->fence_error == -ENOSYS;
  return named ? t->fence_error : -ENOSPC;
}
