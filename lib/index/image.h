#ifndef LIB_INDEX_IMAGE_H
#define LIB_INDEX_IMAGE_H

/* The image of a tree: what a consumer knows of it who took in every event.
 *
 * An entry is found by its directory and its name, and by its inode.  It is
 * named by a reference of 32 bits, which is valid until the entry is removed
 * or, of what is no directory, moved.  A directory keeps its own, so that one
 * which is moved takes what is below it along at the cost of its own entry.
 *
 * No system calls, no policy.   Threads: one, the reader's. */

#include <sys/stat.h>

#include "lib/base/hash.h"
#include "lib/index/arena.h"
#include "lib/index/refs.h"
#include "lib/sys/sys.h"

enum {
  RN_IMAGE_DATA_OLD = 1U << 0, /* size and mtime are not known (any more) */
  RN_IMAGE_META_OLD = 1U << 1, /* the same of ctime */
  RN_IMAGE_SEEN = 1U << 2,     /* a rescan has found it, or it was told since */
  RN_IMAGE_AWAY = 1U << 3,     /* a rescan has not found it in its place */
  RN_IMAGE_WANTED = 1U << 4,   /* a rescan may have found it in another place */
  RN_IMAGE_AWAITED = 1U << 6, /* what came to its place waits for it to leave */
  RN_IMAGE_LOOSE = 1U << 5,   /* the image's: not found by its inode, which has
                                  names enough that are */
};

/* So many names of an inode are found by it.  They lie in one run of a table,
 * and all of them are gone over: a store where thousands of names are links to
 * one file must not cost more than others. */
enum { RN_IMAGE_LINKS_MAX = 16 };

/* Entries that are removed at a time. */
enum { RN_IMAGE_PIECE = 1024 };

/* 52 bytes and the name; of a directory the name is a piece of its own. */
struct rn_image_entry {
  uint64_t inode; /* 0: not known */
  int64_t mtime_ns, ctime_ns;
  union {
    uint64_t size; /* of what is no directory */
    struct {
      uint32_t first_child;
      uint32_t name_at; /* in the arena; 0: it has none */
    };                  /* of a directory */
  };
  uint32_t parent, next, previous;
  uint32_t device;
  uint16_t name_size;
  uint8_t type;     /* the upper bits of st_mode; 0: no directory, not known */
  uint8_t flags;    /* RN_IMAGE_* */
  char file_name[]; /* of what is no directory */
};

struct rn_image {
  struct rn_hash_key key;
  struct rn_arena arena;
  struct rn_refs by_name, by_inode;
  uint32_t top;     /* the tree's own directory */
  uint32_t limbo;   /* a directory outside: for what is between two places */
  uint32_t trash;   /* another: for what is to be removed */
  uint32_t trashed; /* trees so far, which are their names there */
  uint32_t count;   /* entries below the two */
};

/* Returns    0; -ENOMEM. */
int rn_image_new(const struct rn_hash_key *key, struct rn_image **image);
void rn_image_free(struct rn_image *image); /* or NULL */

static inline struct rn_image_entry *rn_image_at(const struct rn_image *image,
                                                 uint32_t ref) {
  return (struct rn_image_entry *)rn_arena_at(&image->arena, ref);
}

static inline uint8_t rn_image_type(mode_t mode) {
  return (uint8_t)((mode & S_IFMT) >> 12);
}

static inline bool rn_image_is_dir(const struct rn_image_entry *entry) {
  return entry->type == S_IFDIR >> 12;
}

static inline struct rn_bytes rn_image_name(
    const struct rn_image *image, const struct rn_image_entry *entry) {
  const char *name = entry->file_name;
  if (rn_image_is_dir(entry) && entry->name_size > 0)
    name = (const char *)rn_arena_at(&image->arena, entry->name_at);
  return (struct rn_bytes){.data = name, .size = entry->name_size};
}

/* The same in memory of the caller's, RN_NAME_SIZE_MAX bytes: while the index
 * changes. */
static inline struct rn_bytes rn_image_copy_name(
    const struct rn_image *image, const struct rn_image_entry *entry,
    char *to) {
  const struct rn_bytes name = rn_image_name(image, entry);
  memcpy(to, name.data, name.size);
  return (struct rn_bytes){.data = to, .size = name.size};
}

/* The entry of a directory, or 0. */
uint32_t rn_image_find(const struct rn_image *image, uint32_t parent,
                       struct rn_bytes name);

/* Add an entry that is not there; nothing is known of it but its type.
 *
 * name       1 to RN_NAME_SIZE_MAX bytes.
 * Returns    its reference; 0: no memory. */
uint32_t rn_image_add(struct rn_image *image, uint32_t parent,
                      struct rn_bytes name, uint8_t type);

/* Remove an entry with all below it.  Of a large tree the rest is put where
 * nothing finds it but its inodes, to be swept. */
void rn_image_remove(struct rn_image *image, uint32_t ref);

/* Whether there is something to be swept; sweep a piece of it. */
bool rn_image_has_trash(const struct rn_image *image);
void rn_image_sweep(struct rn_image *image);

/* Put an entry in another place, which is free, and not below itself.
 *
 * Returns    its reference from now on; 0: no memory, it is where it was. */
uint32_t rn_image_move(struct rn_image *image, uint32_t ref, uint32_t parent,
                       struct rn_bytes name);

/* Note which inode an entry is.  It is not found by it when there is no memory,
 * or as long as RN_IMAGE_LINKS_MAX others are. */
void rn_image_identify(struct rn_image *image, uint32_t ref,
                       const struct rn_status *status);

/* Note all that is known of an entry from now on; a directory stays one, and
 * what is none stays none. */
void rn_image_learn(struct rn_image *image, uint32_t ref,
                    const struct rn_status *status);

/* Go over the entries that are found by an inode: start with *at =
 * rn_image_inode_hash(); 0 at the end.  Nothing may be changed meanwhile. */
uint64_t rn_image_inode_hash(const struct rn_image *image, uint64_t inode,
                             uint32_t device);
uint32_t rn_image_by_inode(const struct rn_image *image,
                           const struct rn_status *status, uint64_t *at);

/* The entry behind `ref` in the tree of `top`, parents first; 0 at the end.
 * Start with ref = top. */
uint32_t rn_image_next(const struct rn_image *image, uint32_t top,
                       uint32_t ref);
/* The same, children before their parents: the first one, and the next, ending
 * with `top`.  The next one has to be asked for before `ref` is removed. */
uint32_t rn_image_deepest(const struct rn_image *image, uint32_t top);
uint32_t rn_image_deepest_next(const struct rn_image *image, uint32_t top,
                               uint32_t ref);

/* Bytes that the image takes. */
size_t rn_image_memory(const struct rn_image *image);

#endif
