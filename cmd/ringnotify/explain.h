#ifndef CMD_RINGNOTIFY_EXPLAIN_H
#define CMD_RINGNOTIFY_EXPLAIN_H

/* What an error means to the one who has to mend it: the thing, the number, the
 * remedy, in one line without a newline.
 *
 * error      a negative errno from the library.
 * Threads    any. */

#include <stdbool.h>
#include <stdint.h>

#include "cmd/ringnotify/text.h"
#include "ringnotify/filesystem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `path` could not be watched, or read below a recursive watch.
 *
 * watch_count  watches that this process has set. */
void explain_path(struct text *text, const char *path, int error,
                  uint64_t watch_count);

/* rn_thread_notifier_new() or _start() failed. */
void explain_start(struct text *text, int error);

/* What is not told of a path that is watched.
 *
 * filesystem  that of the path.
 * Returns     whether there was something to say. */
bool explain_reach(struct text *text, const char *path,
                   const struct rn_filesystem *filesystem);

/* The kernel's queue was full.
 *
 * queue_limit  what it takes; 0: not known. */
void explain_overflow(struct text *text, uint64_t queue_limit);

#ifdef __cplusplus
}
#endif

#endif
