#ifndef LIB_SCAN_SCAN_H
#define LIB_SCAN_SCAN_H

/* Listing of one directory, in pieces: a directory of a million entries must
 * not keep the reader from the kernel's queue. */

#include <stdalign.h>

#include "lib/base/base.h"
#include "lib/sys/sys.h"

/* One entry; "." and ".." are left out. */
struct rn_entry {
  struct rn_bytes name; /* NUL-terminated, valid until the next call */
  bool is_dir;          /* a directory itself: links are not followed */
};

enum {
  /* Entries, and calls that gave none, after which a listing is given up: a
   * file system may show more for ever. */
  RN_LISTING_MAX = 1 << 24,
};

struct rn_listing {
  const struct rn_sys *sys;
  int fd;
  uint32_t count;   /* of entries and calls so far */
  size_t next, end; /* in the buffer */
  int error;        /* why an entry could not be described, or 0 */
  bool is_first;    /* the entry taken last is the first of those read */
  alignas(8) char buffer[16 * 1024];
};

/* Begin to list an open directory.
 *
 * Ownership  takes `fd`: rn_listing_end() closes it. */
void rn_listing_begin(struct rn_listing *listing, const struct rn_sys *sys,
                      int fd);

enum { RN_LISTING_NONE = 2 };

/* Take the next entry.  One whose type cannot be found is taken for a file, or
 * for lack of memory passed over: the next listing may find it.  One whose name
 * is longer than RN_NAME_SIZE_MAX is passed over.
 *
 * Returns    1 an entry is in `entry`; RN_LISTING_NONE there was none in what
 *            was read, and there may be more: a call reads once, as a file
 *            system may show nothing for ever; 0 the end; what getdents64(2)
 *            gave (-ENOENT: the directory is deleted); -EOVERFLOW it has no
 *            end, or one behind RN_LISTING_MAX; at the end what fstatat(2) gave
 *            for an entry whose type could not be found, or -ENAMETOOLONG when
 *            a name was too long. */
int rn_listing_next(struct rn_listing *listing, struct rn_entry *entry);

/* Go over the entries that are read and not yet taken, without taking them or
 * reading more: start with *at = 0.
 *
 * Returns    false behind the last one. */
bool rn_listing_peek(struct rn_listing *listing, size_t *at,
                     struct rn_entry *entry);

/* How many bytes of entries are read and not yet taken: 0 means that the next
 * call makes a system call. */
size_t rn_listing_left(const struct rn_listing *listing);

void rn_listing_end(struct rn_listing *listing);

#endif
