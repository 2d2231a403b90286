#ifndef LIB_FILTER_FILTER_H
#define LIB_FILTER_FILTER_H

/* What of a watch is wanted: which entries are watched, which events are
 * delivered.  The user's mask and globs live here; what the kernel is asked for
 * is the tree's business. */

#include "lib/base/base.h"

struct rn_filter {
  uint32_t
      mask; /* the user's: event bits, and IN_IGNORED, IN_UNMOUNT if asked */
  char **exclude; /* globs, NULL-terminated; or NULL */
  char **include; /* globs, NULL-terminated; or NULL */
};

/* Copy the globs.
 *
 * Returns    0; -ENOMEM. */
int rn_filter_init(struct rn_filter *filter, uint32_t mask,
                   const char *const *exclude, const char *const *include);
void rn_filter_fini(struct rn_filter *filter);

/* Whether the mask of an event was asked for.  `is_root`: it is about the path
 * itself that was added, whose end is always told. */
static inline bool rn_filter_wants_mask(const struct rn_filter *filter,
                                        uint32_t mask, bool is_root) {
  const uint32_t end_of_root = is_root ? 0x8000U | 0x2000U : 0;
  return (mask & (filter->mask | end_of_root) & 0xffffU) != 0;
}

/* Whether the filter looks at names at all. */
static inline bool rn_filter_has_globs(const struct rn_filter *filter) {
  return filter->exclude != NULL || filter->include != NULL;
}

/* Whether an entry passes the globs.
 *
 * path       the whole path, NUL-terminated.
 * name       its last name, NUL-terminated. */
bool rn_filter_passes(const struct rn_filter *filter, const char *path,
                      const char *name, bool is_dir);

#endif
