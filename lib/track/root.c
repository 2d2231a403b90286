/* Roots, and the end of watches.
 *
 * A watch ends in one of three ways.  The kernel ends it: IN_IGNORED is read,
 * the node goes.  A directory left the tree: it is released with all below it,
 * and what the kernel still says of it is not heard.  The user removes a root:
 * its nodes stay until their IN_IGNORED, or the fence that was put in the same
 * call, has been read.  So what was queued before is still told, and nothing
 * that is queued later.  Of many watches at a time leave.c ends the rest in
 * pieces.
 *
 * The end of a root's top is the last that is told of the root.  Where it is
 * read while nodes are left below it (other roots share them, or the kernel
 * tells them later), it is told when those have ended, by the fence. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

/* ---- the end of one ---- */

/* What comes of a node is dropped from now on, so what was kept has to be, too:
 * by being taken in. */
static void drop_kept(struct rn_tracker *t, struct rn_node *node) {
  const struct rn_node *top =
      t->kept.size > 0 ? rn_suspended_above(node) : NULL;
  if (top != NULL && (top->flags & RN_NODE_MOVED) != 0) t->replay = true;
}

void rn_suspend(struct rn_tracker *t, struct rn_node *node, uint16_t flag) {
  rn_held_tell_below(t, node);
  if (flag == RN_NODE_GONE) drop_kept(t, node);
  if (!rn_node_is_suspended(node)) t->suspended_count++;
  if (flag == RN_NODE_GONE) rn_move_forget(t, node);
  node->flags =
      (uint16_t)((node->flags & ~(RN_NODE_MOVED | RN_NODE_GONE)) | flag);
}

void rn_resume(struct rn_tracker *t, struct rn_node *node) {
  if (!rn_node_is_suspended(node)) return;
  node->flags &= (uint16_t) ~(RN_NODE_MOVED | RN_NODE_GONE);
  t->suspended_count--;
  t->replay = true;
  rn_wait_no_longer(t, node);
}

void rn_displace(struct rn_tracker *t, struct rn_node *node) {
  const bool told = !rn_node_is_suspended(node);
  if (told) rn_retract(t, node);
  rn_tree_unname(&t->tree, node);
  if (told)
    rn_take_leave(t, node);
  else
    rn_wait_for_fence(t, node);
}

/* The last node of a root is gone, and the root with it, unless it waits for
 * what comes next to its path. */
static void end_root(struct rn_tracker *t, struct rn_root *root) {
  if (t->adding == root) t->adding = NULL;
  root->ending = true;
  rn_note_noise(t, root);
  rn_moves_forget_root(t, root);
  rn_unmark_root(t, root);
  rn_withheld_forget(t, root);
  rn_leaving_forget(t, root);
  if (root->follow != NULL && rn_follow_vacate(t, root)) return;
  t->sink.ended(t->sink.context, root);
  rn_follow_free(t, root);
  rn_recover_free(t, root);
  rn_tree_root_free(&t->tree, root);
}

bool rn_node_end(struct rn_tracker *t, struct rn_node *node) {
  struct rn_root *root = node->root;
  if ((node->flags & RN_NODE_WAY) != 0) {
    rn_way_end(t, node);
    return true;
  }
  RN_ASSERT(node->parent != NULL || node->first_child == NULL);
  rn_held_tell_below(t, node);
  rn_wait_end(t, node);
  rn_move_forget(t, node);
  rn_resume(t, node);
  rn_walk_forget(t, node);
  if (t->parent == node) rn_forget_parent(t);
  (void)rn_tree_remove(&t->tree, node);
  if (root->node_count == 0) {
    end_root(t, root);
    return true;
  }
  return false;
}

/* What is below a directory that has died left before it; if that was not read,
 * it was lost: by the fence it is known. */
void rn_node_dies(struct rn_tracker *t, struct rn_node *node) {
  for (struct rn_node *child = node->first_child;
       child != NULL && !node->root->ending; child = child->next_sibling)
    if ((child->flags & RN_NODE_GHOST) == 0 && !rn_node_is_suspended(child))
      rn_wait_for_fence(t, child);
  (void)rn_node_end(t, node);
}

void rn_end_watch(struct rn_tracker *t, const struct rn_node *node) {
  if ((node->flags & RN_NODE_SHARED) == 0) rn_watch_remove(t, node->wd);
}

