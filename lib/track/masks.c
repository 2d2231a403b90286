/* Masks: what the kernel is asked for.
 *
 * A directory that a listing of ours touches is asked for less (no OPEN,
 * ACCESS, CLOSE_NOWRITE) until the walk is over, so that the library does not
 * report, or drown in, its own doings.  To ask takes several system calls a
 * directory, so what is to be asked for is remembered, and done in pieces. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/track/tracker.h"

/* How soon a mask is asked for again that could not be had. */
#define AGAIN_NS (INT64_C(100) * 1000 * 1000)

/* ---- what is asked for ---- */

/* What begins an entry's waiting to be told as settled, and what ends it. */
#define SETTLING                                                   \
  ((uint32_t)(IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | \
              IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF))

uint32_t rn_kernel_mask(const struct rn_root *root) {
  uint32_t mask = root->filter.mask & IN_ALL_EVENTS;
  if (root->recursive || root->recover != NULL)
    mask |= IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF |
            IN_DELETE_SELF;
  else if ((mask & IN_MOVE) != 0)
    mask |= IN_MOVE;
  /* A name that was left may come again while that is not told yet. */
  if (root->pair_wait_ns > 0) mask |= IN_CREATE;
  if (root->follow != NULL) mask |= IN_MOVE_SELF;
  if (root->settle_ns > 0) mask |= SETTLING;
  return mask | (root->modifiers & IN_EXCL_UNLINK);
}

/* The masks of all nodes of a wd together, but those of one root, or NULL. */
static uint32_t mask_without(const struct rn_node *node,
                             const struct rn_root *root) {
  uint32_t mask = 0;
  for (; node != NULL; node = rn_node_same_wd(node))
    if (node->root != root) mask |= rn_kernel_mask(node->root);
  return mask;
}

static uint32_t joint_mask(const struct rn_node *node, bool quiet) {
  const uint32_t mask = mask_without(node, NULL);
  return quiet ? mask & ~RN_NOISE : mask;
}

/* Whether a node of the wd has this flag: with RN_NODE_QUIET it was asked for
 * less than its mask. */
static bool wd_has(const struct rn_node *node, uint16_t flag) {
  for (; node != NULL; node = rn_node_same_wd(node))
    if ((node->flags & flag) != 0) return true;
  return false;
}

#define ASKED_LATER (RN_NODE_QUIET | RN_NODE_UNASKED)

static bool goes_on(const struct rn_node *node) {
  return !node->root->ending && (node->flags & RN_NODE_ENDING) == 0 &&
         !rn_node_has_left(node);
}

struct rn_node *rn_going_on(struct rn_node *first) {
  struct rn_node *node = first;
  while (node != NULL && !goes_on(node)) node = rn_node_same_wd(node);
  return node != NULL ? node : first;
}

uint32_t rn_joint_mask(struct rn_tracker *t, const struct rn_node *node) {
  const struct rn_node *first = rn_tree_find(&t->tree, node->wd);
  return joint_mask(first, wd_has(first, RN_NODE_QUIET));
}

void rn_note_noise(struct rn_tracker *t, struct rn_root *root) {
  /* One that ends is, until its watches have. */
  const bool noisy =
      root->top != NULL && (rn_kernel_mask(root) & RN_NOISE) != 0;
  if (noisy != root->noisy) t->noisy_roots += noisy ? 1 : UINT32_MAX;
  root->noisy = noisy;
}

/* Forget what has ended: while directories are always being listed no round
 * begins, and others may let them come and go as fast as they can. */
static void forget_ended(struct rn_tracker *t) {
  size_t kept = 0;
  for (size_t i = 0; i < t->quiet_count; i++)
    if (wd_has(rn_tree_find(&t->tree, t->quiet[i]), ASKED_LATER))
      t->quiet[kept++] = t->quiet[i];
  t->quiet_count = kept;
}

static bool make_room(struct rn_tracker *t) {
  if (t->quiet_count < t->quiet_room) return true;
  if (t->widen_end == 0) forget_ended(t);
  if (t->quiet_count < t->quiet_room / 2) return true;
  const size_t room = t->quiet_room == 0 ? 64 : t->quiet_room * 2;
  int *quiet = realloc(t->quiet, room * sizeof(*quiet));
  if (quiet == NULL) return t->quiet_count < t->quiet_room;
  t->quiet = quiet;
  t->quiet_room = room;
  return true;
}

/* Remember to ask for the mask of a node's wd. */
static bool remember(struct rn_tracker *t, struct rn_node *node,
                     uint16_t flag) {
  if (!make_room(t)) return false;
  t->quiet[t->quiet_count++] = node->wd;
  node->flags |= flag;
  return true;
}

bool rn_remember_quiet(struct rn_tracker *t, struct rn_node *node) {
  t->widens = true;
  return remember(t, node, RN_NODE_QUIET);
}

bool rn_remember_mask(struct rn_tracker *t, struct rn_node *node) {
  if ((node->flags & ASKED_LATER) != 0) return true;
  t->widens = t->unasked = true;
  return remember(t, node, RN_NODE_UNASKED);
}

