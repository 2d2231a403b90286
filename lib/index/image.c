/* The image of a tree.
 *
 * Two tables of 32-bit references: by directory and name, and by inode.  The
 * children of a directory are keyed by its reference, so its name lies apart: a
 * longer one needs another piece, and whoever renames a directory of many
 * entries again and again must not have them keyed anew each time. */

#include "lib/index/image.h"

#include <errno.h>
#include <stdlib.h>

/* ---- hashes ---- */

static uint64_t hash_name(const struct rn_image *image, uint32_t parent,
                          struct rn_bytes name) {
  return rn_hash_bytes(&image->key, parent, name);
}

static uint64_t hash_by_name(const void *context, uint32_t ref) {
  const struct rn_image_entry *entry = rn_image_at(context, ref);
  return hash_name(context, entry->parent, rn_image_name(context, entry));
}

/* A file system may give its inodes any numbers. */
uint64_t rn_image_inode_hash(const struct rn_image *image, uint64_t inode,
                             uint32_t device) {
  const struct rn_bytes bytes = {(const char *)&device, sizeof(device)};
  return (uint32_t)rn_hash_bytes(&image->key, inode, bytes);
}

static uint64_t hash_by_inode(const void *context, uint32_t ref) {
  const struct rn_image_entry *entry = rn_image_at(context, ref);
  return rn_image_inode_hash(context, entry->inode, entry->device);
}

/* ---- entries ---- */

static size_t entry_size(size_t name_size) {
  return offsetof(struct rn_image_entry, file_name) + name_size;
}

/* Whether names of these sizes need pieces of one size. */
static bool fits(size_t one, size_t other) {
  return rn_round_up(one, RN_ARENA_UNIT) == rn_round_up(other, RN_ARENA_UNIT);
}

/* Give a directory a name in place of the one that it has.
 *
 * Returns    false: no memory, it has that one still. */
static bool name_dir(struct rn_image *image, uint32_t ref,
                     struct rn_bytes name) {
  struct rn_image_entry *dir = rn_image_at(image, ref);
  const size_t before = dir->name_size;
  if (before == 0 || !fits(before, name.size)) {
    const uint32_t piece = rn_arena_take(&image->arena, name.size);
    if (piece == 0) return false;
    if (before > 0) rn_arena_give(&image->arena, dir->name_at, before);
    dir->name_at = piece;
  }
  dir->name_size = (uint16_t)name.size;
  memcpy(rn_arena_at(&image->arena, dir->name_at), name.data, name.size);
  return true;
}

/* An entry of which nothing is known, with so much room for a name in it. */
static uint32_t take_entry(struct rn_image *image, size_t name_size,
                           uint8_t type) {
  const uint32_t ref = rn_arena_take(&image->arena, entry_size(name_size));
  if (ref == 0) return 0;
  struct rn_image_entry *entry = rn_image_at(image, ref);
  memset(entry, 0, entry_size(0));
  entry->type = type;
  return ref;
}

/* A directory that is linked nowhere.  name: empty: it has none. */
static uint32_t make_dir(struct rn_image *image, struct rn_bytes name) {
  const uint32_t ref = take_entry(image, 0, rn_image_type(S_IFDIR));
  if (ref == 0 || name.size == 0 || name_dir(image, ref, name)) return ref;
  rn_arena_give(&image->arena, ref, entry_size(0));
  return 0;
}

/* Another entry that is linked nowhere. */
static uint32_t make_file(struct rn_image *image, struct rn_bytes name,
                          uint8_t type) {
  const uint32_t ref = take_entry(image, name.size, type);
  if (ref == 0) return 0;
  struct rn_image_entry *entry = rn_image_at(image, ref);
  entry->name_size = (uint16_t)name.size;
  memcpy(entry->file_name, name.data, name.size);
  return ref;
}

static void free_entry(struct rn_image *image, uint32_t ref) {
  const struct rn_image_entry *entry = rn_image_at(image, ref);
  const bool is_dir = rn_image_is_dir(entry);
  if (is_dir && entry->name_size > 0)
    rn_arena_give(&image->arena, entry->name_at, entry->name_size);
  rn_arena_give(&image->arena, ref, entry_size(is_dir ? 0 : entry->name_size));
}

static void link_entry(struct rn_image *image, uint32_t ref, uint32_t parent) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  struct rn_image_entry *above = rn_image_at(image, parent);
  entry->parent = parent;
  entry->previous = 0;
  entry->next = above->first_child;
  if (entry->next != 0) rn_image_at(image, entry->next)->previous = ref;
  above->first_child = ref;
  rn_refs_add(&image->by_name, ref);
}

static void unlink_entry(struct rn_image *image, uint32_t ref) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  rn_refs_remove(&image->by_name, ref);
  if (entry->next != 0)
    rn_image_at(image, entry->next)->previous = entry->previous;
  if (entry->previous != 0)
    rn_image_at(image, entry->previous)->next = entry->next;
  else
    rn_image_at(image, entry->parent)->first_child = entry->next;
}

