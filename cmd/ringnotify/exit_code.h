#ifndef CMD_RINGNOTIFY_EXIT_CODE_H
#define CMD_RINGNOTIFY_EXIT_CODE_H

/* How every subcommand ends. */
enum exit_code {
  EXIT_CODE_OK = 0,           /* also after SIGINT and SIGTERM */
  EXIT_CODE_ERROR = 1,        /* set-up or run time */
  EXIT_CODE_TIMEOUT = 2,      /* the time ran out without an event */
  EXIT_CODE_LOSS = 3,         /* events were lost and that was to be fatal */
  EXIT_CODE_NOTHING_LEFT = 4, /* all that was watched is gone */
  EXIT_CODE_USAGE = 64,       /* EX_USAGE of sysexits.h */
};

#endif
