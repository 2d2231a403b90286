#ifndef CMD_RINGNOTIFY_OPTIONS_H
#define CMD_RINGNOTIFY_OPTIONS_H

/* The command line of `ringnotify watch`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct watch_options {
  bool help; /* all else was not looked at */
  bool recursive;
  bool recover;
  bool persist;
  bool json;
  bool null_separated;
  bool fail_on_loss;
  bool daemon;
  uint64_t timeout_ns;  /* 0: none */
  uint32_t mask;        /* allowed by rn_mask_check() */
  const char *output;   /* or NULL: stdout */
  const char *errors;   /* or NULL: stderr */
  const char *pid_file; /* or NULL */
  const char **exclude; /* globs, NULL-terminated; or NULL */
  const char **include;
  char *const *paths; /* path_count >= 1 of them, each once */
  size_t path_count;
  const char *repeated; /* one that was given more than once; or NULL */
};

/* Parse the arguments; argv[0] is the name of the subcommand.
 *
 * argv       is put into another order: options first (getopt_long(3)).
 * options    out: borrows from argv; watch_options_fini() frees the rest.
 * problem    out: on failure one line about what is wrong and what to do.
 * Returns    0; -EINVAL; -ENOMEM.
 * Threads    one at a time: getopt_long(3) has global state. */
int watch_options_parse(int argc, char **argv, struct watch_options *options,
                        struct text *problem);

void watch_options_fini(struct watch_options *options);

#ifdef __cplusplus
}
#endif

#endif
