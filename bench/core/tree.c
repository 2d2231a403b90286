/* Directory i is below directory (i - 1) / 10, and 0 is the root: as a heap, so
 * its path follows from its number. */

#include "bench/core/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAN_OUT = 10, FILES = 2, PATH_SIZE = 256 };

/* Path of a directory from the root, with a slash behind it.  Returns its
 * length. */
static size_t path_of(uint32_t index, char path[PATH_SIZE]) {
  uint32_t chain[16];
  size_t depth = 0;
  for (uint32_t i = index; i > 0; i = (i - 1) / FAN_OUT) chain[depth++] = i;
  size_t size = 0;
  path[0] = '\0';
  while (depth > 0)
    size += (size_t)snprintf(path + size, PATH_SIZE - size, "d%07u/",
                             chain[--depth]);
  return size;
}

static int make_files(int root_fd, char path[PATH_SIZE], size_t size) {
  for (unsigned i = 0; i < FILES; i++) {
    snprintf(path + size, PATH_SIZE - size, "f%07u", i);
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
    const int fd = openat(root_fd, path, flags, 0600);
    if (fd < 0) return -errno;
    close(fd);
  }
  return 0;
}

static int make_directory(int root_fd, uint32_t index) {
  char path[PATH_SIZE];
  const size_t size = path_of(index, path);
  if (index > 0 && mkdirat(root_fd, path, 0700) < 0) return -errno;
  return make_files(root_fd, path, size);
}

int tree_make(const char *root, uint32_t count) {
  if (mkdir(root, 0700) < 0) return -errno;
  const int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root_fd < 0) return -errno;
  int err = 0;
  for (uint32_t i = 0; i < count && err == 0; i++)
    err = make_directory(root_fd, i);
  close(root_fd);
  return err;
}
