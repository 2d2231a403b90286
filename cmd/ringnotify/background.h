#ifndef CMD_RINGNOTIFY_BACKGROUND_H
#define CMD_RINGNOTIFY_BACKGROUND_H

/* Where `ringnotify watch` runs: its files in place of the standard streams,
 * its pid file, and the background, as the options ask for them.
 *
 *     begin -> (watches are made) -> claim -> (events are read) -> ready -> end
 */

#include <stdbool.h>
#include <sys/types.h>

#include "cmd/ringnotify/exit_code.h"
#include "cmd/ringnotify/options.h"
#include "cmd/ringnotify/pid_file.h"

struct background {
  const struct watch_options *options;
  char *directory; /* of a daemon: where it began; else NULL */
  int ready_fd;    /* who waits for the daemon reads it; -1: nobody waits */
  int errors_fd;   /* what is to become stderr; -1: it stays */
  mode_t umask;    /* that of whoever began it, for the files it makes */
  struct pid_file pid_file;
};

/* Open the files; with --daemon go on in a new process, without a terminal.
 * Until background_ready() messages go to stderr as it was.
 *
 * background out: where it goes on.
 * options    outlive it.
 * code       out: where it does not.
 * Returns    true: go on; false: end with *code, which was told: a failure, or
 *            in the process that was called what the daemon says. */
bool background_begin(struct background *background,
                      const struct watch_options *options,
                      enum exit_code *code);

/* The watches are made, nothing was written: create the pid file; a daemon
 * leaves the working directory and takes a umask of 022.
 *
 * Returns    EXIT_CODE_OK; EXIT_CODE_ERROR, told. */
enum exit_code background_claim(struct background *background);

/* Events are read: messages go to their file from here on; whoever waits for
 * the daemon ends with 0.
 *
 * Returns    EXIT_CODE_OK; EXIT_CODE_ERROR: he who waited is gone. */
enum exit_code background_ready(struct background *background);

/* Open --output and --errors anew, under the names that were given; a file that
 * cannot be opened is said, and the one before it is written on.
 *
 * Threads    main, while others write: each write(2) goes whole into one file
 *            or the other. */
void background_reopen(struct background *background);

/* Remove the pid file, before the process ends at once. */
void background_forsake(struct background *background);

/* Remove the pid file; tell whoever still waits that it ended with `code`. */
void background_end(struct background *background, enum exit_code code);

#endif
