#ifndef BENCH_CORE_LOAD_H
#define BENCH_CORE_LOAD_H

/* Directories with files, and changes of these: what makes the events.
 *
 * File i is in directory i mod watch_count.  The files are changed one after
 * the other in steps of some 0.6 of their number, so no event is merged with
 * its neighbour, and with more than one directory each event is of another one
 * than the event before it: the worst case for whoever remembers the last one.
 *
 * The last event of a load is of a file of its own, in a directory of its own
 * (index watch_count), whose name begins with "last": so it can be told that
 * everything before it has been read.
 *
 * All names of files are of the same length, so the sum of the lengths of all
 * paths is known. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/core/place.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LOAD_DIRECTORY_SIZE = PLACE_SIZE + 32, /* of a watched path, with its NUL */
  LOAD_NAME_SIZE_MIN = 7,
  LOAD_NAME_SIZE_MAX = 255,
};

struct load_shape {
  uint32_t watch_count;
  uint32_t file_count; /* at least 2, at least watch_count */
  uint32_t name_size;  /* of a file's name, without the NUL */
};

struct load {
  struct load_shape shape;
  char root[PLACE_SIZE + 8]; /* the directories are in it */
  size_t path_size;          /* of every file, without the NUL */
  uint32_t next;             /* file to be changed next */
  uint32_t step;
  int root_fd; /* where it is < 0 nothing was made */
  int *fds;    /* of the files, that of the last event behind them; or NULL:
                  there are too many to have them open */
};

#define LOAD_INIT \
  { .root_fd = -1 }

/* Have a load of this shape in `folder`, where nothing else may lie: what
 * `load` is already is used again, if it is of that shape.
 *
 * load       LOAD_INIT, or as this left it, also when it failed.
 * Returns    0; -EINVAL a bad shape; what open(2), mkdir(2) or setrlimit(2)
 *            gave. */
int load_make(struct load *load, const char *folder,
              const struct load_shape *shape);

/* Remove it, files included. */
void load_remove(struct load *load);

/* Path of a directory to be watched for IN_MODIFY; watch_count is the one in
 * which only the last event happens. */
void load_directory(const struct load *load, uint32_t index,
                    char path[LOAD_DIRECTORY_SIZE]);

/* Make one IN_MODIFY of this file; file_count is the last event's.
 *
 * Returns    0 or a negative errno.
 * Threads    any. */
int load_touch(const struct load *load, uint32_t index);

/* Make `count` events, and then the last one.
 *
 * Returns    0 or a negative errno. */
int load_make_events(struct load *load, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif
