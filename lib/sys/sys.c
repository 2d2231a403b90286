/* The real kernel behind the table of sys.h.
 *
 * Each function is one system call, made again when a signal interrupted it:
 * its errno becomes the negative result with the call, and nothing else happens
 * here. */

#include "lib/sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/base.h"

/* What the last call gave: its result, or the negative errno. */
static int result_of(int result) { return result >= 0 ? result : -errno; }

static ssize_t size_of(ssize_t result) {
  return result >= 0 ? result : -(ssize_t)errno;
}

/* The result of a call that is made again as long as it is interrupted. */
#define AGAIN(result, call) \
  do {                      \
    (result) = (call);      \
  } while ((result) == -EINTR)

static int linux_inotify_open(const struct rn_sys *sys, int flags) {
  (void)sys;
  return result_of(inotify_init1(flags));
}

static int linux_watch_add(const struct rn_sys *sys, int fd, const char *path,
                           uint32_t mask) {
  (void)sys;
  int result;
  AGAIN(result, result_of(inotify_add_watch(fd, path, mask)));
  return result;
}

static int linux_watch_remove(const struct rn_sys *sys, int fd, int wd) {
  (void)sys;
  int result;
  AGAIN(result, result_of(inotify_rm_watch(fd, wd)));
  return result;
}

static int linux_watch_next(const struct rn_sys *sys, int fd, int wd) {
  (void)sys;
  /* As in linux/inotify.h, which cannot be included beside sys/inotify.h. */
  const unsigned long set_next_wd = _IOW('I', 0, int32_t);
  return result_of(ioctl(fd, set_next_wd, wd));
}

static ssize_t linux_read(const struct rn_sys *sys, int fd, void *buffer,
                          size_t size) {
  (void)sys;
  ssize_t result;
  AGAIN(result, size_of(read(fd, buffer, size)));
  return result;
}

static int linux_queued(const struct rn_sys *sys, int fd, size_t *size) {
  (void)sys;
  int queued = 0;
  const int result = result_of(ioctl(fd, FIONREAD, &queued));
  if (result < 0) return result;
  *size = (size_t)queued;
  return 0;
}

static int linux_poll(const struct rn_sys *sys, struct pollfd *fds,
                      size_t count, int timeout_ms) {
  (void)sys;
  return result_of(poll(fds, count, timeout_ms));
}

