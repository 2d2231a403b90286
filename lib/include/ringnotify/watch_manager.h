#ifndef RINGNOTIFY_WATCH_MANAGER_H
#define RINGNOTIFY_WATCH_MANAGER_H

/* All watches of one notifier.  What pyinotify calls WatchManager.
 *
 * All functions on it give -ESHUTDOWN when the notifier stops or was stopped,
 * the reader's error when that failed (RN_STATE_FAILED; a list of paths has
 * both as the result of each path), and -EPERM in the child of a fork(2).  They
 * block until the reader has done the work, between reads, behind what was
 * asked for before and takes long: the addition of a large tree, or for a
 * suspend another suspend.  A handler that waits so holds up its worker, and
 * nothing else. */

#include "ringnotify/watch.h"

RN_BEGIN_DECLS

struct rn_watch_manager;

/* Watch a path.
 *
 * Every change after the return is reported, and none twice; changes during
 * the call may be, once it has succeeded.  Nothing of a watch is reported whose
 * addition fails.  What exists already is not reported.  Adding a path whose
 * inode is watched already (the same path again, a hard link, a bind mount, a
 * link and its target) gives a second, independent watch: both handlers are
 * called, each with its own path and for its own mask, and each watch is
 * removed by itself.
 *
 * Once there is a reader's thread, that one looks the path up, with the
 * credentials and in the namespaces in which it was started: what the caller's
 * thread has changed of its own since (setfsuid(2), unshare(2)) does not count.
 * A file system that does not answer, such as NFS without its server or a FUSE
 * program that hangs, holds the reader up: as long as that lasts nothing is
 * read for any watch of the notifier, and a stop waits.
 *
 * path       at most PATH_MAX bytes with the NUL; relative to the working
 *            directory now: a later chdir(2) changes nothing.  Event paths
 *            begin with it as it was given.
 * watch      out or NULL: the handle.
 * Returns    0 watched; with RN_WATCH_PERSISTENT also when nothing is there
 *            yet (in place of -ENOENT and -ENOTDIR, no other error); with
 *            RN_WATCH_RECURSIVE, directories below that could not be read were
 *            told to on_failure.  -EINVAL options (of rules rn_rules_check()
 *            says what is wrong); -ENOENT, -ENOTDIR (RN_WATCH_RECOVER too),
 *            -EACCES, -ELOOP, -ENAMETOOLONG the path;
 *            -EEXIST with IN_MASK_CREATE; -ENOSPC the watch limit
 *            (rn_limit_of()); -EMFILE, -ENFILE no descriptor to open it by;
 *            -ENOSYS /proc is not mounted any more; -ENOMEM; -EOVERFLOW with
 *            RN_WATCH_RECURSIVE or RN_WATCH_RECOVER, the directory has more
 *            than 16 million entries, or its file system (FUSE) shows more and
 *            more: it can be watched without these flags.  A directory below
 *            that is so is told to on_failure with this error: it is watched,
 *            and of what is in it only a part.
 * Threads    any.
 * Source     inotify_add_watch(2); inotify(7) "Limitations and caveats". */
RN_API RN_CHECKED int rn_watch_manager_add(
    struct rn_watch_manager *manager, const char *path,
    const struct rn_watch_options *options, struct rn_watch *watch);

/* ---- several paths at once ---- */

enum {
  /* Each path is a pattern as glob(3) takes it: '*', '?' and '[...]' do not
   * match a '/' or a leading dot, a backslash takes away their meaning.  What
   * matches is added in the order of the bytes; one that matches nothing is a
   * result with -ENOENT. */
  RN_ADD_GLOB = 1U << 0,
  /* All or nothing: with the first path that fails those before it are removed
   * again, and those behind it are not looked at. */
  RN_ADD_STRICT = 1U << 1,
};

/* A watch of a list, or a path that was to be watched. */
struct rn_watch_entry {
  const char *path;      /* as given, or as it matched; of a list of watches the
                            path now */
  int error;             /* 0; the negative errno that adding it gave;
                            -ECANCELED: it was added, and removed again */
  struct rn_watch watch; /* with error 0 */
};

/* Watches, or what became of paths, in order. */
struct rn_watch_list;

/* Watch several paths, each as rn_watch_manager_add() does.
 *
 * paths      `count` of them, each as there.
 * flags      RN_ADD_* or 0.
 * list       out or NULL: a result for each path, also when some or all have
 *            failed; with RN_ADD_STRICT up to the first that failed, those
 *            before it, which were removed again, with -ECANCELED.  NULL when
 *            no path was looked at: flags or options are wrong (-EINVAL), there
 *            is no memory for the list.
 * Returns    how many failed, at most INT_MAX; with RN_ADD_STRICT 0, or what
 *            the first one gave; -EINVAL options or flags; -ENOMEM no memory
 *            for the list.
 * Ownership  of the list: the caller's, until rn_watch_list_free().
 * Threads    any.
 * Source     glob(3). */
