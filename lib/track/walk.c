/* Listing of directories.
 *
 * A walk goes into depth: a directory that is found is adopted and listed
 * before the rest of the one it was found in, so each is opened once and its
 * descriptor serves for watching and listing.  Beyond a fixed depth, and where
 * a directory has to be found by its path again, it is queued.
 *
 * The work is cut in pieces, so that the reader can look after the kernel's
 * queue between them; between two pieces anything may happen to a node, so each
 * piece looks first whether the node still is where it was. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

static struct rn_walk *walk_of(struct rn_tracker *t, enum rn_frame_mode mode) {
  return &t->walks[mode == RN_FRAME_ADD ? RN_WALK_ADDED : RN_WALK_NEW];
}

/* ---- frames ---- */

/* What comes while a directory is compared counts as seen, too: its record may
 * be taken in behind the listing that does not show it. */
static void forget_seen(struct rn_node *node) {
  for (struct rn_node *child = node->first_child; child != NULL;
       child = child->next_sibling)
    child->flags &= (uint16_t)~RN_NODE_SEEN;
}

/* Begin to list a directory on top of those under way.  Takes `fd`. */
static int push(struct rn_tracker *t, struct rn_walk *walk,
                struct rn_node *node, enum rn_frame_mode mode, int fd) {
  RN_ASSERT(walk->depth < RN_WALK_DEPTH);
  struct rn_frame **slot = &walk->frames[walk->depth];
  if (*slot == NULL) *slot = calloc(1, sizeof(**slot));
  if (*slot == NULL) {
    t->sys->close(t->sys, fd);
    return -ENOMEM;
  }
  if (mode == RN_FRAME_COMPARE) forget_seen(node);
  struct rn_frame *frame = *slot;
  frame->node = node;
  frame->mode = mode;
  frame->epoch = t->cause;
  rn_listing_begin(&frame->listing, t->sys, fd);
  walk->depth++;
  t->counts.scanned++;
  return 0;
}

static void pop(struct rn_walk *walk) {
  rn_listing_end(&walk->frames[--walk->depth]->listing);
}

void rn_walk_begin(struct rn_tracker *t, struct rn_node *node,
                   enum rn_frame_mode mode, int fd) {
  struct rn_walk *walk = walk_of(t, mode);
  const uint32_t cause = t->cause;
  t->cause = rn_oldest_cause(t, node);
  rn_walk_forget(t, node);
  rn_wait_end(t, node);
  int err = mode == RN_FRAME_REPORT ? rn_begin_report(t, node) : 0;
  if (err == 0 && walk->depth < RN_WALK_DEPTH) {
    err = push(t, walk, node, mode, fd);
  } else {
    t->sys->close(t->sys, fd);
    if (err == 0) rn_wait_for_scan(t, node, mode);
  }
  if (err < 0) rn_tell_error(t, node, rn_bytes_of(""), err);
  t->cause = cause;
}

/* ---- errors ---- */

static bool is_limit(int error) {
  return error == -ENOSPC || error == -ENOMEM || error == -EMFILE ||
         error == -ENFILE;
}

/* Whether the same may succeed a little later. */
static bool is_passing(int error) {
  return error == -EINTR || error == -EAGAIN || error == -ENOMEM;
}

static bool is_gone(int error) {
  return error == -ENOENT || error == -ENOTDIR || error == -ELOOP ||
         error == -EXDEV;
}

/* End the walk of the addition, wherever it is. */
static void abandon_adding(struct rn_tracker *t) {
  struct rn_walk *walk = &t->walks[RN_WALK_ADDED];
  while (walk->depth > 0) pop(walk);
  while (rn_waiting_take(&walk->jobs) != NULL) continue;
}

/* An entry, or with an empty name the directory itself, cannot be watched. */
static void report_failure(struct rn_tracker *t, struct rn_node *node,
                           struct rn_bytes name, enum rn_frame_mode mode,
                           int error) {
  const bool top = node->parent == NULL && name.size == 0;
  if (mode != RN_FRAME_ADD) {
    rn_tell_error(t, node, name, error);
    return;
  }
  rn_unwatched_note(t, node, name);
  t->sink.failed(t->sink.context, node, name, error);
  if (!top && !is_limit(error)) return;
  node->root->blind = true; /* of all that is not walked */
  if (top || !t->adding_partial) t->walk_error = error;
  abandon_adding(t);
  if (t->walk_error == 0) rn_wait_for_fence(t, node->root->top);
}

