/* Watches: opening and adopting directories.
 *
 * A directory is adopted by descriptor, not by path: its parent is opened and
 * held against the parent's wd, then the entry is opened in it, watched through
 * RN_FD_DIRECTORY and listed through the same descriptor.  So the watch, the
 * listing and the name belong to one directory, whatever is renamed meanwhile;
 * a path that has become another's is noticed, and tried again after a fence.
 *
 * The descriptors are closed soon: while one is open the kernel holds back
 * IN_DELETE_SELF and IN_IGNORED.
 *
 * IN_MASK_ADD is always used to add, so that the watch of another root on the
 * same inode keeps its bits. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "lib/batch/batch.h"
#include "lib/track/recover.h"
#include "lib/track/tracker.h"

/* ---- watching ---- */

void rn_fd_path(int fd, char path[RN_FD_PATH_SIZE]) {
  snprintf(path, RN_FD_PATH_SIZE, RN_FD_DIRECTORY "%d", fd);
}

int rn_watch_fd(struct rn_tracker *t, int fd, uint32_t mask) {
  char path[RN_FD_PATH_SIZE];
  rn_fd_path(fd, path);
  int wd = t->sys->watch_add(t->sys, t->fd, path, mask);
  if (wd == -ENOSPC && rn_leaving_make_room(t))
    wd = t->sys->watch_add(t->sys, t->fd, path, mask);
  if (wd > t->newest_wd) t->newest_wd = wd;
  return wd == -ENOENT ? -ENOSYS : wd; /* what is open has not gone */
}

void rn_watch_remove(struct rn_tracker *t, int wd) {
  if (t->sys->watch_remove(t->sys, t->fd, wd) == 0) t->put++;
}

/* Watch what is open for a new root.  Returns as inotify_add_watch(2). */
static int watch_new(struct rn_tracker *t, int fd, uint32_t mask) {
  if ((mask & IN_MASK_CREATE) == 0) mask |= IN_MASK_ADD;
  int wd = rn_watch_fd(t, fd, mask);
  if (wd != -EEXIST) return wd;
  /* Perhaps only the library itself watches it, for a path through it. */
  mask &= ~(uint32_t)IN_MASK_CREATE;
  wd = rn_watch_fd(t, fd, mask | IN_MASK_ADD);
  if (wd < 0) return wd;
  struct rn_node *node = rn_tree_find(&t->tree, wd);
  while (node != NULL && (node->flags & RN_NODE_WAY) != 0)
    node = rn_node_same_wd(node);
  if (node == NULL) return wd;
  (void)rn_set_mask(t, node);
  return -EEXIST;
}

int rn_watch_top(struct rn_tracker *t, int fd, uint32_t as_dir,
                 uint32_t as_other, bool *is_dir) {
  *is_dir = true;
  const int wd = watch_new(t, fd, as_dir | IN_ONLYDIR);
  if (wd != -ENOTDIR || as_other == 0) return wd;
  *is_dir = false;
  return watch_new(t, fd, as_other);
}

void rn_drop_stray_watch(struct rn_tracker *t, int wd) {
  if (rn_tree_find(&t->tree, wd) != NULL) return;
  rn_watch_remove(t, wd);
  if (t->ends_left > 0) t->ends_left--;
}

/* ---- opening by path ---- */

/* Open an absolute path of any length: pieces of less than PATH_MAX, each in
 * the directory of the one before. */
static int open_long(struct rn_tracker *t, char *path, int flags) {
  int dir_fd = AT_FDCWD;
  for (;;) {
    const size_t size = strlen(path);
    const bool last = size < PATH_MAX;
    char *cut = path + size;
    if (!last) {
      cut = path + PATH_MAX - 1;
      while (cut > path && *cut != '/') cut--;
      RN_ASSERT(*cut == '/');
      *cut = '\0';
    }
    /* Where nothing is before the cut, the longest name is behind "/". */
    const int fd = t->sys->dir_open(t->sys, dir_fd, cut > path ? path : "/",
                                    last ? flags : O_PATH | O_DIRECTORY);
    if (dir_fd != AT_FDCWD) t->sys->close(t->sys, dir_fd);
    if (fd < 0 || last) return fd;
    dir_fd = fd;
    path = cut + 1;
  }
}

/* Keep what is open if it is a node's directory.  Takes `fd` if it is not.
 *
 * stray      in, out: what is watched as it was thought to be one before, or 0
 * Returns    `fd`; -ESTALE it is another's; what watching gave. */
