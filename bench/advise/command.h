#ifndef BENCH_ADVISE_COMMAND_H
#define BENCH_ADVISE_COMMAND_H

#include "bench/core/options.h"
#include "cmd/ringnotify/exit_code.h"

/* Do what --advise asks for: figures from --from or measured now, advice on
 * stdout.
 *
 * Returns    the exit code; what is wrong was told. */
enum exit_code advise_command(const struct options *options);

#endif
