/* The end of many watches, in pieces.
 *
 * Each watch that is ended makes a record, IN_IGNORED.  Whoever ends those of a
 * large tree at one go overflows the kernel's queue by himself, and does not
 * read meanwhile.  So there is a share for what one read leads to, and one for
 * each rn_tracker_walk().  What is beyond it is put out of the way at once:
 * into the attic of its root; or, when a whole root ends, its top is marked as
 * what has left.  There it is found neither by its name nor by a record: it is
 * silent.  A directory that is adopted again meanwhile gets a new node, which
 * shares the wd with the old one as the nodes of two roots do. */

#include "lib/track/tracker.h"

/* ---- the list of roots ---- */

static void enlist(struct rn_tracker *t, struct rn_root *root) {
  if (root->leaving) return;
  root->leaving = true;
  root->next_leaving = NULL;
  if (t->leaving_last != NULL)
    t->leaving_last->next_leaving = root;
  else
    t->leaving = root;
  t->leaving_last = root;
  t->suspended_count++;
}

void rn_leaving_forget(struct rn_tracker *t, struct rn_root *root) {
  if (!root->leaving) return;
  struct rn_root *before = NULL;
  for (struct rn_root *at = t->leaving; at != root; at = at->next_leaving)
    before = at;
  if (before != NULL)
    before->next_leaving = root->next_leaving;
  else
    t->leaving = root->next_leaving;
  if (t->leaving_last == root) t->leaving_last = before;
  root->leaving = false;
  t->suspended_count--;
}

static bool is_whole(const struct rn_root *root) {
  return root->top != NULL && (root->top->flags & RN_NODE_LEFT) != 0;
}

/* The top of what a root has to be ended, or NULL. */
static struct rn_node *base_of(const struct rn_root *root) {
  return is_whole(root) ? root->top : root->attic;
}

bool rn_tracker_is_leaving(const struct rn_tracker *t) {
  return t->leaving != NULL;
}

bool rn_leaving_owes(const struct rn_tracker *t) {
  for (const struct rn_root *root = t->leaving; root != NULL;
       root = root->next_leaving)
    if (is_whole(root)) return true;
  return false;
}

/* ---- ending ---- */

/* Whether the end of a node is to be told: it goes with its root, and had not
 * left before. */
static bool is_told(const struct rn_node *node) {
  const struct rn_root *root = node->root;
  if (!is_whole(root)) return false;
  return root->attic == NULL || !rn_node_is_below(node, root->attic);
}

/* End a node and its watch.  Other roots that watch the same go on, and the
 * kernel is asked for no more than they want. */
static void end_one(struct rn_tracker *t, struct rn_node *node) {
  const int wd = node->wd;
  const uint16_t quiet = node->flags & RN_NODE_QUIET;
  const bool unasked = (node->flags & RN_NODE_UNASKED) != 0;
  const uint32_t mask = rn_kernel_mask(node->root);
  if (is_told(node)) rn_tell_ignored(t, node);
  rn_end_watch(t, node);
  (void)rn_node_end(t, node);
  struct rn_node *other = rn_tree_find(&t->tree, wd);
  if (other == NULL) return;
  other = rn_going_on(other);
  other->flags |= quiet; /* a listing may be under way */
  const bool narrower = (mask & ~rn_joint_mask(t, other)) != 0;
  if (quiet == 0 && (unasked || narrower) && !rn_remember_mask(t, other))
    (void)rn_set_mask(t, other);
}

/* End up to `count` watches of `top` and below it, children first.  Returns
 * whether none is left. */
static bool end_below(struct rn_tracker *t, struct rn_node *top,
                      uint32_t *count) {
  struct rn_node *node = rn_deepest_first(top);
  while (*count > 0) {
    struct rn_node *next = rn_deepest_next(top, node);
    while (next != NULL && (next->flags & RN_NODE_GHOST) != 0)
      next = rn_deepest_next(top, next); /* it goes with the last one below */
    --*count;
    end_one(t, node);
    if (next == NULL) return true;
    node = next;
  }
  return false;
}

void rn_leaving_advance(struct rn_tracker *t) {
  t->ends_left = t->share;
  if (t->leaving == NULL) return;
  t->sink.slow(t->sink.context);
  while (t->leaving != NULL && t->ends_left > 0) {
    struct rn_root *root = t->leaving;
    struct rn_node *base = base_of(root);
    if (base == NULL)
      rn_leaving_forget(t, root);
    else
      (void)end_below(t, base, &t->ends_left);
  }
}

/* ---- leaving ---- */

/* Nothing that is under way is about what is below `top` any more. */
static void let_go(struct rn_tracker *t, struct rn_node *top) {
  rn_held_tell_below(t, top);
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].child != NULL && rn_node_is_below(t->moves[i].child, top))
      rn_move_forget(t, t->moves[i].child);
  rn_walk_forget_below(t, top);
  if (t->parent != NULL && rn_node_is_below(t->parent, top))
    rn_forget_parent(t);
}

void rn_release(struct rn_tracker *t, struct rn_node *top) {
  if (rn_node_has_left(top)) return;
  t->sink.slow(t->sink.context);
  if ((top->flags & RN_NODE_WAY) != 0) {
    end_one(t, top);
    return;
  }
  if (end_below(t, top, &t->ends_left)) return;
  let_go(t, top);
  if (rn_tree_leave(&t->tree, top) < 0) { /* no memory: all at once */
    uint32_t all = UINT32_MAX;
    (void)end_below(t, top, &all);
    return;
  }
  rn_resume(t, top);
  rn_wait_end(t, top);
  enlist(t, top->root);
}

void rn_root_quit(struct rn_tracker *t, struct rn_root *root) {
  if (is_whole(root)) return;
  let_go(t, root->top);
  rn_wait_end(t, root->top);
  root->top->flags |= RN_NODE_LEFT;
  enlist(t, root);
  (void)end_below(t, root->top, &t->ends_left);
}

void rn_roots_quit(struct rn_tracker *t) {
  for (struct rn_root *root = t->tree.roots, *next; root != NULL; root = next) {
    next = root->next;
    if (root->ending && root->top != NULL) rn_root_quit(t, root);
  }
}

void rn_leaving_keep_masks(struct rn_tracker *t, struct rn_root *root) {
  struct rn_node *const base = root->ending ? root->top : root->attic;
  struct rn_node *node = base != NULL ? rn_deepest_first(base) : NULL;
  for (; node != NULL; node = rn_deepest_next(base, node))
    if ((node->flags & RN_NODE_GHOST) == 0) (void)rn_remember_mask(t, node);
}

bool rn_leaving_make_room(struct rn_tracker *t) {
  const unsigned over = RN_NODE_GHOST | RN_NODE_ENDING | RN_NODE_SHARED;
  for (struct rn_root *root = t->leaving; root != NULL;
       root = root->next_leaving) {
    struct rn_node *base = base_of(root);
    struct rn_node *node = base != NULL ? rn_deepest_first(base) : NULL;
    while (node != NULL && (node->flags & over) != 0)
      node = rn_deepest_next(base, node);
    if (node == NULL) continue;
    node->flags |= RN_NODE_ENDING;
    rn_end_watch(t, node);
    return true;
  }
  return false;
}
