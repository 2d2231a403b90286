#ifndef CMD_RINGNOTIFY_PID_FILE_H
#define CMD_RINGNOTIFY_PID_FILE_H

/* The file that says which process runs, for those who want to signal it. */

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pid_file {
  char *path; /* absolute; NULL: there is none */
  int fd;     /* open as long as the file is ours */
};

/* Create the file, which must not be there, readable to its owner only, with
 * the number of this process and a newline.
 *
 * file       out: on success.
 * path       relative to the working directory now.
 * problem    out: on failure one line about what is wrong and what to do.
 * Returns    0; -EEXIST something is at the path, a symbolic link too; else
 *            what open(2), write(2) or getcwd(3) gave; -ENOMEM. */
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