static int keep_if_it_is(struct rn_tracker *t, struct rn_node *node, int fd,
                         int *stray) {
  /* Should it be another directory by now, that one stays as quiet as it is. */
  const uint32_t mask = rn_joint_mask(t, node) & ~RN_NOISE;
  const int wd = rn_watch_fd(t, fd, mask | IN_MASK_ADD);
  if (wd == node->wd) return fd;
  t->sys->close(t->sys, fd);
  if (wd == -ENOSPC) return -ESTALE; /* its own would need no watch more */
  if (wd < 0) return wd;
  if (*stray > 0 && *stray != wd) rn_drop_stray_watch(t, *stray);
  *stray = wd;
  return -ESTALE;
}

/* Open a node's directory by its own path.
 *
 * stray      as for keep_if_it_is() */
static int open_by_path(struct rn_tracker *t, struct rn_node *node, int flags,
                        int *stray) {
  const ssize_t size = rn_node_access_path(node, t->path, RN_PATH_SIZE_MAX);
  if (size < 0) return (int)size;
  flags |= O_NONBLOCK;
  if ((node->flags & RN_NODE_DIR) != 0) flags |= O_DIRECTORY;
  if (node->parent != NULL || (node->root->modifiers & IN_DONT_FOLLOW) != 0)
    flags |= O_NOFOLLOW;
  const int opened = open_long(t, t->path, flags);
  if (opened < 0) return opened;
  const int fd = keep_if_it_is(t, node, opened, stray);
  if (fd >= 0) rn_note_found(t, node);
  return fd;
}

/* Open a node's directory, as rn_open_node() does.
 *
 * via        out: the node of its wd by whose path. */
static int open_via(struct rn_tracker *t, struct rn_node *node, int flags,
                    struct rn_node **via) {
  /* Others mostly have the same path: what is there by now is watched until
   * all were tried, so that it ends once, and makes one record. */
  int stray = 0;
  const int result = open_by_path(t, node, flags, &stray);
  int fd = result;
  struct rn_node *other = fd < 0 ? rn_tree_find(&t->tree, node->wd) : NULL;
  *via = node;
  for (; fd < 0 && other != NULL; other = rn_node_same_wd(other)) {
    if (other == node) continue;
    *via = other;
    fd = open_by_path(t, other, flags, &stray);
  }
  if (stray > 0) rn_drop_stray_watch(t, stray);
  if (result < 0 && node->parent == NULL && node->root->recover != NULL)
    node->root->recover->strayed = true;
  return fd < 0 ? result : fd;
}

int rn_open_node(struct rn_tracker *t, struct rn_node *node, int flags) {
  struct rn_node *via;
  return open_via(t, node, flags, &via);
}

int rn_open_above(struct rn_tracker *t, struct rn_node *node, int fd) {
  const int opened = t->sys->dir_open(t->sys, fd, "..", O_PATH | O_DIRECTORY);
  if (opened < 0) return opened;
  int stray = 0;
  const int above = keep_if_it_is(t, node, opened, &stray);
  if (stray > 0) rn_drop_stray_watch(t, stray);
  return above;
}

