/* The index follows what is told.
 *
 * It takes in each event as a consumer would, in the order in which they are
 * told.  So it can say of any record whether it is news: an arrival of what is
 * there, or a departure of what is not, means that something in between was
 * lost, or that a listing has told it before.
 *
 * A path of the index is the path of the node: both change with the same event.
 * What is between two places is in limbo, under its cookie. */

#include <errno.h>
#include <sys/inotify.h>

#include "lib/track/recover.h"

#define ARRIVALS ((uint32_t)(IN_CREATE | IN_MOVED_TO))
#define DEPARTURES ((uint32_t)(IN_DELETE | IN_MOVED_FROM))

static bool is_rescanned(const struct rn_recover *recover) {
  return recover->state == RN_RECOVER_SCANS ||
         recover->state == RN_RECOVER_FENCED;
}

/* ---- taking in ---- */

/* Take an entry out for good; of a large tree the rest is done later. */
static void discard(struct rn_tracker *t, struct rn_recover *recover,
                    uint32_t ref) {
  rn_image_remove(recover->image, ref);
  if (rn_image_has_trash(recover->image)) rn_recover_attend(t, recover->root);
}

static void drop(struct rn_tracker *t, struct rn_recover *recover,
                 uint32_t ref) {
  const struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  if (rn_image_is_dir(entry) && entry->parent != recover->last_ref)
    rn_recover_forget_place(recover); /* it may be the one, or above it */
  discard(t, recover, ref);
}

static uint32_t add(struct rn_tracker *t, struct rn_root *root, uint32_t parent,
                    struct rn_bytes name, bool is_dir) {
  struct rn_recover *recover = root->recover;
  const uint8_t type = is_dir ? rn_image_type(S_IFDIR) : 0;
  const uint32_t ref = rn_image_add(recover->image, parent, name, type);
  if (ref == 0)
    rn_recover_give_up(t, root, -ENOMEM);
  else if (is_rescanned(recover))
    rn_image_at(recover->image, ref)->flags |= RN_IMAGE_SEEN;
  return ref;
}

static struct rn_bytes cookie_name(const uint32_t *cookie) {
  return (struct rn_bytes){(const char *)cookie, sizeof(*cookie)};
}

static uint32_t find_in_limbo(const struct rn_recover *recover,
                              uint32_t cookie) {
  const struct rn_image *image = recover->image;
  return rn_image_find(image, image->limbo, cookie_name(&cookie));
}

bool rn_recover_has_half(const struct rn_root *root, uint32_t cookie) {
  const struct rn_recover *recover = root->recover;
  return recover != NULL && recover->image != NULL &&
         find_in_limbo(recover, cookie) != 0;
}

/* The half of a rename was told; the other may follow, or not. */
static void take_out(struct rn_tracker *t, struct rn_root *root, uint32_t ref,
                     uint32_t cookie) {
  struct rn_recover *recover = root->recover;
  uint32_t *slot = &recover->limbo[recover->limbo_next++ % RN_LIMBO_MAX];
  const uint32_t oldest = find_in_limbo(recover, *slot);
  if (oldest != 0) discard(t, recover, oldest);
  const uint32_t same = find_in_limbo(recover, cookie);
  if (same != 0) discard(t, recover, same);
  *slot = cookie;
  rn_recover_forget_place(recover);
  if (rn_image_move(recover->image, ref, recover->image->limbo,
                    cookie_name(&cookie)) == 0)
    rn_recover_give_up(t, root, -ENOMEM);
}

static void put_in(struct rn_tracker *t, struct rn_node *node, uint32_t dir,
                   const struct rn_change *change) {
  struct rn_root *root = node->root;
  struct rn_recover *recover = root->recover;
  const uint32_t before = rn_image_find(recover->image, dir, change->name);
  if (before != 0) drop(t, recover, before);
  const uint32_t moved = find_in_limbo(recover, change->cookie);
  /* Of what is excluded nothing below is told. */
  const bool empties =
      change->is_dir && !rn_entry_is_watched(t, node, change->name);
  if (moved != 0 && empties) discard(t, recover, moved);
  if (moved == 0 || empties ||
      rn_image_is_dir(rn_image_at(recover->image, moved)) != change->is_dir) {
    (void)add(t, root, dir, change->name, change->is_dir);
    return;
  }
  rn_recover_forget_place(recover);
  const uint32_t ref = rn_image_move(recover->image, moved, dir, change->name);
  if (ref == 0) {
    rn_recover_give_up(t, root, -ENOMEM);
    return;
  }
  struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  entry->flags |= RN_IMAGE_META_OLD;
  if (is_rescanned(recover)) {
    entry->flags |= RN_IMAGE_SEEN;
    entry->flags &= (uint8_t)~RN_IMAGE_AWAY;
  }
}

