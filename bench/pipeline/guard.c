/* The program holds the writing end of a pipe, the guard reads from it: at the
 * end of the program, whatever its cause, the read ends.  The limit is put back
 * only if it is still what the program set. */

#include "bench/pipeline/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char limit_file[] = "/proc/sys/fs/inotify/max_queued_events";

static uint64_t read_limit(void) {
  char text[32] = "";
  const int fd = open(limit_file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  return size > 0 ? strtoull(text, NULL, 10) : 0;
}

static int write_limit(uint64_t limit) {
  char text[32];
  const int size = snprintf(text, sizeof(text), "%" PRIu64 "\n", limit);
  const int fd = open(limit_file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const ssize_t written = write(fd, text, (size_t)size);
  const int err = written < 0 ? -errno : 0;
  close(fd);
  return err;
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *place) {
  (void)status;
  (void)type;
  (void)place;
  (void)remove(path);
  return 0;
}

/* The guard's life. */
static _Noreturn void wait_and_restore(int end_fd, const char *root,
                                       uint64_t before, uint64_t raised) {
  (void)setsid();
  const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
    (void)signal(ignored[i], SIG_IGN);
  char byte;
  while (read(end_fd, &byte, 1) < 0 && errno == EINTR) continue;
  if (raised != before && read_limit() == raised) (void)write_limit(before);
  (void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  _exit(0);
}

int guard_begin(struct guard *guard, const char *root, uint64_t queue_size,
                uint64_t *capacity) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) < 0) return -errno;
  const uint64_t before = read_limit();
  const uint64_t wanted = queue_size > before ? queue_size : before;
  guard->alive_fd = fds[1];
  guard->pid = fork();
  if (guard->pid == 0) {
    close(fds[1]);
    wait_and_restore(fds[0], root, before, wanted);
  }
  const int err = guard->pid < 0 ? -errno : 0;
  close(fds[0]);
  if (wanted != before) (void)write_limit(wanted); /* if that is allowed */
  *capacity = read_limit();
  return err;
}

void guard_end(struct guard *guard) {
  close(guard->alive_fd);
  if (guard->pid > 0) (void)waitpid(guard->pid, NULL, 0);
}