static int linux_wake_open(const struct rn_sys *sys) {
  (void)sys;
  return result_of(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

static int linux_wake_signal(const struct rn_sys *sys, int fd) {
  (void)sys;
  const uint64_t one = 1;
  ssize_t result;
  AGAIN(result, size_of(write(fd, &one, sizeof(one))));
  /* EAGAIN: the counter is at its end, so it is readable. */
  return result < 0 && result != -EAGAIN ? (int)result : 0;
}

static int linux_wake_clear(const struct rn_sys *sys, int fd) {
  (void)sys;
  uint64_t count;
  ssize_t result;
  AGAIN(result, size_of(read(fd, &count, sizeof(count))));
  return result < 0 && result != -EAGAIN ? (int)result : 0;
}

static int linux_set_open(const struct rn_sys *sys) {
  (void)sys;
  return result_of(epoll_create1(EPOLL_CLOEXEC));
}

static int linux_set_add(const struct rn_sys *sys, int set_fd, int fd) {
  (void)sys;
  struct epoll_event readable = {.events = EPOLLIN};
  return result_of(epoll_ctl(set_fd, EPOLL_CTL_ADD, fd, &readable));
}

static int linux_set_heed(const struct rn_sys *sys, int set_fd, int fd,
                          bool heeded) {
  (void)sys;
  struct epoll_event wanted = {.events = heeded ? EPOLLIN : 0};
  return result_of(epoll_ctl(set_fd, EPOLL_CTL_MOD, fd, &wanted));
}

static int linux_timer_open(const struct rn_sys *sys) {
  (void)sys;
  return result_of(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
}

static int linux_timer_set(const struct rn_sys *sys, int fd, int64_t at_ns) {
  (void)sys;
  const struct itimerspec at = {
      .it_value = {.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000},
  };
  return result_of(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
}

/* What the C library's headers may lack; kernels before 6.3 give EINVAL, and
 * later ones may refuse memory files without it (vm.memfd_noexec). */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static int linux_fence_open(const struct rn_sys *sys) {
  (void)sys;
  const char *name = "ringnotify-fence";
  const int fd = result_of(memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL));
  return fd == -EINVAL ? result_of(memfd_create(name, MFD_CLOEXEC)) : fd;
}

static int linux_dir_open(const struct rn_sys *sys, int dir_fd,
                          const char *path, int flags) {
  (void)sys;
  int result;
  AGAIN(result, result_of(openat(dir_fd, path, flags | O_CLOEXEC)));
  return result;
}

static ssize_t linux_dir_read(const struct rn_sys *sys, int fd, void *buffer,
                              size_t size) {
  (void)sys;
  ssize_t result;
  AGAIN(result, size_of(syscall(SYS_getdents64, fd, buffer, size)));
  return result;
}

static int linux_entry_mode(const struct rn_sys *sys, int dir_fd,
                            const char *name, mode_t *mode) {
  (void)sys;
  struct stat status;
  int result;
  AGAIN(result, result_of(fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW)));
  if (result < 0) return result;
  *mode = status.st_mode;
  return 0;
}

static ssize_t linux_link_read(const struct rn_sys *sys, int fd, char *text,
                               size_t size) {
  (void)sys;
  ssize_t result;
  AGAIN(result, size_of(readlinkat(fd, "", text, size)));
  return result;
}

/* A file's times are whatever its owner, or the file system's server, says:
 * beyond what 64 bits of nanoseconds hold they go round, and are still told
 * from one another. */
static int64_t ns_of(struct timespec time) {
  const uint64_t second = 1000000000;
  return (int64_t)((uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec);
}

static int linux_entry_status(const struct rn_sys *sys, int dir_fd,
                              const char *name, struct rn_status *status) {
  (void)sys;
  struct stat found;
  const int how = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
  int result;
  AGAIN(result, result_of(fstatat(dir_fd, name, &found, how)));
  if (result < 0) return result;
  *status = (struct rn_status){
      .inode = found.st_ino,
      .size = (uint64_t)found.st_size,
      .mtime_ns = ns_of(found.st_mtim),
      .ctime_ns = ns_of(found.st_ctim),
      .device = (uint32_t)(major(found.st_dev) << 20 | minor(found.st_dev)),
      .mode = found.st_mode,
  };
  return 0;
}

static int linux_close(const struct rn_sys *sys, int fd) {
  (void)sys;
  return result_of(close(fd));
}

static int linux_file_text(const struct rn_sys *sys, const char *path,
                           char *text, size_t size) {
  RN_ASSERT(size > 0);
  int fd;
  AGAIN(fd, result_of(open(path, O_RDONLY | O_CLOEXEC)));
  if (fd < 0) return fd;
  size_t used = 0;
  ssize_t got = 0;
  while (used < size - 1 &&
         (got = linux_read(sys, fd, text + used, size - 1 - used)) > 0)
    used += (size_t)got;
  linux_close(sys, fd);
  if (got < 0) return (int)got;
  text[used] = '\0';
  return 0;
}

static int linux_file_put(const struct rn_sys *sys, const char *path,
                          const char *text) {
  (void)sys;
  int fd;
  AGAIN(fd, result_of(open(path, O_WRONLY | O_CLOEXEC)));
  if (fd < 0) return fd;
  const size_t size = strlen(text);
  ssize_t put;
  AGAIN(put, size_of(write(fd, text, size)));
  linux_close(sys, fd);
  if (put < 0) return (int)put;
  return (size_t)put == size ? 0 : -EIO;
}

static int linux_filesystem(const struct rn_sys *sys, const char *path,
                            uint32_t *magic) {
  (void)sys;
  struct statfs status;
  int result;
  AGAIN(result, result_of(statfs(path, &status)));
  if (result < 0) return result;
  *magic = (uint32_t)status.f_type; /* signed on some machines */
  return 0;
}

static int linux_working_directory(const struct rn_sys *sys, char *path,
                                   size_t size) {
  (void)sys;
  return getcwd(path, size) != NULL ? 0 : -errno;
}

static int64_t linux_time_ns(const struct rn_sys *sys) {
  (void)sys;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return ns_of(now);
}

static int64_t linux_monotonic_ns(const struct rn_sys *sys) {
  (void)sys;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ns_of(now);
}

static int linux_random(const struct rn_sys *sys, void *bytes, size_t size) {
  (void)sys;
  RN_ASSERT(size <= 256); /* so many come whole, and without EINTR */
  const ssize_t got = size_of(getrandom(bytes, size, GRND_NONBLOCK));
  return got < 0 ? (int)got : 0;
}

enum { MARK_SIZE = 4096 };

static int linux_mark_open(const struct rn_sys *sys,
                           const volatile char **mark) {
  (void)sys;
  char *page = mmap(NULL, MARK_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return -errno;
  const int result = result_of(madvise(page, MARK_SIZE, MADV_WIPEONFORK));
  if (result < 0) {
    munmap(page, MARK_SIZE);
    return result;
  }
  *page = 1;
  *mark = page;
  return 0;
}

static int linux_mark_close(const struct rn_sys *sys,
                            const volatile char *mark) {
  (void)sys;
  return result_of(munmap((void *)(uintptr_t)mark, MARK_SIZE));
}

const struct rn_sys rn_sys_linux = {
    .inotify_open = linux_inotify_open,
    .watch_add = linux_watch_add,
    .watch_remove = linux_watch_remove,
    .watch_next = linux_watch_next,
    .read = linux_read,
    .queued = linux_queued,
    .poll = linux_poll,
    .wake_open = linux_wake_open,
    .wake_signal = linux_wake_signal,
    .wake_clear = linux_wake_clear,
    .set_open = linux_set_open,
    .set_add = linux_set_add,
    .set_heed = linux_set_heed,
    .timer_open = linux_timer_open,
    .timer_set = linux_timer_set,
    .fence_open = linux_fence_open,
    .dir_open = linux_dir_open,
    .dir_read = linux_dir_read,
    .entry_mode = linux_entry_mode,
    .link_read = linux_link_read,
    .entry_status = linux_entry_status,
    .close = linux_close,
    .file_text = linux_file_text,
    .file_put = linux_file_put,
    .filesystem = linux_filesystem,
    .working_directory = linux_working_directory,
    .time_ns = linux_time_ns,
    .monotonic_ns = linux_monotonic_ns,
    .random = linux_random,
    .mark_open = linux_mark_open,
    .mark_close = linux_mark_close,
};
