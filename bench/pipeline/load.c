/* Names are of the same length everywhere, so that the sum of the lengths of
 * all paths is known. */

#include "bench/pipeline/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int load_make_root(struct load *load) {
  *load = (struct load){.root = "/tmp/ringnotify-bench.XXXXXX"};
  return mkdtemp(load->root) == NULL ? -errno : 0;
}

void load_directory(const struct load *load, uint32_t index,
                    char path[LOAD_DIRECTORY_SIZE]) {
  snprintf(path, LOAD_DIRECTORY_SIZE, "%s/d%07u", load->root, index);
}

/* Make room for the descriptors of all files. */
static int raise_descriptor_limit(uint32_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  if (limit.rlim_cur >= count) return 0;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  return limit.rlim_cur >= count ? 0 : -EMFILE;
}

/* Create the file of this index in a directory. */
static int make_file(struct load *load, uint32_t index, uint32_t directory) {
  char path[LOAD_DIRECTORY_SIZE + 16];
  load_directory(load, directory, path);
  const size_t size = strlen(path);
  snprintf(path + size, sizeof(path) - size, "/file-%07u", index);
  load->path_size = strlen(path);
  load->fds[index] = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  return load->fds[index] < 0 ? -errno : 0;
}

int load_make_files(struct load *load, uint32_t watch_count,
                    uint32_t file_count) {
  if (watch_count == 0) return -EINVAL;
  load->watch_count = watch_count;
  load->file_count = file_count;
  int err = raise_descriptor_limit(file_count + 64);
  if (err < 0) return err;
  load->fds = calloc(file_count + 1, sizeof(*load->fds));
  if (load->fds == NULL) return -ENOMEM;
  for (uint32_t i = 0; i <= watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (mkdir(path, 0700) < 0) return -errno;
  }
  for (uint32_t i = 0; i < file_count && err == 0; i++)
    err = make_file(load, i, i % watch_count);
  return err == 0 ? make_file(load, file_count, watch_count) : err;
}

void load_free(struct load *load) { free(load->fds); }

int load_make_events(struct load *load, uint64_t count) {
  uint32_t next = load->next;
  for (uint64_t i = 0; i < count; i++) {
    if (pwrite(load->fds[next], "x", 1, 0) != 1) return -errno;
    if (++next == load->file_count) next = 0;
  }
  load->next = next;
  return pwrite(load->fds[load->file_count], "x", 1, 0) != 1 ? -errno : 0;
}
