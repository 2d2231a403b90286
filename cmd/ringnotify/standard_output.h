#ifndef CMD_RINGNOTIFY_STANDARD_OUTPUT_H
#define CMD_RINGNOTIFY_STANDARD_OUTPUT_H

/* The rules that every subcommand keeps on stdout. */

#include "cmd/ringnotify/exit_code.h"

/* Make descriptors 0, 1 and 2 safe to use: those that are closed are held by
 * /dev/null, or the next file opened would become stdout or stderr.  Call it
 * first.
 *
 * Returns    EXIT_CODE_OK; EXIT_CODE_ERROR, told on stderr: stdout was closed.
 */
enum exit_code standard_output_check(void);

/* Write a page of text.
 *
 * Returns    EXIT_CODE_OK, or as standard_output_failed(). */
enum exit_code standard_output_show(const char *page);

/* What it means that stdout could not be written.
 *
 * error      negative errno.
 * Returns    EXIT_CODE_OK for -EPIPE: the reader has seen enough.  Else
 *            EXIT_CODE_ERROR, told on stderr. */
enum exit_code standard_output_failed(int error);

#endif
