/* A record -> changes, and what it does to the tree.
 *
 * Most records only have a path put to them.  The others:
 *
 *   CREATE, MOVED_TO      of a directory: it is watched, listed and reported,
 *                         or, when it was moved from inside the tree, put in
 * its new place with all below it. DELETE, MOVED_FROM    of a directory: its
 * node is suspended: its records are dropped (kept, after MOVED_FROM) until it
 * is announced again or a fence proves that it is not. MOVE_SELF             of
 * a suspended directory: it left the tree. IGNORED               a node dies
 * with its own watch, never with its parent's DELETE: the name may be another's
 * by now. Q_OVERFLOW            told to everyone; whatever was waited for is
 * waited for anew; the tree is compared with the disk.
 *
 * A window: from its listing until the fence behind it, a new directory has the
 * set of the names that were told.  In it a CREATE of a known name is dropped,
 * a DELETE of an unknown one too: it lived and died unseen. */

#include <errno.h>

#include "lib/decode/decode.h"
#include "lib/track/tracker.h"

/* Records that may do more than be told. */
#define STRUCTURAL                                                  \
  ((uint32_t)(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
              IN_MOVE_SELF | IN_IGNORED))

static const struct rn_bytes no_bytes = {.data = NULL, .size = 0};

static struct rn_bytes name_of(const struct rn_raw_event *raw) {
  return (struct rn_bytes){.data = raw->name, .size = raw->name_size};
}

/* ---- telling ---- */

void rn_tell(struct rn_tracker *t, struct rn_node *node,
             const struct rn_raw_event *raw, struct rn_bytes src_path) {
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = raw->mask,
      .cookie = raw->cookie,
      .node = node,
      .name = name_of(raw),
      .src_path = src_path,
      .is_dir = rn_record_is_dir(node, raw),
  };
  t->passed++;
  t->sink.change(t->sink.context, &change);
}

void rn_tell_synthetic(struct rn_tracker *t, struct rn_node *node,
                       uint32_t mask, struct rn_bytes name, bool is_dir) {
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = mask | (is_dir ? (uint32_t)IN_ISDIR : 0),
      .node = node,
      .name = name,
      .is_dir = is_dir,
      .synthetic = true,
  };
  t->counts.synthetic++;
  t->sink.change(t->sink.context, &change);
}

void rn_tell_error(struct rn_tracker *t, struct rn_node *node,
                   struct rn_bytes name, int error) {
  const struct rn_change change = {
      .kind = RN_EVENT_ERROR,
      .node = node,
      .name = name,
      .is_dir = true,
      .synthetic = true,
      .error = error,
  };
  t->counts.synthetic++;
  t->sink.change(t->sink.context, &change);
}

void rn_tell_overflow(struct rn_tracker *t) {
  t->passed++;
  t->sink.overflow(t->sink.context);
}

/* ---- windows ---- */

/* Whether the arrival or departure of a name is news. */
static bool window_admits(const struct rn_node *node,
                          const struct rn_raw_event *raw) {
  struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return true;
  const bool is_dir = (raw->mask & IN_ISDIR) != 0;
  if ((raw->mask & (IN_CREATE | IN_MOVED_TO)) == 0)
    return rn_names_remove(&passage->known, name_of(raw)) ||
           passage->known_part;
  if (passage->known_part) return !rn_names_has(&passage->known, name_of(raw));
  return rn_names_add(&passage->known, name_of(raw), is_dir) != 1;
}

/* What was told of a directory that was listed too early, in place of one that
 * is gone by now, is taken back: its records are still to come. */
static void retract(struct rn_tracker *t, struct rn_node *top) {
  for (struct rn_node *node = rn_deepest_first(top); node != NULL;
       node = rn_deepest_next(top, node)) {
    struct rn_passage *passage = node->passage;
    if (passage == NULL || !passage->has_known || passage->known_part) continue;
    uint32_t at = 0;
    const struct rn_name *name;
    while ((name = rn_names_next(&passage->known, &at)) != NULL)
      rn_tell_synthetic(t, node, IN_DELETE,
                        (struct rn_bytes){name->data, name->size},
                        name->is_dir);
    rn_names_fini(&passage->known);
    rn_names_init(&passage->known);
  }
}

/* ---- arrivals and departures ---- */

