#ifndef BENCH_PEERS_COMMAND_H
#define BENCH_PEERS_COMMAND_H

/* Drives a command that watches a tree and writes a line an event: starts it,
 * waits until it has set up its watches, reads its lines.  Its CPU time is what
 * is told, not the driver's. */

#include "bench/peers/protocol.h"

/* What the driver makes of a line of the command's output. */
struct command {
  const char *name;
  const char *package;
  const char *version_option; /* that makes it say its version first */

  /* Its command lines, NULL-terminated; the directory is put behind. */
  const char *const *drain;
  const char *const *storm;

  /* Take a line, without its end.
   *
   * Returns    whether it was the last. */
  bool (*drained)(struct peer *peer, char *line);
  bool (*stormed)(struct peer *peer, char *line);
};

/* The program. */
int command_main(const struct command *command, int argc, char **argv);

#endif
