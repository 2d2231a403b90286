#ifndef RINGNOTIFY_LIMIT_H
#define RINGNOTIFY_LIMIT_H

/* The limits of inotify: read, set, and found behind an error.  The kernel says
 * ENOSPC for "too many watches" and EMFILE for two different limits; this tells
 * them apart. */

#include "ringnotify/base.h"

RN_BEGIN_DECLS

enum rn_limit_kind {
  RN_LIMIT_WATCHES,   /* watches of one user */
  RN_LIMIT_INSTANCES, /* inotify instances of one user */
  RN_LIMIT_FILES,     /* open descriptors of this process (RLIMIT_NOFILE) */
  RN_LIMIT_QUEUE,     /* events queued in one instance; an instance keeps what
                         this was when it was made */
  /* The user namespace's own: of a container; in the first namespace, of the
   * machine (Linux 4.9). */
  RN_LIMIT_USER_WATCHES,
  RN_LIMIT_USER_INSTANCES,
};

/* A limit and its value.  No fields will be added. */
struct rn_limit {
  enum rn_limit_kind kind;
  const char
      *name; /* how to name it to a person: "fs.inotify.max_user_watches",
                "user.max_inotify_watches" (a user namespace's, when
                that is the lower one), "RLIMIT_NOFILE" */
  const char *file; /* where it is read and set, under /proc/sys; "" for
                       RLIMIT_NOFILE */
  uint64_t value;
};

/* Read a limit as it is now.
 *
 * RN_LIMIT_WATCHES and RN_LIMIT_INSTANCES are those that are met: where the
 * user namespace has a lower limit of its own, that one is given.  Those of the
 * namespaces between it and the machine cannot be read.
 *
 * Returns    0; -EINVAL unknown kind; -EBADMSG the file holds no number; else
 *            what opening or reading it gave: -EMFILE when no descriptor is
 *            left, -ENOENT without /proc.
 * Ownership  the strings are static.
 * Threads    any.
 * Source     inotify(7) "/proc interfaces"; namespaces(7) "/proc/sys/user". */
RN_API RN_CHECKED int rn_limit_get(enum rn_limit_kind kind,
                                   struct rn_limit *limit);

/* Set a limit, until it is set again or the machine starts anew.
 *
 * RN_LIMIT_WATCHES, RN_LIMIT_INSTANCES and RN_LIMIT_QUEUE are the machine's,
 * for root; the user namespace's own may still be the lower one.
 * RN_LIMIT_USER_WATCHES and RN_LIMIT_USER_INSTANCES need CAP_SYS_RESOURCE in
 * that namespace, and are what to raise where rn_limit_of() names "user.*".
 * RN_LIMIT_FILES is the soft limit of this process, for anybody, up to its hard
 * limit.  A limit below what is in use takes nothing away.  The queue's is for
 * instances that are made afterwards: set it before rn_notifier_new(),
 * rn_thread_notifier_new() or rn_inotify_open().
 *
 * value      0 to 2^31-1; RN_LIMIT_FILES: 0 to the hard limit.
 * Returns    0; -EINVAL unknown kind, or the value is out of its range; -EACCES
 *            or -EPERM for those who may not; -EROFS where /proc/sys is
 *            read-only, as in most containers; else what opening or writing
 *            the file gave: -EMFILE when no descriptor is left, -ENOENT without
 *            /proc.
 * Threads    any.
 * Source     inotify(7) "/proc interfaces"; namespaces(7) "/proc/sys/user";
 *            getrlimit(2); fs/notify/inotify/inotify_user.c. */
RN_API RN_CHECKED int rn_limit_set(enum rn_limit_kind kind, uint64_t value);

/* Find the limit that a failed call ran into.
 *
 * error      a negative errno from this library.  -ENOSPC: the watch limit.
 *            -EMFILE: the instance limit when no instance, but another
 *            descriptor can be opened now; else RLIMIT_NOFILE.
 * Returns    0; -EINVAL no limit stands behind this error; else as
 *            rn_limit_get().
 * Ownership  the strings are static.
 * Threads    any. */
RN_API RN_CHECKED int rn_limit_of(int error, struct rn_limit *limit);

RN_END_DECLS

#endif
