/* Listing of one directory by getdents64(2): one system call for some hundred
 * entries, and no stat where the file system tells the type. */

#include "lib/scan/scan.h"

#include <dirent.h>
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
  listing->next = 0;
  listing->end = 0;
}

static bool is_dir(const struct rn_listing *listing, const struct record *at) {
  if (at->type != DT_UNKNOWN) return at->type == DT_DIR;
  mode_t mode;
  const int err =
      listing->sys->entry_mode(listing->sys, listing->fd, at->name, &mode);
  return err == 0 && S_ISDIR(mode);
}

static bool is_dots(const char *name) {
  return name[0] == '.' &&
         (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

int rn_listing_next(struct rn_listing *listing, struct rn_entry *entry) {
  for (;;) {
    if (listing->next >= listing->end) {
      const ssize_t got = listing->sys->dir_read(
          listing->sys, listing->fd, listing->buffer, sizeof(listing->buffer));
      if (got <= 0) return (int)got;
      listing->next = 0;
      listing->end = (size_t)got;
    }
    const struct record *at =
        (const struct record *)(const void *)(listing->buffer + listing->next);
    listing->next += at->size;
    if (is_dots(at->name)) continue;
    entry->name = rn_bytes_of(at->name);
    entry->is_dir = is_dir(listing, at);
    return 1;
  }
}

bool rn_listing_peek(const struct rn_listing *listing, size_t *at,
                     struct rn_entry *entry) {
  while (listing->next + *at < listing->end) {
    const char *bytes = listing->buffer + listing->next + *at;
    const struct record *record = (const struct record *)(const void *)bytes;
    *at += record->size;
    if (is_dots(record->name)) continue;
    entry->name = rn_bytes_of(record->name);
    entry->is_dir = is_dir(listing, record);
    return true;
  }
  return false;
}

size_t rn_listing_left(const struct rn_listing *listing) {
  return listing->end - listing->next;
}

void rn_listing_end(struct rn_listing *listing) {
  listing->sys->close(listing->sys, listing->fd);
  listing->fd = -1;
}