RN_API RN_CHECKED int rn_watch_manager_add_list(
    struct rn_watch_manager *manager, const char *const *paths, size_t count,
    const struct rn_watch_options *options, unsigned flags,
    struct rn_watch_list **list);

/* How many entries a list has. */
RN_API size_t rn_watch_list_count(const struct rn_watch_list *list);

/* An entry of a list.
 *
 * index      less than the count.
 * Ownership  the list's. */
RN_API const struct rn_watch_entry *rn_watch_list_at(
    const struct rn_watch_list *list, size_t index);

/* list: or NULL. */
RN_API void rn_watch_list_free(struct rn_watch_list *list);

/* ---- changes ---- */

/* What to change of a watch.  Zero in a field leaves that as it is. */
struct rn_watch_update {
  size_t size; /* sizeof(struct rn_watch_update) */

  /* Event bits as in rn_watch_options, but none of its modifiers (-EINVAL);
   * with IN_MASK_ADD they are added to the present ones. */
  uint32_t mask;

  /* RN_WATCH_* to switch on and off.  To change are
   *
   *   RN_WATCH_RECURSIVE  on: directories that are there are watched and, as
   *                       with an addition, not reported; off: watches below
   *                       the path end, without IN_IGNORED.  Not to change with
   *                       RN_WATCH_RECOVER (-EOPNOTSUPP).
   *   RN_WATCH_FIXED      off: directories that came meanwhile are watched
   *                       again, and not reported.  Not on with
   *                       RN_WATCH_RECOVER or RN_WATCH_PERSISTENT
   *                       (-EOPNOTSUPP).
   *
   * and what is so already may be named, too; others are -EINVAL. */
  unsigned set_flags;
  unsigned clear_flags;

  /* Whether `handler` counts: events told from now on are handled by it, and
   * the one before is released when its last event was handled.  The new one is
   * released when the call fails, unless it was never taken: rn_release_fn. */
  bool set_handler;
  const struct rn_handler *handler; /* copied; or NULL: the notifier's */

  rn_failure_fn *on_failure; /* for RN_WATCH_RECURSIVE; or NULL */
  void *failure_context;
};

#define RN_WATCH_UPDATE_INIT RN_SIZED(struct rn_watch_update)

/* Change a watch that rn_watch_manager_add() gave, and all below it.  What
 * comes later inherits the change.  It holds for what is read from now on.
 *
 * To ask the kernel for more or for less, the library opens what is watched by
 * its path: where the path that was added leads to something else by now, the
 * mask cannot be changed.  Directories below are found wherever they were
 * renamed to.
 *
 * Returns    0; -EINVAL the update or its handler; -EOPNOTSUPP the watch cannot
 *            be so, or is a directory below one; -ENOENT no such watch now, or
 *            nothing is at its path; -ESTALE something else is; -ENOMEM; what
 *            inotify_add_watch(2) gave for the mask.  With an error nothing is
 *            changed.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_update(
    struct rn_watch_manager *manager, struct rn_watch watch,
    const struct rn_watch_update *update);

/* End a watch that rn_watch_manager_add() gave, with all below it.
 *
 * Events queued before the call are still handled, then IN_IGNORED of the path
 * (rn_event_is_end()), then on_release of the watch's handler.  What happens
 * after the return is not reported to this watch.  IN_IGNORED is the last event
 * of the watch; only where several workers handle its directories, others may
 * still be handling earlier events then, and on_release alone is behind all.
 * If the kernel's queue overflows meanwhile, the watch ends where
 * RN_EVENT_OVERFLOW stands.  The listing of a new directory is given up: what
 * it has not found by then is not reported to this watch, although a
 * rn_thread_notifier_sync() that was called before has still to return.
 *
 * Returns    0; 1 it had ended already; -EOPNOTSUPP a directory below a watch:
 *            that is left out by a filter.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_remove(struct rn_watch_manager *manager,
                                              struct rn_watch watch);

/* Tell nothing of a watch, or of any, until rn_watch_manager_resume(), as for
 * changes of one's own.  The library goes on following what happens: new
 * directories are watched, renames are known, an index is kept.
 *
 * Both calls take effect between what happened before and after them: that is
 * told, or is not, whenever it is read, and counted as filtered.  Told all the
 * same are overflows, repairs (RN_EVENT_RESCAN), errors, and the end of a
 * watch.  Entries that settle meanwhile (rn_watch_options.settle_ms) are not
 * told.
 *
 * watch      one that rn_watch_manager_add() gave; or NULL: all, those that are
 *            added later included.  The two are apart: resuming all does not
 *            resume one that was suspended by itself.
 * Returns    0; 1 it is so already; -ENOENT no such watch now; -EOPNOTSUPP a
 *            directory below a watch; -ENOSPC, -ENOMEM, -ENOSYS: to know what
 *            happened before, one watch is needed for a moment, and there is
 *            none, no memory, or no /proc any more; -ETIMEDOUT what happened
 *            before was not known within a second (a large new tree is being
 *            listed, a loss repaired); -ENOBUFS the handlers do not keep up,
 *            and reading that far would have taken more than twice the
 *            backlog_size of rn_thread_notifier_options.  Then nothing was
 *            changed.
 * Threads    any.
 * Blocks     until what happened before has been read, not until it was
 *            handled. */
