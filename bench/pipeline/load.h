#ifndef BENCH_PIPELINE_LOAD_H
#define BENCH_PIPELINE_LOAD_H

/* Directories and open files, and writing to them: what makes the events.
 *
 * File i is in directory i mod watch_count, and the files are written to in
 * turn.  So no event is merged with its neighbour, and with more than one
 * directory each event is of another one than the event before it: the worst
 * case for whoever remembers the last one. */

#include <stddef.h>
#include <stdint.h>

enum {
  LOAD_DIRECTORY_SIZE = 64, /* of a watched path, with its NUL */
};

struct load {
  char root[LOAD_DIRECTORY_SIZE - 16]; /* a temporary directory */
  uint32_t watch_count;
  uint32_t file_count;
  int *fds;         /* file_count, then that of the last event */
  uint32_t next;    /* file to be written to next */
  size_t path_size; /* of every file, without the NUL */
};

/* Choose the temporary directory.  Returns 0 or a negative errno. */
int load_make_root(struct load *load);

/* Make directories and files in it.  Returns 0 or a negative errno. */
int load_make_files(struct load *load, uint32_t watch_count,
                    uint32_t file_count);

void load_free(struct load *load);

/* Path of a directory to be watched for IN_MODIFY; watch_count is the one in
 * which only the last event happens. */
void load_directory(const struct load *load, uint32_t index,
                    char path[LOAD_DIRECTORY_SIZE]);

/* Make `count` events, and then the last one.  Returns 0 or a negative errno.
 */
int load_make_events(struct load *load, uint64_t count);

#endif
