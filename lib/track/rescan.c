/* A directory is listed and compared with the index.
 *
 * One piece of work is what one getdents64(2) gives: every entry of it is
 * looked at, compared and told before another record is taken in.  So what the
 * index says of an entry is what was told up to the listing, and records that
 * are read later are held against what the listing told (heed.c).
 *
 * Told at once: entries that are new under every name, and changes of size and
 * times.  Deferred until the whole tree was seen: entries whose inode the index
 * knows under another name, names that another object has by now, and what is
 * not there any more. */

#include <errno.h>
#include <sys/inotify.h>

#include "lib/track/recover.h"

static bool is_gone(int error) {
  return rn_is_elsewhere(error) || error == -EXDEV;
}

static void tell(struct rn_tracker *t, struct rn_node *node, uint32_t mask,
                 struct rn_bytes name, bool is_dir) {
  node->root->recover->changes++;
  t->counts.recovered++;
  if ((mask & IN_CREATE) != 0) rn_window_forget(node, name);
  rn_tell_synthetic(t, node, mask, name, is_dir);
}

/* ---- the same object, or another ---- */

/* Whether an entry of the index may be the object of this status. */
static bool is_same(const struct rn_image_entry *entry,
                    const struct rn_status *status) {
  const uint8_t type = rn_image_type(status->mode);
  if (rn_image_is_dir(entry) != (S_ISDIR(status->mode) != 0)) return false;
  if (entry->type != 0 && entry->type != type) return false;
  return entry->inode == 0 ||
         (entry->inode == status->inode && entry->device == status->device);
}

/* Inode numbers are given anew soon: a file has to have its size and its time
 * as well.  Of a directory its watch says whether it is the same. */
uint32_t rn_rescan_origin(const struct rn_recover *recover,
                          const struct rn_status *status, uint64_t *at) {
  uint32_t ref;
  while ((ref = rn_image_by_inode(recover->image, status, at)) != 0) {
    const struct rn_image_entry *entry = rn_image_at(recover->image, ref);
    if ((entry->flags & RN_IMAGE_SEEN) != 0 || !is_same(entry, status))
      continue;
    if (rn_image_is_dir(entry) ||
        (entry->size == status->size && entry->mtime_ns == status->mtime_ns))
      return ref;
  }
  return 0;
}

/* Mark those that this object may have been.  Returns whether there are any. */
static bool want_origins(const struct rn_recover *recover,
                         const struct rn_status *status) {
  uint64_t at =
      rn_image_inode_hash(recover->image, status->inode, status->device);
  uint32_t ref;
  bool any = false;
  while ((ref = rn_rescan_origin(recover, status, &at)) != 0) {
    rn_image_at(recover->image, ref)->flags |= RN_IMAGE_WANTED;
    any = true;
  }
  return any;
}

/* ---- telling ---- */

void rn_rescan_refresh(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name, uint32_t ref,
                       const struct rn_status *status) {
  struct rn_recover *recover = node->root->recover;
  const struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  const bool is_dir = rn_image_is_dir(entry);
  const bool data = (entry->flags & RN_IMAGE_DATA_OLD) != 0 ||
                    entry->size != status->size ||
                    entry->mtime_ns != status->mtime_ns;
  const bool meta = (entry->flags & RN_IMAGE_META_OLD) != 0 ||
                    entry->ctime_ns != status->ctime_ns;
  if (data && !is_dir) tell(t, node, IN_MODIFY, name, false);
  if (meta) tell(t, node, IN_ATTRIB, name, is_dir);
  rn_recover_learn(recover, ref, status, t->sys->time_ns(t->sys));
}

void rn_rescan_open(struct rn_tracker *t, struct rn_node *child) {
  if (rn_begin_report(t, child) < 0) child->root->recover->doubt = true;
  rn_wait_for_scan(t, child, RN_FRAME_RECOVER);
}

