#ifndef BENCH_CORE_PLACE_H
#define BENCH_CORE_PLACE_H

/* The work folder: everything that the harness makes on disk is in it. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PLACE_SIZE = 256 }; /* of its path, with the NUL */

/* Make it in `dir`, or where that is NULL in $TMPDIR, else /tmp.
 *
 * path       out: absolute.
 * Returns    0; -ENAMETOOLONG; what realpath(3) or mkdtemp(3) gave. */
int place_make(const char *dir, char path[PLACE_SIZE]);

/* Where place_make() would make it, for messages. */
const char *place_parent(const char *dir);

/* Remove a directory and all below it. */
void place_remove(const char *path);

#ifdef __cplusplus
}
#endif

#endif
