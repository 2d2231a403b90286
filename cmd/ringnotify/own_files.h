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
  bool any; /* one of them is a regular file: it may lie in what is watched */
  char *paths[OWN_FILE_COUNT]; /* as events name them, where that is known */
};

/* Find out whether there are any, and what events call those that lie below the
 * paths that are watched.
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