RN_API RN_CHECKED int rn_watch_manager_suspend(struct rn_watch_manager *manager,
                                               const struct rn_watch *watch);
RN_API RN_CHECKED int rn_watch_manager_resume(struct rn_watch_manager *manager,
                                              const struct rn_watch *watch);

/* Put an event of one's own into the stream of a watch, behind all that was
 * read from the kernel before.
 *
 * Its handler is given it as a synthetic one, if mask and globs of the watch
 * let it pass.  It is only told: nothing is watched, walked, paired or kept in
 * an index for it, and what was told or is found out later does not change.
 *
 * watch      as rn_watch_manager_add() or rn_event_watch() gave it.
 * mask       one of the bits of IN_ALL_EVENTS, perhaps with IN_ISDIR.
 * name       of an entry of the watched directory; or "" or NULL: the event is
 *            about what is watched itself.
 * Returns    0; -EINVAL mask, or a name with a '/'; -ENAMETOOLONG more than
 *            4095 bytes; -ENOENT no such watch now, or nothing is at its path;
 *            -ENOTDIR a name, and what is watched is no directory; -EAGAIN its
 *            directory is being renamed: one half was read; -ENOBUFS the
 *            handlers do not keep up, and events wait in more than twice the
 *            backlog_size of rn_thread_notifier_options.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_append_event(
    struct rn_watch_manager *manager, struct rn_watch watch, uint32_t mask,
    const char *name);

/* ---- look-ups ---- */

/* The look-ups say what is so for the events that are read next: what handlers
 * are given now may be older.  Finding a path, and the path of a watch, cost
 * the depth of the path and a turn of the reader, however many watches there
 * are (a persistent watch is looked for among those that were added). */

/* Find the watch of a path.
 *
 * path       as events say it: the path of a watch as it was given, and names
 *            below.  Not looked up in the file system: "a/../b" is not "b".
 * watch      out: where several watches have that path, any of them.
 * Returns    0; -ENOENT none has it.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_find(struct rn_watch_manager *manager,
                                            const char *path,
                                            struct rn_watch *watch);

/* The path of a watch, that of a directory below included, as events say it
 * now.
 *
 * path, size the buffer, always terminated when size > 0.
 * Returns    the length without the NUL that the whole path has: it was cut
 *            when that is >= size; -ENOENT no such watch now; -ENAMETOOLONG it
 *            lies deeper than the library tells.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_path(struct rn_watch_manager *manager,
                                            struct rn_watch watch, char *path,
                                            size_t size);

/* What a watch is. */
struct rn_watch_info {
  size_t size; /* sizeof(struct rn_watch_info) */

  struct rn_watch added; /* the one that rn_watch_manager_add() gave; of a
                            directory below the one that it is below */
  uint32_t mask;         /* the user's: event bits */
  unsigned flags;        /* RN_WATCH_*, but for RN_WATCH_PARTIAL */
  bool is_dir;
  bool is_suspended; /* by itself; whether all are, suspending all tells */
};

#define RN_WATCH_INFO_INIT RN_SIZED(struct rn_watch_info)

/* Describe a watch.
 *
 * info       in: size; out: the fields that fit in it.
 * Returns    0; -EINVAL size; -ENOENT no such watch now.
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_info(struct rn_watch_manager *manager,
                                            struct rn_watch watch,
                                            struct rn_watch_info *info);

/* All watches as they are at one moment; adding and removing some while going
 * over the list does not change it.
 *
 * all        false: those that were added, the last one first; true: each
 *            directory below them as well, behind the one it is in.
 * Returns    0; -ENOMEM.
 * Ownership  the caller's, until rn_watch_list_free().
 * Threads    any. */
RN_API RN_CHECKED int rn_watch_manager_list(struct rn_watch_manager *manager,
                                            bool all,
                                            struct rn_watch_list **list);

RN_END_DECLS

#endif
