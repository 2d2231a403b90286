/* Listing of one directory by getdents64(2): one system call for some hundred
 * entries, and no stat where the file system tells the type. */

#include "lib/scan/scan.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

/* One record of getdents64(2), which the C library does not declare. */
struct record {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

void rn_listing_begin(struct rn_listing *listing, const struct rn_sys *sys,
                      int fd) {
  listing->sys = sys;
  listing->fd = fd;
  listing->count = 0;
  listing->next = 0;
  listing->end = 0;
  listing->error = 0;
}

static bool is_dots(const char *name) {
  return name[0] == '.' &&
         (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Say what an entry is.  Returns false when it is to be passed over: it is no
 * entry of a directory's, is gone, or has a longer name than the kernel lets
 * anybody use. */
static bool describe(struct rn_listing *listing, const struct record *at,
                     struct rn_entry *entry) {
  if (is_dots(at->name)) return false;
  entry->name = rn_bytes_of(at->name);
  if (entry->name.size > RN_NAME_SIZE_MAX) {
    listing->error = -ENAMETOOLONG;
    return false;
  }
  entry->is_dir = at->type == DT_DIR;
  if (at->type != DT_UNKNOWN) return true;
  mode_t mode;
  const int err =
      listing->sys->entry_mode(listing->sys, listing->fd, at->name, &mode);
  if (err == -ENOENT) return false;
  if (err < 0) listing->error = err;
  if (err == -ENOMEM) return false;
  entry->is_dir = err == 0 && S_ISDIR(mode);
  return true;
}

/* Read more.  Returns as rn_listing_next(). */
static int read_more(struct rn_listing *listing) {
  if (listing->count++ >= RN_LISTING_MAX) return -EOVERFLOW;
  const ssize_t got = listing->sys->dir_read(
      listing->sys, listing->fd, listing->buffer, sizeof(listing->buffer));
  if (got == 0) return listing->error;
  if (got < 0) return (int)got;
  listing->next = 0;
  listing->end = (size_t)got;
  return 1;
}

int rn_listing_next(struct rn_listing *listing, struct rn_entry *entry) {
  listing->is_first = listing->next >= listing->end;
  const int got = listing->is_first ? read_more(listing) : 1;
  if (got <= 0) return got;
  while (listing->next < listing->end) {
    const struct record *at =
        (const struct record *)(const void *)(listing->buffer + listing->next);
    listing->next += at->size;
    listing->count++;
    if (describe(listing, at, entry)) return 1;
  }
  return RN_LISTING_NONE;
}

bool rn_listing_peek(struct rn_listing *listing, size_t *at,
                     struct rn_entry *entry) {
  while (listing->next + *at < listing->end) {
    const char *bytes = listing->buffer + listing->next + *at;
    const struct record *record = (const struct record *)(const void *)bytes;
    *at += record->size;
    if (describe(listing, record, entry)) return true;
  }
  return false;
}

size_t rn_listing_left(const struct rn_listing *listing) {
  return listing->end - listing->next;
}

void rn_listing_end(struct rn_listing *listing) {
  const int fd = listing->fd;
  if (fd < 0) return;
  listing->fd = -1; /* first: a fork's child closes what is noted */
  listing->sys->close(listing->sys, fd);
}
