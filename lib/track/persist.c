/* Roots that follow a name.
 *
 * Such a root has a top while something is at its path, and none in between:
 *
 *     there     a top, watched as that of any root
 *     leaving   the name is gone or another's: the watches below were removed,
 *               what was queued before is still told, up to their IN_IGNORED
 *     absent    no top: the path is watched as far as it exists
 *
 * Whenever a record says that a name on the way has changed, the root is due:
 * at the end of the turn its path is looked along once, however many records
 * there were.  What is found is held against the top by its wd.  The next one
 * is taken in only when the last has ended, so that for a handler the lives of
 * a path never overlap: IN_CREATE of the path, what happens there, IN_IGNORED.
 *
 * A record that is older than the look costs one look too many, no more. */

#include "lib/track/persist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* How soon it is tried again when nothing will tell that it may work. */
#define RETRY_NS (INT64_C(100) * 1000 * 1000)

static const struct rn_bytes no_bytes = {.data = "", .size = 0};

void rn_follow_set_due(struct rn_tracker *t, struct rn_follow *follow) {
  if (follow->removed) return;
  if (!follow->owes || rn_epoch_is_older(t->cause, follow->epoch))
    follow->epoch = t->cause;
  follow->owes = true;
  if (follow->due) return;
  follow->due = true;
  follow->next_due = t->due;
  t->due = follow;
}

bool rn_root_is_astray(const struct rn_root *root) {
  return root->follow != NULL ? root->follow->owes : root->strayed;
}

bool rn_follow_owes(const struct rn_tracker *t) {
  for (const struct rn_root *root = t->tree.roots; root != NULL;
       root = root->next)
    if (root->follow != NULL && root->follow->owes &&
        rn_epoch_is_older(root->follow->epoch, t->epoch))
      return true;
  return false;
}

void rn_follow_all_due(struct rn_tracker *t) {
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    if (root->follow != NULL) rn_follow_set_due(t, root->follow);
}

/* ---- errors ---- */

static bool is_absence(int error) {
  return error == -ENOENT || error == -ENOTDIR;
}

/* Whether the path leads nowhere, as long as no name on it changes. */
static bool is_dead_end(int error) {
  return is_absence(error) || error == -ELOOP || error == -ENAMETOOLONG;
}

/* Whether it can end without anything that a watch would tell: a limit, a
 * failure of the disk. */
static bool is_passing(int error) {
  return error < 0 && error != -EACCES && !is_dead_end(error);
}

static void set_retrying(struct rn_tracker *t, struct rn_follow *follow,
                         bool retrying) {
  if (retrying != follow->retrying) t->retry_count += retrying ? 1 : UINT32_MAX;
  follow->retrying = retrying;
  if (retrying) t->retry_ns = t->sys->monotonic_ns(t->sys) + RETRY_NS;
}

/* Tell what keeps a root from being followed, and where; once.  Of one that is
 * being added nothing is told that is not of its directories, as it may fail:
 * it is looked along again when it has been. */
static void tell_error(struct rn_tracker *t, struct rn_follow *follow,
                       int error, struct rn_bytes where) {
  if (t->adding == follow->root) return;
  const char *before = follow->error_path;
  const bool same = error == follow->error && before != NULL &&
                    rn_bytes_equal(rn_bytes_of(before), where);
  if (same) return;
  free(follow->error_path);
  follow->error = error;
  follow->error_path = error != 0 ? strndup(where.data, where.size) : NULL;
  if (error == 0) return;
  const struct rn_change change = {
      .kind = RN_EVENT_ERROR,
      .node = &follow->stand_in,
      .name = no_bytes,
      .src_path = where,
      .synthetic = true,
      .error = error,
  };
  t->counts.synthetic++;
  t->sink.change(t->sink.context, &change);
}

/* What a look could not do: `found` at its end, or on the way. */
static void note_errors(struct rn_tracker *t, struct rn_follow *follow,
                        const struct rn_look *look, int found) {
  const bool at_end = found < 0 && !is_absence(found);
  const int error = at_end ? found : look->error;
  const struct rn_bytes where = {at_end ? look->path : look->error_path,
                                 at_end ? look->path_size : look->error_size};
  tell_error(t, follow, error, where);
  set_retrying(t, follow, is_passing(error) || is_passing(look->error));
  if (error != -EACCES && look->error != -EACCES) return;
  for (struct rn_step *step = follow->steps; step != NULL; step = step->next)
    if (rn_way_ask_attributes(t, step->way)) rn_follow_set_due(t, follow);
}

