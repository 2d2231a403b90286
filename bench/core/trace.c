/* By ptrace(2), which takes no right for a process's own child and no filter in
 * it.  It makes the child many times slower, so it is not to be timed.
 *
 * The mark is a system call that nobody makes otherwise: getppid(2). */

#include "bench/core/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_UNTRACEABLE = 255 }; /* else the errno of the work */

void trace_mark(void) { (void)syscall(SYS_getppid); }

static _Noreturn void be_traced(int (*work)(void *context), void *context) {
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) _exit(EXIT_UNTRACEABLE);
  (void)raise(SIGSTOP);
  const int err = work(context);
  _exit(err < 0 ? -err : 0);
}

/* What the tracer knows. */
struct tracer {
  pid_t pid;
  unsigned marks;
  uint64_t count; /* of calls between the marks */
};

/* Look at a system call that is about to be made. */
static void look(struct tracer *tracer) {
  struct __ptrace_syscall_info info;
  const long size =
      ptrace(PTRACE_GET_SYSCALL_INFO, tracer->pid, (void *)sizeof(info), &info);
  if (size <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
  if (info.entry.nr == SYS_getppid)
    tracer->marks++;
  else if (tracer->marks == 1)
    tracer->count++;
}

/* Let the child run to its end.  Returns what it returned, or -ECHILD. */
static int follow(struct tracer *tracer) {
  int status;
  long signal = 0;
  bool begun = false;
  for (;;) {
    if (waitpid(tracer->pid, &status, __WALL) < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (WIFEXITED(status)) return -WEXITSTATUS(status);
    if (!WIFSTOPPED(status)) return -ECHILD;
    signal = WSTOPSIG(status);
    if (!begun) {
      const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
      (void)ptrace(PTRACE_SETOPTIONS, tracer->pid, NULL, (void *)options);
      begun = true;
      signal = 0; /* its own SIGSTOP */
    } else if (signal == (SIGTRAP | 0x80)) {
      look(tracer);
      signal = 0;
    }
    (void)ptrace(PTRACE_SYSCALL, tracer->pid, NULL, (void *)signal);
  }
}

int trace_system_calls(int (*work)(void *context), void *context,
                       uint64_t *count) {
  struct tracer tracer = {.pid = fork()};
  if (tracer.pid < 0) return -errno;
  if (tracer.pid == 0) be_traced(work, context);
  const int err = follow(&tracer);
  if (err < 0) return err;
  if (tracer.marks < 2) return -ENODATA;
  *count = tracer.count;
  return 0;
}