void rn_recover_left(struct rn_tracker *t, const struct rn_node *node) {
  struct rn_recover *recover = node->root->recover;
  for (uint32_t i = 0; i < RN_MOVES && recover->image != NULL; i++) {
    const struct rn_move *move = &t->moves[i];
    if (move->child != node) continue;
    const uint32_t ref = find_in_limbo(recover, move->number);
    if (ref != 0) discard(t, recover, ref);
  }
}

static void take_content(struct rn_tracker *t, struct rn_node *node,
                         uint32_t dir, const struct rn_change *change) {
  struct rn_recover *recover = node->root->recover;
  uint32_t ref = rn_image_find(recover->image, dir, change->name);
  if (ref != 0 && (change->mask & IN_CREATE) != 0 &&
      rn_image_is_dir(rn_image_at(recover->image, ref)) != change->is_dir) {
    drop(t, recover, ref); /* that it left was in doubt */
    ref = 0;
  }
  if ((change->mask & IN_MOVED_TO) != 0)
    put_in(t, node, dir, change);
  else if (ref == 0 && (change->mask & IN_CREATE) != 0)
    (void)add(t, node->root, dir, change->name, change->is_dir);
  else if (ref == 0)
    return;
  else if ((change->mask & IN_DELETE) != 0)
    drop(t, recover, ref);
  else if ((change->mask & IN_MOVED_FROM) != 0)
    take_out(t, node->root, ref, change->cookie);
  else if ((change->mask & (IN_MODIFY | IN_ATTRIB)) != 0)
    rn_image_at(recover->image, ref)->flags |=
        RN_IMAGE_DATA_OLD | RN_IMAGE_META_OLD;
}

void rn_recover_told(struct rn_tracker *t, struct rn_node *node,
                     const struct rn_change *change) {
  const uint32_t of_index = ARRIVALS | DEPARTURES | IN_MODIFY | IN_ATTRIB;
  if (change->name.size == 0 || (change->mask & of_index) == 0) return;
  const uint32_t dir = rn_recover_ref(node);
  if (dir != 0) take_content(t, node, dir, change);
}

void rn_recover_learn(struct rn_recover *recover, uint32_t ref,
                      const struct rn_status *status, int64_t now_ns) {
  rn_image_learn(recover->image, ref, status);
  /* Who changes it once more at this tick of the clock leaves no trace. */
  if (status->ctime_ns > now_ns - RN_FRESH_NS)
    rn_image_at(recover->image, ref)->flags |=
        RN_IMAGE_DATA_OLD | RN_IMAGE_META_OLD;
}

void rn_recover_take_in(struct rn_tracker *t, struct rn_node *node, int dir_fd,
                        struct rn_bytes name) {
  struct rn_recover *recover = node->root->recover;
  const uint32_t dir = rn_recover_ref(node);
  struct rn_status status;
  if (dir == 0 || t->sys->entry_status(t->sys, dir_fd, name.data, &status) < 0)
    return;
  const bool is_dir = S_ISDIR(status.mode) != 0;
  uint32_t ref = rn_image_find(recover->image, dir, name);
  if (ref != 0 && rn_image_is_dir(rn_image_at(recover->image, ref)) != is_dir) {
    drop(t, recover, ref);
    ref = 0;
  }
  if (ref == 0) ref = add(t, node->root, dir, name, is_dir);
  if (ref != 0)
    rn_recover_learn(recover, ref, &status, t->sys->time_ns(t->sys));
}

void rn_recover_adopted(struct rn_tracker *t, struct rn_node *parent,
                        struct rn_bytes name, int fd) {
  if (parent->root->recover->last_node != parent)
    rn_recover_forget_place(parent->root->recover); /* it may have moved here */
  const uint32_t dir = rn_recover_ref(parent);
  if (dir == 0) return;
  struct rn_image *image = parent->root->recover->image;
  const uint32_t ref = rn_image_find(image, dir, name);
  struct rn_status status;
  if (ref != 0 && t->sys->entry_status(t->sys, fd, "", &status) == 0)
    rn_image_identify(image, ref, &status);
}

/* ---- telling what is missing ---- */

/* A directory of the index, and its node or NULL: what departs next is in it,
 * too, or is it. */
struct emptied {
  uint32_t ref;
  struct rn_node *node;
};

/* Let `at` be the directory that an entry is in. */
static void go_to(struct rn_tracker *t, struct rn_root *root, uint32_t ref,
                  struct emptied *at) {
  const uint32_t dir = rn_image_at(root->recover->image, ref)->parent;
  if (at->ref == ref && at->node != NULL)
    at->node = at->node->parent;
  else if (at->ref != dir)
    at->node = rn_recover_node(t, root, dir);
  at->ref = dir;
}