/* ---- coming ---- */

/* List a directory that has come, and report what it holds. */
static void report_content(struct rn_tracker *t, struct rn_root *root, int fd) {
  rn_quieten_above(t, root->top, fd);
  const int opened =
      t->sys->dir_open(t->sys, fd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (opened < 0)
    rn_tell_error(t, root->top, no_bytes, opened);
  else
    rn_walk_begin(t, root->top, RN_FRAME_REPORT, opened);
}

/* Take what is at the path for the root's top.
 *
 * modifiers  IN_MASK_CREATE or 0. */
static int take_in(struct rn_tracker *t, struct rn_root *root, int fd,
                   uint32_t modifiers) {
  bool is_dir;
  const bool only_dir = (root->modifiers & IN_ONLYDIR) != 0;
  const uint32_t mask = rn_kernel_mask(root);
  const int wd = rn_watch_top(t, fd, (mask & ~RN_NOISE) | modifiers,
                              only_dir ? 0 : mask | modifiers, &is_dir);
  if (wd < 0) return wd;
  /* A watch that there was keeps its mask. */
  const bool fresh = rn_tree_find(&t->tree, wd) == NULL;
  struct rn_node *top;
  const int err = rn_tree_add(&t->tree, root, NULL, no_bytes, wd, is_dir, &top);
  if (err < 0) {
    rn_drop_stray_watch(t, wd);
    return err;
  }
  root->settled = true;
  root->unsure = false;
  rn_note_noise(t, root);
  rn_note_found(t, top);
  if (is_dir && fresh && (mask & RN_NOISE) != 0)
    (void)rn_remember_quiet(t, top);
  else if (is_dir)
    rn_quieten(t, top, fd);
  return 0;
}

static int come(struct rn_tracker *t, struct rn_root *root, int fd) {
  const int err = take_in(t, root, fd, 0);
  if (err < 0) return err;
  const bool is_dir = (root->top->flags & RN_NODE_DIR) != 0;
  const bool shared = (root->top->flags & RN_NODE_SHARED) != 0;
  rn_tell_synthetic(t, root->top, IN_CREATE, no_bytes, is_dir);
  if (is_dir && shared) rn_mark_root(t, root, false);
  if (is_dir) report_content(t, root, fd);
  return 0;
}

/* ---- looking after ---- */

/* Whether what is open is the root's top.
 *
 * Returns    1 it is; 0 it is another; why that is not known. */
static int is_top(struct rn_tracker *t, struct rn_node *top, int fd) {
  const uint32_t mask = rn_joint_mask(t, top) & ~RN_NOISE;
  const int wd = rn_watch_fd(t, fd, mask | IN_MASK_ADD);
  if (wd == -ENOSPC) return 0; /* the top would not need another watch */
  if (wd < 0) return wd;
  if (wd == top->wd) {
    rn_note_found(t, top);
    return 1;
  }
  rn_drop_stray_watch(t, wd);
  return 0;
}

/* Look along the path, with its steps put in the place of those before. */
static int look_again(struct rn_tracker *t, struct rn_follow *follow) {
  struct rn_step *before = follow->steps;
  const int found = rn_look_along(t, follow, t->look);
  follow->steps = t->look->steps;
  rn_steps_free(t, before);
  return found;
}

/* See to it that the root has what is at its path, which a look found: the
 * watch of a top that cannot be looked at goes on.  Returns 0, or what keeps it
 * from that. */
static int hold(struct rn_tracker *t, struct rn_root *root, int found) {
  if (root->top == NULL) return found < 0 ? found : come(t, root, t->look->fd);
  if (root->ending) return found;
  const int same = found < 0 ? found : is_top(t, root->top, t->look->fd);
  if (same == 0 || is_dead_end(same)) rn_root_leave(t, root);
  return same < 0 ? same : 0;
}

static void look_after(struct rn_tracker *t, struct rn_follow *follow) {
  const int found = look_again(t, follow);
  const int err = hold(t, follow->root, found);
  rn_look_end(t, t->look);
  note_errors(t, follow, t->look, err);
}

/* Those that something passing stands in the way of try again now and then. */
static void retry(struct rn_tracker *t) {
  if (t->retry_ns > t->sys->monotonic_ns(t->sys)) return;
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    if (root->follow != NULL && root->follow->retrying)
      rn_follow_set_due(t, root->follow);
}

/* Look after a root for the sake of what made it due; what it leads to has that
 * cause.  While the last life is still to end, it owes the next one. */
static void look_for_cause(struct rn_tracker *t, struct rn_follow *follow) {
  const uint32_t cause = t->cause;
  const struct rn_root *root = follow->root;
  t->cause = follow->epoch;
  look_after(t, follow);
  t->cause = cause;
  follow->owes = follow->due || (root->ending && root->node_count > 0);
}

void rn_follow_due(struct rn_tracker *t) {
  if (t->retry_count > 0) retry(t);
  if (t->due == NULL) return;
  t->sink.slow(t->sink.context);
  rn_walk_close_ended(t);
  /* Who has just asked to be told more has to look once more. */
  for (int i = 0; i < 2 && t->due != NULL; i++) {
    struct rn_follow *due = t->due;
    t->due = NULL;
    while (due != NULL) {
      struct rn_follow *follow = due;
      due = follow->next_due;
      follow->due = false;
      look_for_cause(t, follow);
    }
  }
}

/* ---- the root's life ---- */

/* Make what a persistent root has besides. */
static int attach(struct rn_tracker *t, struct rn_root *root) {
  if (t->look == NULL) t->look = calloc(1, sizeof(*t->look));
  struct rn_follow *follow = calloc(1, sizeof(*follow));
  if (t->look == NULL || follow == NULL) {
    free(follow);
    return -ENOMEM;
  }
  rn_tree_stand_in(&t->tree, root, &follow->stand_in);
  follow->root = root;
  root->follow = follow;
  return 0;
}

int rn_follow_add(struct rn_tracker *t, struct rn_root *root,
                  const struct rn_addition *addition) {
  int err = attach(t, root);
  if (err < 0) return err;
  struct rn_follow *follow = root->follow;
  root->settled = true;
  const int found = look_again(t, follow);
  if (is_passing(t->look->error))
    err = t->look->error;
  else if (found == 0)
    err = take_in(t, root, t->look->fd, addition->mask & IN_MASK_CREATE);
  else if (!is_absence(found))
    err = found;
  rn_look_end(t, t->look);
  if (err < 0) {
    rn_follow_free(t, root);
    return err;
  }
  const struct rn_node *top = root->top;
  if (top != NULL && root->recursive && (top->flags & RN_NODE_DIR) != 0) {
    if ((top->flags & RN_NODE_SHARED) != 0) rn_mark_root(t, root, false);
    rn_begin_adding(t, root, addition->partial);
  }
  note_errors(t, follow, t->look, 0);
  return 0;
}

void rn_follow_remove(struct rn_follow *follow) {
  follow->removed = true;
  follow->owes_end = follow->root->top == NULL;
}

bool rn_follow_vacate(struct rn_tracker *t, struct rn_root *root) {
  struct rn_follow *follow = root->follow;
  if (!follow->removed) {
    root->ending = false;
    rn_follow_set_due(t, follow);
    return true;
  }
  if (follow->owes_end)
    rn_tell_synthetic(t, &follow->stand_in, IN_IGNORED, no_bytes, false);
  return false;
}

void rn_follow_free(struct rn_tracker *t, struct rn_root *root) {
  struct rn_follow *follow = root->follow;
  if (follow == NULL) return;
  struct rn_follow **at = &t->due;
  while (*at != NULL && *at != follow) at = &(*at)->next_due;
  if (*at != NULL) *at = follow->next_due;
  set_retrying(t, follow, false);
  rn_steps_free(t, follow->steps);
  free(follow->error_path);
  free(follow);
  root->follow = NULL;
}

void rn_follows_free(struct rn_tracker *t) {
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    rn_follow_free(t, root);
  for (struct rn_root *root = t->tree.roots; root != NULL; root = root->next)
    free(root->way);
  free(t->look);
}

/* ---- handles ---- */

struct rn_watch rn_tracker_handle(const struct rn_root *root) {
  if (root->follow != NULL)
    return (struct rn_watch){.wd = 0,
                             .generation = root->follow->stand_in.generation};
  return (struct rn_watch){.wd = root->top->wd,
                           .generation = root->top->generation};
}

struct rn_root *rn_follow_by_handle(struct rn_tracker *t, uint32_t generation) {
  struct rn_root *root = t->tree.roots;
  while (root != NULL && (root->follow == NULL || root->follow->removed ||
                          root->follow->stand_in.generation != generation))
    root = root->next;
  return root;
}

bool rn_tracker_goes_on(const struct rn_root *root) {
  return root->follow != NULL && !root->follow->removed;
}