/* Open what is open as a path for reading.  Takes `fd`. */
static int open_again(struct rn_tracker *t, int fd) {
  const int opened =
      t->sys->dir_open(t->sys, fd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  t->sys->close(t->sys, fd);
  return opened;
}

int rn_open_to_read(struct rn_tracker *t, struct rn_node *node) {
  if (!rn_listings_are_told(t)) return rn_open_node(t, node, O_RDONLY);
  const int fd = rn_open_node(t, node, O_PATH);
  return fd < 0 ? fd : open_again(t, fd);
}

int rn_open_to_list(struct rn_tracker *t, struct rn_node *node) {
  if (!rn_listings_are_told(t)) return rn_open_node(t, node, O_RDONLY);
  struct rn_node *via;
  const int fd = open_via(t, node, O_PATH, &via);
  if (fd < 0) return fd;
  rn_quieten_above(t, via, fd);
  rn_quieten(t, node, fd);
  return open_again(t, fd);
}

void rn_forget_parent(struct rn_tracker *t) {
  if (t->parent == NULL) return;
  t->parent = NULL; /* first: a fork's child closes what is noted */
  t->sys->close(t->sys, t->parent_fd);
}

/* The open directory of a node, kept for its next entry.  Returns a descriptor
 * or a negative errno. */
static int parent_fd(struct rn_tracker *t, struct rn_node *parent) {
  if (t->parent == parent) return t->parent_fd;
  rn_forget_parent(t);
  const int fd = rn_open_node(t, parent, O_PATH);
  if (fd < 0) return fd;
  t->parent = parent;
  t->parent_fd = fd;
  return fd;
}

/* ---- adopting ---- */

/* Write the path of an entry to t->path.  Returns its last name in there, or
 * NULL when it is too long: then it is told that it cannot be watched. */
static const char *entry_path(struct rn_tracker *t,
                              const struct rn_node *parent,
                              struct rn_bytes name) {
  const ssize_t size = rn_node_path(parent, t->path, RN_PATH_SIZE_MAX);
  if (size < 0) return NULL;
  const size_t whole =
      rn_path_join(t->path, (struct rn_bytes){t->path, (size_t)size}, name);
  return t->path + whole - name.size;
}

bool rn_entry_is_watched(struct rn_tracker *t, const struct rn_node *parent,
                         struct rn_bytes name) {
  const struct rn_filter *filter = &parent->root->filter;
  if (!rn_filter_looks_for_watching(filter)) return true;
  const char *last = entry_path(t, parent, name);
  return last == NULL || rn_filter_watches(filter, t->path, last);
}

bool rn_entry_is_told(struct rn_tracker *t, const struct rn_node *parent,
                      struct rn_bytes name, bool is_dir) {
  const struct rn_filter *filter = &parent->root->filter;
  if (!rn_filter_looks(filter)) return true;
  if (!rn_filter_wants_type(filter, is_dir)) return false;
  if (name.size == 0 || !rn_filter_looks_for_telling(filter)) return true;
  const char *last = entry_path(t, parent, name);
  return last == NULL || rn_filter_tells(filter, t->path, last, is_dir);
}

/* Take a node over into another place, with what was kept back for it. */
static int take_over(struct rn_tracker *t, struct rn_node *node,
                     struct rn_node *parent, struct rn_bytes name) {
  rn_held_tell_below(t, node);
  const int err = rn_tree_move(&t->tree, node, parent, name);
  if (err < 0) return err;
  rn_move_forget(t, node);
  rn_resume(t, node);
  t->replay = true; /* also what was kept for the sake of one above it */
  t->sink.moved(t->sink.context);
  return 0;
}

/* Find or make the node of a wd under a parent and name. */
static int find_place(struct rn_tracker *t, struct rn_node *parent,
                      struct rn_bytes name, int wd, enum rn_found found,
                      struct rn_node **child) {
  struct rn_node *node = rn_tree_find_in(&t->tree, parent->root, wd);
  struct rn_node *occupant = rn_tree_child(&t->tree, parent, name);
  if (node != NULL && node == occupant) {
    if ((node->flags & RN_NODE_MOVED) != 0)
      rn_move_forget(t, node); /* it went and is back: what was told is void */
    rn_resume(t, node);
    *child = node;
    return 0;
  }
  /* A directory that is mounted inside itself is not walked in circles. */
  if (node != NULL && rn_node_is_below(parent, node)) return -EXDEV;
  if (node != NULL && found == RN_FOUND_TOLD &&
      rn_suspended_above(node) == NULL && rn_is_proven(t, node))
    return -EXDEV;
  if (occupant != NULL) rn_displace(t, occupant);
  /* One that came is not wanted; one that is known has only moved. */
  if (node == NULL && parent->root->fixed && t->adding != parent->root)
    return -ENOENT;
  if (node == NULL)
    return rn_tree_add(&t->tree, parent->root, parent, name, wd, true, child);
  *child = node;
  return take_over(t, node, parent, name);
}

/* The same; whoever compares the parent has seen it. */
static int place_node(struct rn_tracker *t, struct rn_node *parent,
                      struct rn_bytes name, int wd, enum rn_found found,
                      struct rn_node **child) {
  const int err = find_place(t, parent, name, wd, found, child);
  if (err < 0) return err;
  (*child)->flags |= RN_NODE_SEEN;
  rn_note_found(t, *child);
  (void)rn_unwatched_forget(t, parent, name);
  return 0;
}

/* Watch an open directory and place its node.
 *
 * Returns    0; as rn_adopt(). */
static int watch_entry(struct rn_tracker *t, struct rn_node *parent,
                       struct rn_bytes name, enum rn_found found, int fd,
                       struct rn_node **child) {
  uint32_t mask = rn_kernel_mask(parent->root);
  const bool narrowed = (mask & RN_NOISE) != 0;
  mask &= ~RN_NOISE;
  const int wd = rn_watch_fd(t, fd, mask | IN_MASK_ADD);
  if (wd < 0) return wd;
  /* A watch that there was keeps its mask. */
  const bool fresh = rn_tree_find(&t->tree, wd) == NULL;
  const int err = place_node(t, parent, name, wd, found, child);
  if (err < 0) {
    rn_drop_stray_watch(t, wd);
    return err;
  }
  if (narrowed && fresh) (void)rn_remember_quiet(t, *child);
  return 0;
}

int rn_adopt(struct rn_tracker *t, struct rn_node *parent, int dir_fd,
             struct rn_bytes name, enum rn_found found, struct rn_node **child,
             int *fd) {
  const int how = O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  char text[RN_NAME_SIZE_MAX + 1];
  memcpy(text, name.data, name.size);
  text[name.size] = '\0';
  rn_quieten(t, parent, dir_fd);
  /* Where opening it for reading could be told by a watch that it has, it is
   * opened without first. */
  const bool noisy = rn_listings_are_told(t);
  const struct rn_node *known = rn_tree_child(&t->tree, parent, name);
  const bool was_told = known != NULL && !rn_node_is_suspended(known);
  int opened =
      t->sys->dir_open(t->sys, dir_fd, text, how | (noisy ? O_PATH : O_RDONLY));
  if (opened < 0) return opened;
  int err = watch_entry(t, parent, name, found, opened, child);
  if (err == 0 && noisy) {
    rn_quieten(t, *child, opened);
    const int path_fd = opened;
    opened = t->sys->dir_open(t->sys, path_fd, ".", how | O_RDONLY);
    t->sys->close(t->sys, path_fd);
    if (opened < 0) {
      /* Nobody announces what is below one that came or was to leave. */
      if (!was_told || *child != known) rn_empty(t, *child);
      return opened;
    }
  }
  if (err == 0 && parent->root->recover != NULL)
    rn_recover_adopted(t, parent, name, opened);
  if (err == 0)
    *fd = opened;
  else
    t->sys->close(t->sys, opened);
  return err;
}

/* Look for what could not be adopted when what is queued has been read. */
static void look_later(struct rn_tracker *t, struct rn_node *parent,
                       struct rn_bytes name) {
  if (rn_window_add(parent, name, true) < 0)
    rn_tell_error(t, parent, name, -ENOMEM);
  else
    rn_look_again(t, parent);
}

/* The way to a directory leads elsewhere by now: its renames are queued.
 * `name` was told. */
static void adopt_later(struct rn_tracker *t, struct rn_node *parent,
                        struct rn_bytes name, int error) {
  if (rn_recover_sees_to(parent->root)) return;
  struct rn_passage *passage = rn_node_passage(parent);
  /* What another wait has spent is of no concern to a new one. */
  if (passage != NULL && passage->waits == RN_WAIT_NOTHING &&
      passage->renames != t->renames)
    passage->tries_in_all = 0;
  if (passage == NULL || !rn_may_try_again(t, passage)) {
    rn_tell_error(t, parent, name, error);
    return;
  }
  look_later(t, parent, name);
}

void rn_adopt_announced(struct rn_tracker *t, struct rn_node *parent,
                        struct rn_bytes name, bool anew) {
  if (parent->root->ending || !rn_entry_is_watched(t, parent, name)) return;
  t->sink.slow(t->sink.context);
  const int dir_fd = parent_fd(t, parent);
  if (rn_is_elsewhere(dir_fd)) {
    adopt_later(t, parent, name, dir_fd);
    return;
  }
  const struct rn_node *known = rn_tree_child(&t->tree, parent, name);
  const bool stays = !anew && known != NULL && !rn_node_is_suspended(known);
  struct rn_node *child = NULL;
  int fd = -1;
  const int err = dir_fd < 0 ? dir_fd
                             : rn_adopt(t, parent, dir_fd, name, RN_FOUND_TOLD,
                                        &child, &fd);
  if (err == -EXDEV && parent->root->unsure) {
    look_later(t, parent, name); /* what tells may be lost */
    return;
  }
  if (err == -ENOENT || err == -ENOTDIR || err == -ELOOP || err == -EXDEV)
    return; /* it is gone, or no directory any more: the queue will tell */
  if (err < 0)
    rn_tell_error(t, parent, name, err);
  else if (stays && child == known)
    t->sys->close(t->sys, fd);
  else
    rn_walk_begin(t, child, RN_FRAME_REPORT, fd);
}