struct rn_node *rn_rescan_enter(struct rn_tracker *t, struct rn_node *node,
                                int dir_fd, struct rn_bytes name) {
  struct rn_root *root = node->root;
  if (!root->recursive || !rn_entry_is_watched(t, node, name)) return NULL;
  struct rn_node *child;
  int fd;
  const int err = rn_adopt(t, node, dir_fd, name, RN_FOUND_LISTED, &child, &fd);
  if (err < 0) {
    if (is_gone(err))
      root->recover->doubt = true;
    else
      rn_tell_error(t, node, name, err);
    return NULL;
  }
  t->sys->close(t->sys, fd);
  return child;
}

void rn_rescan_arrive(struct rn_tracker *t, struct rn_node *node, int dir_fd,
                      struct rn_bytes name, const struct rn_status *status) {
  struct rn_recover *recover = node->root->recover;
  const bool is_dir = S_ISDIR(status->mode) != 0;
  tell(t, node, IN_CREATE, name, is_dir);
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return;
  const uint32_t ref = rn_image_find(recover->image, dir, name);
  if (ref == 0) return;
  rn_recover_learn(recover, ref, status, t->sys->time_ns(t->sys));
  if (!is_dir) return;
  struct rn_node *child = rn_rescan_enter(t, node, dir_fd, name);
  if (child != NULL) rn_rescan_open(t, child);
}

/* ---- comparing ---- */

/* Whether a directory is to be reported as a new one, of which nothing was told
 * so far: a listing that was broken off may have told some, of which the end
 * may be lost. */
static bool is_reported_anyway(const struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL || passage->waits != RN_WAIT_SCAN ||
      passage->mode != RN_FRAME_REPORT)
    return false;
  const uint32_t ref = rn_recover_ref(node);
  const struct rn_image *image = node->root->recover->image;
  return ref == 0 || rn_image_at(image, ref)->first_child == 0;
}

/* A directory that is where the index has it: look into it, too. */
static void go_on(struct rn_tracker *t, struct rn_node *node, int dir_fd,
                  struct rn_bytes name) {
  const struct rn_node *known = rn_tree_child(&t->tree, node, name);
  struct rn_node *child = rn_rescan_enter(t, node, dir_fd, name);
  if (child == NULL) return;
  if (child != known)
    rn_rescan_open(t, child); /* what was told is of another one, or nothing */
  else if (!is_reported_anyway(child))
    rn_wait_for_scan(t, child, RN_FRAME_RECOVER);
}

/* Whether a directory that was told could not be adopted then: it had its node
 * elsewhere. */
static bool lacks_node(struct rn_tracker *t, const struct rn_node *node,
                       struct rn_bytes name) {
  const struct rn_node *child = rn_tree_child(&t->tree, node, name);
  return child == NULL || rn_node_is_suspended(child);
}

/* What the index has under a name is not there, whatever is. */
static void note_away(const struct rn_image *image, struct rn_node *node,
                      struct rn_image_entry *entry) {
  entry->flags |= RN_IMAGE_AWAY;
  rn_window_miss(node, rn_image_name(image, entry));
}

static void compare_known(struct rn_tracker *t, const struct rn_frame *frame,
                          struct rn_bytes name, uint32_t ref,
                          const struct rn_status *status) {
  struct rn_node *node = frame->node;
  struct rn_recover *recover = node->root->recover;
  struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  const bool is_dir = S_ISDIR(status->mode) != 0;
  if ((entry->flags & RN_IMAGE_SEEN) != 0) { /* told since it began */
    if (is_dir && rn_image_is_dir(entry) && lacks_node(t, node, name))
      go_on(t, node, frame->listing.fd, name);
    return;
  }
  if (!is_same(entry, status)) {
    note_away(recover->image, node, entry);
    (void)want_origins(recover, status);
    rn_resolve_later(recover, is_dir ? RN_DEFER_DIR : RN_DEFER_ENTRY, node,
                     name);
    return;
  }
  entry->flags |= RN_IMAGE_SEEN;
  rn_rescan_refresh(t, node, name, ref, status);
  if (is_dir) go_on(t, node, frame->listing.fd, name);
}