/* Tell the departure of one entry of the index.  Returns false when there is no
 * node to tell it of: it goes with a directory above. */
static bool depart_one(struct rn_tracker *t, struct rn_root *root, uint32_t ref,
                       struct emptied *at) {
  go_to(t, root, ref, at);
  struct rn_node *node = at->node;
  if (node == NULL) return false;
  const struct rn_image_entry *entry = rn_image_at(root->recover->image, ref);
  char name[RN_NAME_SIZE_MAX];
  const struct rn_bytes copy =
      rn_image_copy_name(root->recover->image, entry, name);
  const bool is_dir = rn_image_is_dir(entry);
  struct rn_node *child = is_dir ? rn_tree_child(&t->tree, node, copy) : NULL;
  if (is_rescanned(root->recover)) {
    root->recover->changes++;
    t->counts.recovered++;
  }
  rn_window_forget(node, copy);
  rn_tell_synthetic(t, node, IN_DELETE, copy, is_dir);
  if (child != NULL) rn_take_leave(t, child);
  return true;
}

/* Tell the departure of what is below `top`, and of that, for up to `count`
 * entries.  Returns whether that is all. */
static bool depart_some(struct rn_tracker *t, struct rn_root *root,
                        uint32_t top, bool with_top, uint32_t *count) {
  struct rn_recover *recover = root->recover;
  struct emptied at = {.ref = 0};
  uint32_t ref = rn_image_deepest(recover->image, top);
  while (ref != top && recover->image != NULL && *count > 0) {
    const uint32_t next = rn_image_deepest_next(recover->image, top, ref);
    if (!depart_one(t, root, ref, &at)) drop(t, recover, ref);
    ref = next;
    --*count;
  }
  if (recover->image == NULL) return true;
  if (*count == 0) return false;
  --*count;
  if (with_top && !depart_one(t, root, top, &at)) drop(t, recover, top);
  return true;
}

static void depart_below(struct rn_tracker *t, struct rn_root *root,
                         uint32_t top, bool with_top) {
  uint32_t all = UINT32_MAX;
  (void)depart_some(t, root, top, with_top, &all);
}

bool rn_recover_depart_some(struct rn_tracker *t, struct rn_node *node,
                            struct rn_bytes name, uint32_t *count) {
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return true;
  const uint32_t ref = rn_image_find(node->root->recover->image, dir, name);
  return ref == 0 || depart_some(t, node->root, ref, true, count);
}

void rn_recover_depart(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name) {
  uint32_t all = UINT32_MAX;
  (void)rn_recover_depart_some(t, node, name, &all);
}

void rn_recover_take_back(struct rn_tracker *t, struct rn_node *node) {
  const struct rn_node *parent = node->parent;
  if (parent != NULL &&
      rn_tree_child(&t->tree, parent, rn_node_name(node)) != node)
    return; /* its path is another's by now */
  const uint32_t ref = rn_recover_ref(node);
  if (ref != 0) depart_below(t, node->root, ref, false);
}

void rn_recover_make_way(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_entry *entry) {
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return;
  const struct rn_image *image = node->root->recover->image;
  const uint32_t ref = rn_image_find(image, dir, entry->name);
  if (ref != 0 && rn_image_is_dir(rn_image_at(image, ref)) != entry->is_dir)
    depart_below(t, node->root, ref, true);
}

/* ---- what is news ---- */

bool rn_recover_is_news(const struct rn_node *node, uint32_t mask,
                        struct rn_bytes name) {
  if (name.size == 0 || (mask & (IN_CREATE | IN_DELETE)) == 0) return true;
  const struct rn_image *image = node->root->recover->image;
  if (image == NULL) return true;
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return false; /* nobody was told of the directory */
  const uint32_t ref = rn_image_find(image, dir, name);
  return (ref == 0) == ((mask & IN_CREATE) != 0);
}

/* Whether what a rename brings is what the index has in its new place already:
 * a rescan found it there before the records came. */
static bool is_there(const struct rn_recover *recover, uint32_t cookie,
                     const struct rn_image_entry *entry) {
  const uint32_t moved = find_in_limbo(recover, cookie);
  if (moved == 0 || entry->inode == 0) return false;
  const struct rn_image_entry *other = rn_image_at(recover->image, moved);
  return other->inode == entry->inode && other->device == entry->device;
}

