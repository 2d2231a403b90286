/* Halves of renames that are told as one event.
 *
 * Under a watch that asks for it IN_MOVED_FROM is not told when it is read, but
 * held until its IN_MOVED_TO is: then one event tells both.  A half whose other
 * end is outside would be held for ever, so each is told alone as soon as it is
 * settled that nothing comes to it:
 *
 *   a watched directory   its IN_MOVE_SELF, which the kernel queues behind both
 *                         halves;
 *   anything else         a fence.  The kernel queues both halves under the
 *                         lock of the directory that is left, and reading that
 *                         directory waits for the lock: behind one look at it
 *                         and a fence there is no second half;
 *   all                   the time that the watch gives, whatever happens.
 *
 * No other event waits.  So what is told meanwhile must not depend on the half:
 * an event that is about the path that was left, or about a directory above it,
 * has the half told alone before it.  So has everything after which the path
 * may mean something else: an overflow, the end of a watch, another mask, a
 * directory found elsewhere, the stop.  Telling a half early is always right,
 * only not as nice: its other half then comes as a plain IN_MOVED_TO.
 *
 * A half that is held is an entry of the table of moves (moves.c), and leaves
 * it by being told when the table is full. */

#include <fcntl.h>
#include <stdalign.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

enum {
  LOOK_SIZE = 32 + RN_NAME_SIZE_MAX + 1, /* an entry of any size */
  NS_PER_MS = 1000000,
};

/* What is told of an entry, or of a watched directory, and makes its path mean
 * something else. */
#define PATH_CHANGES                                                          \
  ((uint32_t)(IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_UNMOUNT | \
              IN_MOVE_SELF | IN_IGNORED))

/* The next half that is held, the oldest first; start with *at = 0.  Or NULL.
 */
static struct rn_move *next_held(struct rn_tracker *t, uint32_t *at) {
  while (t->held_count > 0 && *at < RN_MOVES) {
    struct rn_move *move = &t->moves[(t->next_move + (*at)++) % RN_MOVES];
    if (move->held.node != NULL) return move;
  }
  return NULL;
}

static struct rn_bytes held_name(const struct rn_move *move) {
  const size_t size = move->name_size;
  return (struct rn_bytes){move->path + move->path_size - size, size};
}

/* ---- the end of holding ---- */

static void let_go(struct rn_tracker *t, struct rn_move *move) {
  move->held.node = NULL;
  t->held_count--;
}

void rn_held_tell(struct rn_tracker *t, struct rn_move *move) {
  const struct rn_held *held = &move->held;
  const uint32_t is_dir = move->is_dir ? IN_ISDIR : 0;
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = IN_MOVED_FROM | is_dir,
      .cookie = move->number,
      .node = held->node,
      .name = held_name(move),
      .is_dir = move->is_dir,
      .monotonic_ns = held->monotonic_ns,
  };
  let_go(t, move); /* its record was accounted for when it was read */
  t->sink.change(t->sink.context, &change);
}

void rn_held_tell_all(struct rn_tracker *t) {
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    rn_held_tell(t, move);
}

void rn_held_tell_root(struct rn_tracker *t, const struct rn_root *root) {
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (move->held.node->root == root) rn_held_tell(t, move);
}

void rn_held_tell_below(struct rn_tracker *t, const struct rn_node *top) {
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (rn_node_is_below(move->held.node, top)) rn_held_tell(t, move);
}

void rn_held_tell_moved(struct rn_tracker *t, const struct rn_node *child) {
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (move->child == child) rn_held_tell(t, move);
}

/* Whether an event about an entry `name` of `node`, or with an empty name about
 * `node` itself, is about the path that a half left. */
