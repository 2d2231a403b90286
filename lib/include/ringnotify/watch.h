#ifndef RINGNOTIFY_WATCH_H
#define RINGNOTIFY_WATCH_H

/* What to watch, and how. */

#include "ringnotify/handler.h"

RN_BEGIN_DECLS

enum {
  /* Watch every directory below as well, those that come later included.
   * Symbolic links are not followed; the path itself may be one. */
  RN_WATCH_RECURSIVE = 1U << 0,
  /* When a limit or the lack of memory ends a recursive walk, keep what could
   * be watched.  Without it the whole watch is taken back. */
  RN_WATCH_PARTIAL = 1U << 1,
};

/* A path below a recursive watch that could not be watched.
 *
 * error      negative errno: -EACCES, -ENOSPC, ...
 * Threads    the caller's of the function it was given to, before that returns.
 */
typedef void rn_failure_fn(const char *path, int error, void *context);

/* How to watch a path. */
struct rn_watch_options {
  size_t size; /* sizeof(struct rn_watch_options) */

  /* Events to be handled, as rn_mask_check() allows, with the modifiers
   * IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK, IN_ONESHOT (not with
   * RN_WATCH_RECURSIVE) and IN_MASK_CREATE (-EEXIST when this notifier watches
   * the inode already); IN_MASK_ADD belongs to updates.  The library may ask
   * the kernel for more; the handler gets only these, and IN_IGNORED and
   * IN_UNMOUNT of the path itself.  For the directories below, IN_IGNORED and
   * IN_UNMOUNT come when they stand in the mask. */
  uint32_t mask;

  unsigned flags; /* RN_WATCH_* or 0 */

  /* Callbacks for this watch and all below it; copied; or NULL: the
   * notifier's. */
  const struct rn_handler *handler;

  /* Globs as fnmatch(3) takes them, without flags; NULL-terminated arrays,
   * copied; or NULL.  One with a '/' is matched against the whole path, one
   * without against the last name.  A directory that matches `exclude` is
   * neither watched nor walked, an entry that matches is not reported.  With
   * `include` an entry that is no directory is reported only if it matches. */
  const char *const *exclude;
  const char *const *include;

  rn_failure_fn *on_failure; /* or NULL */
  void *failure_context;
};

#define RN_WATCH_OPTIONS_INIT \
  { .size = sizeof(struct rn_watch_options) }

RN_END_DECLS

#endif
