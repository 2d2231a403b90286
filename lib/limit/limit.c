/* The limits of inotify, and which of them stands behind an error.
 *
 * The idea: a limit of inotify is a file that holds one number.  Watches and
 * instances have two such files: that of the machine, and that of the user
 * namespace the process is in.  The kernel charges a use to every namespace
 * from the process's own up to the first, so the lower number is the one that
 * is met; in the first namespace both files show the same number, and the name
 * that people know, fs.inotify.*, is given.
 *
 * A namespace between the two is charged also, and its number cannot be read
 * from here: then the limit met is lower than the one told.
 *
 * The invariant: the process is left as it was found.  To learn whether it has
 * a descriptor left, one is opened and closed.
 *
 * Reading takes the lower of the two; setting takes one file, the one that the
 * kind names, since nobody can mean both.  The range is checked here: kernels
 * before 5.2 take a number that is too large and do nothing.
 *
 * What this does not do: count what is in use, or give a limit back. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include "lib/base/base.h"
#include "lib/base/cancel.h"
#include "lib/limit/limit_internal.h"
#include "lib/sys/sys.h"

/* A file of /proc/sys with one number in it. */
struct source {
  const char *name;
  const char *file;
};

/* The sources of one kind; no name: there is no such one. */
struct sources {
  struct source own;            /* of those the one that is set */
  struct source user_namespace; /* may be lower; Linux 4.9; or none */
};

static const struct sources sources[] = {
    [RN_LIMIT_WATCHES] =
        {.own = {"fs.inotify.max_user_watches",
                 "/proc/sys/fs/inotify/max_user_watches"},
         .user_namespace = {"user.max_inotify_watches",
                            "/proc/sys/user/max_inotify_watches"}},
    [RN_LIMIT_INSTANCES] =
        {.own = {"fs.inotify.max_user_instances",
                 "/proc/sys/fs/inotify/max_user_instances"},
         .user_namespace = {"user.max_inotify_instances",
                            "/proc/sys/user/max_inotify_instances"}},
    [RN_LIMIT_QUEUE] = {.own = {"fs.inotify.max_queued_events",
                                "/proc/sys/fs/inotify/max_queued_events"}},
    [RN_LIMIT_USER_WATCHES] = {.own = {"user.max_inotify_watches",
                                       "/proc/sys/user/"
                                       "max_inotify_watches"}},
    [RN_LIMIT_USER_INSTANCES] = {.own = {"user.max_inotify_instances",
                                         "/proc/sys/user/"
                                         "max_inotify_instances"}},
};

static int files_limit(struct rn_limit *limit);
static int set_files_limit(uint64_t value);
static int lower_limit(const struct rn_sys *sys, enum rn_limit_kind kind,
                       struct rn_limit *limit);
static int read_number(const struct rn_sys *sys, const char *file,
                       uint64_t *number);
static int set_number(const struct rn_sys *sys, const char *file,
                      uint64_t number);
static int instances_ran_out(const struct rn_sys *sys);
static int can_open(const struct rn_sys *sys);

int rn_limit_get(enum rn_limit_kind kind, struct rn_limit *limit) {
  return rn_limit_get_on(&rn_sys_linux, kind, limit);
}

int rn_limit_set(enum rn_limit_kind kind, uint64_t value) {
  return rn_limit_set_on(&rn_sys_linux, kind, value);
}

int rn_limit_of(int error, struct rn_limit *limit) {
  return rn_limit_of_on(&rn_sys_linux, error, limit);
}

int rn_limit_get_on(const struct rn_sys *sys, enum rn_limit_kind kind,
                    struct rn_limit *limit) {
  RN_UNCANCELLED;
  switch (kind) {
    case RN_LIMIT_WATCHES:
    case RN_LIMIT_INSTANCES:
    case RN_LIMIT_QUEUE:
    case RN_LIMIT_USER_WATCHES:
    case RN_LIMIT_USER_INSTANCES:
      return lower_limit(sys, kind, limit);
    case RN_LIMIT_FILES:
      return files_limit(limit);
  }
  return -EINVAL;
}

