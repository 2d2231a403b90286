#ifndef BENCH_SUBJECT_PEER_CHILD_H
#define BENCH_SUBJECT_PEER_CHILD_H

/* A peer program as a child process; bench/peers/protocol.h says what is said.
 *
 *     start -> [hold, fill its queue] -> go -> finish
 *
 * It has a process group of its own, so that stopping, continuing and killing
 * reach the command that it may drive.  It ends when the thread that started it
 * does. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  PEER_LINE_SIZE = 16384, /* of the longest line, with its end */
  PEER_MISSING_CODE = 77, /* exit code: its library is not there */
};

struct peer_child {
  pid_t pid;            /* 0: there is none */
  int to_fd;            /* its stdin */
  int from_fd;          /* its stdout */
  uint64_t deadline_ns; /* of all that is waited for; may be moved */
  size_t begin, end;    /* of what was read and not yet taken */
  char buffer[PEER_LINE_SIZE];
};

/* What a peer says at the end. */
struct peer_done {
  uint64_t events;
  uint64_t wall_ns;
  uint64_t cpu_ns;
  uint64_t overflows;
};

/* Read "done EVENTS WALL_NS CPU_NS OVERFLOWS".
 *
 * Returns    0; -EBADMSG it is not that. */
int peer_parse_done(const char *line, struct peer_done *done);

/* Start a program and read nothing yet.
 *
 * arguments  argv, the program's path first; NULL-terminated.
 * timeout_ns from now to the end of the child.
 * Returns    0 or a negative errno. */
int peer_child_start(struct peer_child *child, const char *const *arguments,
                     uint64_t timeout_ns);

/* Take a line, which is valid until the next call.
 *
 * Returns    1 a line; 0 the end; -ETIMEDOUT the deadline; -EBADMSG too long a
 *            line; -errno. */
int peer_child_line(struct peer_child *child, const char **line);

/* The same, waiting no longer than until `until_ns` (as now_ns()).
 *
 * Returns    also -EAGAIN: not yet. */
int peer_child_line_until(struct peer_child *child, uint64_t until_ns,
                          const char **line);

/* Wait for "ready".
 *
 * Returns    0; -EBADMSG it said something else, or ended; -ETIMEDOUT. */
int peer_child_ready(struct peer_child *child);

/* Stop it by a signal: until it is told to go it reads no events.
 *
 * Returns    0; -ECHILD it ended. */
int peer_child_hold(struct peer_child *child);

/* Say "go", and let it run if it was held.
 *
 * Returns    0 or a negative errno. */
int peer_child_go(struct peer_child *child);

/* Kill it, if it lives, and wait for its end.
 *
 * Returns    its exit code; -1 when it was ended by a signal. */
int peer_child_end(struct peer_child *child);

/* Wait for its end.
 *
 * Returns    its exit code; -1 by a signal, which may be ours at the deadline.
 */
int peer_child_wait(struct peer_child *child);

#ifdef __cplusplus
}
#endif

#endif
