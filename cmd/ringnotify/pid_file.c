/* The pid file: ours while we have its lock.
 *
 * A lock (flock(2)) ends with the process that has it, however that ends.  So
 * of two that start at the same time one fails, and a file that was left by a
 * process which was killed is taken over at the next start.  Not every program
 * locks its pid file: one that has no lock, but names another process which was
 * there when the file was written, and still is, is refused.  So is whatever is
 * no pid file: a link, something else than one number, the file of another
 * user, who could change it under us.
 *
 * The file is removed before the lock is let go.  Whoever waits for the lock of
 * a removed file sees that its path leads elsewhere, and begins anew. */

#include "cmd/ringnotify/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What stands in the way of a file. */
enum obstacle {
  OBSTACLE_NONE,
  OBSTACLE_OTHER,   /* it is no pid file */
  OBSTACLE_USER,    /* it is another user's */
  OBSTACLE_LOCKED,  /* a process has its lock */
  OBSTACLE_PROCESS, /* it names a process that may be the one that wrote it */
};

enum { TRIES = 100 }; /* others remove the file between two steps */

/* ---- what a file says ---- */

/* The number that is the whole content; 0: none is; -1: nothing is in it. */
static pid_t read_pid(int fd) {
  char digits[32];
  const ssize_t size = pread(fd, digits, sizeof(digits) - 1, 0);
  if (size == 0) return -1;
  if (size < 0) return 0;
  digits[size] = '\0';
  char *end;
  errno = 0;
  const long pid = strtol(digits, &end, 10);
  const bool whole =
      end != digits && (strcmp(end, "") == 0 || strcmp(end, "\n") == 0);
  return errno == 0 && whole && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static int64_t clock_s(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec;
}

/* State and time of the start, in ticks since boot, of a process: fields 3 and
 * 22 of proc_pid_stat(5).  Returns false when that cannot be read. */
static bool read_process(pid_t pid, char *state, uint64_t *start) {
  char path[32], line[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t size = read(fd, line, sizeof(line) - 1);
  close(fd);
  if (size <= 0) return false;
  line[size] = '\0';
  const char *at = strrchr(line, ')'); /* the name may have blanks */
  if (at == NULL || sscanf(at + 1, " %c", state) != 1) return false;
  for (int field = 2; field < 22 && at != NULL; field++)
    at = strchr(at + 1, ' ');
  return at != NULL && sscanf(at, " %" SCNu64, start) == 1;
}

/* Whether a process may be the one that wrote its number into a file at this
 * time: it is there, is no zombie and did not begin after it. */
static bool may_be_writer(pid_t pid, time_t written) {
  if (pid == getpid()) return false; /* it has not written it yet */
  if (kill(pid, 0) != 0 && errno == ESRCH) return false;
  char state;
  uint64_t start;
  if (!read_process(pid, &state, &start)) return true;
  if (state == 'Z' || state == 'X') return false;
  const int64_t age = clock_s(CLOCK_BOOTTIME) -
                      (int64_t)(start / (uint64_t)sysconf(_SC_CLK_TCK));
  const int64_t began = clock_s(CLOCK_REALTIME) - age;
  return began <= written + 2; /* clocks tick apart */
}

static enum obstacle look(int fd, pid_t *pid) {
  struct stat status;
  *pid = 0;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_nlink > 1)
    return OBSTACLE_OTHER;
  if (status.st_uid != geteuid()) return OBSTACLE_USER;
  *pid = read_pid(fd);
  if (*pid == 0) return OBSTACLE_OTHER;
  if (*pid < 0) return OBSTACLE_NONE;
  return may_be_writer(*pid, status.st_mtime) ? OBSTACLE_PROCESS
                                              : OBSTACLE_NONE;
}

static void describe_obstacle(const char *path, enum obstacle obstacle,
                              pid_t pid, struct text *problem) {
  text_add_format(problem, "pid file '%s' exists", path);
  if (obstacle == OBSTACLE_USER)
    text_add_string(problem, " and is another user's: choose another");
  else if (pid <= 0 && obstacle == OBSTACLE_LOCKED)
    text_add_string(problem, " and is locked by a process that runs");
  else if (pid <= 0)
    text_add_string(problem,
                    " and names no process: remove it, or choose another");
  else
    text_add_format(problem,
                    " and names process %d, which runs: end it by 'kill %d'",
                    (int)pid, (int)pid);
  if (obstacle == OBSTACLE_PROCESS)
    text_add_string(problem,
                    "; or, if that is another program by now, remove the file");
}

/* ---- making it ours ---- */

static bool is_ours(const struct pid_file *file) {
  struct stat ours, there;
  return fstat(file->fd, &ours) == 0 && lstat(file->path, &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Open the file, or make it, and lock it.
 *
 * Returns    0; -EAGAIN it was removed meanwhile; else with `obstacle` -EEXIST,
 *            or what failed. */
static int claim(struct pid_file *file, enum obstacle *obstacle, pid_t *pid) {
  const int how = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  file->fd = open(file->path, how | O_CLOEXEC, 0600);
  const bool other = file->fd < 0 && (errno == ELOOP || errno == EISDIR);
  *obstacle = other ? OBSTACLE_OTHER : OBSTACLE_NONE;
  if (file->fd < 0) return other ? -EEXIST : -errno;
  const bool locked = flock(file->fd, LOCK_EX | LOCK_NB) != 0;
  int err = locked && errno != EWOULDBLOCK ? -errno : 0;
  if (err == 0 && !is_ours(file)) {
    err = -EAGAIN;
  } else if (err == 0) {
    const enum obstacle seen = look(file->fd, pid);
    *obstacle = locked ? OBSTACLE_LOCKED : seen;
    if (*obstacle != OBSTACLE_NONE) err = -EEXIST;
  }
  if (err != 0) close(file->fd);
  return err;
}

static int write_pid(int fd) {
  char line[32];
  const int size = snprintf(line, sizeof(line), "%d\n", (int)getpid());
  if (ftruncate(fd, 0) != 0) return -errno;
  const ssize_t count = pwrite(fd, line, (size_t)size, 0);
  if (count < 0) return -errno;
  return count == size ? 0 : -ENOSPC;
}

static int make_absolute(const char *path, char **made) {
  struct text whole = {0};
  char *directory = NULL;
  if (path[0] != '/' && (directory = getcwd(NULL, 0)) == NULL) return -errno;
  text_add_path(&whole, directory, path);
  free(directory);
  if (whole.failed) {
    text_fini(&whole);
    return -ENOMEM;
  }
  *made = whole.data;
  return 0;
}

int pid_file_create(struct pid_file *file, const char *path,
                    struct text *problem) {
  struct pid_file made = {0};
  enum obstacle obstacle = OBSTACLE_NONE;
  pid_t pid = 0;
  int err = make_absolute(path, &made.path);
  if (err == 0) {
    err = -EAGAIN;
    for (int i = 0; i < TRIES && err == -EAGAIN; i++)
      err = claim(&made, &obstacle, &pid);
    if (err != 0) free(made.path);
  }
  if (err == 0 && (err = write_pid(made.fd)) != 0) pid_file_remove(&made);
  if (obstacle != OBSTACLE_NONE)
    describe_obstacle(path, obstacle, pid, problem);
  else if (err != 0)
    text_add_format(problem, "cannot write pid file '%s': %s", path,
                    strerrordesc_np(-err));
  else
    *file = made;
  return err;
}

void pid_file_remove(struct pid_file *file) {
  if (file->path == NULL) return;
  if (is_ours(file)) (void)unlink(file->path);
  close(file->fd);
  free(file->path);
  *file = (struct pid_file){0};
}