/* A directory cannot be listed.  Returns false when it is a root's own, whose
 * end was lost, and is left. */
static bool report_unlisted(struct rn_tracker *t, struct rn_node *node,
                            enum rn_frame_mode mode, int error) {
  if (node->parent == NULL && mode != RN_FRAME_ADD &&
      t->counts.kernel_overflows > 0 && rn_leave_if_lost(t, node))
    return false;
  report_failure(t, node, rn_bytes_of(""), mode, error);
  return true;
}

void rn_walk_fail(struct rn_tracker *t, struct rn_node *node, int error) {
  report_failure(t, node, rn_bytes_of(""), RN_FRAME_ADD, error);
}

/* ---- entries ---- */

static bool is_live(const struct rn_node *node) {
  return node != NULL && !rn_node_is_suspended(node);
}

/* A directory that was told here has its node elsewhere still.  The records of
 * its rename put that right; if this directory was watched too late to get one,
 * it is found by a second look when they have been read. */
void rn_look_again(struct rn_tracker *t, struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  if (rn_is_due(passage)) { /* any listing settles doubts */
    rn_note_cause(t, passage);
    return;
  }
  rn_scan_after_fence(t, node, RN_FRAME_RETRY);
}

/* Look again for what was not watched while the root was fixed.  Below what is
 * being reported may be what has been. */
static void look_below(struct rn_tracker *t, struct rn_node *top) {
  struct rn_node *node = top;
  while (node != NULL) {
    const bool lives = is_live(node) && (node->flags & RN_NODE_GHOST) == 0;
    const bool walks = lives && !rn_window_is_open(node);
    if (walks) rn_wait_for_scan(t, node, RN_FRAME_ADD);
    if (lives && !walks) rn_look_again(t, node);
    node = walks ? rn_node_skip(top, node) : rn_node_next(top, node);
  }
}

/* The walk of an addition finds a directory that may be known.  One that is
 * being reported goes on being so, as no less will do; anew where its departure
 * was told, or the index has its content where it was.  Below one whose
 * departure was told records were dropped.  Takes `fd`. */
static void enter_added(struct rn_tracker *t, struct rn_node *child, int fd) {
  struct rn_passage *passage = child->passage;
  const bool left = passage != NULL && passage->taken_back;
  if (rn_window_is_open(child) && !left && child->root->recover == NULL) {
    t->sys->close(t->sys, fd);
    look_below(t, child);
    return;
  }
  if (rn_window_is_open(child)) {
    rn_walk_begin(t, child, RN_FRAME_REPORT, fd);
    return;
  }
  if (left) {
    passage->taken_back = false;
    rn_silence_below(t, child);
  }
  rn_walk_begin(t, child, RN_FRAME_ADD, fd);
}

/* A directory that was told in `node` has its own elsewhere.  At the second
 * look it has been renamed since, and records that say so are to come; unless
 * some were lost: then its own is wrong where it is. */
static void look_for_moved(struct rn_tracker *t, struct rn_node *node,
                           enum rn_frame_mode mode) {
  if (mode == RN_FRAME_REPORT)
    rn_look_again(t, node);
  else if (!rn_recover_sees_to(node->root) && node->root->unsure)
    rn_scan_after_fence(t, node, RN_FRAME_COMPARE);
}

/* Adopt a directory that a listing found, and go into it. */
static void enter(struct rn_tracker *t, struct rn_frame *frame,
                  struct rn_bytes name, enum rn_frame_mode mode) {
  const bool told = mode == RN_FRAME_REPORT;
  struct rn_node *child;
  int fd;
  const int err = rn_adopt(t, frame->node, frame->listing.fd, name,
                           told ? RN_FOUND_TOLD : RN_FOUND_LISTED, &child, &fd);
  if (err == 0 && mode == RN_FRAME_ADD)
    enter_added(t, child, fd);
  else if (err == 0)
    rn_walk_begin(t, child, mode, fd);
  else if (err == -EXDEV && told)
    look_for_moved(t, frame->node, frame->mode);
  else if (!is_gone(err))
    report_failure(t, frame->node, name, frame->mode, err);
}