/* Whether a listing is told by the watch of a node now, or may be. */
static bool is_loud(struct rn_tracker *t, const struct rn_node *node) {
  const struct rn_node *first = rn_tree_find(&t->tree, node->wd);
  if (wd_has(first, RN_NODE_QUIET)) return false;
  return (mask_without(first, NULL) & RN_NOISE) != 0 ||
         wd_has(first, RN_NODE_UNASKED);
}

/* A directory could not be asked for less.  It may be asked for less than its
 * mask all the same, as what a new root adds leaves out what a listing sets
 * off; and the next listing tries again. */
static void stay_loud(struct rn_tracker *t, struct rn_node *first) {
  for (struct rn_node *node = first; node != NULL; node = rn_node_same_wd(node))
    if ((node->flags & RN_NODE_QUIET) != 0)
      node->flags =
          (uint16_t)((node->flags & ~RN_NODE_QUIET) | RN_NODE_UNASKED);
  t->widens = t->unasked = true;
}

void rn_quieten(struct rn_tracker *t, struct rn_node *parent, int fd) {
  if (!rn_listings_are_told(t) || !is_loud(t, parent)) return;
  struct rn_node *first = rn_tree_find(&t->tree, parent->wd);
  if (!rn_remember_quiet(t, parent)) return;
  if (rn_watch_fd(t, fd, joint_mask(first, true)) < 0) stay_loud(t, first);
}

/* The directory that a node is in, as far as its own place tells. */
static struct rn_node *place_above(struct rn_tracker *t,
                                   const struct rn_node *node) {
  if ((node->flags & RN_NODE_WAY) != 0 || rn_node_has_left(node)) return NULL;
  return node->parent != NULL ? node->parent : rn_find_above(t, node);
}

struct rn_node *rn_next_above(struct rn_tracker *t, struct rn_node **at) {
  struct rn_node *above = NULL;
  for (; *at != NULL && above == NULL; *at = rn_node_same_wd(*at))
    above = place_above(t, *at);
  return above;
}

/* By its path; or, as the path may be an old one, from what is in it. */
static void quieten_place(struct rn_tracker *t, struct rn_node *above,
                          int inner_fd) {
  if (above == NULL || !is_loud(t, above)) return;
  int fd = rn_open_node(t, above, O_PATH);
  if (rn_is_elsewhere(fd)) fd = rn_open_above(t, above, inner_fd);
  if (fd < 0) return;
  rn_quieten(t, above, fd);
  t->sys->close(t->sys, fd);
}

void rn_quieten_above(struct rn_tracker *t, const struct rn_node *node,
                      int fd) {
  if (!rn_listings_are_told(t)) return;
  quieten_place(t, place_above(t, node), fd);
  if (node->parent != NULL) return; /* the path of a top may be a link */
  struct rn_node *other = rn_tree_find(&t->tree, node->wd);
  for (; other != NULL; other = rn_node_same_wd(other))
    if (other != node) quieten_place(t, place_above(t, other), fd);
}

void rn_stay_quiet(struct rn_tracker *t, struct rn_node *node,
                   const struct rn_root *root) {
  const struct rn_node *first = rn_tree_find(&t->tree, node->wd);
  if ((node->flags & RN_NODE_GHOST) == 0 && !wd_has(first, RN_NODE_QUIET) &&
      (mask_without(first, root) & RN_NOISE) == 0)
    (void)rn_remember_quiet(t, node);
}

void rn_keep_quiet(struct rn_tracker *t, struct rn_node *top, int fd) {
  rn_walk_keep_quiet(t, top->root);
  struct rn_node *first = rn_tree_find(&t->tree, top->wd);
  if (!wd_has(first, RN_NODE_QUIET)) return;
  if (rn_watch_fd(t, fd, joint_mask(first, true)) < 0) stay_loud(t, first);
}

bool rn_is_elsewhere(int error) {
  return error == -ESTALE || error == -ENOENT || error == -ENOTDIR ||
         error == -ELOOP;
}

/* Whether the same may succeed later, of which nothing tells. */
static bool is_passing(int error) {
  return error == -ENOSPC || error == -ENOMEM || error == -EMFILE ||
         error == -ENFILE || error == -EINTR || error == -EAGAIN;
}

/* Tell all who watch it that a directory is watched for too little. */
static void tell_narrowed(struct rn_tracker *t, struct rn_node *node,
                          int error) {
  for (; node != NULL; node = rn_node_same_wd(node))
    if (goes_on(node) && (node->flags & RN_NODE_WAY) == 0)
      rn_tell_refusal(t, node, rn_bytes_of(""), error);
}

/* Give every node of a wd its full mask.  What is not found where its node is
 * has to be renamed in the records, too, or found, before there is a sense in
 * trying again: each try watches for a moment what is there instead, which
 * leaves a record. */