/* ---- roots ---- */

/* Open what is at a root's path: as a directory first, so that a file system
 * that is mounted when it is needed is. */
static int open_top(struct rn_tracker *t, const struct rn_root *root,
                    bool only_dir) {
  const int link = (root->modifiers & IN_DONT_FOLLOW) != 0 ? O_NOFOLLOW : 0;
  const int how = O_PATH | link;
  const int fd =
      t->sys->dir_open(t->sys, AT_FDCWD, root->access_path, how | O_DIRECTORY);
  if (fd != -ENOTDIR || only_dir) return fd;
  return t->sys->dir_open(t->sys, AT_FDCWD, root->access_path, how);
}

/* Watch what is at a root's path, which may be another's a moment later: what
 * is watched and what it is come from one look.
 *
 * fd         out: of what is watched, to be closed.
 * Returns    as rn_watch_top(); what openat(2) gave. */
static int watch_path(struct rn_tracker *t, const struct rn_root *root,
                      uint32_t modifier, bool *is_dir, int *fd) {
  const bool only_dir =
      root->recover != NULL || (root->modifiers & IN_ONLYDIR) != 0;
  *fd = open_top(t, root, only_dir);
  if (*fd < 0) return *fd;
  const uint32_t mask = rn_kernel_mask(root) | modifier;
  const bool walked = root->recursive || root->recover != NULL;
  const int wd = rn_watch_top(t, *fd, walked ? mask & ~RN_NOISE : mask,
                              only_dir ? 0 : mask, is_dir);
  if (wd < 0) t->sys->close(t->sys, *fd);
  return wd;
}

void rn_begin_adding(struct rn_tracker *t, struct rn_root *root, bool partial) {
  root->settled = false;
  rn_recover_attend(t, root);
  t->adding = root;
  t->adding_partial = partial;
  t->adding_compare = false;
  t->walk_error = 0;
  t->adding_tries = 0;
  rn_wait_for_scan(t, root->top, RN_FRAME_ADD);
}

/* Make a root from what was asked for. */
static int make_root(struct rn_tracker *t, const struct rn_addition *addition,
                     struct rn_root **root) {
  struct rn_root *made;
  const int err =
      rn_tree_root_new(&t->tree, addition->path, addition->access_path, &made);
  if (err < 0) return err;
  made->recursive = addition->recursive;
  made->fixed = addition->fixed;
  made->target = addition->target;
  made->pair_wait_ns = addition->pair_wait_ns;
  made->settle_ns = addition->settle_ns;
  made->modifiers = addition->mask &
                    (IN_EXCL_UNLINK | IN_ONLYDIR | IN_DONT_FOLLOW | IN_ONESHOT);
  const uint32_t events = IN_ALL_EVENTS | IN_IGNORED | IN_UNMOUNT;
  if (addition->filter != NULL) {
    made->filter = *addition->filter;
    *addition->filter = (struct rn_filter){.mask = 0};
    rn_filter_count(&made->filter, &t->counts.undecided);
  }
  made->filter.mask = addition->mask & events;
  *root = made;
  return 0;
}

/* Watch the path of a root that is added. */
static int watch_root(struct rn_tracker *t, struct rn_root *root,
                      const struct rn_addition *addition) {
  int err = addition->recover ? rn_recover_new(t, root) : 0;
  if (err < 0) return err;
  bool is_dir;
  int fd;
  const int wd =
      watch_path(t, root, addition->mask & IN_MASK_CREATE, &is_dir, &fd);
  if (wd < 0) return wd;
  /* A watch that there was keeps its mask, until the walk asks it for less. */
  const bool fresh = rn_tree_find(&t->tree, wd) == NULL;
  struct rn_node *top;
  err = rn_tree_add(&t->tree, root, NULL, rn_bytes_of(""), wd, is_dir, &top);
  if (err < 0) {
    t->sys->close(t->sys, fd);
    rn_drop_stray_watch(t, wd);
    return err;
  }
  /* One shot is seen to here: the kernel's would end others' watches too. */
  if ((root->modifiers & IN_ONESHOT) != 0) top->flags |= RN_NODE_ONESHOT;
  rn_note_noise(t, root);
  rn_note_found(t, top);
  root->settled = true;
  const bool walked = (root->recursive || root->recover != NULL) && is_dir;
  if (walked && root->noisy && fresh) (void)rn_remember_quiet(t, top);
  if (!walked && root->noisy && is_dir) rn_keep_quiet(t, top, fd);
  t->sys->close(t->sys, fd);
  if (walked && !fresh) rn_mark_root(t, root, false);
  if (walked) rn_begin_adding(t, root, addition->partial);
  return 0;
}

