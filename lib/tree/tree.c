/* Which directory a watch descriptor stands for, and where it is in the tree.
 *
 * Two indexes: by wd, and by parent and name.  The name of a node is inline up
 * to twelve bytes, so that most nodes are one allocation; what only a few nodes
 * need at a time lives in a passage of its own.
 *
 * wd numbers come back after 2^31 additions: a node carries a generation, which
 * does not, and handles name both. */

#include "lib/tree/tree.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/route/route.h"

/* ---- indexes ---- */

static uint64_t hash_by_wd(const struct rn_hash_key *key, const void *item) {
  (void)key;
  return rn_tree_wd_hash(((const struct rn_node *)item)->wd);
}

static bool equal_wd(const void *item, const void *key) {
  return ((const struct rn_node *)item)->wd == *(const int *)key;
}

struct name_key {
  const struct rn_node *parent;
  struct rn_bytes name;
};

static uint64_t hash_name(const struct rn_hash_key *key,
                          const struct rn_node *parent, struct rn_bytes name) {
  return rn_hash_bytes(key, (uint64_t)(uintptr_t)parent, name);
}

static uint64_t hash_by_name(const struct rn_hash_key *key, const void *item) {
  const struct rn_node *node = item;
  return hash_name(key, node->parent, rn_node_name(node));
}

static bool equal_name(const void *item, const void *key) {
  const struct rn_node *node = item;
  const struct name_key *wanted = key;
  return node->parent == wanted->parent &&
         rn_bytes_equal(rn_node_name(node), wanted->name);
}

static uint64_t hash_by_path(const struct rn_hash_key *key, const void *item) {
  const struct rn_root *root = item;
  return rn_hash_bytes(key, RN_TREE_PATH_SEED,
                       (struct rn_bytes){root->path, root->path_size});
}

static bool equal_path(const void *item, const void *key) {
  const struct rn_root *root = item;
  const struct rn_bytes path = {root->path, root->path_size};
  return root->way == NULL && !root->ending &&
         rn_bytes_equal(path, *(const struct rn_bytes *)key);
}

void rn_tree_init(struct rn_tree *tree, const struct rn_hash_key *key) {
  *tree = (struct rn_tree){.key = *key};
  rn_index_init(&tree->by_wd, hash_by_wd, NULL);
  rn_index_init(&tree->by_name, hash_by_name, &tree->key);
  rn_index_init(&tree->by_path, hash_by_path, &tree->key);
}

/* ---- names ---- */

struct rn_bytes rn_node_name(const struct rn_node *node) {
  const char *data = node->name;
  if (node->name_size > RN_NODE_NAME_INLINE)
    memcpy(&data, node->name, sizeof(data));
  return (struct rn_bytes){.data = data, .size = node->name_size};
}

static void name_free(struct rn_node *node) {
  if (node->name_size > RN_NODE_NAME_INLINE)
    free((char *)(uintptr_t)rn_node_name(node).data);
  node->name_size = 0;
}

/* Set the name of a node that has none. */
static int name_set(struct rn_node *node, struct rn_bytes name) {
  RN_ASSERT(name.size <= RN_NAME_SIZE_MAX);
  if (name.size <= RN_NODE_NAME_INLINE) {
    memcpy(node->name, name.data, name.size);
  } else {
    char *copy = malloc(name.size);
    if (copy == NULL) return -ENOMEM;
    memcpy(copy, name.data, name.size);
    memcpy(node->name, &copy, sizeof(copy));
  }
  node->name_size = (uint16_t)name.size;
  return 0;
}

/* ---- roots ---- */

