/* What of a watch is wanted.
 *
 * Globs are matched by fnmatch(3).  A glob with a slash is held against the
 * whole path, one without against the last name.  Exclusion comes first;
 * inclusion never hides a directory, or nothing below it could be found. */

#include "lib/filter/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>

static void free_globs(char **globs) {
  for (char **glob = globs; glob != NULL && *glob != NULL; glob++) free(*glob);
  free(globs);
}

/* Copy an array of strings; an empty one becomes NULL. */
static int copy_globs(const char *const *globs, char ***copy) {
  *copy = NULL;
  size_t count = 0;
  while (globs != NULL && globs[count] != NULL) count++;
  if (count == 0) return 0;
  char **made = calloc(count + 1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  for (size_t i = 0; i < count; i++) {
    made[i] = strdup(globs[i]);
    if (made[i] == NULL) {
      free_globs(made);
      return -ENOMEM;
    }
  }
  *copy = made;
  return 0;
}

int rn_filter_init(struct rn_filter *filter, uint32_t mask,
                   const char *const *exclude, const char *const *include) {
  *filter = (struct rn_filter){.mask = mask};
  int err = copy_globs(exclude, &filter->exclude);
  if (err == 0) err = copy_globs(include, &filter->include);
  if (err < 0) rn_filter_fini(filter);
  return err;
}

void rn_filter_fini(struct rn_filter *filter) {
  free_globs(filter->exclude);
  free_globs(filter->include);
  *filter = (struct rn_filter){.mask = 0};
}

static bool matches_one(char *const *globs, const char *path,
                        const char *name) {
  for (char *const *glob = globs; *glob != NULL; glob++) {
    const char *subject = strchr(*glob, '/') != NULL ? path : name;
    if (fnmatch(*glob, subject, 0) == 0) return true;
  }
  return false;
}

bool rn_filter_passes(const struct rn_filter *filter, const char *path,
                      const char *name, bool is_dir) {
  if (filter->exclude != NULL && matches_one(filter->exclude, path, name))
    return false;
  if (filter->include == NULL || is_dir) return true;
  return matches_one(filter->include, path, name);
}
