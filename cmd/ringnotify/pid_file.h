#ifndef CMD_RINGNOTIFY_PID_FILE_H
#define CMD_RINGNOTIFY_PID_FILE_H

/* The file that says which process runs, for those who want to signal it. */

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pid_file {
  char *path; /* absolute; NULL: there is none */
  int fd;     /* open, and locked, as long as the file is ours */
};

/* Create and lock the file, readable to its owner only, with the number of this
 * process and a newline; or take over one that a process left which is gone, or
 * a zombie.
 *
 * file       out: on success.
 * path       relative to the working directory now.
 * problem    out: on failure one line about what is wrong and what to do.
 * Returns    0; -EEXIST the file is another process's, or something else is at
 *            the path, a symbolic link too; else what open(2), flock(2),
 *            write(2) or getcwd(3) gave; -ENOMEM. */
int pid_file_create(struct pid_file *file, const char *path,
                    struct text *problem);

/* Remove the file, unless something else is at its path by now, and free.
 *
 * file       zero: nothing is done. */
void pid_file_remove(struct pid_file *file);

#ifdef __cplusplus
}
#endif

#endif
