/* What a rescan could not tell at once.
 *
 * When the whole tree was seen, each entry of the index was found in its place
 * (SEEN), or is known not to be there (AWAY), or lies below one that is away.
 * Then, in this order:
 *
 *   1. directories that came to a place: moved there, if it is the node that
 *      the index has elsewhere, else created; what is in them is compared then,
 *      and may add to the deferrals;
 *   2. other entries that came to a place: moved, or created;
 *   3. what left, children before parents.
 *
 * So moves come behind the creation of the directory they lead into, and before
 * the departure of the one they come from.  A place that another object has in
 * the index is freed first: by that object's own move, if there is to be one,
 * after which comes at once who waited for the place; by its departure else.
 * So who finds it taken at a second try is one of a circle of renames: one
 * object of it departs and is created anew where it is. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "lib/track/recover.h"

/* ---- the lists ---- */

static void append(struct rn_deferrals *list, struct rn_deferral *one) {
  one->next = NULL;
  if (list->last != NULL)
    list->last->next = one;
  else
    list->first = one;
  list->last = one;
  list->count++;
}

static void put_first(struct rn_deferrals *list, struct rn_deferral *one) {
  one->next = list->first;
  list->first = one;
  if (list->last == NULL) list->last = one;
  list->count++;
}

static struct rn_deferral *take(struct rn_deferrals *list) {
  struct rn_deferral *one = list->first;
  if (one == NULL) return NULL;
  list->first = one->next;
  if (list->first == NULL) list->last = NULL;
  list->count--;
  return one;
}

/* Returns NULL without memory. */
static struct rn_deferral *make(const struct rn_node *node,
                                struct rn_bytes name) {
  struct rn_deferral *one = malloc(sizeof(*one) + name.size + 1);
  if (one == NULL) return NULL;
  *one = (struct rn_deferral){.wd = node->wd,
                              .generation = node->generation,
                              .name_size = (uint16_t)name.size};
  memcpy(one->name, name.data, name.size);
  one->name[name.size] = '\0';
  return one;
}

void rn_resolve_later(struct rn_recover *recover, enum rn_deferral_kind kind,
                      const struct rn_node *node, struct rn_bytes name) {
  struct rn_deferral *one = make(node, name);
  if (one != NULL)
    append(&recover->deferrals[kind], one);
  else
    recover->doubt = true; /* the next rescan finds it again */
}

void rn_resolve_forget(struct rn_recover *recover) {
  for (int kind = 0; kind < RN_DEFER_END; kind++)
    for (struct rn_deferral *one;
         (one = take(&recover->deferrals[kind])) != NULL;)
      free(one);
}

static struct rn_bytes name_of(const struct rn_deferral *one) {
  return (struct rn_bytes){one->name, one->name_size};
}

/* The directory of a deferral, if it is still where it was. */
static struct rn_node *node_of(struct rn_tracker *t, const struct rn_root *root,
                               const struct rn_deferral *one) {
  struct rn_node *node = rn_tree_find_in(&t->tree, root, one->wd);
  if (node == NULL || node->generation != one->generation) return NULL;
  if (t->suspended_count > 0 && rn_suspended_above(node) != NULL) return NULL;
  return node;
}

/* ---- moves ---- */

/* Tell both halves.  from: of the index; its node is `source`. */
static void tell_move(struct rn_tracker *t, struct rn_node *source,
                      struct rn_bytes from, struct rn_node *node,
                      struct rn_bytes name, bool is_dir) {
  node->root->recover->changes += 2;
  t->counts.recovered += 2;
  rn_window_forget(source, from);
  rn_window_forget(node, name);
  rn_tell_moved(t, source, from, node, name, is_dir);
}

static bool is_below(const struct rn_image *image, uint32_t ref, uint32_t top) {
  while (ref != 0 && ref != top) ref = rn_image_at(image, ref)->parent;
  return ref != 0;
}

/* Whether an entry of the index is certain to have left its place. */
static bool has_left(const struct rn_image *image, uint32_t ref) {
  if (!is_below(image, ref, image->top)) return false; /* in limbo */
  for (; ref != image->top; ref = rn_image_at(image, ref)->parent) {
    const uint8_t flags = rn_image_at(image, ref)->flags;
    if ((flags & RN_IMAGE_AWAY) != 0) return true;
    if ((flags & RN_IMAGE_SEEN) != 0) return false;
  }
  return false;
}

