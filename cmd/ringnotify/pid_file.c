/* The pid file: made by us or not at all, removed when it is ours.
 *
 * O_EXCL makes the file the lock of those who name the same one: of two that
 * start at the same time one fails, and nothing that somebody put there, a
 * link above all, is written through.  A file that was left by a process which
 * was killed is not taken over: whether its number is that process still, or
 * another program by now, cannot be known; a person is told what it holds.
 *
 * It is ours as long as the path leads to the inode that we hold open, whose
 * number cannot be given to another file meanwhile. */

#include "cmd/ringnotify/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The process that a file names; 0: none, or it is no regular file. */
static pid_t read_pid(const char *path) {
  char digits[32];
  struct stat status;
  const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t size = -1;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    size = read(fd, digits, sizeof(digits) - 1);
  close(fd);
  if (size <= 0) return 0;
  digits[size] = '\0';
  char *end;
  errno = 0;
  const long pid = strtol(digits, &end, 10);
  const bool whole = end != digits && (*end == '\0' || *end == '\n');
  return errno == 0 && whole && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static void describe_other(const char *path, struct text *problem) {
  const pid_t pid = read_pid(path);
  text_add_format(problem, "pid file '%s' exists", path);
  if (pid == 0)
    text_add_string(problem,
                    " and names no process: remove it, or choose another");
  else if (kill(pid, 0) == 0 || errno == EPERM)
    text_add_format(problem,
                    " and names process %d, which runs: end it by 'kill %d'; "
                    "or, if that is another program by now, remove the file",
                    (int)pid, (int)pid);
  else
    text_add_format(problem,
                    " and names process %d, which is gone: remove the file",
                    (int)pid);
}

static void describe(const char *path, int error, struct text *problem) {
  if (error == -EEXIST)
    describe_other(path, problem);
  else
    text_add_format(problem, "cannot write pid file '%s': %s", path,
                    strerrordesc_np(-error));
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

static int write_pid(int fd) {
  char line[32];
  const int size = snprintf(line, sizeof(line), "%d\n", (int)getpid());
  const ssize_t count = write(fd, line, (size_t)size);
  if (count < 0) return -errno;
  return count == size ? 0 : -ENOSPC;
}

static int create(struct pid_file *file, const char *path) {
  int err = make_absolute(path, &file->path);
  if (err != 0) return err;
  const int fd = open(
      file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    err = -errno;
    free(file->path);
    return err;
  }
  file->fd = fd;
  err = write_pid(fd);
  if (err != 0) pid_file_remove(file);
  return err;
}

int pid_file_create(struct pid_file *file, const char *path,
                    struct text *problem) {
  struct pid_file created = {0};
  const int err = create(&created, path);
  if (err != 0)
    describe(path, err, problem);
  else
    *file = created;
  return err;
}

static bool is_ours(const struct pid_file *file) {
  struct stat ours, there;
  return fstat(file->fd, &ours) == 0 && lstat(file->path, &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void pid_file_remove(struct pid_file *file) {
  if (file->path == NULL) return;
  if (is_ours(file)) (void)unlink(file->path);
  close(file->fd);
  free(file->path);
  *file = (struct pid_file){0};
}
