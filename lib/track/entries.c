/* Arrivals and departures of entries.
 *
 *   CREATE, MOVED_TO      of a directory: it is watched, listed and reported;
 *                         or, when it was moved from inside the tree, put in
 *                         its new place with all below it.
 *   DELETE, MOVED_FROM    of a directory: its node is suspended: its records
 *                         are dropped (kept, after MOVED_FROM) until it is
 *                         announced again or a fence proves that it is not.
 *
 * What was told is a tree, too, and all that is done here keeps the two in
 * step: the departure of a directory takes along what was told of its content,
 * an arrival brings it only with the other half of the same rename.  So a node
 * that is not suspended is one whose name was told, and whose content was told
 * under that name; wherever else it may be found by now. */

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

static const struct rn_bytes no_bytes = {.data = NULL, .size = 0};

static struct rn_bytes name_of(const struct rn_raw_event *raw) {
  return (struct rn_bytes){.data = raw->name, .size = raw->name_size};
}

/* Whether a record may be about a directory below that is watched: not if it
 * is older than the walk that found those. */
static bool is_tracked(const struct rn_node *node) {
  return node->root->recursive && node->root->walk_mark_wd == 0;
}

static bool is_tracked_dir(const struct rn_node *node,
                           const struct rn_raw_event *raw) {
  return is_tracked(node) && (raw->mask & IN_ISDIR) != 0;
}

/* Whether a directory and its content were told under its name, and its
 * departure was not. */
static bool is_told(const struct rn_node *child) {
  return child != NULL && !rn_node_is_suspended(child);
}

/* ---- directories that could not be watched ---- */

enum { RN_UNWATCHED_MAX = 4096 };

/* A place in the tree as a number, to be a name in a set.  Should two places
 * have the same, a rename is told without its source. */
static uint64_t place_of(const struct rn_node *node, struct rn_bytes name) {
  return rn_hash_bytes(node->root->key, node->generation, name);
}

static struct rn_bytes bytes_of(const uint64_t *place) {
  return (struct rn_bytes){(const char *)place, sizeof(*place)};
}

void rn_unwatched_note(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name) {
  const uint64_t place = place_of(node, name);
  if (name.size == 0 || t->unwatched.index.count >= RN_UNWATCHED_MAX ||
      rn_names_add(&t->unwatched, bytes_of(&place), true) < 0)
    node->root->blind = true;
}

bool rn_unwatched_forget(struct rn_tracker *t, const struct rn_node *node,
                         struct rn_bytes name) {
  if (t->unwatched.index.count == 0) return false;
  const uint64_t place = place_of(node, name);
  return rn_names_remove(&t->unwatched, bytes_of(&place));
}

static bool is_noted(const struct rn_tracker *t, const struct rn_node *node) {
  const uint64_t place = place_of(node->parent, rn_node_name(node));
  return rn_names_find(&t->unwatched, bytes_of(&place)) != NULL;
}

bool rn_is_proven(const struct rn_tracker *t, const struct rn_node *node) {
  const bool notes = t->unwatched.index.count > 0;
  for (; node->parent != NULL; node = node->parent)
    if ((node->flags & RN_NODE_SEEN) == 0 || (notes && is_noted(t, node)))
      return false;
  return true;
}

/* ---- records ---- */

/* Something has left a name, and that is not told.  That it was touched may
 * have been told all the same, unless what has the name is something else. */
static void leave_unseen(struct rn_tracker *t, struct rn_node *node,
                         struct rn_bytes name) {
  if (node->root->recover == NULL || !rn_recover_has(node, name))
    t->sink.left(t->sink.context, node, name);
}