static bool is_tracked_dir(const struct rn_node *node,
                           const struct rn_raw_event *raw) {
  return node->root->recursive && (raw->mask & IN_ISDIR) != 0;
}

static void on_create(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw) {
  const bool news = window_admits(node, raw);
  if (news) rn_tell(t, node, raw, no_bytes);
  if (!is_tracked_dir(node, raw)) return;
  const struct rn_node *child = rn_tree_child(&t->tree, node, name_of(raw));
  if (!news && child != NULL && !rn_node_is_suspended(child)) return;
  rn_adopt_announced(t, node, name_of(raw));
}

static void on_delete(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw) {
  struct rn_node *child = NULL;
  if (is_tracked_dir(node, raw))
    child = rn_tree_child(&t->tree, node, name_of(raw));
  if (child != NULL && !rn_node_is_settled(child)) retract(t, child);
  if (window_admits(node, raw)) rn_tell(t, node, raw, no_bytes);
  if (child == NULL) return;
  rn_suspend(t, child, RN_NODE_GONE);
  rn_wait_for_fence(t, child);
}

/* The directory that was put out of this place by the one that is in it now, and
 * that may be meant as well when a name is left: the second half of an exchange.
 * Or NULL. */
static struct rn_node *displaced_from(struct rn_tracker *t,
                                      const struct rn_node *node,
                                      const struct rn_raw_event *raw) {
  struct rn_node *displaced = t->displaced;
  if (displaced == NULL || displaced->parent != node ||
      !rn_bytes_equal(rn_node_name(displaced), name_of(raw)))
    return NULL;
  /* The next half decides, not the fence; a listing that was due remains. */
  if (displaced->passage->rescan)
    rn_scan_after_fence(t, displaced,
                        (enum rn_frame_mode)displaced->passage->mode);
  else
    rn_wait_end(t, displaced);
  t->displaced = NULL;
  return displaced;
}

static void on_moved_from(struct rn_tracker *t, struct rn_node *node,
                          const struct rn_raw_event *raw) {
  struct rn_node *child = NULL, *other = NULL;
  if (is_tracked_dir(node, raw)) {
    child = rn_tree_child(&t->tree, node, name_of(raw));
    other = displaced_from(t, node, raw);
  }
  const bool certain = child != NULL && rn_node_is_settled(child);
  if (child != NULL && !certain) retract(t, child);
  const bool news = window_admits(node, raw);
  if (news) rn_tell(t, node, raw, no_bytes);
  if (news || certain || other != NULL)
    rn_move_begin(t, node, raw, certain ? child : NULL, other);
  if (child == NULL) return;
  rn_suspend(t, child, certain ? RN_NODE_MOVED : RN_NODE_GONE);
  if (!certain) rn_wait_for_fence(t, child);
}

/* Put a directory that was moved inside its root into its new place.  Returns
 * false when it cannot be: then it is taken as new. */
static bool replant(struct rn_tracker *t, struct rn_node *child,
                    struct rn_node *node, struct rn_bytes name) {
  if (child == NULL || child->root != node->root) return false;
  if (rn_node_is_below(node, child)) return false;
  if (!rn_entry_passes(t, node, name, true)) return true; /* it is released */
  struct rn_node *occupant = rn_tree_child(&t->tree, node, name);
  if (occupant != NULL && occupant != child) {
    rn_displace(t, occupant);
    rn_note_origin(t, child);
  }
  if (rn_tree_move(&t->tree, child, node, name) < 0) return false;
  rn_resume(t, child);
  t->sink.moved(t->sink.context);
  return true;
}

/* Which directory a half was about: the one that was displaced when it comes to
 * where the other came from, an exchange; else the one that was in the place. */
static struct rn_node *moved_child(struct rn_tracker *t,
                                   const struct rn_move *move,
                                   const struct rn_node *node,
                                   const struct rn_raw_event *raw) {
  if (move->other == NULL) return move->child;
  const struct rn_bytes origin = {t->origin_name, t->origin_name_size};
  if (t->origin == node && rn_bytes_equal(origin, name_of(raw))) {
    if (move->child != NULL) rn_resume(t, move->child);
    return move->other;
  }
  if (!move->other->passage->rescan) rn_wait_for_fence(t, move->other);
  return move->child;
}