static void compare(struct rn_tracker *t, const struct rn_frame *frame,
                    const struct rn_entry *shown) {
  struct rn_node *node = frame->node;
  struct rn_recover *recover = node->root->recover;
  const int fd = frame->listing.fd;
  struct rn_status status;
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return;
  const int err = t->sys->entry_status(t->sys, fd, shown->name.data, &status);
  if (err == -ENOENT) return;
  const uint32_t ref = rn_image_find(recover->image, dir, shown->name);
  if (err < 0) { /* it is there; what it is like is not known */
    if (ref != 0) rn_image_at(recover->image, ref)->flags |= RN_IMAGE_SEEN;
    if (err == -ENOMEM || err == -EINTR)
      recover->doubt = true;
    else if (ref == 0)
      rn_tell_error(t, node, shown->name, err);
  } else if (ref != 0) {
    compare_known(t, frame, shown->name, ref, &status);
  } else if (want_origins(recover, &status)) {
    rn_resolve_later(recover,
                     S_ISDIR(status.mode) ? RN_DEFER_DIR : RN_DEFER_ENTRY, node,
                     shown->name);
  } else {
    rn_rescan_arrive(t, node, fd, shown->name, &status);
  }
}

/* The entry of the index for a child of a directory, or 0.
 *
 * next       in, out: the one that is looked at first, behind that of the child
 *            before: both lists have them in the order in which they came. */
static uint32_t entry_of(const struct rn_image *image, uint32_t dir,
                         const struct rn_node *child, uint32_t *next) {
  const struct rn_bytes name = rn_node_name(child);
  while (*next != 0 && !rn_image_is_dir(rn_image_at(image, *next)))
    *next = rn_image_at(image, *next)->next;
  uint32_t ref = *next;
  if (ref == 0 ||
      !rn_bytes_equal(rn_image_name(image, rn_image_at(image, ref)), name))
    ref = rn_image_find(image, dir, name);
  if (ref != 0) *next = rn_image_at(image, ref)->next;
  return ref;
}

/* Nodes of what was never told here, or is not any more: their end was lost. */
static void leave_untold(struct rn_tracker *t, struct rn_node *node,
                         uint32_t dir) {
  const struct rn_image *image = node->root->recover->image;
  uint32_t next = rn_image_at(image, dir)->first_child;
  for (struct rn_node *child = node->first_child; child != NULL;
       child = child->next_sibling) {
    if ((child->flags & RN_NODE_GHOST) != 0 || rn_node_is_suspended(child))
      continue;
    const uint32_t ref = entry_of(image, dir, child, &next);
    if (ref != 0 && rn_image_is_dir(rn_image_at(image, ref))) continue;
    rn_take_leave(t, child); /* which may tell of others */
    if (node->root->recover->image == NULL) return;
    next = 0;
  }
}

/* The listing is at its end: what it did not show has left. */
static void defer_departures(struct rn_tracker *t, struct rn_node *node) {
  struct rn_recover *recover = node->root->recover;
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return;
  leave_untold(t, node, dir);
  const struct rn_image *image = recover->image;
  if (image == NULL) return;
  for (uint32_t ref = rn_image_at(image, dir)->first_child; ref != 0;
       ref = rn_image_at(image, ref)->next) {
    struct rn_image_entry *entry = rn_image_at(image, ref);
    if ((entry->flags & RN_IMAGE_SEEN) != 0) continue;
    note_away(image, node, entry);
    rn_resolve_later(recover, RN_DEFER_LEFT, node, rn_image_name(image, entry));
  }
}

int rn_rescan_list(struct rn_tracker *t, struct rn_frame *frame) {
  struct rn_recover *recover = frame->node->root->recover;
  if (recover->state != RN_RECOVER_SCANS) return -ECANCELED;
  do {
    struct rn_entry entry;
    const int got = rn_listing_next(&frame->listing, &entry);
    if (got == 0) defer_departures(t, frame->node);
    if (got < 0 && is_gone(got)) recover->doubt = true;
    if (got <= 0) return got;
    if (got != RN_LISTING_NONE) compare(t, frame, &entry);
  } while (recover->image != NULL && rn_listing_left(&frame->listing) > 0);
  return 1;
}
