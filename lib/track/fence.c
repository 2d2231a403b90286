/* Fences, and nodes that wait.
 *
 * A fence is a mark in the kernel's queue (mark.c).  When it is read, all that
 * happened before it was put has been read.  If the queue is full the mark is
 * lost, but then an overflow is certain, and the fences are put again.
 *
 * One fence serves all nodes that began to wait since the last one: those whose
 * listing is complete (their window closes), and those that were deleted or
 * left (what was not announced again is released).
 *
 * A directory that is between two places waits for a fence of its own, which is
 * put a little later: the rest of its rename lies in front of it.
 *
 * A fence needs a watch for a moment.  At the watch limit there may be none:
 * then the open fence stays open until a later turn, which costs memory, and
 * ends a suspend that waits for it (rn_tracker_barrier_error()).  Only a root
 * that is removed cannot wait, as nothing that happens later is its: a fence
 * for such a one stands behind as many bytes as are queued, and reads end there
 * (rn_tracker_read_size()). */

#include <errno.h>
#include <stdlib.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

/* ---- lists ---- */

static void append(struct rn_waiting *list, struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  passage->next = NULL;
  passage->previous = list->last;
  if (list->last != NULL)
    list->last->passage->next = node;
  else
    list->first = node;
  list->last = node;
  list->count++;
}

static void unlink_node(struct rn_waiting *list, struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  if (passage->previous != NULL)
    passage->previous->passage->next = passage->next;
  else
    list->first = passage->next;
  if (passage->next != NULL)
    passage->next->passage->previous = passage->previous;
  else
    list->last = passage->previous;
  passage->waits = RN_WAIT_NOTHING;
  list->count--;
}

static enum rn_walk_kind kind_of(uint8_t mode) {
  return mode == RN_FRAME_ADD ? RN_WALK_ADDED : RN_WALK_NEW;
}

void rn_wait_end(struct rn_tracker *t, struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  if (passage == NULL) return;
  if (passage->waits == RN_WAIT_FENCE)
    unlink_node(&passage->fence->waiting, node);
  else if (passage->waits == RN_WAIT_SCAN)
    unlink_node(&t->walks[kind_of(passage->mode)].jobs, node);
}

struct rn_node *rn_waiting_take(struct rn_waiting *waiting) {
  struct rn_node *node = waiting->first;
  if (node != NULL) unlink_node(waiting, node);
  return node;
}

/* The fence that is put next.  NULL: no memory. */
static struct rn_fence *open_fence(struct rn_tracker *t) {
  if (t->open_fence == NULL) t->open_fence = calloc(1, sizeof(*t->open_fence));
  return t->open_fence;
}

/* What is to be done about a node cannot be remembered. */
static void no_memory(struct rn_tracker *t, struct rn_node *node) {
  rn_tell_error(t, node, rn_bytes_of(""), -ENOMEM);
}

static bool ends_root(const struct rn_node *node) {
  return node->root->ending && node->parent == NULL;
}

static void join_fence(struct rn_fence *fence, struct rn_node *node) {
  fence->ends |= ends_root(node);
  node->passage->waits = RN_WAIT_FENCE;
  node->passage->fence = fence;
  append(&fence->waiting, node);
}

/* Whether it, or a directory above it, is between two places. */
static bool is_between(const struct rn_tracker *t, struct rn_node *node) {
  if (t->suspended_count == 0) return false;
  const struct rn_node *top = rn_suspended_above(node);
  return top != NULL && (top->flags & RN_NODE_MOVED) != 0;
}

/* The fence of directories that are between two places.  It is not put at once:
 * who renames one may have to wait for a processor between the halves. */
static struct rn_fence *late_fence(struct rn_tracker *t) {
  if (t->late_fence.waiting.count == 0)
    t->late_ns = t->sys->monotonic_ns(t->sys) + RN_MOVE_MS * INT64_C(1000000);
  return &t->late_fence;
}

/* Its time has come. */
static void put_late_fence(struct rn_tracker *t) {
  if (t->late_fence.waiting.count == 0 ||
      t->sys->monotonic_ns(t->sys) < t->late_ns || open_fence(t) == NULL)
    return;
  struct rn_node *node;
  while ((node = rn_waiting_take(&t->late_fence.waiting)) != NULL) {
    node->passage->overdue++;
    join_fence(t->open_fence, node);
  }
}

