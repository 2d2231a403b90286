#ifndef BENCH_CORE_HARNESS_H
#define BENCH_CORE_HARNESS_H

/* Options, plan, cases one after the other, table, report. */

#include "bench/core/options.h"
#include "bench/core/scenario.h"
#include "cmd/ringnotify/exit_code.h"

/* Run what the command line asks for.
 *
 * name       of the program or command, for --help.
 * argv       argv[0] is ignored.
 * scenarios  all there are, NULL at the end.
 * advise     does what --advise asks for; or NULL: there is no such option.
 * Returns    the exit code; EXIT_CODE_ERROR: a measurement failed or its counts
 *            were wrong, which was told. */
enum exit_code harness_main(const char *name, int argc, char **argv,
                            const struct scenario *const *scenarios,
                            enum exit_code (*advise)(const struct options *));

#endif