/* Where an object that came to `dir` was before, or 0. */
static uint32_t origin_of(const struct rn_recover *recover,
                          const struct rn_status *status, uint32_t dir) {
  uint64_t at =
      rn_image_inode_hash(recover->image, status->inode, status->device);
  uint32_t ref;
  while ((ref = rn_rescan_origin(recover, status, &at)) != 0)
    if (has_left(recover->image, ref) && !is_below(recover->image, dir, ref))
      return ref;
  return 0;
}

/* A place of the index, kept while the index changes. */
struct place {
  struct rn_node *node; /* of the directory; or NULL */
  struct rn_bytes name; /* in `text` */
  bool awaited;         /* something that came there waits */
  char text[RN_NAME_SIZE_MAX];
};

static void note_place(struct rn_tracker *t, struct rn_root *root, uint32_t ref,
                       struct place *place) {
  const struct rn_image_entry *entry = rn_image_at(root->recover->image, ref);
  place->node = rn_recover_node(t, root, entry->parent);
  place->name = rn_image_copy_name(root->recover->image, entry, place->text);
  place->awaited = (entry->flags & RN_IMAGE_AWAITED) != 0;
}

/* ---- arrivals ---- */

/* What came, and where. */
struct arrival {
  enum rn_deferral_kind kind;
  struct rn_node *node;
  struct rn_bytes name;
  int dir_fd;
  struct rn_status status;
};

static void note_moved(struct rn_tracker *t, const struct arrival *arrival) {
  const uint32_t dir = rn_recover_ref(arrival->node);
  if (dir == 0) return;
  const uint32_t ref =
      rn_image_find(arrival->node->root->recover->image, dir, arrival->name);
  if (ref == 0) return;
  struct rn_image_entry *entry =
      rn_image_at(arrival->node->root->recover->image, ref);
  /* The rename itself changed the ctime, which is told by it. */
  entry->flags &= (uint8_t) ~(RN_IMAGE_META_OLD | RN_IMAGE_AWAITED);
  entry->ctime_ns = arrival->status.ctime_ns;
  rn_rescan_refresh(t, arrival->node, arrival->name, ref, &arrival->status);
}

static void arrive_moved(struct rn_tracker *t, const struct arrival *arrival,
                         const struct place *from) {
  tell_move(t, from->node, from->name, arrival->node, arrival->name,
            S_ISDIR(arrival->status.mode) != 0);
  note_moved(t, arrival);
  if (!from->awaited) return;
  /* What waits is in the list, too, and is passed over there: it was told.
   * Without memory it is its turn then. */
  struct rn_recover *recover = arrival->node->root->recover;
  struct rn_deferral *next = make(from->node, from->name);
  if (next != NULL) put_first(&recover->deferrals[arrival->kind], next);
}

/* A directory: it was moved here if it is the node that was there. */
static void arrive_dir(struct rn_tracker *t, const struct arrival *arrival,
                       const struct place *from) {
  struct rn_node *before = rn_tree_child(&t->tree, from->node, from->name);
  struct rn_node *child = NULL;
  if (before != NULL && !rn_node_is_suspended(before))
    child = rn_rescan_enter(t, arrival->node, arrival->dir_fd, arrival->name);
  if (child == NULL || child != before) {
    rn_rescan_arrive(t, arrival->node, arrival->dir_fd, arrival->name,
                     &arrival->status);
    return;
  }
  arrive_moved(t, arrival, from);
  rn_wait_for_scan(t, child, RN_FRAME_RECOVER);
}

static void arrive(struct rn_tracker *t, const struct arrival *arrival) {
  struct rn_root *root = arrival->node->root;
  const uint32_t dir = rn_recover_ref(arrival->node);
  const uint32_t origin =
      dir != 0 ? origin_of(root->recover, &arrival->status, dir) : 0;
  struct place from = {.node = NULL};
  if (origin != 0) note_place(t, root, origin, &from);
  if (from.node == NULL)
    rn_rescan_arrive(t, arrival->node, arrival->dir_fd, arrival->name,
                     &arrival->status);
  else if (S_ISDIR(arrival->status.mode))
    arrive_dir(t, arrival, &from);
  else
    arrive_moved(t, arrival, &from);
}

/* Whether the place in the index is free, or was made so.  force: also if what
 * is there may be found elsewhere. */
static bool make_way(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name, uint32_t ref, bool force) {
  struct rn_image_entry *entry = rn_image_at(node->root->recover->image, ref);
  if ((entry->flags & RN_IMAGE_WANTED) != 0 && !force) {
    entry->flags |= RN_IMAGE_AWAITED;
    return false;
  }
  rn_recover_depart(t, node, name);
  return true;
}

