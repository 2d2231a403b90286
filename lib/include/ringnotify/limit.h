#ifndef RINGNOTIFY_LIMIT_H
#define RINGNOTIFY_LIMIT_H

/* Which limit stands behind an error.  The kernel says ENOSPC for "too many
 * watches" and EMFILE for two different limits; this tells them apart. */

#include "ringnotify/base.h"

RN_BEGIN_DECLS

enum rn_limit_kind {
  RN_LIMIT_WATCHES,   /* watches of one user */
  RN_LIMIT_INSTANCES, /* inotify instances of one user */
  RN_LIMIT_FILES,     /* open descriptors of this process (RLIMIT_NOFILE) */
  RN_LIMIT_QUEUE,     /* events queued in one instance */
};

/* A limit and its value. */
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
 * Where a user namespace has a lower limit of its own, that one is given.
 * Those of the namespaces between it and the machine cannot be read.
 *
 * Returns    0; -EINVAL unknown kind; -EBADMSG the file holds no number; else
 *            what opening or reading it gave: -EMFILE when no descriptor is
 *            left, -ENOENT without /proc.
 * Ownership  the strings are static.
 * Threads    any.
 * Source     inotify(7) "/proc interfaces"; namespaces(7) "/proc/sys/user". */
RN_API RN_CHECKED int rn_limit_get(enum rn_limit_kind kind,
                                   struct rn_limit *limit);

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