int rn_limit_set_on(const struct rn_sys *sys, enum rn_limit_kind kind,
                    uint64_t value) {
  RN_UNCANCELLED;
  switch (kind) {
    case RN_LIMIT_WATCHES:
    case RN_LIMIT_INSTANCES:
    case RN_LIMIT_QUEUE:
    case RN_LIMIT_USER_WATCHES:
    case RN_LIMIT_USER_INSTANCES:
      return set_number(sys, sources[kind].own.file, value);
    case RN_LIMIT_FILES:
      return set_files_limit(value);
  }
  return -EINVAL;
}

int rn_limit_of_on(const struct rn_sys *sys, int error,
                   struct rn_limit *limit) {
  RN_UNCANCELLED;
  if (error == -ENOSPC) return rn_limit_get_on(sys, RN_LIMIT_WATCHES, limit);
  if (error != -EMFILE) return -EINVAL;
  const int instances = instances_ran_out(sys);
  if (instances < 0) return instances;
  return rn_limit_get_on(sys, instances ? RN_LIMIT_INSTANCES : RN_LIMIT_FILES,
                         limit);
}

static int files_limit(struct rn_limit *limit) {
  struct rlimit files;
  const int result = getrlimit(RLIMIT_NOFILE, &files);
  RN_ASSERT(result == 0); /* it fails on a wrong argument only */
  *limit = (struct rn_limit){.kind = RN_LIMIT_FILES,
                             .name = "RLIMIT_NOFILE",
                             .file = "",
                             .value = files.rlim_cur};
  return 0;
}

static int set_files_limit(uint64_t value) {
  struct rlimit files;
  int result = getrlimit(RLIMIT_NOFILE, &files);
  RN_ASSERT(result == 0);
  if (value > files.rlim_max) return -EINVAL;
  files.rlim_cur = value;
  result = setrlimit(RLIMIT_NOFILE, &files);
  return result == 0 ? 0 : -EPERM; /* all that is left: fs.nr_open fell below
                                      the hard limit */
}

static int lower_limit(const struct rn_sys *sys, enum rn_limit_kind kind,
                       struct rn_limit *limit) {
  const struct source *lower = &sources[kind].own;
  const struct source *other = &sources[kind].user_namespace;
  uint64_t value;
  int err = read_number(sys, lower->file, &value);
  if (err < 0) return err;
  if (other->name != NULL) {
    uint64_t other_value;
    err = read_number(sys, other->file, &other_value);
    if (err < 0 && err != -ENOENT) return err;
    if (err == 0 && other_value < value) {
      lower = other;
      value = other_value;
    }
  }
  *limit = (struct rn_limit){
      .kind = kind, .name = lower->name, .file = lower->file, .value = value};
  return 0;
}

/* Returns 0; -EBADMSG the file does not begin with a number that fits. */
static int read_number(const struct rn_sys *sys, const char *file,
                       uint64_t *number) {
  char text[32];
  const int err = sys->file_text(sys, file, text, sizeof(text));
  if (err < 0) return err;
  uint64_t value = 0;
  size_t i = 0;
  for (; text[i] >= '0' && text[i] <= '9'; i++) {
    const uint64_t digit = (uint64_t)(text[i] - '0');
    if (value > (UINT64_MAX - digit) / 10) return -EBADMSG;
    value = value * 10 + digit;
  }
  if (i == 0) return -EBADMSG;
  *number = value;
  return 0;
}

static int set_number(const struct rn_sys *sys, const char *file,
                      uint64_t number) {
  if (number > INT_MAX) return -EINVAL;
  char text[32];
  snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
  return sys->file_put(sys, file, text);
}

/* What the failed call had opened is closed again by now, so a descriptor may
 * well be left; but where an instance can be opened, it was not instances that
 * ran out.
 *
 * Returns 1 instances ran out; 0 descriptors did. */
static int instances_ran_out(const struct rn_sys *sys) {
  const int fd = sys->inotify_open(sys, IN_CLOEXEC);
  if (fd == -EMFILE) return can_open(sys);
  if (fd < 0) return fd;
  sys->close(sys, fd);
  return 0;
}

/* Returns 1 this process can open a descriptor; 0 it holds all it may. */
static int can_open(const struct rn_sys *sys) {
  const int fd = sys->wake_open(sys);
  if (fd == -EMFILE) return 0;
  if (fd < 0) return fd;
  sys->close(sys, fd);
  return 1;
}