static char *copy_of(struct rn_bytes text) {
  char *copy = malloc(text.size + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  return copy;
}

int rn_tree_root_new(struct rn_tree *tree, struct rn_bytes path,
                     struct rn_bytes access_path, struct rn_root **root) {
  struct rn_root *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->path = copy_of(path);
  made->access_path = copy_of(access_path);
  if (made->path == NULL || made->access_path == NULL ||
      rn_index_reserve(&tree->by_path, 1) < 0) {
    free(made->path);
    free(made->access_path);
    free(made);
    return -ENOMEM;
  }
  made->key = &tree->key;
  made->path_size = path.size;
  made->access_path_size = access_path.size;
  made->next = tree->roots;
  if (tree->roots != NULL) tree->roots->previous = made;
  tree->roots = made;
  rn_index_add(&tree->by_path, made);
  *root = made;
  return 0;
}

void rn_tree_root_set_path(struct rn_root *root, struct rn_bytes access_path) {
  const struct rn_bytes before = {root->access_path, root->access_path_size};
  char *copy =
      rn_bytes_equal(before, access_path) ? NULL : copy_of(access_path);
  if (copy == NULL) return;
  free(root->access_path);
  root->access_path = copy;
  root->access_path_size = access_path.size;
}

static uint32_t route_key_of(const struct rn_root *root) {
  return rn_route_key(0, (struct rn_bytes){root->path, root->path_size});
}

void rn_tree_stand_in(struct rn_tree *tree, struct rn_root *root,
                      struct rn_node *node) {
  *node = (struct rn_node){.root = root,
                           .generation = ++tree->last_generation,
                           .route_key = route_key_of(root)};
}

void rn_tree_root_free(struct rn_tree *tree, struct rn_root *root) {
  RN_ASSERT(root->node_count == 0);
  rn_index_remove(&tree->by_path, root);
  if (root->next != NULL) root->next->previous = root->previous;
  if (root->previous != NULL)
    root->previous->next = root->next;
  else
    tree->roots = root->next;
  rn_filter_fini(&root->filter);
  free(root->path);
  free(root->access_path);
  free(root);
}

/* ---- links between nodes ---- */

static void link_child(struct rn_node *parent, struct rn_node *node) {
  node->parent = parent;
  node->previous_sibling = NULL;
  node->next_sibling = NULL;
  if (parent == NULL) return;
  node->next_sibling = parent->first_child;
  if (parent->first_child != NULL) parent->first_child->previous_sibling = node;
  parent->first_child = node;
}

static void unlink_child(struct rn_node *node) {
  if (node->next_sibling != NULL)
    node->next_sibling->previous_sibling = node->previous_sibling;
  if (node->previous_sibling != NULL)
    node->previous_sibling->next_sibling = node->next_sibling;
  else if (node->parent != NULL)
    node->parent->first_child = node->next_sibling;
}

static void name_node(struct rn_tree *tree, struct rn_node *node) {
  rn_index_add(&tree->by_name, node);
  node->flags |= RN_NODE_NAMED;
}

void rn_tree_unname(struct rn_tree *tree, struct rn_node *node) {
  if ((node->flags & RN_NODE_NAMED) == 0) return;
  rn_index_remove(&tree->by_name, node);
  node->flags &= (uint16_t)~RN_NODE_NAMED;
}

/* Enter a node under its wd, behind others that have it. */
static int enter_wd(struct rn_tree *tree, struct rn_node *node) {
  struct rn_node *first = rn_tree_find(tree, node->wd);
  if (first == NULL) {
    rn_index_add(&tree->by_wd, node);
    tree->wd_count++;
    return 0;
  }
  if (rn_node_passage(first) == NULL || rn_node_passage(node) == NULL)
    return -ENOMEM;
  node->passage->same_wd = first->passage->same_wd;
  first->passage->same_wd = node;
  first->flags |= RN_NODE_SHARED;
  node->flags |= RN_NODE_SHARED;
  return 0;
}

/* The inverse.  Returns true when no node has the wd any more. */
static bool leave_wd(struct rn_tree *tree, struct rn_node *node) {
  struct rn_node *first = rn_tree_find(tree, node->wd);
  tree->last = NULL;
  if (first == node) {
    struct rn_node *second = rn_node_same_wd(node);
    rn_index_remove(&tree->by_wd, node);
    if (second == NULL) {
      tree->wd_count--;
      return true;
    }
    rn_index_add(&tree->by_wd, second);
    first = second;
  } else {
    struct rn_node *before = first;
    while (rn_node_same_wd(before) != node) before = rn_node_same_wd(before);
    before->passage->same_wd = rn_node_same_wd(node);
  }
  if (rn_node_same_wd(first) == NULL) first->flags &= (uint16_t)~RN_NODE_SHARED;
  return false;
}

/* ---- nodes ---- */

int rn_tree_add(struct rn_tree *tree, struct rn_root *root,
                struct rn_node *parent, struct rn_bytes name, int wd,
                bool is_dir, struct rn_node **node) {
  int err = rn_index_reserve(&tree->by_wd, 1);
  if (err == 0) err = rn_index_reserve(&tree->by_name, 1);
  if (err < 0) return err;
  struct rn_node *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->root = root;
  made->wd = wd;
  made->flags = is_dir ? RN_NODE_DIR : 0;
  if (root->recover != NULL) made->flags |= RN_NODE_INDEXED;
  if (root->settle_ns > 0) made->flags |= RN_NODE_SETTLES;
  err = name_set(made, name);
  if (err == 0) err = enter_wd(tree, made);
  if (err < 0) {
    name_free(made);
    free(made->passage);
    free(made);
    return err;
  }
  made->generation = ++tree->last_generation;
  made->route_key = parent == NULL ? route_key_of(root)
                                   : rn_route_key(parent->route_key, name);
  link_child(parent, made);
  if (parent == NULL)
    root->top = made;
  else
    name_node(tree, made);
  root->node_count++;
  *node = made;
  return 0;
}

/* Free a node that nothing refers to, and ghosts above it that it was the last
 * to keep. */
static void free_node(struct rn_tree *tree, struct rn_node *node) {
  while (node != NULL && node->first_child == NULL) {
    struct rn_node *parent = node->parent;
    struct rn_root *root = node->root;
    rn_tree_unname(tree, node);
    unlink_child(node);
    if (root->top == node) root->top = NULL;
    if (root->attic == node) root->attic = NULL;
    root->node_count--;
    name_free(node);
    free(node->passage);
    free(node);
    node =
        parent != NULL && (parent->flags & RN_NODE_GHOST) != 0 ? parent : NULL;
  }
}

bool rn_tree_remove(struct rn_tree *tree, struct rn_node *node) {
  const bool alone = leave_wd(tree, node);
  if (node->passage != NULL) {
    RN_ASSERT(node->passage->waits == RN_WAIT_NOTHING);
    if (node->passage->has_known) rn_names_fini(&node->passage->known);
    free(node->passage);
    node->passage = NULL;
  }
  rn_tree_unname(tree, node); /* a ghost is found by nobody */
  node->flags = (uint16_t)((node->flags & ~RN_NODE_SHARED) | RN_NODE_GHOST);
  node->wd = -1;
  free_node(tree, node);
  return alone;
}

int rn_tree_move(struct rn_tree *tree, struct rn_node *node,
                 struct rn_node *parent, struct rn_bytes name) {
  RN_ASSERT(parent != NULL && node->parent != NULL);
  int err = rn_index_reserve(&tree->by_name, 1);
  if (err < 0) return err;
  struct rn_node named = {.name_size = 0};
  err = name_set(&named, name);
  if (err < 0) return err;
  struct rn_node *old_parent = node->parent;
  rn_tree_unname(tree, node);
  unlink_child(node);
  name_free(node);
  memcpy(node->name, named.name, sizeof(node->name));
  node->name_size = named.name_size;
  link_child(parent, node);
  name_node(tree, node);
  if ((old_parent->flags & RN_NODE_GHOST) != 0) free_node(tree, old_parent);
  return 0;
}

/* The root's attic, made when it has none.  NULL: no memory. */
static struct rn_node *attic_of(struct rn_root *root) {
  if (root->attic != NULL) return root->attic;
  struct rn_node *made = calloc(1, sizeof(*made));
  if (made == NULL) return NULL;
  made->root = root;
  made->wd = -1;
  made->flags = RN_NODE_DIR | RN_NODE_GHOST | RN_NODE_LEFT;
  link_child(root->top, made);
  root->node_count++;
  root->attic = made;
  return made;
}

int rn_tree_leave(struct rn_tree *tree, struct rn_node *node) {
  RN_ASSERT(node->parent != NULL);
  struct rn_node *attic = attic_of(node->root);
  if (attic == NULL) return -ENOMEM;
  struct rn_node *parent = node->parent;
  rn_tree_unname(tree, node);
  unlink_child(node);
  link_child(attic, node);
  if ((parent->flags & RN_NODE_GHOST) != 0) free_node(tree, parent);
  return 0;
}

struct rn_node *rn_tree_find_far(struct rn_tree *tree, int wd) {
  struct rn_node *node =
      rn_index_find(&tree->by_wd, rn_tree_wd_hash(wd), equal_wd, &wd);
  if (node != NULL) tree->last = node;
  return node;
}

struct rn_node *rn_tree_find_in(struct rn_tree *tree,
                                const struct rn_root *root, int wd) {
  struct rn_node *node = rn_tree_find(tree, wd);
  while (node != NULL && (node->root != root || rn_node_has_left(node)))
    node = rn_node_same_wd(node);
  return node;
}

struct rn_node *rn_tree_child(const struct rn_tree *tree,
                              const struct rn_node *parent,
                              struct rn_bytes name) {
  const struct name_key key = {parent, name};
  const uint64_t hash = hash_name(&tree->key, parent, name);
  return rn_index_find(&tree->by_name, hash, equal_name, &key);
}

struct rn_node *rn_tree_by_handle(struct rn_tree *tree, struct rn_watch watch) {
  struct rn_node *node = rn_tree_find(tree, watch.wd);
  while (node != NULL && node->generation != watch.generation)
    node = rn_node_same_wd(node);
  return node;
}

struct rn_root *rn_tree_root_of(const struct rn_tree *tree,
                                struct rn_bytes path, uint64_t hash) {
  return rn_index_find(&tree->by_path, hash, equal_path, &path);
}

struct rn_node *rn_node_next(const struct rn_node *top,
                             const struct rn_node *node) {
  if (node->first_child != NULL && (node->flags & RN_NODE_LEFT) == 0)
    return node->first_child;
  return rn_node_skip(top, node);
}

struct rn_node *rn_node_skip(const struct rn_node *top,
                             const struct rn_node *node) {
  while (node != top && node->next_sibling == NULL) node = node->parent;
  return node == top ? NULL : node->next_sibling;
}

struct rn_node *rn_deepest_first(struct rn_node *top) {
  while (top->first_child != NULL) top = top->first_child;
  return top;
}

struct rn_node *rn_deepest_next(const struct rn_node *top,
                                struct rn_node *node) {
  if (node == top) return NULL;
  return node->next_sibling != NULL ? rn_deepest_first(node->next_sibling)
                                    : node->parent;
}

bool rn_node_is_below(const struct rn_node *node, const struct rn_node *top) {
  while (node != NULL && node != top) node = node->parent;
  return node != NULL;
}

struct rn_passage *rn_node_passage(struct rn_node *node) {
  if (node->passage == NULL) node->passage = calloc(1, sizeof(*node->passage));
  return node->passage;
}

void rn_node_passage_trim(struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL || passage->waits != RN_WAIT_NOTHING ||
      passage->has_known || passage->tries > 0 || passage->tries_in_all > 0 ||
      (node->flags & RN_NODE_SHARED) != 0)
    return;
  free(node->passage);
  node->passage = NULL;
}

