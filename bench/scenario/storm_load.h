#ifndef BENCH_SCENARIO_STORM_LOAD_H
#define BENCH_SCENARIO_STORM_LOAD_H

/* Storms: what makes directories and files faster than whoever watches can put
 * watches on them. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { STORM_PATH_SIZE = 288 };

struct storm_load {
  const char *kind; /* "mkdir", "untar", "rename" */
  uint32_t size; /* chains, directories in the archive, directories renamed */
  char root[STORM_PATH_SIZE];    /* where it storms: empty before */
  char archive[STORM_PATH_SIZE]; /* of "untar" */
};

/* Make ready: an empty root, and the archive if that is needed.
 *
 * folder     both are made in it.
 * Returns    0; -ENOENT there is no tar(1); another negative errno. */
int storm_load_prepare(struct storm_load *load, const char *folder);

/* Storm.
 *
 * Returns    0 or a negative errno. */
int storm_load_make(const struct storm_load *load);

#ifdef __cplusplus
}
#endif

#endif
