/* The pipes are read with poll(2) and a deadline, so a peer that hangs costs
 * that time and no more.  Its stderr is not ours to show: what goes wrong with
 * it is told by what it does not say. */

#include "bench/subject/peer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/core/clock.h"

int peer_parse_done(const char *line, struct peer_done *done) {
  struct peer_done read;
  int size = -1;
  if (strchr(line, '-') != NULL) return -EBADMSG; /* scanf(3) would take it */
  const int count =
      sscanf(line, "done %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n",
             &read.events, &read.wall_ns, &read.cpu_ns, &read.overflows, &size);
  if (count != 4 || size < 0 || line[size] != '\0') return -EBADMSG;
  *done = read;
  return 0;
}

/* ---- start ---- */

/* In the child: only calls that are safe behind fork(2). */
static _Noreturn void become(const char *const *arguments, int in, int out) {
  (void)setpgid(0, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  (void)dup2(in, STDIN_FILENO);
  (void)dup2(out, STDOUT_FILENO);
  (void)dup2(null, STDERR_FILENO);
  (void)execv(arguments[0], (char *const *)(uintptr_t)arguments);
  _exit(127);
}

int peer_child_start(struct peer_child *child, const char *const *arguments,
                     uint64_t timeout_ns) {
  int in[2];
  int out[2];
  *child = (struct peer_child){.to_fd = -1, .from_fd = -1};
  if (pipe2(in, O_CLOEXEC) < 0) return -errno;
  if (pipe2(out, O_CLOEXEC) < 0) {
    const int err = -errno;
    close(in[0]);
    close(in[1]);
    return err;
  }
  const pid_t pid = fork();
  if (pid == 0) become(arguments, in[0], out[1]);
  const int err = pid < 0 ? -errno : 0;
  close(in[0]);
  close(out[1]);
  child->to_fd = in[1];
  child->from_fd = out[0];
  child->deadline_ns = now_ns() + timeout_ns;
  if (pid < 0) {
    close(in[1]);
    close(out[0]);
    return err;
  }
  child->pid = pid;
  (void)setpgid(pid, pid); /* whoever comes first */
  return 0;
}

/* ---- lines ---- */

/* A whole line of what was read, or NULL. */
static const char *take_line(struct peer_child *child) {
  char *begin = child->buffer + child->begin;
  char *end = memchr(begin, '\n', child->end - child->begin);
  if (end == NULL) return NULL;
  *end = '\0';
  child->begin = (size_t)(end + 1 - child->buffer);
  return begin;
}

/* Returns 1 when there is something to read, -EAGAIN not yet, or -errno. */
static int wait_readable(const struct peer_child *child, uint64_t until_ns) {
  struct pollfd polled = {.fd = child->from_fd, .events = POLLIN};
  for (;;) {
    const uint64_t now = now_ns();
    const uint64_t left = now < until_ns ? until_ns - now : 0;
    const struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000),
                                     .tv_nsec = (long)(left % 1000000000)};
    const int count = ppoll(&polled, 1, &timeout, NULL);
    if (count > 0) return 1;
    if (count == 0) return -EAGAIN;
    if (errno != EINTR) return -errno;
  }
}

/* Read what is there.  Returns 1, 0 at the end, or a negative errno. */
static int read_more(struct peer_child *child) {
  const size_t kept = child->end - child->begin;
  memmove(child->buffer, child->buffer + child->begin, kept);
  child->begin = 0;
  child->end = kept;
  if (kept == sizeof(child->buffer)) return -EBADMSG;
  ssize_t size;
  do
    size = read(child->from_fd, child->buffer + kept,
                sizeof(child->buffer) - kept);
  while (size < 0 && errno == EINTR);
  if (size <= 0) return size < 0 ? -errno : 0;
  child->end += (size_t)size;
  return 1;
}

int peer_child_line_until(struct peer_child *child, uint64_t until_ns,
                          const char **line) {
  const bool is_deadline = until_ns >= child->deadline_ns;
  if (is_deadline) until_ns = child->deadline_ns;
  for (;;) {
    *line = take_line(child);
    if (*line != NULL) return 1;
    int result = wait_readable(child, until_ns);
    if (result == 1) result = read_more(child);
    if (result == -EAGAIN && is_deadline) return -ETIMEDOUT;
    if (result != 1) return result;
  }
}

int peer_child_line(struct peer_child *child, const char **line) {
  return peer_child_line_until(child, UINT64_MAX, line);
}

/* ---- the steps ---- */

int peer_child_ready(struct peer_child *child) {
  const char *line;
  const int result = peer_child_line(child, &line);
  if (result < 0) return result;
  return result == 1 && strcmp(line, "ready") == 0 ? 0 : -EBADMSG;
}

int peer_child_hold(struct peer_child *child) {
  if (kill(-child->pid, SIGSTOP) < 0) return -errno;
  siginfo_t info;
  int result;
  do
    result =
        waitid(P_PID, (id_t)child->pid, &info, WSTOPPED | WEXITED | WNOWAIT);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  return info.si_code == CLD_STOPPED ? 0 : -ECHILD;
}

int peer_child_go(struct peer_child *child) {
  static const char go[] = "go\n";
  /* Said before it runs again, so that it does not have to wait. */
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct sigaction before;
  (void)sigaction(SIGPIPE, &ignore, &before);
  const ssize_t size = write(child->to_fd, go, sizeof(go) - 1);
  const int err = size < 0 ? -errno : 0;
  (void)sigaction(SIGPIPE, &before, NULL);
  if (err < 0) return err;
  return kill(-child->pid, SIGCONT) < 0 ? -errno : 0;
}

/* ---- the end ---- */

static int reap(struct peer_child *child) {
  int status = 0;
  pid_t pid;
  do pid = waitpid(child->pid, &status, 0);
  while (pid < 0 && errno == EINTR);
  child->pid = 0;
  close(child->to_fd);
  close(child->from_fd);
  return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int peer_child_end(struct peer_child *child) {
  if (child->pid == 0) return -1;
  (void)kill(-child->pid, SIGKILL);
  return reap(child);
}

int peer_child_wait(struct peer_child *child) {
  const char *line;
  int result;
  do result = peer_child_line(child, &line); /* to the end of its stdout */
  while (result == 1);
  return result == 0 ? reap(child) : peer_child_end(child);
}
