#ifndef LIB_SYS_SYS_H
#define LIB_SYS_SYS_H

/* The kernel as the library sees it: a table of functions, so that a test can
 * put a scripted kernel in its place.  No other module makes a system call of
 * these kinds, and no other reads errno.
 *
 * Every function returns a negative errno on failure.  EINTR is retried here,
 * except by poll(), where the caller counts its own time, and by close(), which
 * has closed all the same. */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where the calling thread's open descriptors are found by number, as paths: so
 * a call that takes a path is made of what is open.  /proc/self/fd would be the
 * descriptors of the process's first thread, which may have ended before the
 * others, or have a table of its own. */
#define RN_FD_DIRECTORY "/proc/thread-self/fd/"

/* What stat(2) says of an entry. */
struct rn_status {
  uint64_t inode;
  uint64_t size;
  int64_t mtime_ns, ctime_ns; /* since 1970, modulo 2^64 */
  uint32_t device;            /* 12 bits of major number, 20 of minor */
  mode_t mode;
};

struct rn_sys {
  /* inotify_init1(2); flags: IN_CLOEXEC, IN_NONBLOCK.  Returns a descriptor. */
  int (*inotify_open)(const struct rn_sys *sys, int flags);
  /* inotify_add_watch(2).  Returns a watch descriptor, >= 1. */
  int (*watch_add)(const struct rn_sys *sys, int fd, const char *path,
                   uint32_t mask);
  /* inotify_rm_watch(2). */
  int (*watch_remove)(const struct rn_sys *sys, int fd, int wd);
  /* ioctl(2) INOTIFY_IOC_SETNEXTWD: the next new watch has this number, or the
   * next higher one that no watch has.  -ENOTTY: a kernel that was built
   * without CONFIG_CHECKPOINT_RESTORE, or is older than 4.16. */
  int (*watch_next)(const struct rn_sys *sys, int fd, int wd);
  /* read(2).  Returns bytes read; -EAGAIN when there are none. */
  ssize_t (*read)(const struct rn_sys *sys, int fd, void *buffer, size_t size);
  /* ioctl(2) FIONREAD: bytes of events that are queued. */
  int (*queued)(const struct rn_sys *sys, int fd, size_t *size);
  /* poll(2).  Returns how many are ready; -EINTR. */
  int (*poll)(const struct rn_sys *sys, struct pollfd *fds, size_t count,
              int timeout_ms);

  /* eventfd(2): open, make readable, make unreadable again. */
  int (*wake_open)(const struct rn_sys *sys);
  int (*wake_signal)(const struct rn_sys *sys, int fd);
  int (*wake_clear)(const struct rn_sys *sys, int fd);
  /* epoll_create1(2); epoll_ctl(2): take a descriptor in, to be waited for
   * until it is readable; and wait for it or, while `heeded` is false, for
   * nothing of it. */
  int (*set_open)(const struct rn_sys *sys);
  int (*set_add)(const struct rn_sys *sys, int set_fd, int fd);
  int (*set_heed)(const struct rn_sys *sys, int set_fd, int fd, bool heeded);
  /* timerfd_create(2) on CLOCK_MONOTONIC; timerfd_settime(2): readable from
   * `at_ns` on, 0: not at all. */
  int (*timer_open)(const struct rn_sys *sys);
  int (*timer_set)(const struct rn_sys *sys, int fd, int64_t at_ns);
  /* memfd_create(2): a file of nobody else's, to be watched for a fence. */
  int (*fence_open)(const struct rn_sys *sys);

  /* openat(2) with O_CLOEXEC added. */
  int (*dir_open)(const struct rn_sys *sys, int dir_fd, const char *path,
                  int flags);
  /* getdents64(2).  Returns bytes of records, 0 at the end. */
  ssize_t (*dir_read)(const struct rn_sys *sys, int fd, void *buffer,
                      size_t size);
  /* fstatat(2) without following a link.  mode: out, st_mode. */
  int (*entry_mode)(const struct rn_sys *sys, int dir_fd, const char *name,
                    mode_t *mode);
  /* readlinkat(2) of a link that is open with O_PATH | O_NOFOLLOW; no NUL.
   * Returns the size of the text, cut to `size`; -EINVAL or -ENOENT: it is no
   * link. */
  ssize_t (*link_read)(const struct rn_sys *sys, int fd, char *text,
                       size_t size);
  /* The same, for all that tells one state of an entry from another.  name: ""
   * for what `dir_fd` is itself. */
  int (*entry_status)(const struct rn_sys *sys, int dir_fd, const char *name,
                      struct rn_status *status);
  int (*close)(const struct rn_sys *sys, int fd);

  /* Whole content of a small file, cut to size - 1 and NUL-terminated. */
  int (*file_text)(const struct rn_sys *sys, const char *path, char *text,
                   size_t size);
  /* Write a text into a file that exists, in one write(2), as /proc/sys wants
   * it.  Returns 0; -EIO less of it was taken. */
  int (*file_put)(const struct rn_sys *sys, const char *path, const char *text);
  /* statfs(2): the number of a path's kind of file system. */
  int (*filesystem)(const struct rn_sys *sys, const char *path,
                    uint32_t *magic);
  /* getcwd(3): the working directory. */
  int (*working_directory)(const struct rn_sys *sys, char *path, size_t size);
  /* clock_gettime(2) CLOCK_REALTIME in nanoseconds. */
  int64_t (*time_ns)(const struct rn_sys *sys);
  /* The same of CLOCK_MONOTONIC. */
  int64_t (*monotonic_ns)(const struct rn_sys *sys);
  /* getrandom(2) that does not wait: fill `bytes`, at most 256, with what
   * nobody can foresee.  Returns 0; -EAGAIN the machine has just been
   * started. */
  int (*random)(const struct rn_sys *sys, void *bytes, size_t size);

  /* mmap(2) and madvise(2) MADV_WIPEONFORK: memory that is 1 here, and 0 in
   * each child of a fork, whatever call made that.  munmap(2).  -EINVAL: the
   * kernel cannot, before Linux 4.14. */
  int (*mark_open)(const struct rn_sys *sys, const volatile char **mark);
  int (*mark_close)(const struct rn_sys *sys, const volatile char *mark);
};

/* The real kernel. */
extern const struct rn_sys rn_sys_linux;

#endif
