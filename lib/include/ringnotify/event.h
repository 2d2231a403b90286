#ifndef RINGNOTIFY_EVENT_H
#define RINGNOTIFY_EVENT_H

/* What a handler is given.
 *
 * An event is immutable and borrowed: it and every string taken from it are
 * valid until the handler returns, on the thread that the handler runs on.
 * All functions here are for that thread and that time; they cost a load or
 * two and take no lock; a path is put together each time it is asked for.
 */

#include <stdbool.h>
#include <time.h>

#include "ringnotify/base.h"
#include "ringnotify/mask.h"

RN_BEGIN_DECLS

/* What an event tells of. */
enum rn_event_kind {
  RN_EVENT_CHANGE, /* a change of the file system: rn_event_mask() says what */
  RN_EVENT_OVERFLOW, /* events were lost here: rn_event_loss() says where */
  RN_EVENT_ERROR,    /* a path could not be watched, read or followed; or a
                        loss could not be repaired (RN_WATCH_RECOVER); or, with
                        the path "" and the watch {-1, 0}, the reader failed
                        (RN_STATE_FAILED): rn_event_error() says why */
  RN_EVENT_RESCAN,   /* a loss was repaired (RN_WATCH_RECOVER): what was told up
                        to here agrees with the disk; the path is the watch's */
  RN_EVENT_SETTLED,  /* an entry that had changed has been quiet for as long as
                        rn_watch_options.settle_ms says; synthetic */
};

/* Why a tree was read again. */
enum rn_rescan_reason {
  RN_RESCAN_OVERFLOW, /* the kernel's queue was full, or the library had no
                         memory for a record */
};

/* Who lost events. */
enum rn_loss {
  RN_LOSS_KERNEL, /* the kernel's queue was full (IN_Q_OVERFLOW); how many is
                     not known */
  RN_LOSS_RING,   /* the library's: a ring was full under RN_FULL_DROP, or there
                     was no memory for events */
};

/* A handle of a watch: valid for the notifier that gave it, never reused. */
struct rn_watch {
  int32_t wd;          /* the kernel's watch descriptor, >= 1; 0 with
                 RN_WATCH_PERSISTENT, for the path itself */
  uint32_t generation; /* tells this watch from others that had the same wd */
};

struct rn_event;

/* What kind of event this is. */
RN_API enum rn_event_kind rn_event_kind(const struct rn_event *event);

/* The kernel's mask: one event bit, with IN_ISDIR where the object is a
 * directory.  IN_MOVED_FROM | IN_MOVED_TO for both halves of a rename in one
 * (RN_WATCH_PAIR_MOVES).  IN_Q_OVERFLOW for RN_EVENT_OVERFLOW, 0 for
 * RN_EVENT_ERROR, RN_EVENT_RESCAN and RN_EVENT_SETTLED. */
RN_API uint32_t rn_event_mask(const struct rn_event *event);

/* Joins the two halves of a rename; 0 where there is none.  The kernel's, or
 * with a synthetic event one that has the highest bit set; the kernel's have
 * it, too, after 2^31 renames: rn_event_is_synthetic() tells. */
RN_API uint32_t rn_event_cookie(const struct rn_event *event);

/* Name of the entry in the watched directory, "" when the event is about the
 * watched object itself.  Bytes: any value but NUL and '/'.
 *
 * size       out or NULL: the length without the NUL, at most 255 on most file
 *            systems. */
RN_API const char *rn_event_name(const struct rn_event *event, size_t *size);

/* Path of what changed: the watch's path as it was given, then the names below
 * it.  True at this event's place in the stream, whatever was renamed before.
 * "" for an overflow.
 *
 * size       out or NULL: the length without the NUL. */
RN_API const char *rn_event_path(const struct rn_event *event, size_t *size);

/* Path of the watched directory or file that the event came through: what
 * rn_event_path() is without the name.
 *
 * size       out or NULL: the length without the NUL. */
RN_API const char *rn_event_directory(const struct rn_event *event,
                                      size_t *size);

/* With IN_MOVED_TO, alone or in one with IN_MOVED_FROM, whose IN_MOVED_FROM was
 * seen: the path it was moved from.  With RN_EVENT_ERROR of a persistent watch
 * that cannot be followed: the absolute path, without symbolic links, of the
 * directory that could not be watched or passed.  Else NULL.
 *
 * size       out or NULL: the length without the NUL; 0 with NULL. */
RN_API const char *rn_event_src_path(const struct rn_event *event,
                                     size_t *size);

/* Whether the object is a directory.  Unlike the kernel's IN_ISDIR this is also
 * right for IN_DELETE_SELF, IN_MOVE_SELF and IN_IGNORED. */
RN_API bool rn_event_is_dir(const struct rn_event *event);

/* Whether the library made the event because the kernel could not: an entry
 * that was in a new directory before it could be watched, or left one; what a
 * rescan found; that an entry has settled; an error; or the user, by
 * rn_watch_manager_append_event(). */
RN_API bool rn_event_is_synthetic(const struct rn_event *event);

/* Whether the watch that was added is over with this event: IN_IGNORED of the
 * path itself, unless RN_WATCH_PERSISTENT lets the watch wait for what comes
 * next to its path. */
RN_API bool rn_event_is_end(const struct rn_event *event);

/* The watch it came through: {-1, 0} for an overflow.  Under a recursive watch
 * each directory has its own. */
RN_API struct rn_watch rn_event_watch(const struct rn_event *event);

/* Place in the order of the reader over all workers, from 1, growing by one an
 * event that is queued for a handler. */
RN_API uint64_t rn_event_seq(const struct rn_event *event);

/* CLOCK_REALTIME when the event was read from the kernel; of what the library
 * made, when it last read.
 *
 * To within a millisecond of what the clock showed then: where it is being
 * adjusted, events that wait for a full ring may have the adjustment of one
 * read before.  It follows a clock that is set.  A half of a rename that was
 * waited for (RN_WATCH_PAIR_MOVES) while the clock was set has the new time. */
RN_API struct timespec rn_event_time(const struct rn_event *event);

/* CLOCK_MONOTONIC at that moment, exactly: for time between events, which no
 * clock that is set falsifies.  In the order of rn_event_seq() it goes back
 * only for a half of a rename that was waited for. */
RN_API struct timespec rn_event_monotonic(const struct rn_event *event);

/* For RN_EVENT_OVERFLOW: who lost events. */
RN_API enum rn_loss rn_event_loss(const struct rn_event *event);

/* For RN_EVENT_OVERFLOW with RN_LOSS_RING: how many were lost; else 0: the
 * kernel does not tell. */
RN_API uint64_t rn_event_lost_count(const struct rn_event *event);

/* For RN_EVENT_RESCAN: why; else RN_RESCAN_OVERFLOW. */
RN_API enum rn_rescan_reason rn_event_rescan_reason(
    const struct rn_event *event);

/* For RN_EVENT_RESCAN: how many events the repair told, before the filter, at
 * most 2^32-1; else 0. */
RN_API uint64_t rn_event_rescan_changes(const struct rn_event *event);

/* For RN_EVENT_RESCAN: how long the reading took, in milliseconds, without the
 * time between two readings; else 0. */
RN_API uint32_t rn_event_rescan_ms(const struct rn_event *event);

/* For RN_EVENT_ERROR: the negative errno; else 0. */
RN_API int rn_event_error(const struct rn_event *event);

RN_END_DECLS

#endif
