/* What is being listed, as others see it: walk.c lists.
 *
 * A directory under way may end, leave, or be asked for another mask between
 * two pieces of its listing. */

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

bool rn_tracker_is_walking(const struct rn_tracker *t, enum rn_walk_kind kind) {
  const struct rn_walk *walk = &t->walks[kind];
  return walk->depth > 0 || walk->jobs.count > 0 ||
         (kind == RN_WALK_NEW &&
          (t->leaving != NULL || rn_fences_are_passing(t) ||
           rn_recover_is_walking(t))) ||
         (kind == RN_WALK_ADDED && t->withheld.root != NULL);
}

void rn_walk_forget(struct rn_tracker *t, const struct rn_node *node) {
  for (int kind = RN_WALK_NEW; kind <= RN_WALK_ADDED; kind++) {
    struct rn_walk *walk = &t->walks[kind];
    for (int i = 0; i < walk->depth; i++)
      if (walk->frames[i]->node == node) walk->frames[i]->node = NULL;
  }
}

void rn_walk_close_ended(struct rn_tracker *t) {
  for (int kind = RN_WALK_NEW; kind <= RN_WALK_ADDED; kind++) {
    struct rn_walk *walk = &t->walks[kind];
    for (int i = 0; i < walk->depth; i++) {
      struct rn_frame *frame = walk->frames[i];
      if (frame->node != NULL && !frame->node->root->ending) continue;
      frame->node = NULL;
      rn_listing_end(&frame->listing);
    }
  }
}

void rn_walk_keep_quiet(struct rn_tracker *t, const struct rn_root *root) {
  for (int kind = RN_WALK_NEW; kind <= RN_WALK_ADDED; kind++) {
    const struct rn_walk *walk = &t->walks[kind];
    for (int i = 0; i < walk->depth; i++) {
      struct rn_node *node = walk->frames[i]->node;
      if (node == NULL) continue;
      rn_stay_quiet(t, node, root);
      struct rn_node *at = rn_tree_find(&t->tree, node->wd);
      for (struct rn_node *above; (above = rn_next_above(t, &at)) != NULL;)
        rn_stay_quiet(t, above, root);
    }
  }
}

void rn_walk_forget_below(struct rn_tracker *t, const struct rn_node *top) {
  for (int kind = RN_WALK_NEW; kind <= RN_WALK_ADDED; kind++) {
    struct rn_walk *walk = &t->walks[kind];
    for (int i = 0; i < walk->depth; i++)
      if (rn_node_is_below(walk->frames[i]->node, top))
        walk->frames[i]->node = NULL;
  }
}