static bool concerns(const struct rn_move *move, const struct rn_node *node,
                     uint32_t mask, struct rn_bytes name) {
  const struct rn_node *at = move->held.node;
  if (rn_bytes_is_empty(name)) {
    if (move->child == node) return true;
    /* IN_MOVE_SELF: its own halves were read before, and what was held then. */
    return (mask & IN_MOVE_SELF) == 0 && rn_node_is_below(at, node);
  }
  if (at == node) return rn_bytes_equal(held_name(move), name);
  for (; at->parent != NULL; at = at->parent)
    if (at->parent == node && rn_bytes_equal(rn_node_name(at), name))
      return true;
  return false;
}

void rn_held_make_way(struct rn_tracker *t, const struct rn_node *node,
                      uint32_t mask, struct rn_bytes name) {
  if ((mask & PATH_CHANGES) == 0) return;
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (concerns(move, node, mask, name)) rn_held_tell(t, move);
}

/* ---- halves as they are read ---- */

/* Whether halves at this end are joined: what is left out of the user's events
 * must not take the other end with it. */
static bool is_joined(struct rn_tracker *t, const struct rn_node *node,
                      const struct rn_raw_event *raw) {
  const struct rn_root *root = node->root;
  return root->pair_wait_ns > 0 && !root->ending &&
         (root->filter.mask & IN_MOVE) == IN_MOVE &&
         rn_entry_is_told(t, node, (struct rn_bytes){raw->name, raw->name_size},
                          (raw->mask & IN_ISDIR) != 0);
}

/* The index takes a half that is held as told: whatever depends on that has it
 * told before. */
static void note_held(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw) {
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = raw->mask,
      .cookie = raw->cookie,
      .node = node,
      .name = {raw->name, raw->name_size},
      .is_dir = (raw->mask & IN_ISDIR) != 0,
  };
  rn_recover_told(t, node, &change);
}

/* Of what has left nothing settles under the name it had. */
static void note_left(struct rn_tracker *t, struct rn_node *node,
                      struct rn_bytes name) {
  if (node->root->settle_ns > 0) t->sink.left(t->sink.context, node, name);
}

void rn_tell_moved_from(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw, struct rn_move *move) {
  if (move->path_size == 0 || raw->cookie == 0 || !is_joined(t, node, raw)) {
    rn_tell(t, node, raw, (struct rn_bytes){NULL, 0});
    return;
  }
  rn_held_make_way(t, node, raw->mask,
                   (struct rn_bytes){raw->name, raw->name_size});
  move->held = (struct rn_held){.node = node};
  t->held_count++;
  t->passed++;
  if (node->root->recover != NULL) note_held(t, node, raw);
  note_left(t, node, (struct rn_bytes){raw->name, raw->name_size});
}

/* Whether a half that is held will be told of when its own root is told of the
 * other one, too: not yet when that is another root's. */
static bool is_anothers(struct rn_tracker *t, const struct rn_move *move,
                        const struct rn_node *node,
                        const struct rn_raw_event *raw) {
  const struct rn_root *root = move->held.node->root;
  return root != node->root && rn_tree_find_in(&t->tree, root, raw->wd) != NULL;
}

void rn_held_tell_loose(struct rn_tracker *t, struct rn_move *move,
                        const struct rn_node *node,
                        const struct rn_raw_event *raw) {
  if (move->held.node != NULL && !is_anothers(t, move, node, raw))
    rn_held_tell(t, move);
}

/* Whether the event of the other half tells of a half that is held, too; that
 * is told alone where it is not all of it. */
static bool join(struct rn_tracker *t, struct rn_move *move,
                 const struct rn_node *node, const struct rn_raw_event *raw) {
  if (move->held.node == NULL || is_anothers(t, move, node, raw)) return false;
  const bool joined = is_joined(t, node, raw);
  if (joined && move->held.node->root == node->root) {
    note_left(t, move->held.node, held_name(move)); /* once more, if touched */
    let_go(t, move);
    t->counts.coalesced++;
  } else {
    rn_held_tell(t, move);
  }
  return joined;
}

void rn_tell_moved_to(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw, struct rn_move *move) {
  struct rn_raw_event told = *raw;
  if (join(t, move, node, raw)) told.mask |= IN_MOVED_FROM;
  struct rn_bytes src_path = {NULL, 0};
  if (move->path_size > 0)
    src_path = (struct rn_bytes){move->path, move->path_size};
  rn_tell(t, node, &told, src_path);
}