static void widen(struct rn_tracker *t, int wd, bool renamed) {
  uint16_t flags = 0;
  for (struct rn_node *node = rn_tree_find(&t->tree, wd); node != NULL;
       node = rn_node_same_wd(node)) {
    flags |= node->flags;
    node->flags &= (uint16_t) ~(ASKED_LATER | RN_NODE_STRAYED);
  }
  if ((flags & ASKED_LATER) == 0) return;
  struct rn_node *first = rn_going_on(rn_tree_find(&t->tree, wd));
  int result = -ESTALE; /* who comes to what only ends has to know of it */
  if (goes_on(first) && ((flags & RN_NODE_STRAYED) == 0 || renamed))
    result = rn_set_mask(t, first);
  if (result == 0) return;
  const bool refused = !rn_is_elsewhere(result) && !is_passing(result);
  if (refused) {
    if ((flags & RN_NODE_STRAYED) == 0)
      tell_narrowed(t, rn_tree_find(&t->tree, wd), result);
    flags &= (uint16_t)~RN_NODE_QUIET; /* the next listing asks again */
    if ((flags & RN_NODE_UNASKED) == 0) return;
  }
  (void)remember(t, first, flags & ASKED_LATER);
  if (!is_passing(result)) first->flags |= RN_NODE_STRAYED;
  if (is_passing(result))
    t->widen_again_ns = t->sys->monotonic_ns(t->sys) + AGAIN_NS;
}

/* A directory is where its nodes are, or one of them. */
void rn_note_found(struct rn_tracker *t, struct rn_node *node) {
  if (t->quiet_count == 0) return;
  for (node = rn_tree_find(&t->tree, node->wd); node != NULL;
       node = rn_node_same_wd(node)) {
    if ((node->flags & RN_NODE_STRAYED) == 0) continue;
    node->flags &= (uint16_t)~RN_NODE_STRAYED;
    t->widens = true;
  }
}

int rn_set_mask(struct rn_tracker *t, struct rn_node *node) {
  const int fd = rn_open_node(t, node, O_PATH);
  if (fd < 0) return fd;
  const int wd = rn_watch_fd(t, fd, rn_joint_mask(t, node));
  t->sys->close(t->sys, fd);
  return wd < 0 ? wd : 0;
}

bool rn_listings_are_told(const struct rn_tracker *t) {
  return t->noisy_roots > 0 || t->unasked;
}

/* Whether a listing would be told to anyone who watches this wd. */
static bool wd_is_noisy(struct rn_tracker *t, int wd) {
  for (const struct rn_node *node = rn_tree_find(&t->tree, wd); node != NULL;
       node = rn_node_same_wd(node))
    if (node->root->noisy || (node->flags & RN_NODE_UNASKED) != 0) return true;
  return false;
}

bool rn_listing_is_told(struct rn_tracker *t, const struct rn_node *node) {
  if (!rn_listings_are_told(t)) return false;
  if (wd_is_noisy(t, node->wd)) return true;
  struct rn_node *at = rn_tree_find(&t->tree, node->wd);
  for (const struct rn_node *above; (above = rn_next_above(t, &at)) != NULL;)
    if (wd_is_noisy(t, above->wd)) return true;
  return false;
}

/* Whether there is a sense in trying. */
static bool is_worth_it(const struct rn_tracker *t) {
  return t->widens || t->widen_renames != t->renames || rn_widen_due_ms(t) == 0;
}

int rn_widen_due_ms(const struct rn_tracker *t) {
  if (t->quiet_count == 0 || t->widen_again_ns == 0) return -1;
  const int64_t left = t->widen_again_ns - t->sys->monotonic_ns(t->sys);
  return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

bool rn_tracker_is_widening(const struct rn_tracker *t) {
  return t->quiet_count > 0 && (t->widen_end > 0 || is_worth_it(t));
}

/* Those that are remembered now are tried once. */
static void begin_round(struct rn_tracker *t) {
  t->widen_at = 0;
  t->widen_end = t->quiet_count;
  t->widen_renamed = t->widen_renames != t->renames;
  t->widen_renames = t->renames;
  t->widen_again_ns = 0;
  t->widens = false;
}

/* What was remembered meanwhile stands behind. */
static void end_round(struct rn_tracker *t) {
  t->quiet_count -= t->widen_end;
  memmove(t->quiet, t->quiet + t->widen_end,
          t->quiet_count * sizeof(*t->quiet));
  t->widen_end = 0;
  t->widen_rounds++;
  t->unasked &= t->quiet_count > 0;
}

uint32_t rn_tracker_widen_rounds(const struct rn_tracker *t) {
  return t->widen_rounds;
}

void rn_widen_some(struct rn_tracker *t) {
  if (!rn_tracker_is_widening(t)) return;
  t->sink.slow(t->sink.context);
  if (t->widen_end == 0) begin_round(t);
  struct rn_piece piece = rn_piece_begin(t, t->share);
  while (t->widen_at < t->widen_end && rn_piece_goes_on(t, &piece))
    widen(t, t->quiet[t->widen_at++], t->widen_renamed);
  if (t->widen_at == t->widen_end) end_round(t);
}
