/* The tracker as its user sees it: making, feeding, ending a turn. */

#include "lib/track/track.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "lib/track/persist.h"
#include "lib/track/recover.h"
#include "lib/track/tracker.h"

/* Without randomness, early after the start of the machine, times and places
 * make it harder to foresee, and no more. */
static struct rn_hash_key draw_key(const struct rn_tracker *t) {
  struct rn_hash_key key;
  if (t->sys->random(t->sys, &key, sizeof(key)) < 0)
    key = (struct rn_hash_key){
        {(uint64_t)t->sys->monotonic_ns(t->sys), (uint64_t)(uintptr_t)t}};
  return key;
}

/* Whether what is open can be watched: returns 0; -ENOENT; what opening the
 * fence's file once more gave. */
static int try_proc(const struct rn_sys *sys, int fd) {
  char path[RN_FD_PATH_SIZE];
  rn_fd_path(fd, path);
  const int opened = sys->dir_open(sys, AT_FDCWD, path, O_PATH);
  if (opened < 0) return opened;
  sys->close(sys, opened);
  return 0;
}

int rn_tracker_new(const struct rn_sys *sys, const struct rn_sink *sink,
                   struct rn_tracker **tracker) {
  struct rn_tracker *t = calloc(1, sizeof(*t));
  if (t == NULL) return -ENOMEM;
  t->sys = sys;
  t->sink = *sink;
  rn_tracker_set_pace(t, RN_WALK_PIECES, RN_WALK_SLICE, RN_WALK_SHARE);
  t->queue = UINT64_MAX;
  const struct rn_hash_key key = draw_key(t);
  rn_tree_init(&t->tree, &key);
  rn_names_init(&t->unwatched, &t->tree.key);
  int err = t->fd = sys->inotify_open(sys, IN_CLOEXEC | IN_NONBLOCK);
  if (err < 0) goto free_tracker;
  err = t->fence_fd = sys->fence_open(sys);
  if (err < 0) goto close_inotify;
  err = try_proc(sys, t->fence_fd);
  if (err < 0) goto close_fence;
  *tracker = t;
  return 0;
close_fence:
  sys->close(sys, t->fence_fd);
close_inotify:
  sys->close(sys, t->fd);
free_tracker:
  free(t);
  return err;
}

void rn_tracker_set_pace(struct rn_tracker *t, int pieces, int slice,
                         uint32_t share) {
  RN_ASSERT(pieces > 0 && slice > 0 && share > 0);
  t->walk_pieces = pieces;
  t->walk_slice = slice;
  t->share = t->ends_left = share;
}

void rn_tracker_set_queue(struct rn_tracker *t, uint64_t records) {
  t->queue = records;
  const uint64_t share = records / 8;
  if (share >= RN_WALK_SHARE) return;
  t->share = t->ends_left = share > 0 ? (uint32_t)share : 1;
}

static void end_walk(struct rn_walk *walk) {
  while (walk->depth > 0) rn_listing_end(&walk->frames[--walk->depth]->listing);
  for (int i = 0; i < RN_WALK_DEPTH; i++) free(walk->frames[i]);
  while (rn_waiting_take(&walk->jobs) != NULL) continue;
}

void rn_tracker_free(struct rn_tracker *t) {
  if (t == NULL) return;
  rn_forget_parent(t);
  end_walk(&t->walks[RN_WALK_NEW]);
  end_walk(&t->walks[RN_WALK_ADDED]);
  rn_follows_free(t);
  rn_fences_free(t);
  rn_marks_free(t);
  rn_moves_free(t);
  rn_kept_free(&t->withheld.kept);
  free(t->quiet);
  rn_names_fini(&t->unwatched);
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    rn_recover_free(t, root);
  rn_tree_fini(&t->tree);
  t->sys->close(t->sys, t->fence_fd);
  t->sys->close(t->sys, t->fd);
  free(t);
}

/* 0 is what new memory holds before a number is noted in it. */
static void close_noted(struct rn_tracker *t, int fd) {
  if (fd > 0) t->sys->close(t->sys, fd);
}

