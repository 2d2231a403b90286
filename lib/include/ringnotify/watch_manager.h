#ifndef RINGNOTIFY_WATCH_MANAGER_H
#define RINGNOTIFY_WATCH_MANAGER_H

/* All watches of one notifier.  What pyinotify calls WatchManager. */

#include "ringnotify/watch.h"

RN_BEGIN_DECLS

struct rn_watch_manager;

/* Watch a path.
 *
 * Every change after the return is reported, and none twice; changes during
 * the call may be.  What exists already is not reported.  Adding a path whose
 * inode is watched already (the same path again, a hard link, a bind mount, a
 * link and its target) gives a second, independent watch: both handlers are
 * called, each with its own path and for its own mask, and each watch is
 * removed by itself.
 *
 * path       at most PATH_MAX bytes with the NUL; relative to the working
 *            directory now: a later chdir(2) changes nothing.  Event paths
 *            begin with it as it was given.
 * watch      out or NULL: the handle.
 * Returns    0 watched; with RN_WATCH_PERSISTENT also when nothing is there
 *            yet; with RN_WATCH_RECURSIVE, directories below that could not be
 *            read were told to on_failure.  -EINVAL options; -ENOENT, -ENOTDIR
 *            (RN_WATCH_RECOVER too), -EACCES, -ELOOP, -ENAMETOOLONG the path;
 *            -EEXIST with IN_MASK_CREATE; -ENOSPC the watch limit
 *            (rn_limit_of()); -ENOMEM; -ESHUTDOWN the notifier stops or was
 *            stopped.
 * Threads    any.
 * Blocks     until the reader has done the work, between reads.
 * Source     inotify_add_watch(2); inotify(7) "Limitations and caveats". */
RN_API RN_CHECKED int rn_watch_manager_add(
    struct rn_watch_manager *manager, const char *path,
    const struct rn_watch_options *options, struct rn_watch *watch);

/* Change the mask of a watch that rn_watch_manager_add() gave, and of all
 * directories below a recursive one.
 *
 * mask       as in rn_watch_options; with IN_MASK_ADD it is added to the
 *            present one.
 * Returns    0; -EINVAL mask; -ENOENT no such watch now; -ESHUTDOWN; what
 *            inotify_add_watch(2) gave.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_update(struct rn_watch_manager *manager,
                                              struct rn_watch watch,
                                              uint32_t mask);

/* End a watch that rn_watch_manager_add() gave, with all below it.
 *
 * Events queued before the call are still handled, then IN_IGNORED, then
 * on_release of the watch's handler.
 *
 * Returns    0; 1 it had ended already; -ESHUTDOWN.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_remove(struct rn_watch_manager *manager,
                                              struct rn_watch watch);

/* Put an event of one's own into the stream of a watch, behind all that was read
 * from the kernel before.
 *
 * Its handler is given it as a synthetic one, if mask and globs of the watch let
 * it pass.  It is only told: nothing is watched, walked, paired or kept in an
 * index for it, and what was told or is found out later does not change.
 *
 * watch      as rn_watch_manager_add() or rn_event_watch() gave it.
 * mask       one of the bits of IN_ALL_EVENTS, perhaps with IN_ISDIR.
 * name       of an entry of the watched directory; or "" or NULL: the event is
 *            about what is watched itself.
 * Returns    0; -EINVAL mask, or a name with a '/'; -ENAMETOOLONG more than 255
 *            bytes; -ENOENT no such watch now, or nothing is at its path;
 *            -ENOTDIR a name, and what is watched is no directory; -EAGAIN its
 *            directory is being renamed: one half was read; -ESHUTDOWN.
 * Threads    any.
 * Blocks     as rn_watch_manager_add(). */
RN_API RN_CHECKED int rn_watch_manager_append_event(
    struct rn_watch_manager *manager, struct rn_watch watch, uint32_t mask,
    const char *name);

RN_END_DECLS

#endif