static void on_moved_to(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw) {
  const struct rn_move *move = rn_move_end(t, node->root, raw->cookie);
  struct rn_bytes src_path = no_bytes;
  if (move != NULL && move->path_size > 0)
    src_path = (struct rn_bytes){move->path, move->path_size};
  const bool news = window_admits(node, raw);
  if (news) rn_tell(t, node, raw, src_path);
  if (!is_tracked_dir(node, raw)) return;
  struct rn_node *child = move != NULL ? moved_child(t, move, node, raw) : NULL;
  if (replant(t, child, node, name_of(raw))) return;
  child = rn_tree_child(&t->tree, node, name_of(raw));
  if (!news && child != NULL && !rn_node_is_suspended(child)) return;
  rn_adopt_announced(t, node, name_of(raw));
}

/* ---- one record for one node ---- */

struct rn_node *rn_suspended_above(struct rn_node *node) {
  struct rn_node *found = NULL;
  for (struct rn_node *at = node; at != NULL; at = at->parent) {
    if ((at->flags & RN_NODE_GONE) != 0) return at;
    if ((at->flags & RN_NODE_MOVED) != 0) found = at;
  }
  return found;
}

static void take_suspended(struct rn_tracker *t, struct rn_node *node,
                           const struct rn_raw_event *raw,
                           struct rn_node *top) {
  const bool gone = (top->flags & RN_NODE_GONE) != 0;
  /* Its last word, or the proof that it left: what was below it died first, or
   * left with it. */
  const uint32_t ends = gone ? IN_IGNORED : IN_IGNORED | IN_MOVE_SELF;
  if (node == top && (raw->mask & ends) != 0) {
    rn_move_settle(t, node);
    rn_tell(t, node, raw, no_bytes);
    rn_release(t, node);
  } else if (gone) {
    if ((raw->mask & IN_IGNORED) != 0) (void)rn_node_end(t, node);
  } else {
    rn_keep_record(t, node, raw);
  }
}

/* The first event that is wanted is the last; the watch ends with it. */
static void take_oneshot(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_raw_event *raw) {
  struct rn_root *root = node->root;
  if ((raw->mask & IN_IGNORED) != 0) {
    rn_tell(t, node, raw, no_bytes);
    (void)rn_node_end(t, node);
  } else if (!root->ending) {
    rn_tell(t, node, raw, no_bytes);
    if (rn_filter_wants_mask(&root->filter, raw->mask, true))
      rn_tracker_remove(t, root);
  }
}

static void take_for_node(struct rn_tracker *t, struct rn_node *node,
                          const struct rn_raw_event *raw) {
  if (RN_UNLIKELY((node->flags & RN_NODE_ONESHOT) != 0)) {
    take_oneshot(t, node, raw);
    return;
  }
  if (RN_UNLIKELY(t->suspended_count > 0)) {
    struct rn_node *top = rn_suspended_above(node);
    if (top != NULL) {
      take_suspended(t, node, raw, top);
      return;
    }
  }
  switch (raw->mask & STRUCTURAL) {
    case IN_CREATE:
      on_create(t, node, raw);
      break;
    case IN_DELETE:
      on_delete(t, node, raw);
      break;
    case IN_MOVED_FROM:
      on_moved_from(t, node, raw);
      break;
    case IN_MOVED_TO:
      on_moved_to(t, node, raw);
      break;
    case IN_IGNORED:
      rn_tell(t, node, raw, no_bytes);
      (void)rn_node_end(t, node);
      break;
    default:
      rn_tell(t, node, raw, no_bytes);
      break;
  }
}

/* ---- records ---- */

/* Halves of renames may be lost: what is between two places is taken as gone
 * until it is found again. */
static void give_up_moves(struct rn_tracker *t) {
  for (uint32_t i = 0; i < RN_MOVES; i++) {
    t->moves[i].cookie = 0;
    t->moves[i].root = NULL;
    t->moves[i].child = NULL;
    t->moves[i].other = NULL;
  }
  t->displaced = NULL;
  for (struct rn_root *root = t->tree.roots;
       root != NULL && t->suspended_count > 0; root = root->next)
    for (struct rn_node *node = root->top; node != NULL;
         node = rn_node_next(root->top, node)) {
      if ((node->flags & RN_NODE_MOVED) == 0) continue;
      node->flags ^= RN_NODE_MOVED | RN_NODE_GONE;
      rn_wait_for_fence(t, node);
    }
  t->replay = true;
}