/* A directory that is watched as it should be: compare what is below it, too.
 * Takes `fd`. */
static void go_on_comparing(struct rn_tracker *t, struct rn_node *child,
                            int fd) {
  if (!rn_window_is_open(child)) {
    rn_walk_begin(t, child, RN_FRAME_COMPARE, fd);
    return;
  }
  t->sys->close(t->sys, fd);
  /* A new one that was listed before the loss is compared when its window
   * closes; one that is still to be listed needs nothing more. */
  if (!rn_is_due(child->passage) || child->passage->mode == RN_FRAME_RETRY)
    rn_scan_after_fence(t, child, RN_FRAME_COMPARE);
}

/* A directory in an old one: if it is watched already, all is well with it;
 * else its creation was missed. */
static void check(struct rn_tracker *t, struct rn_frame *frame,
                  const struct rn_entry *entry) {
  struct rn_node *node = frame->node;
  struct rn_node *known = rn_tree_child(&t->tree, node, entry->name);
  struct rn_node *child;
  int fd;
  const bool was_live = is_live(known);
  rn_window_correct(node, entry);
  const int err = rn_adopt(t, node, frame->listing.fd, entry->name,
                           RN_FOUND_LISTED, &child, &fd);
  if (err < 0) {
    /* One that is watched needs no watch more: it is another that is here. */
    known = rn_tree_child(&t->tree, node, entry->name); /* if it stayed */
    if (known != NULL && err != -ENOSPC) known->flags |= RN_NODE_SEEN;
    if (!is_gone(err)) report_failure(t, node, entry->name, frame->mode, err);
    return;
  }
  child->flags |= RN_NODE_SEEN;
  if (child == known && was_live) {
    go_on_comparing(t, child, fd);
    return;
  }
  rn_window_tell(t, node, entry);
  rn_walk_begin(t, child, RN_FRAME_REPORT, fd);
}

/* Tell what a new directory holds, or of an old one the names in doubt, as soon
 * as it was read: later, records that are younger than the listing may have
 * been taken in, which put other names in doubt. */
static void tell_what_was_read(struct rn_tracker *t, struct rn_frame *frame,
                               const struct rn_entry *first) {
  void (*const tell)(struct rn_tracker *, struct rn_node *,
                     const struct rn_entry *) =
      frame->mode == RN_FRAME_REPORT ? rn_window_tell : rn_window_settle;
  tell(t, frame->node, first);
  size_t at = 0;
  struct rn_entry entry;
  while (rn_listing_peek(&frame->listing, &at, &entry))
    tell(t, frame->node, &entry);
}

/* Go into a directory whose name was told and has not left meanwhile.  What was
 * not told is told by a record that is still to be read. */
static void enter_told(struct rn_tracker *t, struct rn_frame *frame,
                       const struct rn_entry *entry) {
  struct rn_node *node = frame->node;
  const struct rn_node *child = rn_tree_child(&t->tree, node, entry->name);
  if (node->root->unsure) rn_window_correct(node, entry);
  if (rn_window_shows_dir(node, entry->name) && !is_live(child))
    enter(t, frame, entry->name, RN_FRAME_REPORT);
}

static void visit(struct rn_tracker *t, struct rn_frame *frame,
                  const struct rn_entry *entry) {
  if (frame->mode == RN_FRAME_ADD && frame->node->root->recover != NULL)
    rn_recover_take_in(t, frame->node, frame->listing.fd, entry->name);
  if (!entry->is_dir || !frame->node->root->recursive ||
      !rn_entry_is_watched(t, frame->node, entry->name))
    return;
  if (frame->mode == RN_FRAME_REPORT || frame->mode == RN_FRAME_RETRY)
    enter_told(t, frame, entry);
  else if (frame->mode == RN_FRAME_ADD)
    enter(t, frame, entry->name, RN_FRAME_ADD);
  else
    check(t, frame, entry);
}

/* ---- the end of a listing ---- */

/* Directories that were not found where their nodes say: gone, unless they are
 * announced before the fence comes back. */
