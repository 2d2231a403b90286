#ifndef LIB_FILTER_FILTER_H
#define LIB_FILTER_FILTER_H

/* What of a watch is wanted: which entries are watched, which events are
 * delivered.  The user's mask, globs, rules and predicate live here; what the
 * kernel is asked for is the tree's business. */

#include "lib/base/base.h"
#include "ringnotify/watch.h"

/* What a filter looks at besides the mask. */
enum {
  RN_FILTER_NAMES_WATCHED = 1U << 0, /* names, for what is watched */
  RN_FILTER_NAMES_TOLD = 1U << 1,    /* names, for what is told */
  RN_FILTER_NO_FILES = 1U << 2,      /* nothing but directories is told */
  RN_FILTER_NO_DIRECTORIES = 1U << 3,
};

struct rn_sieve;

/* Used by one thread at a time. */
struct rn_filter {
  uint32_t
      mask; /* the user's: event bits, and IN_IGNORED, IN_UNMOUNT if asked */
  uint32_t looks;         /* RN_FILTER_* */
  struct rn_sieve *sieve; /* what looks at names; or NULL */
};

/* Copy what of a watch's options is the filter's.  `mask` is left 0.
 *
 * Returns    0; -EINVAL a rule: rn_rules_check() says which; -ENOMEM. */
int rn_filter_init(struct rn_filter *filter,
                   const struct rn_watch_options *options);
void rn_filter_fini(struct rn_filter *filter);

/* Have it count in `*undecided` from now on what its rules could not decide. */
void rn_filter_count(const struct rn_filter *filter, uint64_t *undecided);

/* Whether the mask of an event was asked for.  `is_root`: it is about the path
 * itself that was added, whose end is always told. */
static inline bool rn_filter_wants_mask(const struct rn_filter *filter,
                                        uint32_t mask, bool is_root) {
  const uint32_t end_of_root = is_root ? 0x8000U | 0x2000U : 0;
  return (mask & (filter->mask | end_of_root) & 0xffffU) != 0;
}

/* Whether anything besides the mask is looked at. */
static inline bool rn_filter_looks(const struct rn_filter *filter) {
  return filter->looks != 0;
}

/* Whether names decide what is watched. */
static inline bool rn_filter_looks_for_watching(
    const struct rn_filter *filter) {
  return (filter->looks & RN_FILTER_NAMES_WATCHED) != 0;
}

/* Whether names decide what is told. */
static inline bool rn_filter_looks_for_telling(const struct rn_filter *filter) {
  return (filter->looks & RN_FILTER_NAMES_TOLD) != 0;
}

/* Whether events about directories, or about all else, are told. */
static inline bool rn_filter_wants_type(const struct rn_filter *filter,
                                        bool is_dir) {
  const uint32_t without =
      is_dir ? RN_FILTER_NO_DIRECTORIES : RN_FILTER_NO_FILES;
  return (filter->looks & without) == 0;
}

/* Whether a directory is watched: by its name.
 *
 * path       the whole path, NUL-terminated.
 * name       the last name in it. */
bool rn_filter_watches(const struct rn_filter *filter, const char *path,
                       const char *name);

/* Whether events of an entry are told: by its name.  Otherwise as
 * rn_filter_watches(). */
bool rn_filter_tells(const struct rn_filter *filter, const char *path,
                     const char *name, bool is_dir);

#endif
