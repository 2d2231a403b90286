/* The program holds the writing end of a pipe, the guard reads from it: at the
 * end of the program, whatever its cause, the read ends.
 *
 * Before the program sets a limit it says so through the pipe.  A limit is put
 * back only if it is still what the program set last, or would have been
 * before it came to set it: somebody else's choice is left alone. */

#include "bench/core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/core/place.h"

static const char *const limit_files[LIMITS] = {
    [LIMIT_QUEUE] = "/proc/sys/fs/inotify/max_queued_events",
    [LIMIT_WATCHES] = "/proc/sys/fs/inotify/max_user_watches",
};

/* What goes through the pipe. */
struct note {
  enum limit limit;
  uint64_t value; /* that it is about to get */
};

/* What the guard knows of a limit. */
struct memory {
  uint64_t before;   /* the program's life */
  uint64_t value[2]; /* the last two that the program set, the later first;
                         at first as before */
};

uint64_t guard_limit(enum limit limit) {
  char text[32] = "";
  const int fd = open(limit_files[limit], O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  return size > 0 ? strtoull(text, NULL, 10) : 0;
}

bool guard_may_set(enum limit limit) {
  return faccessat(AT_FDCWD, limit_files[limit], W_OK, AT_EACCESS) == 0;
}

static int write_limit(enum limit limit, uint64_t value) {
  char text[32];
  const int size = snprintf(text, sizeof(text), "%" PRIu64 "\n", value);
  const int fd = open(limit_files[limit], O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const ssize_t written = write(fd, text, (size_t)size);
  const int err = written < 0 ? -errno : 0;
  close(fd);
  return err;
}

/* ---- the guard's life ---- */

static void restore(const struct memory memories[LIMITS]) {
  for (int i = 0; i < LIMITS; i++) {
    const struct memory *memory = &memories[i];
    const uint64_t now = guard_limit((enum limit)i);
    if (now == memory->before) continue;
    if (now == memory->value[0] || now == memory->value[1])
      (void)write_limit((enum limit)i, memory->before);
  }
}

static _Noreturn void wait_and_restore(int notes_fd, const char *root,
                                       struct memory memories[LIMITS]) {
  (void)setsid();
  const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
    (void)signal(ignored[i], SIG_IGN);
  struct note note;
  for (;;) {
    const ssize_t size = read(notes_fd, &note, sizeof(note));
    if (size < 0 && errno == EINTR) continue;
    if (size != sizeof(note)) break;
    struct memory *memory = &memories[note.limit];
    memory->value[1] = memory->value[0];
    memory->value[0] = note.value;
  }
  restore(memories);
  place_remove(root);
  _exit(0);
}

/* ---- the program's side ---- */

int guard_begin(struct guard *guard, const char *root) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) < 0) return -errno;
  struct memory memories[LIMITS];
  for (int i = 0; i < LIMITS; i++) {
    const uint64_t now = guard_limit((enum limit)i);
    memories[i] = (struct memory){.before = now, .value = {now, now}};
  }
  guard->alive_fd = fds[1];
  guard->pid = fork();
  if (guard->pid == 0) {
    close(fds[1]);
    wait_and_restore(fds[0], root, memories);
  }
  const int err = guard->pid < 0 ? -errno : 0;
  close(fds[0]);
  if (err < 0) close(fds[1]);
  return err;
}

int guard_set_limit(struct guard *guard, enum limit limit, uint64_t value) {
  const struct note note = {.limit = limit, .value = value};
  if (write(guard->alive_fd, &note, sizeof(note)) != sizeof(note)) return -EIO;
  return write_limit(limit, value);
}

uint64_t guard_raise_limit(struct guard *guard, enum limit limit,
                           uint64_t wanted) {
  if (guard_limit(limit) < wanted)
    (void)guard_set_limit(guard, limit, wanted); /* if that is allowed */
  return guard_limit(limit);
}

void guard_end(struct guard *guard) {
  close(guard->alive_fd);
  if (guard->pid > 0) (void)waitpid(guard->pid, NULL, 0);
}