static void suspend_unseen(struct rn_tracker *t, struct rn_node *node) {
  for (struct rn_node *child = node->first_child; child != NULL;
       child = child->next_sibling) {
    if ((child->flags & (RN_NODE_SEEN | RN_NODE_GHOST)) != 0 || !is_live(child))
      continue;
    rn_suspend(t, child, RN_NODE_GONE);
    rn_wait_for_fence(t, child);
  }
}

static void finish_listing(struct rn_tracker *t, struct rn_walk *walk,
                           int error) {
  struct rn_frame *frame = walk->frames[walk->depth - 1];
  struct rn_node *node = frame->node;
  const enum rn_frame_mode mode = frame->mode;
  struct rn_passage *passage = node->passage;
  pop(walk);
  if (is_passing(error) && mode == RN_FRAME_RECOVER) {
    node->root->recover->doubt = true;
    error = 0;
  } else if (is_passing(error) && mode != RN_FRAME_ADD && passage != NULL &&
             rn_may_try_again(t, passage)) {
    if (mode != RN_FRAME_RETRY || !rn_is_due(passage)) /* that does more */
      rn_scan_after_fence(t, node, mode);
    return;
  }
  if (error < 0 && !is_gone(error) && !report_unlisted(t, node, mode, error))
    return;
  /* -ENOENT: it was removed, so nothing is in it. */
  if ((error == 0 || error == -ENOENT) && mode == RN_FRAME_COMPARE)
    suspend_unseen(t, node);
  if (passage != NULL && passage->waits == RN_WAIT_SCAN) return; /* once more */
  const bool window = passage != NULL && passage->has_known;
  if (mode == RN_FRAME_ADD && node->parent != NULL && !window) return;
  if (mode == RN_FRAME_RECOVER && !window) {
    rn_node_passage_trim(node);
    return;
  }
  rn_wait_for_fence(t, node);
}

static void finish_adding(struct rn_tracker *t) {
  struct rn_root *root = t->adding;
  t->adding = NULL;
  if (root == NULL) return;
  if (root->follow != NULL) rn_follow_set_due(t, root->follow);
  if (t->adding_compare) rn_compare(t, root);
}

/* ---- pieces of work ---- */

/* A directory is no longer where the walk of an addition saw it: walk from the
 * top again, where it will be found.  Returns false when that was tried too
 * often. */
static bool walk_anew(struct rn_tracker *t) {
  struct rn_root *root = t->adding;
  if (root == NULL || root->top == NULL) return true;
  if (t->adding_tries++ >= RN_ADD_TRIES) return false;
  rn_wait_for_scan(t, root->top, RN_FRAME_ADD);
  return true;
}

/* Whether a node is where it was.  If it is between two places it is listed
 * later, if it is gone not at all. */
static bool is_in_place(struct rn_tracker *t, struct rn_node *node,
                        enum rn_frame_mode mode) {
  if (node->root->ending) return false;
  if (t->suspended_count == 0) return true;
  const struct rn_node *top = rn_suspended_above(node);
  if (top == NULL) return true;
  if (mode == RN_FRAME_ADD)
    (void)walk_anew(t);
  else if (mode == RN_FRAME_RECOVER)
    node->root->recover->doubt = true; /* another rescan looks for it */
  else if ((top->flags & RN_NODE_MOVED) != 0)
    rn_scan_after_fence(t, node, mode);
  return false;
}

/* What was told of a directory that is not listed after all need be remembered
 * no longer than of others; nor does a comparison wait for it. */
static void give_up_listing(struct rn_tracker *t, struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL) return;
  if (passage->has_known || node->parent == NULL) rn_wait_for_fence(t, node);
}

/* A queued directory could not be opened by its path. */
static void retry_later(struct rn_tracker *t, struct rn_node *node,
                        enum rn_frame_mode mode, int error) {
  struct rn_passage *passage = rn_node_passage(node);
  const bool elsewhere = rn_is_elsewhere(error) || error == -EXDEV;
  if (elsewhere && mode != RN_FRAME_ADD && rn_recover_sees_to(node->root)) {
    give_up_listing(t, node);
    return;
  }
  if (elsewhere && mode == RN_FRAME_ADD && walk_anew(t)) return;
  if (elsewhere && mode != RN_FRAME_ADD && passage != NULL &&
      rn_may_try_again(t, passage)) {
    rn_scan_after_fence(t, node, mode);
    return;
  }
  const bool strays =
      elsewhere && mode == RN_FRAME_RETRY && !node->root->recursive;
  if (strays) rn_window_forget_part(node); /* nobody follows its renames */
  /* Below a root its departure may have been lost, which will show. */
  const bool lost = is_gone(error) && mode != RN_FRAME_ADD &&
                    node->parent != NULL && t->counts.kernel_overflows > 0;
  if (strays || lost || report_unlisted(t, node, mode, error))
    give_up_listing(t, node);
}

