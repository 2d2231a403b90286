#ifndef CMD_RINGNOTIFY_STREAM_H
#define CMD_RINGNOTIFY_STREAM_H

/* The worker's half of `ringnotify watch`: events in, lines out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/ringnotify/ending.h"
#include "cmd/ringnotify/options.h"
#include "cmd/ringnotify/output.h"
#include "cmd/ringnotify/own_files.h"
#include "ringnotify/ringnotify.h"

/* A path of the command line. */
struct stream_root {
  struct rn_watch watch;
  bool ended; /* its watch has ended: IN_IGNORED was seen */
};

struct stream {
  /* const: set before the worker starts */
  const struct watch_options *options;
  const struct rn_thread_notifier *notifier;
  struct ending *ending;
  uint64_t queue_limit;  /* what the kernel's queue takes; 0: not known */
  const char *directory; /* where relative paths begin; or NULL: in the working
                            directory */
  /* worker: the one worker; main before its start and after its stop */
  struct stream_root *roots; /* options->path_count of them */
  struct output output;
  struct own_files own;
  uint64_t event_count; /* changes written */
  int source_error;     /* what ended the reader, or 0 */
  bool lost;            /* an overflow was seen */
  uint64_t warned_ns;   /* monotonic; the last warning of a loss; 0: none */
};

/* Handle a batch: write its records, once; the rn_batch_fn.
 *
 * context    the struct stream. */
int stream_handle(struct rn_batch *batch, void *context);

/* Tell that `path` could not be watched: a line of JSON added to `text`, or in
 * plain mode a warning on stderr.
 *
 * where      the path that is behind it, or NULL: it is `path` itself. */
void stream_tell_failure(const struct stream *stream, struct text *text,
                         const char *path, const char *where, int error);

/* Watches in use now; 0 when that is not known. */
uint64_t stream_watch_count(const struct stream *stream);

#endif
