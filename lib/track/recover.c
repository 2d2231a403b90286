/* When a rescan begins, and when all is well again.
 *
 *     CALM --loss--> DUE --queue empty, share of time--> SCANS --told--> FENCED
 *       ^             ^--------- loss, or a doubt ---------'-----------'   |
 *       '------------------------- the fence came back -------------------'
 *
 * The kernel queues no second marker while one is unread, so a rescan that
 * begins with an empty queue is told of each loss that comes later: then it is
 * given up, and another one follows.  Nothing is told twice by that, because
 * the index says what was told.
 *
 * A doubt: a directory was renamed, or could not be found, while it was
 * compared.  Then what was told is consistent, but may not be the whole truth
 * yet, and one more rescan looks again. */

#include "lib/track/recover.h"

#include <errno.h>
#include <stdlib.h>

/* ---- roots that something is to be done for ---- */

void rn_recover_attend(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover == NULL || recover->attended) return;
  recover->attended = true;
  recover->previous = NULL;
  recover->next = t->recovering;
  if (recover->next != NULL) recover->next->previous = recover;
  t->recovering = recover;
}

static void look_away(struct rn_tracker *t, struct rn_recover *recover) {
  if (!recover->attended) return;
  recover->attended = false;
  if (recover->next != NULL) recover->next->previous = recover->previous;
  if (recover->previous != NULL)
    recover->previous->next = recover->next;
  else
    t->recovering = recover->next;
}

/* ---- life ---- */

int rn_recover_new(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  const int err = rn_image_new(&t->tree.key, &made->image);
  if (err < 0) {
    free(made);
    return err;
  }
  made->root = root;
  root->recover = made;
  t->recover_count++;
  return 0;
}

void rn_recover_free(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover == NULL) return;
  root->recover = NULL;
  t->recover_count--;
  look_away(t, recover);
  rn_resolve_forget(recover);
  rn_image_free(recover->image);
  free(recover);
}

void rn_recover_give_up(struct rn_tracker *t, struct rn_root *root, int error) {
  struct rn_recover *recover = root->recover;
  rn_resolve_forget(recover);
  rn_image_free(recover->image);
  recover->image = NULL;
  recover->state = RN_RECOVER_CALM;
  if (root->top == NULL) return;
  rn_tell_error(t, root->top, rn_bytes_of(""), error);
  rn_compare(t, root);
}

/* Whether something is still to be taken out of the index. */
static bool has_trash(const struct rn_recover *recover) {
  return recover->image != NULL && rn_image_has_trash(recover->image);
}

uint32_t rn_tracker_index_size(const struct rn_root *root) {
  const struct rn_recover *recover = root->recover;
  return recover != NULL && recover->image != NULL ? recover->image->count : 0;
}

/* ---- losses ---- */

/* The rescan that runs comes to its end, complete or not. */
static void end_rescan(struct rn_tracker *t, struct rn_recover *recover) {
  if (recover->state != RN_RECOVER_SCANS) return;
  recover->ended_ns = t->sys->monotonic_ns(t->sys);
  recover->duration_ns = recover->ended_ns - recover->begun_ns;
  recover->spent_ns += recover->duration_ns;
  rn_resolve_forget(recover);
}

static void lose(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover->image == NULL) return;
  if (recover->state == RN_RECOVER_CALM) {
    recover->changes = 0;
    recover->spent_ns = 0;
    recover->epoch = t->cause;
    recover->losses = 0;
  }
  recover->losses++;
  end_rescan(t, recover);
  recover->tries = 0;
  recover->strayed = false;
  recover->state = RN_RECOVER_DUE;
  rn_recover_attend(t, root);
}

void rn_recover_lost(struct rn_tracker *t) {
  if (t->recover_count == 0) return;
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    if (root->recover != NULL) lose(t, root);
}

bool rn_recover_sees_to(struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover == NULL || recover->image == NULL ||
      recover->state == RN_RECOVER_CALM)
    return false;
  recover->doubt = true;
  return true;
}

/* ---- beginning ---- */

