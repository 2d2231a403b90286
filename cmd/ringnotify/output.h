#ifndef CMD_RINGNOTIFY_OUTPUT_H
#define CMD_RINGNOTIFY_OUTPUT_H

/* Data on its way to a descriptor: whole records, one write(2) a batch. */

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More than this is not held back, the end of the batch or not. */
enum { OUTPUT_HELD_MAX = 64 * 1024 };

struct output {
  int fd;                            /* not closed here */
  char separator;                    /* the last byte of each record */
  void (*on_written)(void *context); /* called when something was; or NULL */
  void *context;
  struct text text; /* records that were not written yet: add to it */
  int error;        /* the negative errno that ended it, or 0 */
};

/* Say that a record in `text` is complete: it may be written now. */
void output_end_record(struct output *output);

/* Write everything.  Blocks while the reader is slow, also on a descriptor with
 * O_NONBLOCK.
 *
 * Returns    0; -ENOMEM a record was too long for the memory; else what
 *            write(2) gave, now or at an earlier call: nothing is written any
 *            more after a failure.  What a regular file has of a record that
 *            could not be written whole is taken away again. */
int output_flush(struct output *output);

/* Put a separator behind what a regular file ends with, if that is half a
 * record: who wrote it was killed.
 *
 * path       of the file, which is open for writing as `fd`. */
void output_mend_end(int fd, const char *path, char separator);

/* Give the memory back.  What was not flushed is dropped. */
void output_fini(struct output *output);

#ifdef __cplusplus
}
#endif

#endif