/* Whether a record is news.  An index knows more than a window. */
static bool is_news(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_raw_event *raw) {
  const bool by_window = rn_window_admits(t, node, raw);
  const bool news = RN_LIKELY(node->root->recover == NULL)
                        ? by_window
                        : rn_recover_admits(t, node, raw, by_window);
  if (!news && node->root->settle_ns > 0 &&
      (raw->mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
    leave_unseen(t, node, name_of(raw));
  return news;
}

/* Whether a departure, which was held against the index, is about a file that
 * had the name before the directory that was told. */
static bool is_of_another(const struct rn_node *node,
                          const struct rn_raw_event *raw) {
  return node->root->recover != NULL && (raw->mask & IN_ISDIR) == 0 &&
         rn_recover_has_dir(node, name_of(raw));
}

/* Take back what was told of the content of a directory that may be an earlier
 * one of its name; not for a file that had the name before. */
static void retract_unless_settled(struct rn_tracker *t, struct rn_node *child,
                                   const struct rn_node *node,
                                   const struct rn_raw_event *raw) {
  if (!is_told(child) || rn_node_is_settled(child)) return;
  const bool of_file =
      node->root->recover != NULL && (raw->mask & IN_ISDIR) == 0;
  if (of_file && rn_recover_has_found_dir(node, name_of(raw))) return;
  rn_retract(t, child);
}

void rn_on_create(struct rn_tracker *t, struct rn_node *node,
                  const struct rn_raw_event *raw) {
  if (rn_window_is_past(node, raw)) return;
  const bool news = is_news(t, node, raw);
  if (news) rn_tell(t, node, raw, no_bytes);
  if (!is_tracked_dir(node, raw)) return;
  struct rn_node *child = rn_tree_child(&t->tree, node, name_of(raw));
  if (!news && is_told(child)) return;
  if (node->root->fixed && t->adding != node->root) {
    if (is_told(child)) rn_take_leave(t, child); /* it went unseen */
    return;
  }
  rn_adopt_announced(t, node, name_of(raw), true);
}

/* Whether it depends on the type of an entry whether it is told. */
static bool types_differ(struct rn_tracker *t, const struct rn_node *node,
                         struct rn_bytes name) {
  return rn_entry_is_told(t, node, name, true) !=
         rn_entry_is_told(t, node, name, false);
}

/* An entry is gone: what a rename led there last is not there any more.  The
 * filter, which may be the user's code, is asked only where there was one. */
static void forget_arrival(struct rn_tracker *t, const struct rn_node *node,
                           const struct rn_raw_event *raw) {
  if (!rn_filter_looks(&node->root->filter)) return;
  struct rn_move *arrival = rn_move_arrival(t, node, raw);
  if (arrival != NULL && types_differ(t, node, name_of(raw))) arrival->to = 0;
}

/* Whether a departure is of what had a name before what was told of it; a
 * directory that was watched there leaves untold. */
static bool is_past(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_raw_event *raw) {
  if (!rn_window_is_past(node, raw)) return false;
  struct rn_node *child = NULL;
  if (is_tracked_dir(node, raw))
    child = rn_tree_child(&t->tree, node, name_of(raw));
  if (is_told(child)) rn_take_leave(t, child);
  return true;
}

void rn_on_delete(struct rn_tracker *t, struct rn_node *node,
                  const struct rn_raw_event *raw) {
  if (is_past(t, node, raw)) return;
  struct rn_node *child = NULL;
  /* Of a file: the end of the directory that is told of was lost. */
  if (is_tracked_dir(node, raw) || node->root->recover != NULL)
    child = rn_tree_child(&t->tree, node, name_of(raw));
  retract_unless_settled(t, child, node, raw);
  if (is_news(t, node, raw)) rn_tell(t, node, raw, no_bytes);
  forget_arrival(t, node, raw);
  if (child != NULL && !is_of_another(node, raw))
    rn_take_leave(t, child);
  else
    (void)rn_unwatched_forget(t, node, name_of(raw));
}

/* Whether what a record says of an entry is told, by its name and type. */
static bool is_told_of(struct rn_tracker *t, const struct rn_node *node,
                       const struct rn_raw_event *raw) {
  return rn_entry_is_told(t, node, name_of(raw), (raw->mask & IN_ISDIR) != 0);
}

/* Whether a directory could not be listed, perhaps, though it is watched: what
 * is in it may have been told nevertheless. */
static bool is_unlisted(const struct rn_tracker *t,
                        const struct rn_node *node) {
  if (node->root->blind) return true;
  if (t->unwatched.index.count == 0 || node->parent == NULL) return false;
  return is_noted(t, node);
}

/* Whether a directory has left that could not be watched, perhaps. */
static bool was_unwatched(struct rn_tracker *t, const struct rn_node *node,
                          const struct rn_raw_event *raw) {
  return (raw->mask & IN_ISDIR) != 0 &&
         (rn_unwatched_forget(t, node, name_of(raw)) || is_unlisted(t, node));
}

void rn_on_moved_from(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw) {
  const bool is_dir = (raw->mask & IN_ISDIR) != 0;
  if (is_dir) t->renames++;
  if (is_past(t, node, raw)) return;
  const struct rn_move *before = rn_move_before(t, node, raw);
  const bool other =
      before != NULL && before->news && !rn_move_is_of_type(before, raw);
  struct rn_node *child = NULL;
  if (is_tracked(node)) child = rn_tree_child(&t->tree, node, name_of(raw));
  const bool told = is_told(child);
  if (other && !(is_dir && told) && !is_told_of(t, node, raw))
    return; /* what came is still there */
  /* The record may be older than that, and of the half of an exchange. */
  const bool found =
      node->root->recover != NULL && rn_recover_has_found(node, name_of(raw));
  const bool settled = told && rn_node_is_settled(child);
  const bool keeps = told && !rn_window_is_open(child);
  const bool unwatched = child == NULL && was_unwatched(t, node, raw);
  retract_unless_settled(t, child, node, raw);
  const bool news = is_news(t, node, raw);
  const bool certain = settled && news && is_dir;
  const bool in_doubt =
      before != NULL || found || (news && !rn_node_is_settled(node));
  struct rn_move *move = rn_move_begin(t, node, raw, before, news);
  /* Of one that could not be watched others may know the content. */
  move->had_child = keeps || unwatched;
  if (certain) move->child = child;
  if (news) rn_tell_moved_from(t, node, raw, move);
  if (certain) {
    rn_suspend(t, child, RN_NODE_MOVED);
    rn_wait_for_rest(t, child);
    (void)rn_recover_sees_to(child->root); /* it may be another that has left */
  } else if (child != NULL && !is_of_another(node, raw)) {
    rn_take_leave(t, child);
  }
  if (in_doubt) rn_window_doubt(t, node, name_of(raw));
}

/* Put a directory that was moved inside its root into its new place.  Returns
 * false when there is no memory. */
static bool replant(struct rn_tracker *t, struct rn_node *child,
                    struct rn_node *node, struct rn_bytes name) {
  struct rn_node *occupant = rn_tree_child(&t->tree, node, name);
  if (occupant != NULL && occupant != child) rn_displace(t, occupant);
  if (rn_tree_move(&t->tree, child, node, name) < 0) return false;
  child->flags |= RN_NODE_SEEN;
  rn_resume(t, child);
  t->sink.moved(t->sink.context);
  return true;
}

/* Tell of an arrival.  Whoever hears of both halves takes the content along, so
 * the half is left out (no source, no cookie) when the content that was told is
 * not that of the directory that is here: it will be told anew. */
static void tell_arrival(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_raw_event *raw, struct rn_move *move,
                         bool with_content) {
  if (move == NULL) {
    struct rn_raw_event told = *raw;
    /* A loss lay between the halves: what left does not come with it. */
    if (rn_move_was_given_up(t, raw->cookie) ||
        rn_recover_has_half(node->root, raw->cookie))
      told.cookie = 0;
    rn_tell(t, node, &told, no_bytes);
  } else if (move->had_child && !with_content) {
    rn_held_tell_loose(t, move, node, raw);
    struct rn_raw_event told = *raw;
    told.cookie = 0;
    rn_tell(t, node, &told, no_bytes);
  } else {
    rn_tell_moved_to(t, node, raw, move);
  }
}

/* Whatever was told to be where something has arrived is no more. */
static void clear_place(struct rn_tracker *t, struct rn_node *node,
                        struct rn_bytes name) {
  struct rn_node *occupant = rn_tree_child(&t->tree, node, name);
  if (is_told(occupant)) rn_take_leave(t, occupant);
}

/* Whether a file, of which nobody is told, came in the place of a directory
 * that was: that leaves with the other half of the exchange.  The filter, which
 * may be the user's code, is asked only where there was one. */
static bool is_unseen(struct rn_tracker *t, const struct rn_node *node,
                      const struct rn_node *occupant,
                      const struct rn_raw_event *raw) {
  if ((raw->mask & IN_ISDIR) != 0) return false;
  const bool had_dir =
      is_told(occupant) ||
      (node->root->recover != NULL && rn_recover_has_dir(node, name_of(raw)));
  return had_dir && !is_told_of(t, node, raw);
}

/* Whether it is certain that nothing had a name: then what comes there is not
 * exchanged for anything. */
static bool is_vacant(const struct rn_tracker *t, const struct rn_node *node,
                      struct rn_bytes name, const struct rn_node *occupant) {
  if (occupant != NULL || !rn_node_is_settled(node)) return false;
  if (rn_window_doubts(node, name) || rn_window_shows_dir(node, name))
    return false;
  return !node->root->blind && t->unwatched.index.count == 0;
}

/* Whether a directory that was moved can take its node along. */
static bool can_replant(const struct rn_node *child,
                        const struct rn_node *node) {
  return child != NULL && child->root == node->root &&
         !rn_node_is_below(node, child);
}

/* A directory has arrived; `child`, or NULL, is the one that was moved. */
static void take_in(struct rn_tracker *t, struct rn_node *node,
                    struct rn_bytes name, struct rn_node *child, bool replants,
                    bool news) {
  if (replants && replant(t, child, node, name)) return;
  /* Its departure was told as that of its content: it begins anew here. */
  if (child != NULL && child->root == node->root) rn_take_leave(t, child);
  rn_adopt_announced(t, node, name, news);
}

void rn_on_moved_to(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_raw_event *raw) {
  if ((raw->mask & IN_ISDIR) != 0) t->renames++;
  const struct rn_bytes name = name_of(raw);
  struct rn_move *move = rn_move_end(t, node, raw);
  struct rn_node *child = move != NULL ? move->child : NULL;
  const bool swap = move != NULL && rn_move_is_swap(t, move, node, raw);
  const struct rn_node *occupant =
      is_tracked(node) ? rn_tree_child(&t->tree, node, name) : NULL;
  const bool unseen = is_unseen(t, node, occupant, raw);
  const bool is_first = is_vacant(t, node, name, occupant);
  const bool past = unseen || rn_window_is_past(node, raw);
  const bool doubted = rn_window_doubts(node, name);
  /* It came over a directory, of which each record that was queued before that
   * was found has been read: then it is none of those. */
  const bool over = is_told(occupant) && rn_node_is_settled(occupant);
  const bool news = !past && (is_news(t, node, raw) || over);
  const bool stays = news && !swap && can_replant(child, node);
  const bool replants = stays && rn_entry_is_watched(t, node, name);
  const bool from_other_root = child != NULL && child->root != node->root;
  if (news)
    tell_arrival(t, node, raw, move, replants || from_other_root);
  else if (move != NULL)
    rn_held_tell_loose(t, move, node, raw);
  if (news && is_tracked(node)) clear_place(t, node, name);
  rn_move_arrived(t, move, node, raw, news || unseen, is_first);
  /* Of what nobody is told of it settles nothing. */
  if (news && doubted && !is_told_of(t, node, raw))
    rn_window_doubt(t, node, name);
  if (past && child != NULL && !from_other_root)
    rn_take_leave(t, child);
  else if (stays && !replants)
    return; /* it left what is watched, and is released */
  else if (!past && is_tracked_dir(node, raw))
    take_in(t, node, name, child, replants, news);
}

/* What is left below a top ends first. */
void rn_on_ignored(struct rn_tracker *t, struct rn_node *node,
                   const struct rn_raw_event *raw) {
  struct rn_root *root = node->root;
  if (root->recover != NULL && !root->ending)
    rn_recover_take_back(t, node); /* nobody can tell it any more */
  if (node->parent == NULL && node->first_child != NULL) {
    rn_root_leave(t, root);
    return;
  }
  rn_tell(t, node, raw, no_bytes);
  rn_node_dies(t, node);
}