/* How long until a rescan may begin. */
static int64_t wait_ns(const struct rn_tracker *t,
                       const struct rn_recover *recover) {
  if (t->hurry || recover->ended_ns == 0) return 0;
  const int64_t now = t->sys->monotonic_ns(t->sys);
  const int64_t share = recover->duration_ns * RN_RESCAN_SHARE +
                        (int64_t)recover->tries * RN_RESCAN_STEP_MS * 1000000;
  const int64_t left = recover->ended_ns + share - now;
  return left < 0 ? 0 : left;
}

/* Where that is not to be known: a loss that is found later is repaired
 * then. */
static bool queue_is_empty(const struct rn_tracker *t) {
  size_t size = 0;
  return t->sys->queued(t->sys, t->fd, &size) < 0 || size == 0;
}

/* Whether the root's own directory is watched. */
static bool has_top(const struct rn_root *root) {
  return !root->ending && root->top != NULL;
}

static bool may_begin(const struct rn_tracker *t, const struct rn_root *root) {
  return root->recover->state == RN_RECOVER_DUE && root->settled &&
         has_top(root) && t->adding != root && !root->recover->hurried;
}

/* Who is in a hurry does not wait until the queue is empty, which may never be:
 * should a marker of another loss be in it, then that one is not repaired. */
static bool is_time(const struct rn_tracker *t, const struct rn_root *root) {
  return wait_ns(t, root->recover) == 0 && (t->hurry || queue_is_empty(t));
}

/* Whether the losses have no end, each of which has the repair begin anew: then
 * nobody waits for it, but a stop, which has an end of its own and in which it
 * begins anew no more. */
static bool is_endless(const struct rn_tracker *t,
                       const struct rn_recover *recover) {
  return recover->losses > RN_RESCAN_LOSSES && !t->hurry;
}

static void begin(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  struct rn_image *image = recover->image;
  const uint8_t marks =
      RN_IMAGE_SEEN | RN_IMAGE_AWAY | RN_IMAGE_WANTED | RN_IMAGE_AWAITED;
  for (uint32_t ref = image->top; ref != 0;
       ref = rn_image_next(image, image->top, ref))
    rn_image_at(image, ref)->flags &= (uint8_t)~marks;
  recover->doubt = recover->strayed = false;
  recover->hurried = t->hurry;
  recover->begun_ns = t->sys->monotonic_ns(t->sys);
  recover->state = RN_RECOVER_SCANS;
  if (is_endless(t, recover)) rn_wait_end(t, root->top); /* and its cause */
  rn_wait_for_scan(t, root->top, RN_FRAME_RECOVER);
}

/* Whether a fence is awaited that there was no memory to ask for. */
static bool lacks_fence(const struct rn_tracker *t,
                        const struct rn_root *root) {
  if (!has_top(root) || t->adding == root) return false;
  if (root->recover->state != RN_RECOVER_FENCED && root->settled) return false;
  const struct rn_passage *passage = root->top->passage;
  return passage == NULL || passage->waits == RN_WAIT_NOTHING;
}

/* Whether a rescan did not find a root at its path, whose watch is left, and
 * another one is to look there.  What is below it can be compared no more,
 * however long one waits, or only where other roots watch it. */
static bool is_astray(const struct rn_recover *recover) {
  return recover->strayed && recover->state == RN_RECOVER_DUE;
}

/* Whether a loss of an earlier epoch is still to be repaired, and is to be
 * waited for. */
static bool owes(const struct rn_tracker *t, const struct rn_root *root) {
  const struct rn_recover *recover = root->recover;
  return recover != NULL && recover->state != RN_RECOVER_CALM &&
         !is_endless(t, recover) && !is_astray(recover) && has_top(root) &&
         rn_epoch_is_older(recover->epoch, t->epoch);
}

bool rn_recover_lacks_fence(const struct rn_tracker *t) {
  if (t->recovering == NULL || rn_tracker_is_walking(t, RN_WALK_NEW))
    return false;
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next)
    if (owes(t, at->root) && lacks_fence(t, at->root)) return true;
  return false;
}

void rn_recover_turn(struct rn_tracker *t) {
  if (t->recovering == NULL || rn_tracker_is_walking(t, RN_WALK_NEW)) return;
  for (struct rn_recover *at = t->recovering, *next; at != NULL; at = next) {
    struct rn_root *root = at->root;
    next = at->next;
    if (lacks_fence(t, root)) rn_wait_for_fence(t, root->top);
    if (may_begin(t, root) && is_time(t, root)) begin(t, root);
    if (at->state == RN_RECOVER_CALM && root->settled && !has_trash(at))
      look_away(t, at);
  }
}