void rn_mark_root(struct rn_tracker *t, struct rn_root *root, bool was_flat) {
  const int wd = rn_mark_put(t);
  if (wd < 0) return; /* no watch to be had: then all is for it */
  if (!was_flat) root->mark_wd = wd;
  const bool is_first = root->walk_mark_wd == 0;
  root->walk_mark_wd = wd;
  if (!is_first) return;
  t->mark_count++;
  t->suspended_count++;
}

void rn_unmark_root(struct rn_tracker *t, struct rn_root *root) {
  if (root->walk_mark_wd == 0) return;
  root->mark_wd = 0;
  root->walk_mark_wd = 0;
  t->mark_count--;
  t->suspended_count--;
}

void rn_roots_take_mark(struct rn_tracker *t, int wd) {
  for (struct rn_root *root = t->tree.roots; root != NULL && t->mark_count > 0;
       root = root->next) {
    if (root->mark_wd == wd) root->mark_wd = 0;
    if (root->walk_mark_wd == wd) rn_unmark_root(t, root);
  }
}

int rn_tracker_add(struct rn_tracker *t, const struct rn_addition *addition,
                   struct rn_root **root) {
  struct rn_root *made;
  rn_walk_close_ended(t); /* or the root would be told of that */
  int err = make_root(t, addition, &made);
  if (err < 0) return err;
  err = addition->persistent ? rn_follow_add(t, made, addition)
                             : watch_root(t, made, addition);
  if (err < 0) {
    rn_recover_free(t, made);
    rn_tree_root_free(&t->tree, made);
    return err;
  }
  if (t->adding == made) rn_withhold(t, made);
  *root = made;
  return 0;
}

void rn_tell_ignored(struct rn_tracker *t, struct rn_node *node) {
  const struct rn_raw_event raw = {
      .wd = node->wd, .mask = IN_IGNORED, .name = ""};
  const uint64_t passed = t->passed;
  rn_tell(t, node, &raw, (struct rn_bytes){NULL, 0});
  t->passed = passed;
  t->counts.synthetic++;
}

/* The deepest node of a child of the top, or of those behind it; the top when
 * there is none. */
static struct rn_node *deepest_from(const struct rn_root *root,
                                    struct rn_node *child) {
  if (child != NULL && child == root->attic) child = child->next_sibling;
  return child != NULL ? rn_deepest_first(child) : root->top;
}

/* The node behind `node`, or with NULL the first one, children before their
 * parents and without what has left; NULL at the end. */
static struct rn_node *next_to_end(const struct rn_root *root,
                                   struct rn_node *node) {
  if (root->top == NULL || node == root->top) return NULL;
  if (node == NULL) return deepest_from(root, root->top->first_child);
  if (node->parent == root->top) return deepest_from(root, node->next_sibling);
  return rn_deepest_next(root->top, node);
}

void rn_root_leave(struct rn_tracker *t, struct rn_root *root) {
  if (root->ending) return;
  rn_held_tell_root(t, root);
  root->ending = true;
  if (t->adding == root) t->adding = NULL;
  if (root->top == NULL) return;
  struct rn_node *node = NULL;
  /* Those that are shared, and those beyond the share, end with the fence. */
  while (t->ends_left > 0 && (node = next_to_end(root, node)) != NULL) {
    if ((node->flags & RN_NODE_GHOST) != 0) continue;
    t->ends_left--;
    node->flags |= RN_NODE_ENDING;
    rn_end_watch(t, node);
  }
  rn_wait_end(t, root->top); /* an older fence is none behind all of it */
  rn_wait_for_fence(t, root->top);
  const struct rn_passage *passage = root->top->passage;
  if (passage == NULL || passage->waits != RN_WAIT_FENCE) rn_root_quit(t, root);
}

void rn_tracker_remove(struct rn_tracker *t, struct rn_root *root) {
  if (root->follow != NULL) rn_follow_remove(root->follow);
  if (root->follow != NULL && root->top == NULL)
    end_root(t, root);
  else
    rn_root_leave(t, root);
}

