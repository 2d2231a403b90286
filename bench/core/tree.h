#ifndef BENCH_CORE_TREE_H
#define BENCH_CORE_TREE_H

/* A tree of directories for recursive watches: ten below each, with names of 8
 * bytes, and two files in each. */

#include <stdint.h>

#include "bench/core/place.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Make `count` directories, `root` included, which must not be there.
 *
 * Returns    0 or a negative errno. */
int tree_make(const char *root, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