/* Tell an arrival.  Returns false when its place is not free yet. */
static bool resolve_arrival(struct rn_tracker *t, struct rn_root *root,
                            enum rn_deferral_kind kind,
                            const struct rn_deferral *one) {
  struct rn_recover *recover = root->recover;
  struct arrival arrival = {
      .kind = kind, .node = node_of(t, root, one), .name = name_of(one)};
  const uint32_t dir = arrival.node != NULL ? rn_recover_ref(arrival.node) : 0;
  if (dir == 0) {
    recover->doubt = true;
    return true;
  }
  const uint32_t ref = rn_image_find(recover->image, dir, arrival.name);
  const uint8_t flags = ref != 0 ? rn_image_at(recover->image, ref)->flags : 0;
  if (ref != 0 && (flags & RN_IMAGE_SEEN) != 0) return true; /* a record told */
  if (ref != 0 && !make_way(t, arrival.node, arrival.name, ref, one->waited))
    return false;
  if (recover->image == NULL) return true;
  arrival.dir_fd = rn_open_node(t, arrival.node, O_PATH);
  if (arrival.dir_fd < 0) {
    recover->doubt = true;
    return true;
  }
  const int err =
      t->sys->entry_status(t->sys, arrival.dir_fd, one->name, &arrival.status);
  if (err == 0)
    arrive(t, &arrival);
  else if (err != -ENOENT)
    recover->doubt = true;
  t->sys->close(t->sys, arrival.dir_fd);
  return true;
}

/* Do up to a piece of a list of arrivals. */
static void resolve_arrivals(struct rn_tracker *t, struct rn_root *root,
                             enum rn_deferral_kind kind) {
  struct rn_recover *recover = root->recover;
  struct rn_deferrals *list = &recover->deferrals[kind];
  for (int i = 0; i < RN_RESCAN_PIECE && list->count > 0; i++) {
    struct rn_deferral *one = take(list);
    const bool done = resolve_arrival(t, root, kind, one);
    if (done || recover->image == NULL) {
      free(one);
      if (recover->image == NULL) return;
      continue;
    }
    one->waited = true;
    append(list, one);
  }
}

/* ---- departures ---- */

/* Tell what left, for up to `count` entries.  Returns whether that is all. */
static bool resolve_departure(struct rn_tracker *t, struct rn_root *root,
                              const struct rn_deferral *one, uint32_t *count) {
  const struct rn_image *image = root->recover->image;
  struct rn_node *node = node_of(t, root, one);
  if (node == NULL) root->recover->doubt = true;
  const uint32_t dir = node != NULL ? rn_recover_ref(node) : 0;
  const uint32_t ref = dir != 0 ? rn_image_find(image, dir, name_of(one)) : 0;
  --*count;
  if (ref == 0 || (rn_image_at(image, ref)->flags & RN_IMAGE_AWAY) == 0)
    return true;
  return rn_recover_depart_some(t, node, name_of(one), count);
}

/* A share is told, be it of one directory. */
static void resolve_departures(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  struct rn_deferrals *list = &recover->deferrals[RN_DEFER_LEFT];
  uint32_t count = t->share + 1;
  while (count > 1 && recover->image != NULL) {
    struct rn_deferral *one = take(list);
    if (one == NULL) return;
    if (resolve_departure(t, root, one, &count) || recover->image == NULL) {
      free(one);
      continue;
    }
    one->waited = true;
    put_first(list, one);
  }
}

bool rn_resolve_is_leaving(const struct rn_recover *recover,
                           const struct rn_node *node, struct rn_bytes name) {
  const struct rn_deferral *one = recover->deferrals[RN_DEFER_LEFT].first;
  return one != NULL && one->waited && one->wd == node->wd &&
         one->generation == node->generation &&
         rn_bytes_equal(name_of(one), name);
}

bool rn_resolve_piece(struct rn_tracker *t, struct rn_root *root) {
  struct rn_recover *recover = root->recover;
  if (recover->deferrals[RN_DEFER_DIR].count > 0)
    resolve_arrivals(t, root, RN_DEFER_DIR);
  else if (recover->deferrals[RN_DEFER_ENTRY].count > 0)
    resolve_arrivals(t, root, RN_DEFER_ENTRY);
  else if (recover->deferrals[RN_DEFER_LEFT].count > 0)
    resolve_departures(t, root);
  else
    return false;
  return true;
}
