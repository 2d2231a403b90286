#ifndef BENCH_PEERS_PROTOCOL_H
#define BENCH_PEERS_PROTOCOL_H

/* What a peer program and the harness say to each other.
 *
 *     PEER [--work NS] drain|live|setup|storm DIR
 *     PEER --version
 *
 * drain, live   watches every directory d* in DIR for IN_MODIFY, says "ready",
 *               waits for the line "go", handles events until that of a file
 *               whose name begins with "last", says "done".
 * setup         says "ready", waits for "go", watches DIR and all below it,
 *               says "done".
 * storm         watches DIR and all below it, says "ready", waits for "go",
 *               says of every change a line at once, says "done" when it sees
 *               "last":
 *
 *     C path              created
 *     D path              deleted, or moved away
 *     F cookie path       first half of a rename
 *     T cookie path       second half
 *     R old<TAB>new       renamed: both halves
 *
 *     done EVENTS WALL_NS CPU_NS OVERFLOWS
 *
 * EVENTS (with setup: watches) includes the one of "last"; the times are from
 * "go" to "last", the CPU's that of all threads; OVERFLOWS is 0 where the
 * library does not tell.  --work burns NS nanoseconds an event, as a handler
 * would.
 *
 * --version says name and version, or that the library is not there: then the
 * line names the Debian package, and the exit code is 77. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
  PEER_MISSING = 77, /* exit code: the library is not there */
  PEER_USAGE = 64,
};

enum peer_mode { PEER_DRAIN, PEER_SETUP, PEER_STORM };

/* What a program says of itself. */
struct peer_about {
  const char *name;
  const char *package; /* of Debian */
  const char *version; /* "": the library is not there */
};

struct peer {
  const struct peer_about *about;
  enum peer_mode mode; /* live is PEER_DRAIN */
  const char *dir;
  uint64_t work_ns;
  clockid_t cpu_clock; /* the program's own, or that of the command it drives */

  uint64_t events;
  uint64_t overflows;
  uint64_t wall_begin_ns, cpu_begin_ns;
  uint64_t wall_end_ns, cpu_end_ns; /* 0: peer_done() looks at the clocks */
};

/* Read the command line; does not return if there is nothing to be done. */
struct peer peer_begin(const struct peer_about *about, int argc, char **argv);

/* Say "ready", wait for "go", look at the clocks. */
void peer_ready(struct peer *peer);

/* Handle an event: count it, and burn the handler's time.
 *
 * name       of the file, with or without its directory.
 * Returns    whether it was the last. */
bool peer_event(struct peer *peer, const char *name);

/* Look at the clocks: it is done. */
void peer_stop_clocks(struct peer *peer);

/* Say "done" and leave. */
_Noreturn void peer_done(struct peer *peer);

/* Say what went wrong and leave. */
_Noreturn void peer_die(const struct peer *peer, const char *what, int error);

/* Call `watch` with each directory d* in peer->dir, the path in memory that is
 * used again. */
void peer_each_directory(const struct peer *peer,
                         void (*watch)(const char *path, void *context),
                         void *context);

/* How many inotify watches a process has.
 *
 * pid        0: this one. */
uint64_t peer_watches(pid_t pid);

#endif