/* An entry arrives where the index has one. */
static bool admit_over(struct rn_tracker *t, struct rn_node *node,
                       const struct rn_raw_event *raw, uint32_t ref,
                       bool by_window) {
  struct rn_recover *recover = node->root->recover;
  const struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  const struct rn_bytes name = {raw->name, raw->name_size};
  const bool seen =
      is_rescanned(recover) && (entry->flags & RN_IMAGE_SEEN) != 0;
  const bool dirs = (raw->mask & IN_ISDIR) != 0 || rn_image_is_dir(entry);
  /* A window is older than the rescan, which has missed what it remembers. */
  const bool known = !by_window && (entry->flags & RN_IMAGE_AWAY) == 0;
  if ((raw->mask & IN_CREATE) != 0 && (seen || known)) return false;
  const bool passed = seen || recover->state == RN_RECOVER_CALM;
  if ((raw->mask & IN_CREATE) == 0 && !dirs && passed &&
      is_there(recover, raw->cookie, entry))
    return false;
  if ((raw->mask & IN_CREATE) == 0 && recover->state == RN_RECOVER_CALM)
    return by_window;
  if ((raw->mask & IN_CREATE) == 0 && seen && !dirs) {
    rn_tell_synthetic(t, node, IN_MODIFY, name, false);
    return false;
  }
  if (dirs) recover->doubt = true;
  rn_recover_depart(t, node, name);
  return true;
}

/* An entry leaves a name; of one that is another type the index has something
 * else: what the rescan has found since, or what had the name before, and whose
 * departure was lost; or where nothing was lost, what took its place in an
 * exchange. */
static bool admit_departure(struct rn_tracker *t, struct rn_node *node,
                            const struct rn_raw_event *raw, uint32_t ref,
                            bool by_window) {
  if (ref == 0) return false;
  struct rn_recover *recover = node->root->recover;
  const struct rn_image_entry *entry = rn_image_at(recover->image, ref);
  if (rn_image_is_dir(entry) == ((raw->mask & IN_ISDIR) != 0)) return true;
  if (recover->state == RN_RECOVER_CALM) return by_window;
  if (!is_rescanned(recover) || (entry->flags & RN_IMAGE_SEEN) == 0)
    rn_recover_depart(t, node, (struct rn_bytes){raw->name, raw->name_size});
  return false;
}

/* What was told under a name; or NULL. */
static const struct rn_image_entry *entry_of(const struct rn_node *node,
                                             struct rn_bytes name) {
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return NULL;
  const struct rn_image *image = node->root->recover->image;
  const uint32_t ref = rn_image_find(image, dir, name);
  return ref == 0 ? NULL : rn_image_at(image, ref);
}

/* The directory that was told under a name; or NULL. */
static const struct rn_image_entry *dir_of(const struct rn_node *node,
                                           struct rn_bytes name) {
  const struct rn_image_entry *entry = entry_of(node, name);
  return entry != NULL && rn_image_is_dir(entry) ? entry : NULL;
}

static bool is_found(const struct rn_node *node,
                     const struct rn_image_entry *entry) {
  return entry != NULL && (entry->flags & RN_IMAGE_SEEN) != 0 &&
         is_rescanned(node->root->recover);
}

bool rn_recover_has(const struct rn_node *node, struct rn_bytes name) {
  return entry_of(node, name) != NULL;
}

bool rn_recover_has_dir(const struct rn_node *node, struct rn_bytes name) {
  return dir_of(node, name) != NULL;
}

bool rn_recover_has_found_dir(const struct rn_node *node,
                              struct rn_bytes name) {
  return is_found(node, dir_of(node, name));
}

bool rn_recover_has_found(const struct rn_node *node, struct rn_bytes name) {
  return is_found(node, entry_of(node, name));
}

bool rn_recover_admits(struct rn_tracker *t, struct rn_node *node,
                       const struct rn_raw_event *raw, bool by_window) {
  struct rn_recover *recover = node->root->recover;
  if (!node->root->settled || recover->image == NULL) return by_window;
  const uint32_t dir = rn_recover_ref(node);
  if (dir == 0) return false; /* nobody was told of the directory */
  if ((raw->mask & IN_ISDIR) != 0 && (raw->mask & IN_MOVE) != 0)
    recover->doubt = true;
  const struct rn_bytes name = {raw->name, raw->name_size};
  /* What has lost some of its content by now is not moved with the rest. */
  if (rn_resolve_is_leaving(recover, node, name)) {
    rn_recover_depart(t, node, name);
    if (recover->image == NULL) return by_window;
  }
  const uint32_t ref = rn_image_find(recover->image, dir, name);
  if ((raw->mask & DEPARTURES) != 0)
    return admit_departure(t, node, raw, ref, by_window);
  return ref == 0 || admit_over(t, node, raw, ref, by_window);
}