/* ---- paths ---- */

/* Write the names from the top down behind `prefix`, filling from the end.  By
 * renames a tree can be of any depth: of a path without room no more is looked
 * at than would be written. */
static ssize_t build_path(const struct rn_node *node, struct rn_bytes prefix,
                          char *out, size_t size) {
  const bool slash = prefix.size > 0 && prefix.data[prefix.size - 1] == '/';
  size_t length = prefix.size;
  for (const struct rn_node *at = node; at->parent != NULL && length <= size;
       at = at->parent)
    length += (size_t)at->name_size + 1;
  if (slash && node->parent != NULL) length--;
  if (length >= size) return -ENAMETOOLONG;
  out[length] = '\0';
  size_t end = length;
  for (const struct rn_node *at = node; at->parent != NULL; at = at->parent) {
    end -= at->name_size;
    memcpy(out + end, rn_node_name(at).data, at->name_size);
    if (end > prefix.size || !slash) out[--end] = '/';
  }
  memcpy(out, prefix.data, prefix.size);
  return (ssize_t)length;
}

ssize_t rn_node_path(const struct rn_node *node, char *out, size_t size) {
  const struct rn_root *root = node->root;
  return build_path(node, (struct rn_bytes){root->path, root->path_size}, out,
                    size);
}

ssize_t rn_node_access_path(const struct rn_node *node, char *out,
                            size_t size) {
  const struct rn_root *root = node->root;
  return build_path(
      node, (struct rn_bytes){root->access_path, root->access_path_size}, out,
      size);
}

/* The analyzer does not follow that removing a root's last node resets its top,
 * and freeing a root takes it out of the list. */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc) */
void rn_tree_fini(struct rn_tree *tree) {
  while (tree->roots != NULL) {
    struct rn_root *root = tree->roots;
    struct rn_node *leaf =
        root->top != NULL ? rn_deepest_first(root->top) : NULL;
    while (leaf != NULL) {
      struct rn_node *next = rn_deepest_next(root->top, leaf);
      while (next != NULL && (next->flags & RN_NODE_GHOST) != 0)
        next = rn_deepest_next(root->top, next); /* goes with its last child */
      if (leaf->passage != NULL) leaf->passage->waits = RN_WAIT_NOTHING;
      (void)rn_tree_remove(tree, leaf);
      leaf = next;
    }
    rn_tree_root_free(tree, root);
  }
  rn_index_fini(&tree->by_wd);
  rn_index_fini(&tree->by_name);
  rn_index_fini(&tree->by_path);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */
