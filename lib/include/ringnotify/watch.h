#ifndef RINGNOTIFY_WATCH_H
#define RINGNOTIFY_WATCH_H

/* What to watch, and how. */

#include "ringnotify/filter.h"
#include "ringnotify/handler.h"

RN_BEGIN_DECLS

enum {
  /* Watch every directory below as well, those that come later included.
   * Symbolic links are not followed; the path itself may be one.
   *
   * A directory's IN_MOVED_TO says what became of its content.  With a
   * rn_event_src_path() within this watch, all that was below the old path is
   * below the new one now, and no events tell of that.  Else the content
   * follows as synthetic IN_CREATE.  What is in a directory that is moved out
   * goes with its IN_MOVED_FROM: no IN_DELETE follows. */
  RN_WATCH_RECURSIVE = 1U << 0,
  /* When a limit or the lack of memory ends a recursive walk, keep what could
   * be watched.  Without it the whole watch is taken back. */
  RN_WATCH_PARTIAL = 1U << 1,
  /* With RN_WATCH_RECURSIVE: watch the directories that are there, and not
   * those that come later.  One that is renamed within the watch stays watched.
   * Not with RN_WATCH_RECOVER or RN_WATCH_PERSISTENT (-EINVAL). */
  RN_WATCH_FIXED = 1U << 2,
  /* Follow the path, not what was there at first: it may come later, go, come
   * back, be replaced by a rename, be a symbolic link that is turned elsewhere;
   * the directories that it goes through may come and go as well.  The handle
   * is valid until the watch is removed.
   *
   * For each thing that is at the path in turn the handler gets
   *
   *     IN_CREATE   of the path itself, with the name "", synthetic, also when
   *                 it is not in the mask; not for what is there at the adding.
   *                 A directory's content follows as synthetic IN_CREATE, with
   *                 RN_WATCH_RECURSIVE that of all below.  What was done to it
   *                 before is not told: a file is to be read anew.
   *     ...         what happens there, as without this flag
   *     IN_IGNORED  of the path itself: it is no longer there, and nothing that
   *                 was below it, whether or not its deletion was told.  Before
   *                 it come IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT as the
   *                 kernel gives them.  rn_event_is_end() tells it from the
   *                 end of the watch itself.
   *
   * in this order, never two at once.  What comes and goes faster than the
   * reader looks may be left out as a whole.  Something moved away and back may
   * be taken for one that never left.
   *
   * When the watch is added, only something that is missing on the path is
   * waited for.  What else keeps the path from being followed then fails the
   * call, and nothing is watched: -EACCES (a directory may not be passed, or
   * what is at the path may not be read), -ELOOP, -ENAMETOOLONG, a limit.
   * From then on no error ends the watch.
   *
   * Each directory that the path goes through, those of symbolic links
   * included, costs a watch, shared by all paths through it.  One that may be
   * passed but not read cannot be watched: RN_EVENT_ERROR of the path with
   * -EACCES (rn_event_src_path() says which), and a change there is not
   * noticed.  What else keeps the path from being followed (-ELOOP, -ENOSPC,
   * ...) is told in the same way, and tried again when something on the way
   * changes, or every 100 ms where a limit or a failure is the reason, which
   * ends untold.  Mounting something over the path, or over a directory that it
   * goes through, makes no event and is not noticed before something else
   * changes there; unmounting is.
   *
   * Not with IN_ONESHOT or RN_WATCH_RECOVER (-EINVAL). */
  RN_WATCH_PERSISTENT = 1U << 3,
  /* Repair what is lost when the kernel's queue overflows.  The library keeps
   * an index of every entry of the watched directories (some 80 bytes each; a
   * stat(2) each when the watch is added).  After an overflow the tree is read
   * again, and what differs from all that was told so far is told as synthetic
   * events: IN_CREATE, IN_DELETE, IN_MODIFY, IN_ATTRIB, and both halves of a
   * rename where the object is certain to be the same; RN_EVENT_RESCAN comes
   * behind them.  What is not certain is told rather than not: a file that had
   * told of a change since it was last looked at is told as changed again.
   *
   * With or without RN_WATCH_RECURSIVE; the path has to be a directory, else
   * -ENOTDIR; not with IN_ONESHOT or RN_WATCH_PERSISTENT (-EINVAL).  Events
   * that the mask leaves out are left out here as well.
   *
   * Not repaired is what RN_FULL_DROP drops; RN_EVENT_RESCAN may be dropped,
   * too.  RN_EVENT_ERROR of the path with -ENOMEM: there was no memory for the
   * index, and losses are repaired no more, as without the flag.  With -ESTALE,
   * in place of RN_EVENT_RESCAN: the tree changed under more than 32 readings
   * in a row, or could not be found at its path; later losses are repaired.  A
   * stop that drains reads the tree once more; what is lost after it has begun
   * to do so stays lost. */
  RN_WATCH_RECOVER = 1U << 4,
  /* Tell a rename within the watch in one event, IN_MOVED_FROM | IN_MOVED_TO,
   * for on_moved: rn_event_path() is the new path, rn_event_src_path() the old
   * one.  Where this is done, and where not:
   *
   * - Both of IN_MOVED_FROM and IN_MOVED_TO have to stand in the mask, and both
   *   paths have to pass the globs; else each half is told, or not, as without
   *   the flag.
   * - From this watch to another of the notifier's that has the flag, too: this
   *   one is told IN_MOVED_FROM, then that one the event of both.  What is in a
   *   directory that came so follows as IN_CREATE; within one watch it came
   *   along.
   * - Into a watch that lies within another, or out of it: the outer one is
   *   told the event of both, the inner one the half that it sees.
   * - A directory whose content is told anew where it came to, as behind the
   *   second rename of an exchange: each half, without a source.
   * - Out of all watches: IN_MOVED_FROM, and into them: IN_MOVED_TO, as without
   *   the flag.
   *
   * For this the first half waits for the second, and nothing else does.  The
   * event stands where the second half was read.  A half that is alone is told
   * as soon as that is certain, one turn of the reader later as a rule, after
   * pair_wait_ms at the latest, and always before an event that is about the
   * path it left: the stream can be replayed.  A second half whose first was
   * told already is IN_MOVED_TO with its source.
   *
   * With several workers under RN_ORDER_DIRECTORY the event is in the order of
   * the directory that the entry came to. */
  RN_WATCH_PAIR_MOVES = 1U << 5,
  /* Tell only events about what is no directory, or only those about
   * directories, by rn_event_is_dir().  What is watched stays the same, and
   * IN_IGNORED and IN_UNMOUNT of the path itself, IN_CREATE of it with
   * RN_WATCH_PERSISTENT, overflows, errors and RN_EVENT_RESCAN are told in any
   * case.  Not both (-EINVAL). */
  RN_WATCH_FILES_ONLY = 1U << 6,
  RN_WATCH_DIRECTORIES_ONLY = 1U << 7,
};