/* ---- inodes ---- */

static void forget_inode(struct rn_image *image, uint32_t ref) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  if (entry->inode != 0 && (entry->flags & RN_IMAGE_LOOSE) == 0)
    rn_refs_remove(&image->by_inode, ref);
  entry->flags &= (uint8_t)~RN_IMAGE_LOOSE;
  entry->inode = 0;
}

static bool has_links_enough(const struct rn_image *image, uint64_t inode,
                             uint32_t device) {
  const struct rn_status status = {.inode = inode, .device = device};
  uint64_t at = rn_image_inode_hash(image, inode, device);
  int count = 0;
  while (count < RN_IMAGE_LINKS_MAX &&
         rn_image_by_inode(image, &status, &at) != 0)
    count++;
  return count == RN_IMAGE_LINKS_MAX;
}

static void note_inode(struct rn_image *image, uint32_t ref, uint64_t inode,
                       uint32_t device) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  if (inode == 0 || rn_refs_reserve(&image->by_inode) < 0) return;
  const bool enough = has_links_enough(image, inode, device);
  entry->inode = inode;
  entry->device = device;
  if (enough)
    entry->flags |= RN_IMAGE_LOOSE;
  else
    rn_refs_add(&image->by_inode, ref);
}

/* ---- the whole ---- */

int rn_image_new(const struct rn_hash_key *key, struct rn_image **image) {
  struct rn_image *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->key = *key;
  rn_arena_init(&made->arena);
  rn_refs_init(&made->by_name, made, hash_by_name);
  rn_refs_init(&made->by_inode, made, hash_by_inode);
  made->top = make_dir(made, rn_bytes_of(""));
  made->limbo = make_dir(made, rn_bytes_of(""));
  made->trash = make_dir(made, rn_bytes_of(""));
  if (made->top == 0 || made->limbo == 0 || made->trash == 0) {
    rn_image_free(made);
    return -ENOMEM;
  }
  *image = made;
  return 0;
}

void rn_image_free(struct rn_image *image) {
  if (image == NULL) return;
  rn_refs_fini(&image->by_name);
  rn_refs_fini(&image->by_inode);
  rn_arena_fini(&image->arena);
  free(image);
}

size_t rn_image_memory(const struct rn_image *image) {
  return sizeof(*image) + rn_arena_memory(&image->arena) +
         rn_refs_memory(&image->by_name) + rn_refs_memory(&image->by_inode);
}

/* ---- finding ---- */

uint32_t rn_image_find(const struct rn_image *image, uint32_t parent,
                       struct rn_bytes name) {
  uint64_t at = (uint32_t)hash_name(image, parent, name);
  uint32_t ref;
  while ((ref = rn_refs_next(&image->by_name, &at)) != 0) {
    const struct rn_image_entry *entry = rn_image_at(image, ref);
    if (entry->parent == parent &&
        rn_bytes_equal(rn_image_name(image, entry), name))
      return ref;
  }
  return 0;
}

uint32_t rn_image_by_inode(const struct rn_image *image,
                           const struct rn_status *status, uint64_t *at) {
  uint32_t ref;
  while ((ref = rn_refs_next(&image->by_inode, at)) != 0) {
    const struct rn_image_entry *entry = rn_image_at(image, ref);
    if (entry->inode == status->inode && entry->device == status->device)
      return ref;
  }
  return 0;
}

/* ---- changing ---- */

uint32_t rn_image_add(struct rn_image *image, uint32_t parent,
                      struct rn_bytes name, uint8_t type) {
  RN_ASSERT(name.size > 0 && name.size <= RN_NAME_SIZE_MAX);
  if (rn_refs_reserve(&image->by_name) < 0) return 0;
  const bool is_dir = type == rn_image_type(S_IFDIR);
  const uint32_t ref =
      is_dir ? make_dir(image, name) : make_file(image, name, type);
  if (ref == 0) return 0;
  struct rn_image_entry *entry = rn_image_at(image, ref);
  entry->flags = RN_IMAGE_DATA_OLD | RN_IMAGE_META_OLD;
  link_entry(image, ref, parent);
  image->count++;
  return ref;
}

static void remove_one(struct rn_image *image, uint32_t ref) {
  forget_inode(image, ref);
  unlink_entry(image, ref);
  free_entry(image, ref);
  image->count--;
}

/* Remove up to `count` entries of a tree, children before their parents.
 * Returns whether none is left. */
static bool remove_some(struct rn_image *image, uint32_t top, uint32_t *count) {
  uint32_t at = rn_image_deepest(image, top);
  while (*count > 0) {
    const uint32_t next = rn_image_deepest_next(image, top, at);
    remove_one(image, at);
    --*count;
    if (next == 0) return true;
    at = next;
  }
  return false;
}

