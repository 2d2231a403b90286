#ifndef LIB_FILTER_PATTERN_H
#define LIB_FILTER_PATTERN_H

/* One pattern: a glob or a regular expression.  The only code that includes
 * pcre2.h is this module's. */

#include "lib/base/base.h"
#include "ringnotify/filter.h"

enum { RN_PATTERN_SIZE_MAX = 16384 }; /* with its NUL */

struct rn_pattern {
  char *glob;   /* or NULL */
  void *code;   /* of a regex: pcre2_code; or NULL */
  char *text;   /* likewise: as it was given */
  bool counts;  /* likewise: its steps are counted */
  int how;      /* flags of fnmatch(3) */
  bool by_path; /* held against the whole path, else against the last name */
};

/* What is matched against. */
struct rn_subject {
  const char *path; /* NUL-terminated */
  const char *name; /* the last name in it */
};

/* What a regex needs while it is matched.  Made once, used by one thread at a
 * time; both NULL: nothing was made. */
struct rn_match_space {
  void *data;    /* pcre2_match_data */
  void *limits;  /* pcre2_match_context */
  size_t *steps; /* what matches took, all together; or NULL */
};

enum rn_match {
  RN_MATCH_NO,
  RN_MATCH_YES,
  RN_MATCH_UNDECIDED, /* given up at a limit */
};

/* Take a pattern in.  Of `rule` the kind and the flags of matching are read.
 *
 * text       out or NULL: why it is none.
 * Returns    0; -EINVAL; -ENOMEM. */
int rn_pattern_init(struct rn_pattern *pattern, const struct rn_rule *rule,
                    char *text, size_t size);
/* Also for one that is all zero. */
void rn_pattern_fini(struct rn_pattern *pattern);

/* Hold a pattern against an entry.  Takes no memory but what the space grows by
 * where a regex runs without JIT, which it keeps. */
enum rn_match rn_pattern_match(const struct rn_pattern *pattern,
                               const struct rn_match_space *space,
                               const struct rn_subject *subject);

/* Returns 0; -ENOMEM. */
int rn_match_space_init(struct rn_match_space *space);
void rn_match_space_fini(struct rn_match_space *space);

#endif