/* ---- that nothing comes ---- */

/* Look at the directory that was left.  Returns false when that is not to be
 * had. */
static bool look(struct rn_tracker *t, struct rn_node *node) {
  if (rn_listing_is_told(t, node)) return false;
  t->sink.slow(t->sink.context);
  const int fd = rn_open_to_read(t, node);
  if (fd < 0) return false;
  alignas(8) char entries[LOOK_SIZE];
  const ssize_t got = t->sys->dir_read(t->sys, fd, entries, sizeof(entries));
  t->sys->close(t->sys, fd);
  return got >= 0;
}

/* Look at the directories that halves have left, each once.  Returns how many
 * halves wait for a fence. */
static uint32_t look_at_all(struct rn_tracker *t) {
  uint32_t count = 0, at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;) {
    if (move->held.state == RN_HELD_NEW && move->child == NULL) {
      struct rn_node *node = move->held.node;
      const enum rn_held_state state =
          look(t, node) ? RN_HELD_LOOKED : RN_HELD_TIMED;
      uint32_t same_at = at - 1;
      for (struct rn_move *same; (same = next_held(t, &same_at)) != NULL;)
        if (same->held.node == node && same->child == NULL &&
            same->held.state == RN_HELD_NEW)
          same->held.state = state;
    }
    count += move->held.state == RN_HELD_LOOKED;
  }
  return count;
}

void rn_held_end_turn(struct rn_tracker *t) {
  if (t->held_count == 0) return;
  const int64_t now = t->sys->monotonic_ns(t->sys);
  uint32_t at = 0;
  struct rn_move *move;
  while ((move = next_held(t, &at)) != NULL)
    if (move->held.monotonic_ns == 0) move->held.monotonic_ns = now;
  if (look_at_all(t) == 0 || !rn_has_room(t, 1)) return;
  const int wd = rn_mark_put(t);
  if (wd < 0) return; /* no watch to be had: a later turn tries again */
  for (at = 0; (move = next_held(t, &at)) != NULL;) {
    if (move->held.state != RN_HELD_LOOKED) continue;
    move->held.state = RN_HELD_FENCED;
    move->held.mark_wd = wd;
  }
}

void rn_held_take_mark(struct rn_tracker *t, int wd) {
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (move->held.state == RN_HELD_FENCED && move->held.mark_wd == wd)
      rn_held_tell(t, move);
}

bool rn_held_awaits_fence(const struct rn_tracker *t) {
  for (uint32_t i = 0; i < RN_MOVES && t->held_count > 0; i++) {
    const struct rn_held *held = &t->moves[i].held;
    if (held->node != NULL && held->state == RN_HELD_FENCED) return true;
  }
  return false;
}

/* ---- time ---- */

/* How long a half may still be held. */
static int64_t time_left(const struct rn_move *move, int64_t now) {
  return move->held.monotonic_ns + move->held.node->root->pair_wait_ns - now;
}

void rn_tracker_expire(struct rn_tracker *t) {
  if (t->held_count == 0) return;
  const int64_t now = t->sys->monotonic_ns(t->sys);
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;)
    if (move->held.monotonic_ns != 0 && time_left(move, now) <= 0)
      rn_held_tell(t, move);
}

int rn_tracker_expires_in_ms(struct rn_tracker *t) {
  if (t->held_count == 0) return -1;
  const int64_t now = t->sys->monotonic_ns(t->sys);
  int64_t least = INT64_MAX;
  uint32_t at = 0;
  for (struct rn_move *move; (move = next_held(t, &at)) != NULL;) {
    const int64_t left =
        move->held.monotonic_ns == 0 ? 0 : time_left(move, now);
    if (left < least) least = left;
  }
  return least <= 0 ? 0 : (int)((least + NS_PER_MS - 1) / NS_PER_MS);
}