int rn_fence_due_ms(const struct rn_tracker *t) {
  if (t->late_fence.waiting.count == 0) return -1;
  const int64_t left = t->late_ns - t->sys->monotonic_ns(t->sys);
  return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

void rn_wait_for_fence(struct rn_tracker *t, struct rn_node *node) {
  struct rn_passage *passage = rn_node_passage(node);
  if (passage == NULL) {
    no_memory(t, node); /* it stays as it is */
    return;
  }
  /* Behind the fence that it is to end at nothing more is told of it. */
  const bool ends = (node->flags & RN_NODE_ENDING) != 0 ||
                    (node->root->ending && node->parent == NULL);
  if (ends && passage->waits == RN_WAIT_FENCE) return;
  /* A listing that was due remains due. */
  const bool due = rn_is_due(passage);
  rn_note_cause(t, passage);
  struct rn_fence *fence = is_between(t, node) ? late_fence(t) : open_fence(t);
  rn_wait_end(t, node);
  if (fence == NULL) {
    no_memory(t, node);
    return;
  }
  passage->rescan = due;
  join_fence(fence, node);
}

void rn_wait_for_rest(struct rn_tracker *t, struct rn_node *node) {
  rn_wait_for_fence(t, node);
  if (node->passage != NULL) node->passage->overdue = 0;
}

void rn_wait_no_longer(struct rn_tracker *t, struct rn_node *node) {
  for (struct rn_node *at = t->late_fence.waiting.first, *next; at != NULL;
       at = next) {
    const struct rn_passage *passage = at->passage;
    next = passage->next;
    if (is_between(t, at)) continue;
    if (at != node || passage->rescan || passage->has_known) {
      rn_wait_for_fence(t, at);
      continue;
    }
    rn_wait_end(t, at);
    rn_node_passage_trim(at);
  }
}

void rn_scan_after_fence(struct rn_tracker *t, struct rn_node *node,
                         enum rn_frame_mode mode) {
  rn_wait_for_fence(t, node);
  if (node->passage == NULL) return;
  node->passage->rescan = true;
  node->passage->mode = (uint8_t)mode;
}

static bool was_given_up(const struct rn_passage *passage) {
  return passage->tries >= RN_SCAN_TRIES ||
         passage->tries_in_all >= RN_SCAN_TRIES_MAX;
}

bool rn_may_try_again(const struct rn_tracker *t, struct rn_passage *passage) {
  if (passage->renames != t->renames) passage->tries = 0;
  passage->renames = t->renames;
  if (was_given_up(passage)) return false;
  passage->tries++;
  passage->tries_in_all++;
  return true;
}

void rn_wait_for_scan(struct rn_tracker *t, struct rn_node *node,
                      enum rn_frame_mode mode) {
  if (rn_node_passage(node) == NULL) {
    if (mode == RN_FRAME_ADD)
      rn_walk_fail(t, node, -ENOMEM);
    else
      no_memory(t, node); /* it is not listed */
    if (node->root->recover != NULL) node->root->recover->doubt = true;
    return;
  }
  rn_note_cause(t, node->passage);
  rn_wait_end(t, node);
  node->passage->rescan = false;
  node->passage->waits = RN_WAIT_SCAN;
  node->passage->mode = (uint8_t)mode;
  append(&t->walks[kind_of(node->passage->mode)].jobs, node);
}

/* ---- fences ---- */

/* Have the open fence stand behind what is queued, without a mark.  Returns
 * whether it does. */
static bool measure(struct rn_tracker *t, struct rn_fence *fence) {
  size_t queued;
  if (!fence->ends || t->sys->queued(t->sys, t->fd, &queued) < 0) return false;
  fence->wd = 0;
  fence->left = queued + t->fed;
  t->fence_error = 0;
  return true;
}

void rn_fence_put(struct rn_tracker *t) {
  if (t->barrier == RN_BARRIER_ASKED && open_fence(t) != NULL) {
    t->open_fence->barrier = true;
    t->barrier = RN_BARRIER_FENCED;
  }
  put_late_fence(t);
  struct rn_fence *fence = t->open_fence;
  if (fence == NULL) return;
  if (fence->waiting.count == 0 && !fence->barrier) {
    free(fence);
    t->open_fence = NULL;
    t->fence_error = 0;
    return;
  }
  t->fence_error = 0;
  if (!fence->ends && !rn_has_room_for_fence(t)) return; /* until it was read */
  const int wd = rn_mark_put(t);
  if (wd < 0) t->fence_error = wd;
  if (wd >= 0)
    fence->wd = wd;
  else if (!measure(t, fence))
    return; /* no watch to be had: a later turn tries again */
  fence->next = t->fences;
  t->fences = fence;
  t->open_fence = NULL;
  if (fence->wd == 0) rn_fences_pass(t, 0);
}

/* ---- comparisons ---- */

static bool compares(const struct rn_waiting *waiting,
                     const struct rn_root *root) {
  for (const struct rn_node *node = waiting->first; node != NULL;
       node = node->passage->next)
    if (node->root == root && rn_is_due(node->passage) &&
        node->passage->mode == RN_FRAME_COMPARE)
      return true;
  return false;
}

/* Whether some of a root is still to be compared with the disk. */
static bool is_comparing(const struct rn_tracker *t,
                         const struct rn_root *root) {
  const struct rn_walk *walk = &t->walks[RN_WALK_NEW];
  for (int i = 0; i < walk->depth; i++)
    if (walk->frames[i]->mode == RN_FRAME_COMPARE &&
        walk->frames[i]->node != NULL && walk->frames[i]->node->root == root)
      return true;
  if (compares(&walk->jobs, root)) return true;
  for (const struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (compares(&at->waiting, root)) return true;
  return t->open_fence != NULL && compares(&t->open_fence->waiting, root);
}

/* ---- what fences tell ---- */

/* A suspended node's fence came back: it is not announced any more. */
static void pass_suspended(struct rn_tracker *t, struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  const bool between = (node->flags & RN_NODE_MOVED) != 0;
  if (!between || passage->overdue >= RN_MOVE_FENCES)
    rn_release(t, node);
  else if (passage->rescan)
    rn_scan_after_fence(t, node, (enum rn_frame_mode)passage->mode);
  else
    rn_wait_for_fence(t, node);
}

static bool is_listed(const struct rn_tracker *t, const struct rn_node *node) {
  const struct rn_walk *walk = &t->walks[RN_WALK_NEW];
  for (int i = 0; i < walk->depth; i++)
    if (walk->frames[i]->node == node) return true;
  return false;
}

/* A node's fence came back that it was to be listed behind.  Who compares it
 * with the disk has nothing older to wait for. */
static void list_behind_fence(struct rn_tracker *t, struct rn_node *node) {
  const enum rn_frame_mode mode = (enum rn_frame_mode)node->passage->mode;
  if (mode == RN_FRAME_COMPARE && !is_between(t, node))
    rn_window_keep_doubts(node);
  rn_wait_for_scan(t, node, mode);
}

/* The fence behind a node's listing or its end came back. */
static void pass_fence(struct rn_tracker *t, struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  if (rn_node_has_left(node)) return;
  if (node->root == t->withheld.root) { /* records in front of it are kept */
    const bool rescan = passage->rescan;
    rn_wait_for_fence(t, node);
    passage->rescan = rescan;
    return;
  }
  if ((node->flags & RN_NODE_WAY) != 0) {
    rn_release(t, node);
    return;
  }
  if (node->root->ending && node->parent == NULL) {
    rn_root_quit(t, node->root);
    return;
  }
  if ((node->flags & RN_NODE_ENDING) != 0) return; /* it goes with the top */
  if (rn_node_is_suspended(node)) {
    pass_suspended(t, node);
    return;
  }
  if (node->parent != NULL && (node->parent->flags & RN_NODE_GHOST) != 0) {
    rn_release(t, node); /* its parent is dead, it has not left: it is, too */
    return;
  }
  if (passage->rescan) {
    list_behind_fence(t, node);
    return;
  }
  if (is_between(t, node)) {
    rn_wait_for_fence(t, node); /* its records are kept: they are older */
    return;
  }
  const bool top = node->parent == NULL;
  if (top && node->root->unsure && is_comparing(t, node->root)) {
    rn_wait_for_fence(t, node); /* nodes that are wrong may be left */
    return;
  }
  if (passage->has_known && is_listed(t, node)) return; /* not behind that */
  if (passage->has_known) rn_names_fini(&passage->known);
  passage->has_known = false;
  if (!was_given_up(passage)) passage->tries = passage->tries_in_all = 0;
  if (top) node->root->settled = true;
  if (top) node->root->unsure = false;
  rn_node_passage_trim(node);
  if (top && node->root->recover != NULL) rn_recover_fenced(t, node->root);
}

/* Of the fences that were read and that some still wait for, what leads to the
 * oldest; or NULL. */
static struct rn_fence **oldest_passing(struct rn_tracker *t) {
  struct rn_fence **oldest = NULL;
  for (struct rn_fence **at = &t->fences; *at != NULL; at = &(*at)->next)
    if ((*at)->passing) oldest = at;
  return oldest;
}

bool rn_fences_are_passing(const struct rn_tracker *t) {
  for (const struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (at->passing) return true;
  return false;
}

/* Let up to `count` go on of those who waited for fences that were read, in the
 * order of these: to who goes on later it is as if the fence came later. */
static void let_go_on(struct rn_tracker *t, uint32_t count) {
  struct rn_fence **at;
  while ((at = oldest_passing(t)) != NULL) {
    struct rn_fence *fence = *at;
    struct rn_node *node = NULL;
    while (count > 0 && (node = rn_waiting_take(&fence->waiting)) != NULL) {
      count--;
      t->cause = node->passage->epoch;
      pass_fence(t, node);
    }
    if (fence->waiting.count > 0) break;
    *at = fence->next;
    free(fence);
  }
  t->cause = t->epoch;
}

void rn_fences_advance(struct rn_tracker *t) {
  if (t->fences == NULL) return;
  const uint32_t left = t->ends_left;
  t->ends_left = 0; /* what a read may end was ended, or asked for, with it */
  let_go_on(t, t->share);
  t->ends_left = left;
}

/* A fence was read: let those go on that wait for it, or as many as a read may
 * lead to. */
static void pass(struct rn_tracker *t, struct rn_fence *fence) {
  const bool barrier = fence->barrier;
  fence->barrier = false;
  fence->passing = true;
  fence->wd = 0;
  fence->left = 0;
  let_go_on(t, fence->ends ? UINT32_MAX : t->share);
  if (barrier) rn_barrier_fence_read(t);
}

bool rn_fence_take(struct rn_tracker *t, int wd) {
  struct rn_fence *at = t->fences;
  while (at != NULL && at->wd != wd) at = at->next;
  if (at == NULL) return false;
  pass(t, at);
  return true;
}

/* Of the fences without a mark the oldest that nothing is left in front of; or
 * NULL. */
static struct rn_fence *oldest_reached(const struct rn_tracker *t) {
  struct rn_fence *oldest = NULL;
  for (struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (at->wd == 0 && at->left == 0 && !at->passing) oldest = at;
  return oldest;
}

void rn_fences_pass(struct rn_tracker *t, size_t size) {
  struct rn_fence *fence = t->fences;
  for (; fence != NULL; fence = fence->next)
    fence->left -= size < fence->left ? size : fence->left;
  while ((fence = oldest_reached(t)) != NULL) pass(t, fence);
}

size_t rn_tracker_read_size(const struct rn_tracker *t, size_t size) {
  for (const struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (at->left > 0 && at->left < size) size = at->left;
  return size;
}

void rn_fences_renew(struct rn_tracker *t) {
  struct rn_fence **at = &t->fences;
  while (*at != NULL) {
    struct rn_fence *fence = *at;
    if (fence->passing) { /* it was read before the loss */
      at = &fence->next;
      continue;
    }
    *at = fence->next;
    fence->left = 0;
    if (t->open_fence == NULL) {
      t->open_fence = fence;
      continue;
    }
    struct rn_node *node;
    while ((node = rn_waiting_take(&fence->waiting)) != NULL)
      join_fence(t->open_fence, node);
    t->open_fence->barrier |= fence->barrier;
    free(fence);
  }
  rn_wait_no_longer(t, NULL);
}

/* Whether more than the closing of windows waits for a fence. */
static bool has_unfinished(const struct rn_fence *fence) {
  for (const struct rn_node *node = fence->waiting.first; node != NULL;
       node = node->passage->next)
    if (node->passage->rescan || node->root->ending ||
        (node->flags & RN_NODE_ENDING) != 0)
      return true;
  return false;
}

bool rn_tracker_is_waiting(const struct rn_tracker *t) {
  if (rn_held_awaits_fence(t)) return true;
  if (t->due != NULL) return true;
  for (const struct rn_fence *at = t->fences; at != NULL; at = at->next)
    if (has_unfinished(at)) return true;
  const struct rn_fence *open = t->open_fence; /* until there is room for it? */
  if (open != NULL && t->fence_error == 0 && has_unfinished(open)) return true;
  return rn_recover_is_waiting(t);
}

bool rn_tracker_wants_turn(const struct rn_tracker *t) {
  return t->open_fence != NULL || t->retry_count > 0 ||
         t->barrier == RN_BARRIER_ASKED;
}

void rn_fences_free(struct rn_tracker *t) {
  while (rn_waiting_take(&t->late_fence.waiting) != NULL) continue;
  for (struct rn_fence *at = t->fences; at != NULL; at = at->next)
    at->passing = false;
  rn_fences_renew(t);
  if (t->open_fence == NULL) return;
  while (rn_waiting_take(&t->open_fence->waiting) != NULL) continue;
  free(t->open_fence);
  t->open_fence = NULL;
}
