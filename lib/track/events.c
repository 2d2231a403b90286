/* A record -> changes, and what it does to the tree.
 *
 * Most records only have a path put to them.  The others:
 *
 *   CREATE, DELETE, MOVED_FROM, MOVED_TO    see entries.c.
 *   MOVE_SELF     of a suspended directory: it left the tree.
 *   IGNORED       a node dies with its own watch, never with its parent's
 *                 DELETE: the name may be another's by now.
 *   Q_OVERFLOW    told to everyone; whatever was waited for is waited for anew;
 *                 the tree is compared with the disk. */

#include <errno.h>

#include "lib/batch/batch.h"
#include "lib/decode/decode.h"
#include "lib/track/recover.h"
#include "lib/track/tracker.h"

/* Records that may do more than be told. */
#define STRUCTURAL                                                  \
  ((uint32_t)(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
              IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED))

static const struct rn_bytes no_bytes = {.data = NULL, .size = 0};

static struct rn_bytes name_of(const struct rn_raw_event *raw) {
  return (struct rn_bytes){.data = raw->name, .size = raw->name_size};
}

/* ---- telling ---- */

void rn_tell(struct rn_tracker *t, struct rn_node *node,
             const struct rn_raw_event *raw, struct rn_bytes src_path) {
  rn_held_make_way(t, node, raw->mask, name_of(raw));
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
  if (node->root->recover != NULL) rn_recover_told(t, node, &change);
}

/* Tell what no record of the kernel says; of a root that is being added only
 * its index. */
static void tell_made_up(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_change *change) {
  if (node->root != t->withheld.root || t->withheld.is_told) {
    t->counts.synthetic++;
    t->sink.change(t->sink.context, change);
  }
  if (node->root->recover != NULL) rn_recover_told(t, node, change);
}

void rn_tell_synthetic(struct rn_tracker *t, struct rn_node *node,
                       uint32_t mask, struct rn_bytes name, bool is_dir) {
  if (node->root->recover != NULL && !rn_recover_is_news(node, mask, name))
    return;
  rn_held_make_way(t, node, mask, name);
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = mask | (is_dir ? (uint32_t)IN_ISDIR : 0),
      .node = node,
      .name = name,
      .is_dir = is_dir,
      .synthetic = true,
  };
  tell_made_up(t, node, &change);
}

void rn_tell_moved(struct rn_tracker *t, struct rn_node *from_node,
                   struct rn_bytes from, struct rn_node *node,
                   struct rn_bytes name, bool is_dir) {
  const uint32_t made_up = 1U << 31;
  t->made_up_cookie = (t->made_up_cookie + 1) | made_up;
  struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = IN_MOVED_FROM | (is_dir ? (uint32_t)IN_ISDIR : 0),
      .cookie = t->made_up_cookie,
      .node = from_node,
      .name = from,
      .is_dir = is_dir,
      .synthetic = true,
  };
  rn_held_make_way(t, from_node, IN_MOVED_FROM, from);
  tell_made_up(t, from_node, &change);
  const ssize_t size = rn_node_path(from_node, t->path, RN_PATH_SIZE_MAX);
  if (size >= 0)
    change.src_path = (struct rn_bytes){
        t->path,
        rn_path_join(t->path, (struct rn_bytes){t->path, (size_t)size}, from)};
  change.mask ^= IN_MOVED_FROM | IN_MOVED_TO;
  change.node = node;
  change.name = name;
  rn_held_make_way(t, node, IN_MOVED_TO, name);
  tell_made_up(t, node, &change);
}

void rn_tell_error(struct rn_tracker *t, struct rn_node *node,
                   struct rn_bytes name, int error) {
  rn_unwatched_note(t, node, name);
  rn_tell_refusal(t, node, name, error);
}