/* A path below a recursive watch that could not be watched.
 *
 * When there are more than 1000 of them for one call, the first 999 and the
 * last one are reported, and then, with the path "", how many were left out.
 *
 * error      negative errno: -EACCES, -ENOSPC, ...; with the path "": a count,
 *            positive.
 * Threads    the caller's of the function it was given to, before that returns.
 */
typedef void rn_failure_fn(const char *path, int error, void *context);

/* How to watch a path. */
struct rn_watch_options {
  size_t size; /* sizeof(struct rn_watch_options) */

  /* Events to be handled, as rn_mask_check() allows, with the modifiers
   * IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK, IN_ONESHOT (not with
   * RN_WATCH_RECURSIVE, RN_WATCH_PERSISTENT or RN_WATCH_RECOVER) and
   * IN_MASK_CREATE (-EEXIST when this notifier watches the inode already);
   * IN_MASK_ADD belongs to updates.  The library may ask the kernel for more;
   * the handler gets only these, and IN_IGNORED and IN_UNMOUNT of the path
   * itself.  For the directories below, IN_IGNORED and IN_UNMOUNT come when
   * they stand in the mask.
   *
   * A file that the library finds by listing a new directory is reported as
   * synthetic IN_CREATE: nobody can tell what was done to it before.  If the
   * mask has IN_CLOSE_WRITE and not IN_CREATE, it is reported as synthetic
   * IN_CLOSE_WRITE, so that no file is missed; if it is still being written,
   * the kernel's IN_CLOSE_WRITE follows.  The same holds for the new and,
   * without IN_MODIFY in the mask, for the changed files that a repair finds
   * (RN_WATCH_RECOVER).
   *
   * When the library lists a directory (a new one, or when a watch is added),
   * IN_OPEN, IN_ACCESS and IN_CLOSE_NOWRITE are not reported of that directory,
   * nor of anything in the directory that it lies in, until no directory at all
   * is being listed any more. */
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