int rn_tracker_patience_ms(const struct rn_tracker *t) {
  enum { FENCE_MS = 100 };
  int64_t patience = rn_fence_due_ms(t);
  const int widen_ms = rn_widen_due_ms(t);
  if (widen_ms >= 0 && (patience < 0 || patience > widen_ms))
    patience = widen_ms;
  if (rn_tracker_wants_turn(t) && (patience < 0 || patience > FENCE_MS))
    patience = FENCE_MS;
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next) {
    const struct rn_root *root = at->root;
    if (lacks_fence(t, root) && (patience < 0 || patience > FENCE_MS))
      patience = FENCE_MS;
    if (!may_begin(t, root)) continue;
    const int64_t wait = wait_ns(t, root->recover) / 1000000 + 1;
    if (patience < 0 || wait < patience) patience = wait;
  }
  return patience < INT32_MAX ? (int)patience : INT32_MAX;
}

/* ---- walking ---- */

bool rn_recover_is_walking(const struct rn_tracker *t) {
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next)
    if (at->state == RN_RECOVER_SCANS || has_trash(at)) return true;
  return false;
}

bool rn_recover_owes(const struct rn_tracker *t) {
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next)
    if (owes(t, at->root)) return true;
  return false;
}

bool rn_recover_is_waiting(const struct rn_tracker *t) {
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next) {
    if (!has_top(at->root)) continue;
    if (at->state == RN_RECOVER_FENCED || may_begin(t, at->root)) return true;
  }
  return false;
}

/* Also while it is listed again, and when a stop leaves it so. */
bool rn_tracker_is_recovering(const struct rn_tracker *t) {
  for (const struct rn_recover *at = t->recovering; at != NULL; at = at->next)
    if (has_top(at->root) && at->state != RN_RECOVER_CALM) return true;
  return false;
}

void rn_recover_walk(struct rn_tracker *t) {
  struct rn_recover *recover = t->recovering;
  for (; recover != NULL; recover = recover->next) {
    struct rn_root *root = recover->root;
    if (has_trash(recover)) {
      rn_image_sweep(recover->image);
      return;
    }
    if (recover->state != RN_RECOVER_SCANS) continue;
    if (!has_top(root)) { /* of one that ends records may still come */
      end_rescan(t, recover);
      recover->state = root->ending ? RN_RECOVER_DUE : RN_RECOVER_CALM;
      continue;
    }
    if (rn_resolve_piece(t, root)) return;
    end_rescan(t, recover);
    recover->state = RN_RECOVER_FENCED;
    t->counts.rescans++;
    rn_wait_for_fence(t, root->top);
  }
}

/* ---- ending ---- */

void rn_recover_fenced(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover->state != RN_RECOVER_FENCED) return;
  const bool is_last = recover->hurried || recover->tries >= RN_RESCAN_TRIES;
  const int lost = recover->strayed ? rn_watch_is_lost(t, root->top->wd) : 0;
  if (lost == -EAGAIN) { /* others have asked: the next read is for the rest */
    rn_wait_for_fence(t, root->top);
    return;
  }
  if (lost > 0) {
    recover->state = RN_RECOVER_CALM;
    rn_recover_take_back(t, root->top);
    rn_root_leave(t, root);
    return;
  }
  if (lost < 0 && lost != -ENOTTY) recover->doubt = true; /* ask once more */
  if (recover->doubt && !is_last) {
    recover->tries++;
    recover->state = RN_RECOVER_DUE;
    return;
  }
  recover->state = RN_RECOVER_CALM;
  if (recover->doubt && !recover->hurried) { /* it cannot be compared */
    rn_tell_error(t, root->top, rn_bytes_of(""), -ESTALE);
    return;
  }
  const struct rn_recovery recovery = {.root = root,
                                       .changes = recover->changes,
                                       .duration_ns = recover->spent_ns};
  t->sink.recovered(t->sink.context, &recovery);
}

void rn_tracker_hurry(struct rn_tracker *t) { t->hurry = true; }
