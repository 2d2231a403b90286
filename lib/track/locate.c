/* Where a node is in the index, and an entry of the index in the tree: both by
 * the names above them. */

#include "lib/track/recover.h"

/* Levels of a path in one go.  Each go begins at the end of the path, of which
 * the deepest, of some 8000, takes 32. */
enum { LEVELS = 256 };

static uint32_t find_ref(const struct rn_recover *recover,
                         const struct rn_node *node) {
  const struct rn_node *way[LEVELS];
  size_t depth = 0;
  for (const struct rn_node *at = node; at->parent != NULL; at = at->parent)
    depth++;
  uint32_t ref = recover->image->top;
  while (depth > 0 && ref != 0) {
    const size_t count = depth < LEVELS ? depth : LEVELS;
    const struct rn_node *at = node;
    for (size_t skip = depth - count; skip > 0; skip--) at = at->parent;
    for (size_t i = count; i > 0; i--, at = at->parent) way[i - 1] = at;
    for (size_t i = 0; i < count && ref != 0; i++)
      ref = rn_image_find(recover->image, ref, rn_node_name(way[i]));
    depth -= count;
  }
  if (ref == 0 || !rn_image_is_dir(rn_image_at(recover->image, ref))) return 0;
  return ref;
}

/* Whether a node is that of the last look-up or next to it: then its entry is a
 * step away, however deep it is. */
static bool find_near(const struct rn_recover *recover,
                      const struct rn_node *node, uint32_t *ref) {
  const struct rn_image *image = recover->image;
  const uint32_t last = recover->last_ref;
  const struct rn_node *parent = node->parent;
  if (last == 0) return false;
  if (node == recover->last_node &&
      node->generation == recover->last_generation) {
    *ref = last;
  } else if (node == recover->last_above &&
             node->generation == recover->last_above_generation) {
    *ref = rn_image_at(image, last)->parent;
  } else if (parent != NULL && parent == recover->last_node &&
             parent->generation == recover->last_generation) {
    *ref = rn_image_find(image, last, rn_node_name(node));
    if (*ref != 0 && !rn_image_is_dir(rn_image_at(image, *ref))) *ref = 0;
  } else {
    return false;
  }
  return true;
}

uint32_t rn_recover_ref(const struct rn_node *node) {
  struct rn_recover *recover = node->root->recover;
  if (recover->image == NULL) return 0;
  uint32_t ref;
  if (!find_near(recover, node, &ref)) ref = find_ref(recover, node);
  const struct rn_node *above = node->parent;
  recover->last_node = node;
  recover->last_generation = node->generation;
  recover->last_above = above;
  recover->last_above_generation = above != NULL ? above->generation : 0;
  recover->last_ref = ref;
  return ref;
}

struct rn_node *rn_recover_node(struct rn_tracker *t, struct rn_root *root,
                                uint32_t ref) {
  const struct rn_image *image = root->recover->image;
  uint32_t way[LEVELS];
  size_t depth = 0;
  for (uint32_t at = ref; at != image->top; at = rn_image_at(image, at)->parent)
    if (at == 0)
      return NULL; /* in limbo */
    else
      depth++;
  struct rn_node *node = root->top;
  while (depth > 0 && node != NULL) {
    const size_t count = depth < LEVELS ? depth : LEVELS;
    uint32_t at = ref;
    for (size_t skip = depth - count; skip > 0; skip--)
      at = rn_image_at(image, at)->parent;
    for (size_t i = count; i > 0; i--, at = rn_image_at(image, at)->parent)
      way[i - 1] = at;
    for (size_t i = 0; i < count && node != NULL; i++)
      node = rn_tree_child(&t->tree, node,
                           rn_image_name(image, rn_image_at(image, way[i])));
    depth -= count;
  }
  return node;
}

void rn_recover_forget_place(struct rn_recover *recover) {
  recover->last_node = NULL;
  recover->last_ref = 0;
}