void rn_image_remove(struct rn_image *image, uint32_t ref) {
  uint32_t count = RN_IMAGE_PIECE;
  if (remove_some(image, ref, &count)) return;
  const uint32_t number = ++image->trashed;
  const struct rn_bytes name = {(const char *)&number, sizeof(number)};
  if (rn_image_move(image, ref, image->trash, name) != 0) return;
  count = UINT32_MAX; /* no memory: all at once */
  (void)remove_some(image, ref, &count);
}

bool rn_image_has_trash(const struct rn_image *image) {
  return rn_image_at(image, image->trash)->first_child != 0;
}

void rn_image_sweep(struct rn_image *image) {
  uint32_t count = RN_IMAGE_PIECE;
  uint32_t ref;
  while (count > 0 &&
         (ref = rn_image_at(image, image->trash)->first_child) != 0)
    (void)remove_some(image, ref, &count);
}

/* Put what is known of a file into a piece that fits another name. */
static void refit(struct rn_image *image, uint32_t from, uint32_t to) {
  const struct rn_image_entry *old = rn_image_at(image, from);
  struct rn_image_entry *made = rn_image_at(image, to);
  const uint64_t inode = old->inode;
  const uint32_t device = old->device;
  forget_inode(image, from);
  made->mtime_ns = old->mtime_ns;
  made->ctime_ns = old->ctime_ns;
  made->size = old->size;
  made->flags = old->flags;
  note_inode(image, to, inode, device);
}

static uint32_t move_dir(struct rn_image *image, uint32_t ref, uint32_t parent,
                         struct rn_bytes name) {
  unlink_entry(image, ref);
  const uint32_t above = rn_image_at(image, ref)->parent;
  const bool named = name_dir(image, ref, name);
  link_entry(image, ref, named ? parent : above);
  return named ? ref : 0;
}

uint32_t rn_image_move(struct rn_image *image, uint32_t ref, uint32_t parent,
                       struct rn_bytes name) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  if (rn_image_is_dir(entry)) return move_dir(image, ref, parent, name);
  if (fits(entry_size(entry->name_size), entry_size(name.size))) {
    unlink_entry(image, ref);
    entry->name_size = (uint16_t)name.size;
    memcpy(entry->file_name, name.data, name.size);
    link_entry(image, ref, parent);
    return ref;
  }
  const uint32_t made = make_file(image, name, entry->type);
  if (made == 0) return 0;
  unlink_entry(image, ref);
  refit(image, ref, made);
  free_entry(image, ref);
  link_entry(image, made, parent);
  return made;
}

void rn_image_identify(struct rn_image *image, uint32_t ref,
                       const struct rn_status *status) {
  const struct rn_image_entry *entry = rn_image_at(image, ref);
  if (entry->inode == status->inode && entry->device == status->device &&
      (entry->flags & RN_IMAGE_LOOSE) == 0)
    return;
  forget_inode(image, ref);
  note_inode(image, ref, status->inode, status->device);
}

void rn_image_learn(struct rn_image *image, uint32_t ref,
                    const struct rn_status *status) {
  struct rn_image_entry *entry = rn_image_at(image, ref);
  RN_ASSERT(rn_image_is_dir(entry) == (S_ISDIR(status->mode) != 0));
  rn_image_identify(image, ref, status);
  entry->type = rn_image_type(status->mode);
  entry->mtime_ns = status->mtime_ns;
  entry->ctime_ns = status->ctime_ns;
  if (!rn_image_is_dir(entry)) entry->size = status->size;
  entry->flags &= (uint8_t) ~(RN_IMAGE_DATA_OLD | RN_IMAGE_META_OLD);
}

/* ---- going over a tree ---- */

static uint32_t first_child(const struct rn_image *image, uint32_t ref) {
  const struct rn_image_entry *entry = rn_image_at(image, ref);
  return rn_image_is_dir(entry) ? entry->first_child : 0;
}

uint32_t rn_image_next(const struct rn_image *image, uint32_t top,
                       uint32_t ref) {
  const uint32_t child = first_child(image, ref);
  if (child != 0) return child;
  while (ref != top && rn_image_at(image, ref)->next == 0)
    ref = rn_image_at(image, ref)->parent;
  return ref == top ? 0 : rn_image_at(image, ref)->next;
}

uint32_t rn_image_deepest(const struct rn_image *image, uint32_t top) {
  for (uint32_t child; (child = first_child(image, top)) != 0;) top = child;
  return top;
}

uint32_t rn_image_deepest_next(const struct rn_image *image, uint32_t top,
                               uint32_t ref) {
  if (ref == top) return 0;
  const struct rn_image_entry *entry = rn_image_at(image, ref);
  return entry->next != 0 ? rn_image_deepest(image, entry->next)
                          : entry->parent;
}