void rn_tracker_close(struct rn_tracker *t) {
  for (int kind = RN_WALK_NEW; kind <= RN_WALK_ADDED; kind++) {
    const struct rn_walk *walk = &t->walks[kind];
    for (int i = 0; i < walk->depth; i++)
      if (walk->frames[i] != NULL) close_noted(t, walk->frames[i]->listing.fd);
  }
  if (t->parent != NULL) close_noted(t, t->parent_fd);
  if (t->look != NULL) close_noted(t, t->look->fd);
  t->sys->close(t->sys, t->fence_fd);
  t->sys->close(t->sys, t->fd);
}

int rn_tracker_fd(const struct rn_tracker *t) { return t->fd; }

void rn_tracker_end_turn(struct rn_tracker *t) {
  rn_forget_parent(t);
  rn_follow_due(t);
  if (t->quiet_count > 0 && !rn_tracker_is_walking(t, RN_WALK_NEW) &&
      !rn_tracker_is_walking(t, RN_WALK_ADDED))
    rn_widen_some(t);
  rn_recover_turn(t);
  rn_held_end_turn(t);
  rn_fence_put(t);
}

int rn_tracker_walk_error(const struct rn_tracker *t) { return t->walk_error; }

struct rn_root *rn_tracker_root(struct rn_tracker *t, struct rn_watch watch) {
  if (watch.wd == 0) return rn_follow_by_handle(t, watch.generation);
  const struct rn_node *node = rn_tree_by_handle(&t->tree, watch);
  if (node == NULL || node->root->top != node) return NULL;
  return node->root->ending || node->root->way != NULL ? NULL : node->root;
}

struct rn_node *rn_tracker_node(struct rn_tracker *t, struct rn_watch watch,
                                bool *moving) {
  struct rn_node *node = rn_tree_find(&t->tree, watch.wd);
  while (node != NULL && node->generation != watch.generation)
    node = rn_node_same_wd(node);
  if (node == NULL) return NULL;
  const struct rn_node *top =
      t->suspended_count > 0 ? rn_suspended_above(node) : NULL;
  if (top != NULL && (top->flags & RN_NODE_MOVED) == 0) return NULL;
  *moving = top != NULL;
  return node;
}

static struct rn_node *node_of(struct rn_tracker *t, struct rn_watch watch) {
  if (watch.wd == 0) {
    const struct rn_root *root = rn_follow_by_handle(t, watch.generation);
    return root != NULL ? root->top : NULL;
  }
  struct rn_node *node = rn_tree_find(&t->tree, watch.wd);
  while (node != NULL && node->generation != watch.generation)
    node = rn_node_same_wd(node);
  return node;
}

int rn_tracker_append(struct rn_tracker *t, struct rn_watch watch,
                      uint32_t mask, struct rn_bytes name) {
  const unsigned over = RN_NODE_WAY | RN_NODE_ENDING | RN_NODE_GHOST;
  struct rn_node *node = node_of(t, watch);
  if (node == NULL || node->root->ending || (node->flags & over) != 0)
    return -ENOENT;
  const struct rn_node *top = rn_suspended_above(node);
  if (top != NULL) return (top->flags & RN_NODE_MOVED) == 0 ? -ENOENT : -EAGAIN;
  const bool in_dir = (node->flags & RN_NODE_DIR) != 0;
  if (!in_dir && name.size > 0) return -ENOTDIR;
  rn_held_make_way(t, node, mask, name);
  const struct rn_change change = {
      .kind = RN_EVENT_CHANGE,
      .mask = mask,
      .node = node,
      .name = name,
      .is_dir = (mask & IN_ISDIR) != 0 || (name.size == 0 && in_dir),
      .synthetic = true,
      .appended = true,
      .monotonic_ns = t->sys->monotonic_ns(t->sys),
  };
  t->counts.synthetic++;
  t->sink.change(t->sink.context, &change);
  return 0;
}

struct rn_root *rn_tracker_roots(struct rn_tracker *t) {
  return t->tree.roots;
}

uint32_t rn_tracker_watch_count(const struct rn_tracker *t) {
  return t->tree.wd_count;
}

void rn_tracker_break_off(struct rn_tracker *t) {
  rn_held_tell_all(t);
  t->counts.synthetic++;
  t->sink.overflow(t->sink.context);
}

void rn_tracker_finish(struct rn_tracker *t) {
  rn_held_tell_all(t);
  t->counts.filtered += rn_kept_drop(&t->kept);
  t->counts.filtered += rn_kept_drop(&t->withheld.kept);
}

struct rn_track_counts rn_tracker_counts(const struct rn_tracker *t) {
  return t->counts;
}
