#ifndef LIB_HANDLER_OUTPUT_H
#define LIB_HANDLER_OUTPUT_H

/* Bytes to where the user wants them.  Each returns 0 or a negative errno. */

#include <stdio.h>

#include "lib/base/base.h"

/* Write all of it and flush the stream. */
int rn_output_stream(FILE *stream, struct rn_bytes bytes);

/* Write all of it; waits for a descriptor that does not block. */
int rn_output_fd(int fd, struct rn_bytes bytes);

/* Write a new file, mode 0600.  -EEXIST when there is one, or a link. */
int rn_output_new_file(const char *path, struct rn_bytes bytes);

#endif
