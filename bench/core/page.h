#ifndef BENCH_CORE_PAGE_H
#define BENCH_CORE_PAGE_H

/* What --help and --list write on stdout. */

#include "bench/core/scenario.h"
#include "cmd/ringnotify/exit_code.h"

/* name       of the program or command.
 * scenarios  NULL at the end.
 * Returns    as standard_output_show(). */
enum exit_code page_show_help(const char *name,
                              const struct scenario *const *scenarios);

enum exit_code page_show_list(const struct scenario *const *scenarios);

#endif
