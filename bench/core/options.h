#ifndef BENCH_CORE_OPTIONS_H
#define BENCH_CORE_OPTIONS_H

/* The command line of the harness. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct options {
  bool help;
  bool list;
  bool quick;
  bool no_peers;
  bool any_build;        /* --any-build: also one whose figures say nothing */
  uint32_t repeat;       /* measurements of each kind, after one to warm up */
  uint64_t events;       /* of one repetition, where a scenario does not vary
                            them */
  const char *dir;       /* for the work folder, or NULL */
  const char *json;      /* file for the report, or NULL */
  const char *peers_dir; /* --peers, or NULL */
  const char *advise;    /* --advise: what is asked, or NULL */
  const char *from;      /* --from: report with the figures, or NULL */
  char **names;          /* scenarios asked for; none: all */
  size_t name_count;
};

/* Read the command line; the strings stay argv's.
 *
 * problem    out: on -EINVAL what is wrong and what to do, one line.
 * Returns    0; -EINVAL. */
int options_read(int argc, char **argv, struct options *options,
                 struct text *problem);

/* Whether a scenario of this name was asked for. */
bool options_want(const struct options *options, const char *name);

/* What stands in --help behind the list of scenarios. */
extern const char options_help[];

#ifdef __cplusplus
}
#endif

#endif