void rn_tell_refusal(struct rn_tracker *t, struct rn_node *node,
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

/* ---- one record for one node ---- */

struct rn_node *rn_suspended_above(struct rn_node *node) {
  struct rn_node *gone = NULL;
  struct rn_node *moved = NULL;
  for (struct rn_node *at = node; at != NULL; at = at->parent) {
    if ((at->flags & RN_NODE_LEFT) != 0) return at;
    /* What had been moved before is not below what left then. */
    if ((at->flags & RN_NODE_GONE) != 0 && gone == NULL && moved == NULL)
      gone = at;
    if ((at->flags & RN_NODE_MOVED) != 0) moved = at;
  }
  return gone != NULL ? gone : moved;
}

static void take_suspended(struct rn_tracker *t, struct rn_node *node,
                           const struct rn_raw_event *raw,
                           struct rn_node *top) {
  if ((top->flags & RN_NODE_LEFT) != 0) return; /* it is ended in its turn */
  const bool gone = (top->flags & RN_NODE_GONE) != 0;
  /* Its last word, or the proof that it left: what was below it died first, or
   * left with it. */
  const uint32_t ends = gone ? IN_IGNORED : IN_IGNORED | IN_MOVE_SELF;
  if (node == top && (raw->mask & ends) != 0) {
    rn_tell(t, node, raw, no_bytes);
    if (!gone && (raw->mask & IN_MOVE_SELF) != 0 && node->root->recover != NULL)
      rn_recover_left(t, node);
    rn_release(t, node);
  } else if (gone) {
    if ((raw->mask & IN_IGNORED) != 0) rn_node_dies(t, node);
  } else {
    rn_keep_record(t, &t->kept, node, raw);
  }
}

/* The first event that is told is the last; the watch ends with it. */
static void take_oneshot(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_raw_event *raw) {
  struct rn_root *root = node->root;
  if ((raw->mask & IN_IGNORED) != 0) {
    rn_tell(t, node, raw, no_bytes);
    (void)rn_node_end(t, node);
  } else if (!root->ending) {
    rn_tell(t, node, raw, no_bytes);
    if (root->mute == 0 &&
        rn_filter_wants_mask(&root->filter, raw->mask, true) &&
        rn_entry_is_told(t, node, name_of(raw), rn_record_is_dir(node, raw)))
      rn_tracker_remove(t, root);
  }
}

/* Whether the watch of a directory above has ended with the root: then what
 * happens to entries is behind the end, and where they are is not known. */
static bool is_cut_off(const struct rn_node *node) {
  if (!node->root->ending) return false;
  while (node != NULL && (node->flags & RN_NODE_GHOST) == 0)
    node = node->parent;
  return node != NULL;
}

static void on_move_self(struct rn_tracker *t, const struct rn_node *node) {
  if (node->root->follow != NULL)
    rn_follow_set_due(t, node->root->follow);
  else if (node->parent == NULL)
    node->root->strayed = true;
}

static void take_for_node(struct rn_tracker *t, struct rn_node *node,
                          const struct rn_raw_event *raw) {
  if (RN_UNLIKELY((node->flags & RN_NODE_WAY) != 0)) {
    rn_way_take(t, node, raw);
    return;
  }
  if (RN_UNLIKELY((node->flags & RN_NODE_ONESHOT) != 0)) {
    take_oneshot(t, node, raw);
    return;
  }
  if (RN_UNLIKELY(t->suspended_count > 0)) {
    if (rn_is_before_mark(node, raw)) return;
    if (rn_withheld_take(t, node, raw)) return;
    struct rn_node *top = rn_suspended_above(node);
    if (top != NULL) {
      take_suspended(t, node, raw, top);
      return;
    }
  }
  if ((raw->mask & IN_MOVE_SELF) != 0) t->renames++;
  if (raw->name_size > 0 && is_cut_off(node)) return;
  switch (raw->mask & STRUCTURAL) {
    case IN_CREATE:
      rn_on_create(t, node, raw);
      break;
    case IN_DELETE:
      rn_on_delete(t, node, raw);
      break;
    case IN_MOVED_FROM:
      rn_on_moved_from(t, node, raw);
      break;
    case IN_MOVED_TO:
      rn_on_moved_to(t, node, raw);
      break;
    case IN_IGNORED:
      rn_on_ignored(t, node, raw);
      break;
    default:
      rn_tell(t, node, raw, no_bytes);
      if ((raw->mask & IN_MOVE_SELF) != 0) on_move_self(t, node);
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
  }
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

void rn_compare(struct rn_tracker *t, struct rn_root *root) {
  if (root->ending || root->top == NULL || root->way != NULL) return;
  if (root->recover != NULL && root->recover->image != NULL)
    return; /* a rescan does more */
  if (!root->recursive || (root->top->flags & RN_NODE_DIR) == 0) {
    rn_window_forget_part(root->top); /* what was in doubt was before */
    if (root->follow == NULL) rn_wait_for_scan(t, root->top, RN_FRAME_PROVE);
    return; /* who follows a name looks along it */
  }
  if (root == t->adding) {
    t->adding_compare = true;
    return;
  }
  rn_wait_for_scan(t, root->top, RN_FRAME_COMPARE);
  root->unsure = root->top->passage != NULL;
  if (root->unsure) root->settled = false;
  rn_recover_attend(t, root);
}

/* Records were lost, of which there is one left that says so: tell that, and
 * see to what the others may have said. */
static void lose_records(struct rn_tracker *t) {
  t->loses = false;
  t->counts.kernel_overflows++;
  rn_held_tell_all(t);
  rn_withheld_lose(t);
  t->passed++;
  t->sink.overflow(t->sink.context);
  rn_recover_lost(t);
  give_up_moves(t);
  rn_fences_renew(t);
  rn_follow_all_due(t);
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next) {
    rn_unmark_root(t, root); /* it may be lost, too */
    rn_compare(t, root);
  }
  /* At the end of the turn the queue may be full again, and the mark lost; in a
   * storm, each time. */
  rn_fence_put(t);
}

/* A mark of the library's own was read: it is not counted, whatever it leads
 * to. */
static void take_mark(struct rn_tracker *t, int wd) {
  t->counts.read--;
  if (!rn_fence_take(t, wd)) {
    rn_held_take_mark(t, wd);
    rn_roots_take_mark(t, wd);
  }
  if (t->replay) rn_replay_kept(t);
}

/* A record of no node: a mark, the overflow marker, or the last words of a
 * watch that was given up.  Returns whether it is one to account for. */
static bool take_stray(struct rn_tracker *t, const struct rn_raw_event *raw) {
  if (rn_mark_take(t, raw)) {
    take_mark(t, raw->wd);
    return false;
  }
  if ((raw->mask & IN_Q_OVERFLOW) != 0) {
    rn_marks_lose(t);
    lose_records(t);
    rn_roots_quit(t);
  }
  return true;
}

#define NOT_PLAIN                                                     \
  (RN_NODE_SHARED | RN_NODE_ONESHOT | RN_NODE_WAY | RN_NODE_INDEXED | \
   RN_NODE_SETTLES)

/* Whether a record only has a path put to it. */
static bool is_plain(const struct rn_tracker *t, const struct rn_node *node,
                     const struct rn_raw_event *raw) {
  return node != NULL && (raw->mask & STRUCTURAL) == 0 &&
         (node->flags & NOT_PLAIN) == 0 && t->suspended_count == 0;
}

/* Take in a record that may do more than be told. */
static void take_record(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw) {
  const uint64_t before = t->passed;
  if (RN_LIKELY(node != NULL && (node->flags & RN_NODE_SHARED) == 0)) {
    take_for_node(t, node, raw);
  } else if (node == NULL) {
    if (!take_stray(t, raw)) return;
  } else {
    while (node != NULL) {
      struct rn_node *next = rn_node_same_wd(node);
      take_for_node(t, node, raw);
      node = next;
    }
  }
  if (RN_UNLIKELY(t->loses)) lose_records(t);
  const uint64_t outcomes = t->passed - before;
  if (outcomes == 0)
    t->counts.filtered++;
  else
    t->counts.copied += outcomes - 1;
  if (RN_UNLIKELY(t->replay)) rn_replay_kept(t);
}

/* A record whose name nobody has room for: the kernel gives none. */
static void pass_over(struct rn_tracker *t, struct rn_node *node) {
  t->counts.filtered++;
  for (; node != NULL; node = rn_node_same_wd(node))
    rn_tell_error(t, node, (struct rn_bytes){"", 0}, -ENAMETOOLONG);
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
  t->ends_left = t->share;
  t->put = 0;
  t->feeds = true;
  t->fed = size;
  if (RN_UNLIKELY(t->replay)) rn_replay_kept(t);
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
    t->counts.read++;
    struct rn_node *node = rn_tree_find(&t->tree, raw.wd);
    if (RN_UNLIKELY(raw.name_size > RN_NAME_SIZE_MAX)) {
      pass_over(t, node);
    } else if (RN_LIKELY(is_plain(t, node, &raw))) {
      t->sink.plain(t->sink.context, node, &raw);
    } else {
      t->feeds = at.next < at.end;
      take_record(t, node, &raw);
    }
  }
  t->feeds = false;
  t->fed = 0;
  if (RN_UNLIKELY(t->fences != NULL)) rn_fences_pass(t, size);
  return got;
}

void rn_take_kept(struct rn_tracker *t, const struct rn_raw_event *raw,
                  uint32_t generation) {
  const uint64_t before = t->passed;
  struct rn_node *node = rn_tree_find(&t->tree, raw->wd);
  while (node != NULL && node->generation != generation)
    node = rn_node_same_wd(node);
  if (node != NULL) take_for_node(t, node, raw);
  if (t->loses) lose_records(t);
  if (t->passed == before) t->counts.filtered++;
}
