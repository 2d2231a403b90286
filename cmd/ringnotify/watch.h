#ifndef CMD_RINGNOTIFY_WATCH_H
#define CMD_RINGNOTIFY_WATCH_H

#include "cmd/ringnotify/exit_code.h"

/* `ringnotify watch`: write events until it is stopped.
 *
 * argv       argv[0] is the name of the subcommand. */
enum exit_code watch_main(int argc, char **argv);

#endif
