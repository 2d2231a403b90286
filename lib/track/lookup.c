/* From paths and handles to watches, and back.
 *
 * A path is looked up as text: the longest beginning of it that is the path of
 * a root and has the rest below it.  Beginnings are hashed in one pass, as the
 * path may be long and full of slashes. */

#include <errno.h>

#include "lib/track/tracker.h"

static bool is_live(const struct rn_node *node) {
  return node != NULL && (node->flags & RN_NODE_GHOST) == 0 &&
         !rn_node_is_suspended(node);
}

struct rn_node *rn_tracker_live_node(struct rn_tracker *t,
                                     struct rn_watch watch) {
  struct rn_node *node = rn_tree_by_handle(&t->tree, watch);
  if (!is_live(node) || node->root->way != NULL || node->root->ending)
    return NULL;
  const struct rn_node *above =
      t->suspended_count > 0 ? rn_suspended_above(node) : NULL;
  if (above != NULL && (above->flags & RN_NODE_MOVED) == 0) return NULL;
  return node;
}

struct rn_watch rn_tracker_handle_of(const struct rn_node *node) {
  if (node->parent == NULL && node->root->follow != NULL)
    return rn_tracker_handle(node->root);
  return (struct rn_watch){.wd = node->wd, .generation = node->generation};
}

/* The live node below `node` that the rest of a path leads to, or NULL. */
static struct rn_node *descend(const struct rn_tracker *t, struct rn_node *node,
                               struct rn_bytes rest) {
  while (is_live(node)) {
    while (rest.size > 0 && rest.data[0] == '/') rest.data++, rest.size--;
    if (rest.size == 0) return node;
    const char *slash = memchr(rest.data, '/', rest.size);
    const size_t size = slash != NULL ? (size_t)(slash - rest.data) : rest.size;
    node = rn_tree_child(&t->tree, node, (struct rn_bytes){rest.data, size});
    rest = (struct rn_bytes){rest.data + size, rest.size - size};
  }
  return NULL;
}

/* Look below the root whose path is the first `size` bytes of `path`, which are
 * hashed. */
static bool find_below(struct rn_tracker *t, struct rn_bytes path, size_t size,
                       const struct rn_hash *hash, struct rn_watch *watch) {
  struct rn_root *root = rn_tree_root_of(
      &t->tree, (struct rn_bytes){path.data, size}, rn_hash_so_far(hash));
  if (root == NULL) return false;
  if (size == path.size) { /* a persistent one has a handle without a node */
    *watch = rn_tracker_handle(root);
    return true;
  }
  const struct rn_bytes rest = {path.data + size, path.size - size};
  struct rn_node *node = descend(t, root->top, rest);
  if (node == NULL) return false;
  *watch = rn_tracker_handle_of(node);
  return true;
}

/* The path of the directory that a path is in. */
static struct rn_bytes path_above(const char *path, size_t size) {
  while (size > 0 && path[size - 1] == '/') size--;
  while (size > 0 && path[size - 1] != '/') size--;
  while (size > 0 && path[size - 1] == '/') size--;
  return (struct rn_bytes){path, size};
}

/* Whether a listing below may be told by a directory of a root.  By one that a
 * path goes through it is where another root that ended was told of it, until
 * the kernel was asked for less. */
static bool may_be_told(const struct rn_root *root) {
  const uint16_t asked_later = RN_NODE_QUIET | RN_NODE_UNASKED;
  return root->way == NULL ||
         (root->top != NULL && (root->top->flags & asked_later) != 0);
}

struct rn_node *rn_find_above(struct rn_tracker *t, const struct rn_node *top) {
  const struct rn_bytes path =
      path_above(top->root->access_path, top->root->access_path_size);
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next) {
    size_t size = root->access_path_size;
    while (size > 0 && root->access_path[size - 1] == '/') size--;
    if (!may_be_told(root) || size > path.size ||
        memcmp(path.data, root->access_path, size) != 0 ||
        (size < path.size && path.data[size] != '/'))
      continue;
    struct rn_node *node = descend(
        t, root->top, (struct rn_bytes){path.data + size, path.size - size});
    if (node != NULL && (node->flags & RN_NODE_ENDING) == 0) return node;
  }
  return NULL;
}

int rn_tracker_find(struct rn_tracker *t, struct rn_bytes path,
                    struct rn_watch *watch) {
  if (path.size >= RN_PATH_SIZE_MAX) return -ENOENT; /* none is so long */
  struct rn_hash hash;
  rn_hash_begin(&hash, &t->tree.key, RN_TREE_PATH_SEED);
  bool found = false;
  size_t size = 0; /* hashed */
  while (size < path.size) {
    const char *at = path.data + size;
    const char *slash = memchr(at, '/', path.size - size);
    const size_t more = slash != NULL ? (size_t)(slash - at) : path.size - size;
    rn_hash_add(&hash, (struct rn_bytes){at, more});
    size += more;
    /* What is found below a longer beginning counts. */
    if (more > 0) found |= find_below(t, path, size, &hash, watch);
    if (slash == NULL) break;
    /* The path of a root may end with a slash. */
    rn_hash_add(&hash, (struct rn_bytes){slash, 1});
    found |= find_below(t, path, ++size, &hash, watch);
  }
  return found ? 0 : -ENOENT;
}

struct rn_root *rn_tracker_next_root(struct rn_tracker *t,
                                     const struct rn_root *root) {
  struct rn_root *next = root == NULL ? t->tree.roots : root->next;
  while (next != NULL && (next->way != NULL || next->ending)) next = next->next;
  return next;
}

struct rn_node *rn_tracker_next_node(const struct rn_root *root,
                                     const struct rn_node *node) {
  if (root->top == NULL) return NULL;
  struct rn_node *next =
      rn_node_next(root->top, node == NULL ? root->top : node);
  while (next != NULL && !is_live(next)) next = rn_node_next(root->top, next);
  return next;
}