static void on_overflow(struct rn_tracker *t) {
  t->counts.kernel_overflows++;
  rn_tell_overflow(t);
  give_up_moves(t);
  rn_fences_renew(t);
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    rn_compare(t, root);
}

/* A record of no node: the overflow marker, a fence, or the last words of a
 * watch that was given up. */
static void take_stray(struct rn_tracker *t, const struct rn_raw_event *raw) {
  if ((raw->mask & IN_Q_OVERFLOW) != 0)
    on_overflow(t);
  else
    (void)rn_fence_take(t, raw);
}

/* Whether a record only has a path put to it. */
static bool is_plain(const struct rn_tracker *t, const struct rn_node *node,
                     const struct rn_raw_event *raw) {
  return node != NULL && (raw->mask & STRUCTURAL) == 0 &&
         (node->flags & (RN_NODE_SHARED | RN_NODE_ONESHOT)) == 0 &&
         t->suspended_count == 0;
}

/* Take in a record that may do more than be told. */
static void take_record(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw) {
  const uint64_t before = t->passed;
  if (RN_LIKELY(node != NULL && (node->flags & RN_NODE_SHARED) == 0)) {
    take_for_node(t, node, raw);
  } else if (node == NULL) {
    take_stray(t, raw);
  } else {
    while (node != NULL) {
      struct rn_node *next = rn_node_same_wd(node);
      take_for_node(t, node, raw);
      node = next;
    }
  }
  const uint64_t outcomes = t->passed - before;
  if (outcomes == 0)
    t->counts.filtered++;
  else
    t->counts.copied += outcomes - 1;
  if (RN_UNLIKELY(t->replay)) rn_replay_kept(t);
}

/* ---- buffers of records ---- */

enum {
  SMALL_TREE = 2048, /* watches whose nodes stay in the processor's caches */
  FETCH_AHEAD = 8,   /* records from slot to node, and from node to use */
};

/* Where the tree is fetched into the caches for the records to come. */
struct fetch {
  struct rn_cursor slots, nodes;
};

static void fetch_slot(const struct rn_tracker *t, struct fetch *fetch) {
  int wd;
  if (rn_decode_skip(&fetch->slots, &wd)) RN_FETCH(rn_tree_home(&t->tree, wd));
}

static void fetch_node(const struct rn_tracker *t, struct fetch *fetch) {
  int wd;
  if (!rn_decode_skip(&fetch->nodes, &wd)) return;
  const struct rn_node *node = *rn_tree_home(&t->tree, wd);
  if (node == NULL) return;
  RN_FETCH(node);
  RN_FETCH((const char *)(node + 1) - 1);
}

static void fetch_begin(const struct rn_tracker *t, struct fetch *fetch,
                        struct rn_cursor at) {
  fetch->slots = at;
  fetch->nodes = at;
  for (int i = 0; i < 2 * FETCH_AHEAD; i++) fetch_slot(t, fetch);
  for (int i = 0; i < FETCH_AHEAD; i++) fetch_node(t, fetch);
}

int rn_tracker_feed(struct rn_tracker *t, const void *buffer, size_t size) {
  struct rn_cursor at = rn_parse_begin(buffer, size);
  const bool large = t->tree.wd_count > SMALL_TREE;
  struct fetch fetch;
  if (large) fetch_begin(t, &fetch, at);
  struct rn_raw_event raw;
  int got;
  while ((got = rn_decode_next(&at, &raw)) == 1) {
    if (large) {
      fetch_slot(t, &fetch);
      fetch_node(t, &fetch);
    }
    if (RN_UNLIKELY(raw.name_size > RN_NAME_SIZE_MAX)) return -EBADMSG;
    t->counts.read++;
    struct rn_node *node = rn_tree_find(&t->tree, raw.wd);
    if (RN_LIKELY(is_plain(t, node, &raw)))
      t->sink.plain(t->sink.context, node, &raw);
    else
      take_record(t, node, &raw);
  }
  return got;
}

void rn_take_kept(struct rn_tracker *t, const struct rn_raw_event *raw,
                  uint32_t generation) {
  const uint64_t before = t->passed;
  struct rn_node *node = rn_tree_find(&t->tree, raw->wd);
  while (node != NULL && node->generation != generation)
    node = rn_node_same_wd(node);
  if (node != NULL) take_for_node(t, node, raw);
  if (t->passed == before) t->counts.filtered++;
}