void rn_tracker_abandon(struct rn_tracker *t, struct rn_root *root) {
  root->mute |= RN_MUTE_ABANDONED;
  rn_tracker_remove(t, root);
}

void rn_tracker_set_target(struct rn_tracker *t, struct rn_root *root,
                           struct rn_owned_target *target) {
  rn_held_tell_root(t, root); /* read before: the one before handles it */
  root->target = target;
  t->sink.moved(t->sink.context); /* places name the handler */
}

/* ---- changes ---- */

/* Ask for a root's mask in all of its directories: at the top now, below it in
 * pieces. */
static int set_masks(struct rn_tracker *t, struct rn_root *root) {
  if (root->noisy) rn_walk_keep_quiet(t, root);
  for (struct rn_node *node = root->top; node != NULL;
       node = rn_node_next(root->top, node)) {
    if ((node->flags & RN_NODE_GHOST) != 0) continue;
    if (node != root->top && rn_remember_mask(t, node)) continue;
    const int err = rn_set_mask(t, node);
    if (err == 0) continue;
    /* Of a root that follows a name its rename may still be to be read. */
    if (node == root->top && (root->follow == NULL || !rn_is_elsewhere(err)))
      return err;
    (void)rn_remember_mask(t, node);
  }
  return 0;
}

/* Leave the directories below a root's path.  A ghost goes with the last one
 * below it: so the top may, too, with the last of all. */
static void flatten(struct rn_tracker *t, struct rn_root *root) {
  const struct rn_node *const top = root->top;
  struct rn_node *node = top != NULL ? rn_node_next(top, top) : NULL;
  while (node != NULL) {
    if ((node->flags & RN_NODE_GHOST) != 0) {
      node = rn_node_next(top, node);
      continue;
    }
    struct rn_node *const left = node;
    node = rn_node_skip(top, node);
    rn_release(t, left);
  }
}

/* Have the directories watched that are there and are not. */
static void walk_again(struct rn_tracker *t, struct rn_root *root,
                       bool was_flat) {
  if (root->top == NULL || root->ending ||
      (root->top->flags & RN_NODE_DIR) == 0)
    return;
  if (was_flat) rn_mark_root(t, root, true);
  rn_begin_adding(t, root, true);
  /* The walk takes the place of a comparison that may have been due. */
  t->adding_compare = t->counts.kernel_overflows > 0;
}

static bool is_possible(const struct rn_root *root,
                        const struct rn_root_change *change) {
  if (root->recover != NULL && root->recursive != change->recursive)
    return false; /* what the index has and what is walked go together */
  return !change->fixed || (root->recover == NULL && root->follow == NULL);
}

int rn_tracker_update(struct rn_tracker *t, struct rn_root *root,
                      const struct rn_root_change *change) {
  if (!is_possible(root, change)) return -EOPNOTSUPP;
  rn_walk_close_ended(t);
  rn_held_tell_root(t, root); /* as it was asked for when it was read */
  const uint32_t bits = IN_ALL_EVENTS | IN_IGNORED | IN_UNMOUNT;
  const uint32_t mask_before = root->filter.mask;
  const uint32_t kernel_before = rn_kernel_mask(root);
  const bool recursive_before = root->recursive;
  if (change->mask != 0)
    root->filter.mask = (change->mask & bits) |
                        ((change->mask & IN_MASK_ADD) != 0 ? mask_before : 0);
  root->recursive = change->recursive;
  rn_note_noise(t, root);
  /* What comes next to the path of a root without a top has this mask. */
  const bool same = root->ending || rn_kernel_mask(root) == kernel_before;
  const int err = same ? 0 : set_masks(t, root);
  if (err < 0) {
    root->filter.mask = mask_before;
    root->recursive = recursive_before;
    rn_note_noise(t, root);
    return err;
  }
  if ((kernel_before & ~rn_kernel_mask(root)) != 0)
    rn_leaving_keep_masks(t, root);
  const bool walks = change->recursive && (!recursive_before || root->fixed) &&
                     !(recursive_before && change->fixed);
  root->fixed = change->fixed;
  if (recursive_before && !change->recursive) flatten(t, root);
  if (walks) walk_again(t, root, !recursive_before);
  return 0;
}
