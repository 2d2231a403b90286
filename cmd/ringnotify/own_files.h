#ifndef CMD_RINGNOTIFY_OWN_FILES_H
#define CMD_RINGNOTIFY_OWN_FILES_H

/* The files behind stdout and stderr: where they lie in what is watched, each
 * line written would be an event that is written. */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OWN_FILE_COUNT = 2 };

/* Zero: there are none. */
struct own_files {
  bool watched;                /* one of them lies in what is watched, or may */
  char *paths[OWN_FILE_COUNT]; /* as events name them, where that is known */
};

/* Find out which of them lie at or below the paths that are watched.  Only
 * regular files do; where it cannot be known they may.
 *
 * Threads    one, in the directory in which relative paths begin. */
void own_files_find(struct own_files *own, char *const *paths, size_t count);

/* Whether the file of an event is one of them.
 *
 * directory  where a relative path begins; or NULL: in the working directory.
 * Threads    one at a time. */
bool own_files_have(struct own_files *own, const char *directory,
                    const char *path);

void own_files_fini(struct own_files *own);

#ifdef __cplusplus
}
#endif

#endif