/* Take the next queued directory.  Returns false when there is none. */
static bool next_job(struct rn_tracker *t, struct rn_walk *walk) {
  struct rn_node *node = rn_waiting_take(&walk->jobs);
  if (node == NULL) return false;
  if (rn_node_has_left(node)) return true;
  const enum rn_frame_mode mode = (enum rn_frame_mode)node->passage->mode;
  t->cause = node->passage->epoch;
  if (!is_in_place(t, node, mode)) return true;
  if (mode == RN_FRAME_PROVE || mode == RN_FRAME_ASK) {
    rn_prove(t, node, mode);
    return true;
  }
  const int fd = rn_open_to_list(t, node);
  if (fd < 0) {
    retry_later(t, node, mode, fd);
  } else {
    if (mode == RN_FRAME_RECOVER) rn_window_forget_part(node);
    const int err = push(t, walk, node, mode, fd);
    if (err < 0) (void)report_unlisted(t, node, mode, err);
  }
  return true;
}

/* List up to a slice of the directory on top, for as long as the piece goes
 * on. */
static void list_some(struct rn_tracker *t, struct rn_walk *walk,
                      const struct rn_piece *piece) {
  const int depth = walk->depth;
  struct rn_frame *frame = walk->frames[depth - 1];
  t->cause = frame->epoch;
  if (frame->node == NULL || !is_in_place(t, frame->node, frame->mode)) {
    pop(walk);
    return;
  }
  if (frame->mode == RN_FRAME_RECOVER) {
    const int got = rn_rescan_list(t, frame);
    if (got == -ECANCELED)
      pop(walk);
    else if (got <= 0)
      finish_listing(t, walk, got);
    return;
  }
  for (int i = 0; i < t->walk_slice && walk->depth == depth; i++) {
    struct rn_entry entry;
    const int got = rn_listing_next(&frame->listing, &entry);
    if (got <= 0) {
      finish_listing(t, walk, got);
      return;
    }
    if (got == RN_LISTING_NONE && rn_piece_is_late(t, piece)) return;
    if (got == RN_LISTING_NONE) continue;
    if (frame->listing.is_first &&
        (frame->mode == RN_FRAME_REPORT || frame->node->passage != NULL))
      tell_what_was_read(t, frame, &entry);
    visit(t, frame, &entry);
    if (walk->depth >= depth && frame->node == NULL) return;
    if (rn_makes_enough(t)) return;
    const bool took_long = entry.is_dir || frame->listing.is_first;
    if (took_long && rn_piece_is_late(t, piece)) return;
  }
}

void rn_tracker_walk(struct rn_tracker *t, enum rn_walk_kind kind) {
  struct rn_walk *walk = &t->walks[kind];
  if (kind == RN_WALK_NEW) {
    rn_leaving_advance(t);
    rn_fences_advance(t);
  }
  struct rn_piece piece = rn_piece_begin(t, (uint32_t)t->walk_pieces - 1);
  bool goes_on = kind == RN_WALK_ADDED || !rn_tracker_is_to_be_read(t);
  while (goes_on) {
    if (walk->depth > 0)
      list_some(t, walk, &piece);
    else if (!next_job(t, walk))
      break;
    goes_on = !rn_makes_enough(t) && rn_piece_goes_on(t, &piece);
  }
  if (kind == RN_WALK_NEW && walk->depth == 0 && walk->jobs.count == 0)
    rn_recover_walk(t);
  t->cause = t->epoch;
  if (kind == RN_WALK_ADDED && walk->depth == 0 && walk->jobs.count == 0 &&
      rn_withheld_advance(t))
    finish_adding(t);
  if (t->replay) rn_replay_kept(t);
}
