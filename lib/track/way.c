/* Watches of the directories that the paths of persistent roots go through.
 *
 * A way is a root of its own that the user does not see: it has one node, which
 * stands beside those of the user's watches on the same directory.  So the mask
 * that the kernel is asked for, the end of one of several watches on an inode
 * and the account of records are those of roots that share an inode, and need
 * no rule here.  Nothing is told of a way: its records only say that a path has
 * to be looked along once more.
 *
 * The mask of a way never changes with what is looked for, so that a path that
 * comes and goes costs no more system calls than the look itself. */

#include <errno.h>
#include <stdlib.h>

#include "lib/track/persist.h"

/* A name comes, goes, or becomes another's; the directory itself is moved. */
static const uint32_t way_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                 IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF;

/* ---- steps ---- */

void rn_step_enter(struct rn_step *step, struct rn_way *way) {
  step->way = way;
  step->previous_in_way = NULL;
  step->next_in_way = way->first;
  if (way->first != NULL) way->first->previous_in_way = step;
  way->first = step;
}

static void leave_way(struct rn_step *step) {
  if (step->next_in_way != NULL)
    step->next_in_way->previous_in_way = step->previous_in_way;
  if (step->previous_in_way != NULL)
    step->previous_in_way->next_in_way = step->next_in_way;
  else
    step->way->first = step->next_in_way;
}

/* No path goes through a directory any more.  Its node goes with its
 * IN_IGNORED, or with a fence. */
static void end_way(struct rn_tracker *t, struct rn_way *way) {
  struct rn_node *node = way->root->top;
  node->flags |= RN_NODE_ENDING;
  rn_end_watch(t, node);
  rn_wait_for_fence(t, node);
}

void rn_steps_free(struct rn_tracker *t, struct rn_step *steps) {
  while (steps != NULL) {
    struct rn_step *step = steps;
    struct rn_way *way = step->way;
    steps = step->next;
    if (way != NULL) leave_way(step);
    if (way != NULL && way->first == NULL) end_way(t, way);
    free(step);
  }
}

/* ---- watching ---- */

static struct rn_way *find(struct rn_tracker *t, int wd) {
  struct rn_node *node = rn_tree_find(&t->tree, wd);
  while (node != NULL && (node->flags & RN_NODE_WAY) == 0)
    node = rn_node_same_wd(node);
  return node != NULL ? node->root->way : NULL;
}

static int make(struct rn_tracker *t, int wd, struct rn_bytes path,
                struct rn_way **way) {
  struct rn_way *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  int err = rn_tree_root_new(&t->tree, path, path, &made->root);
  if (err < 0) goto free_way;
  made->root->way = made;
  made->root->filter.mask = way_mask;
  made->root->mute = RN_MUTE_ABANDONED; /* whatever happens, nobody is told */
  struct rn_node *node;
  err =
      rn_tree_add(&t->tree, made->root, NULL, rn_bytes_of(""), wd, true, &node);
  if (err < 0) goto free_root;
  node->flags |= RN_NODE_WAY;
  *way = made;
  return 0;
free_root:
  rn_tree_root_free(&t->tree, made->root);
free_way:
  free(made);
  return err;
}

/* A way that is in use again, perhaps under another path. */
static void renew(struct rn_tracker *t, struct rn_way *way,
                  struct rn_bytes path) {
  rn_tree_root_set_path(way->root, path);
  way->root->top->flags &= (uint16_t)~RN_NODE_ENDING;
  rn_wait_end(t, way->root->top);
}

int rn_way_watch(struct rn_tracker *t, int fd, struct rn_bytes path,
                 struct rn_way **way) {
  const int wd =
      rn_watch_fd(t, fd, way_mask | IN_MASK_ADD | (uint32_t)IN_ONLYDIR);
  if (wd < 0) return wd;
  *way = find(t, wd);
  if (*way != NULL) {
    renew(t, *way, path);
    return 0;
  }
  const int err = make(t, wd, path, way);
  if (err < 0) rn_drop_stray_watch(t, wd);
  return err;
}

bool rn_way_ask_attributes(struct rn_tracker *t, struct rn_way *way) {
  if ((way->root->filter.mask & IN_ATTRIB) != 0) return false;
  way->root->filter.mask |= IN_ATTRIB;
  (void)rn_set_mask(t, way->root->top);
  return true;
}

/* ---- records ---- */

void rn_way_take(struct rn_tracker *t, struct rn_node *node,
                 const struct rn_raw_event *raw) {
  const struct rn_bytes name = {raw->name, raw->name_size};
  for (struct rn_step *step = node->root->way->first; step != NULL;
       step = step->next_in_way) {
    const struct rn_bytes wanted = {step->name, step->name_size};
    if (name.size == 0 || rn_bytes_equal(name, wanted))
      rn_follow_set_due(t, step->follow);
  }
  if ((raw->mask & IN_IGNORED) != 0) (void)rn_node_end(t, node);
}

void rn_way_end(struct rn_tracker *t, struct rn_node *node) {
  struct rn_root *root = node->root;
  for (struct rn_step *step = root->way->first; step != NULL;
       step = step->next_in_way)
    step->way = NULL;
  rn_wait_end(t, node);
  (void)rn_tree_remove(&t->tree, node);
  free(root->way);
  rn_tree_root_free(&t->tree, root);
}
