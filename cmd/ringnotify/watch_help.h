#ifndef CMD_RINGNOTIFY_WATCH_HELP_H
#define CMD_RINGNOTIFY_WATCH_HELP_H

/* The page of `ringnotify watch --help`. */
extern const char watch_help[];

#endif
