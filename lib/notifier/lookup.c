/* From paths to watches, and back.
 *
 * The tree is the reader's, so these are requests (request.c), too. */

#include <errno.h>
#include <limits.h>

#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

static int look(struct rn_watch_manager *manager,
                int (*function)(struct rn_thread_notifier *, void *),
                void *argument) {
  struct rn_request request = {
      .kind = RN_REQUEST_LOOK, .look = function, .argument = argument};
  return rn_request_run(manager->notifier, &request);
}

/* ---- path -> watch ---- */

struct path_search {
  struct rn_bytes path;
  struct rn_watch *watch;
};

static int find(struct rn_thread_notifier *n, void *argument) {
  const struct path_search *search = argument;
  return rn_tracker_find(n->tracker, search->path, search->watch);
}

int rn_watch_manager_find(struct rn_watch_manager *manager, const char *path,
                          struct rn_watch *watch) {
  struct path_search search = {.path = rn_bytes_of(path), .watch = watch};
  return look(manager, find, &search);
}

/* ---- watch -> path ---- */

struct path_of {
  struct rn_watch watch;
  char *path;
  size_t size;
};

/* Copy as much as there is room for.  Returns the whole length. */
static int copy_path(struct path_of *to, struct rn_bytes path) {
  if (to->size > 0) {
    const size_t room = to->size - 1;
    const size_t size = path.size < room ? path.size : room;
    memcpy(to->path, path.data, size);
    to->path[size] = '\0';
  }
  return (int)path.size;
}

static int path_of(struct rn_thread_notifier *n, void *argument) {
  struct path_of *to = argument;
  const struct rn_root *root = rn_tracker_root(n->tracker, to->watch);
  if (root != NULL)
    return copy_path(to, (struct rn_bytes){root->path, root->path_size});
  const struct rn_node *node = rn_tracker_live_node(n->tracker, to->watch);
  if (node == NULL) return -ENOENT;
  const ssize_t size = rn_node_path(node, n->path, RN_PATH_SIZE_MAX);
  if (size < 0) return (int)size;
  return copy_path(to, (struct rn_bytes){n->path, (size_t)size});
}

int rn_watch_manager_path(struct rn_watch_manager *manager,
                          struct rn_watch watch, char *path, size_t size) {
  struct path_of to = {.watch = watch, .path = path, .size = size};
  return look(manager, path_of, &to);
}

/* ---- watch -> what it is ---- */

static unsigned flags_of(const struct rn_root *root) {
  return (root->recursive ? (unsigned)RN_WATCH_RECURSIVE : 0) |
         (root->fixed ? (unsigned)RN_WATCH_FIXED : 0) |
         (root->follow != NULL ? (unsigned)RN_WATCH_PERSISTENT : 0) |
         (root->recover != NULL ? (unsigned)RN_WATCH_RECOVER : 0) |
         (root->pair_wait_ns > 0 ? (unsigned)RN_WATCH_PAIR_MOVES : 0) |
         (rn_filter_wants_type(&root->filter, true)
              ? 0
              : (unsigned)RN_WATCH_FILES_ONLY) |
         (rn_filter_wants_type(&root->filter, false)
              ? 0
              : (unsigned)RN_WATCH_DIRECTORIES_ONLY);
}

struct info_of {
  struct rn_watch watch;
  struct rn_watch_info info;
};

static int info_of(struct rn_thread_notifier *n, void *argument) {
  struct info_of *of = argument;
  const struct rn_root *root = rn_tracker_root(n->tracker, of->watch);
  const struct rn_node *node =
      root != NULL ? root->top : rn_tracker_live_node(n->tracker, of->watch);
  if (root == NULL && node == NULL) return -ENOENT;
  if (root == NULL) root = node->root;
  of->info.added = rn_tracker_handle(root);
  of->info.mask = root->filter.mask;
  of->info.flags = flags_of(root);
  of->info.is_dir = node != NULL && (node->flags & RN_NODE_DIR) != 0;
  of->info.is_suspended = (root->mute & RN_MUTE_SUSPENDED) != 0;
  return 0;
}

int rn_watch_manager_info(struct rn_watch_manager *manager,
                          struct rn_watch watch, struct rn_watch_info *info) {
  const size_t least = offsetof(struct rn_watch_info, mask);
  if (info->size < least || info->size > 4096) return -EINVAL;
  struct info_of of = {.watch = watch};
  const int err = look(manager, info_of, &of);
  if (err < 0) return err;
  of.info.size = info->size;
  const size_t size =
      info->size < sizeof(of.info) ? info->size : sizeof(of.info);
  memcpy(info, &of.info, size);
  return 0;
}

/* ---- all watches ---- */

/* Put a root or, with `all`, each of its directories on the list. */
static int list_root(struct rn_thread_notifier *n, struct rn_root *root,
                     bool all, struct rn_watch_list *list) {
  const struct rn_bytes own = {root->path, root->path_size};
  int err = rn_watch_list_put(list, own, 0, rn_tracker_handle(root));
  const struct rn_node *node = NULL;
  while (err == 0 && all && (node = rn_tracker_next_node(root, node)) != NULL) {
    const ssize_t size = rn_node_path(node, n->path, RN_PATH_SIZE_MAX);
    if (size < 0) continue;
    const struct rn_bytes path = {n->path, (size_t)size};
    err = rn_watch_list_put(list, path, 0, rn_tracker_handle_of(node));
  }
  return err;
}

struct listing {
  bool all;
  struct rn_watch_list *list;
};

static int list_watches(struct rn_thread_notifier *n, void *argument) {
  const struct listing *listing = argument;
  int err = 0;
  struct rn_root *root = NULL;
  while (err == 0 && (root = rn_tracker_next_root(n->tracker, root)) != NULL)
    if ((root->mute & RN_MUTE_ABANDONED) == 0)
      err = list_root(n, root, listing->all, listing->list);
  return err;
}

int rn_watch_manager_list(struct rn_watch_manager *manager, bool all,
                          struct rn_watch_list **list) {
  struct listing listing = {.all = all, .list = rn_watch_list_new()};
  if (listing.list == NULL) return -ENOMEM;
  const int err = look(manager, list_watches, &listing);
  if (err < 0) {
    rn_watch_list_free(listing.list);
    return err;
  }
  *list = listing.list;
  return 0;
}
