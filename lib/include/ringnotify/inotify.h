#ifndef RINGNOTIFY_INOTIFY_H
#define RINGNOTIFY_INOTIFY_H

/* The thin layer: one inotify instance as the kernel gives it, without paths,
 * recursion or threads.  What the rest of the library is for is not here; what
 * the kernel's interface makes awkward is: the whole queue in one call, a
 * timeout, a delay that lets events gather, records parsed with a check. */

#include "ringnotify/base.h"
#include "ringnotify/mask.h"

RN_BEGIN_DECLS

/* One record as the kernel wrote it. */
struct rn_raw_event {
  int32_t wd;         /* watch descriptor, >= 1; -1 with IN_Q_OVERFLOW */
  uint32_t mask;      /* one event bit and perhaps IN_ISDIR, IN_UNMOUNT, ... */
  uint32_t cookie;    /* joins IN_MOVED_FROM and IN_MOVED_TO; else 0 */
  uint32_t name_size; /* length of name without its NULs; 0: the watched object
                         itself; 255 (NAME_MAX) at most on most file systems,
                         more on those that count characters (vfat, ntfs) or
                         leave it to a server (fuse) */
  const char *name;   /* NUL-terminated, never NULL: inside the buffer parsed,
                         or a static "" where the record has none */
};

/* A place in a buffer of records.  Copy it to go over them again. */
struct rn_cursor {
  const char *next;
  const char *end;
};

/* Begin to parse `size` bytes that were read from an inotify descriptor.
 *
 * buffer     or NULL when `size` is 0.
 * Ownership  borrows the buffer: it must stay as it is while parsed.  Any
 *            alignment will do.
 * Threads    any. */
RN_API struct rn_cursor rn_parse_begin(const void *buffer, size_t size);

/* Take the next record.
 *
 * Returns    1 a record is in `event`; 0 the end was reached; -EBADMSG the
 *            record here is cut or its name has no NUL: `at` stays before it,
 *            the records before it were whole.
 * Ownership  event->name borrows from the buffer.
 * Threads    any, one a cursor.
 * Source     inotify(7) "Reading events from an inotify file descriptor". */
RN_API RN_CHECKED int rn_parse_next(struct rn_cursor *at,
                                    struct rn_raw_event *event);

/* An inotify instance with its read buffer. */
struct rn_inotify;

enum {
  /* Keep the descriptor open over execve(2); default is close-on-exec. */
  RN_INOTIFY_INHERIT = 1U << 0,
};

/* Open an instance.  Its descriptor does not block; rn_inotify_read() waits by
 * poll(2).
 *
 * flags      RN_INOTIFY_INHERIT or 0.
 * Returns    0; -EINVAL unknown flag; -EMFILE the instance limit or the
 *            process's descriptor limit (rn_limit_of() tells which); -ENFILE;
 *            -ENOMEM.
 * Ownership  the caller's, until rn_inotify_close().
 * Threads    any.   Source  inotify_init1(2). */
RN_API RN_CHECKED int rn_inotify_open(unsigned flags,
                                      struct rn_inotify **inotify);

/* Close the instance, which ends all its watches, and free it.
 *
 * inotify    or NULL: nothing is done.
 * Threads    any, when no other call on it is under way: closing does not wake
 *            a thread that waits in rn_inotify_read(). */
RN_API void rn_inotify_close(struct rn_inotify *inotify);

/* The descriptor, to be put into poll(2) or epoll(7).  Do not close it. */
RN_API int rn_inotify_fd(const struct rn_inotify *inotify);

/* Watch `path`, or change the watch that its inode has.
 *
 * mask       as rn_mask_check() allows.
 * Returns    the watch descriptor, >= 1; -EINVAL a mask that is not allowed;
 *            else what inotify_add_watch(2) gave: -EACCES, -EEXIST (with
 *            IN_MASK_CREATE), -ENAMETOOLONG, -ENOENT (an empty path too),
 *            -ENOMEM, -ENOSPC (the watch limit: rn_limit_of()), -ENOTDIR (with
 *            IN_ONLYDIR).
 * Threads    any.   Source  inotify_add_watch(2). */
RN_API RN_CHECKED int rn_inotify_add_watch(struct rn_inotify *inotify,
                                           const char *path, uint32_t mask);

/* End a watch.  Its events that are already queued stay readable; IN_IGNORED
 * follows them.
 *
 * Returns    0; -EINVAL no such watch, or it ended by itself.
 * Threads    any.   Source  inotify_rm_watch(2). */
RN_API RN_CHECKED int rn_inotify_rm_watch(struct rn_inotify *inotify, int wd);

/* Read everything that is queued now, after waiting for it where asked.  One
 * call takes 1 GiB at most.
 *
 * timeout_ms how long to wait for the first event; 0 not at all; negative: for
 *            ever.  A signal neither ends the wait nor makes it longer.
 * delay_ms   >= 0; when the queue was empty at the call, the time to wait after
 *            the first event for others to gather; skipped when events were
 *            there already.
 * events     out: the records, for rn_parse_next(); empty when none came.
 * Returns    the number of bytes read, 0 when the time ran out; -EINVAL
 *            negative delay; -ENOMEM (nothing is lost: the events stay queued);
 *            -EBADF or -EIO when poll(2) reports POLLNVAL or another error on
 *            the descriptor; else what poll(2), read(2) or FIONREAD gave.
 * Ownership  the records are valid until the next call on this instance.
 * Threads    any, one at a time. */
RN_API RN_CHECKED int rn_inotify_read(struct rn_inotify *inotify,
                                      int timeout_ms, int delay_ms,
                                      struct rn_cursor *events);

RN_END_DECLS

#endif