  /* With RN_WATCH_PAIR_MOVES: how long the first half of a rename waits for the
   * second, in milliseconds; 1 to 60000; 0: 500.  Only where nothing else tells
   * that it is alone is it the time that it takes: under a mask with IN_OPEN,
   * IN_ACCESS or IN_CLOSE_NOWRITE (the library does not look at the directory
   * then, as its look would be told), or in a directory that cannot be read. */
  uint32_t pair_wait_ms;

  /* Tell when an entry has settled: 1 to 3600000; 0: do not.  An entry of which
   * IN_CREATE, IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE or IN_MOVED_TO was read,
   * whether or not the mask asks for it, synthetic ones included, but for those
   * that were appended, and then for so many milliseconds none of them, is told
   * once as RN_EVENT_SETTLED: a file, or a directory for what it is itself, not
   * for what is in it; the path that was added, too, where it changes.  Not
   * what was there at the adding.
   *
   * - IN_DELETE and IN_MOVED_FROM end the waiting.  An entry that is renamed
   *   within the watch waits anew under its new name.  What is in a directory
   *   that is renamed goes on waiting; the path is the one that it has when it
   *   is told.
   * - Globs and rules hold as for other events, the mask does not.
   * - Everything is read that happened before an entry is told.  So a reader
   *   that cannot keep up with the kernel's queue tells of none until it can.
   *   After an overflow the waiting goes on: an entry may have been changed or
   *   deleted in what was lost.
   * - At most 65536 entries of a watch wait, of which a directory that comes
   *   into a recursive watch may count as two.  When there are more, or no
   *   memory for them, the one that has been quiet for the longest time, or the
   *   new one, is told at once; when it changes again it is told again.
   * - A stop that drains tells at once what still waits; one that discards,
   *   and the end of the watch, forget it.  rn_thread_notifier_sync() does not
   *   wait for it.
   * - Time is CLOCK_MONOTONIC: a clock that is set changes nothing.
   *
   * The kernel is asked for these events, and those that the mask does not ask
   * for are counted as filtered.  Not with IN_ONESHOT (-EINVAL). */
  uint32_t settle_ms;

  /* Rules, beside the globs: filter.h.  Copied; or NULL with a count of 0. */
  const struct rn_rule *rules;
  size_t rule_count; /* at most 4096 */

  /* A predicate for what is excluded, or NULL: rn_exclude_fn.  Its context has
   * to be there until the watch is over: until on_release of the handler that
   * it has last (one that an update replaces is released before); of a watch
   * that has none of its own, until the notifier is stopped. */
  rn_exclude_fn *exclude_filter;
  void *exclude_context;
  /* What it decides, and is asked about: RN_RULE_WATCHING, RN_RULE_DELIVERY,
   * RN_RULE_DIRECTORIES, RN_RULE_FILES; 0: all.  Nothing but a directory is
   * watched: RN_RULE_WATCHING of RN_RULE_FILES alone is -EINVAL.  pyinotify's
   * exclude_filter is RN_RULE_WATCHING. */
  unsigned exclude_flags;
};

#define RN_WATCH_OPTIONS_INIT RN_SIZED(struct rn_watch_options)

RN_END_DECLS

#endif
