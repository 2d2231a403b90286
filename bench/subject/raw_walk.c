/* The raw set-up: each directory is opened below its parent's descriptor,
 * watched by its path, and listed by getdents64(2), whose d_type says what is a
 * directory.  Watched before it is listed, as everybody has to who wants to
 * miss nothing. */

#include "bench/subject/raw_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/core/trace.h"

enum { LIST_SIZE = 32768 };

struct walk {
  int inotify_fd;
  uint64_t watches;
  char path[PATH_MAX]; /* of the directory that is walked now */
};

static int walk_directory(struct walk *walk, int parent_fd, const char *name,
                          size_t path_size);

static int walk_entries(struct walk *walk, int fd, const char *list, long size,
                        size_t path_size) {
  int err = 0;
  for (const char *at = list; at < list + size && err == 0;) {
    const struct dirent64 *entry = (const void *)at;
    at += entry->d_reclen;
    const char *name = entry->d_name;
    if (entry->d_type != DT_DIR || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
      continue;
    const size_t name_size = strlen(name);
    if (path_size + 1 + name_size >= PATH_MAX) return -ENAMETOOLONG;
    walk->path[path_size] = '/';
    memcpy(walk->path + path_size + 1, name, name_size + 1);
    err = walk_directory(walk, fd, name, path_size + 1 + name_size);
    walk->path[path_size] = '\0';
  }
  return err;
}

static int list_directory(struct walk *walk, int fd, size_t path_size) {
  char *list = malloc(LIST_SIZE);
  if (list == NULL) return -ENOMEM;
  int err = 0;
  while (err == 0) {
    const long size = syscall(SYS_getdents64, fd, list, LIST_SIZE);
    if (size < 0) err = -errno;
    if (size <= 0) break;
    err = walk_entries(walk, fd, list, size, path_size);
  }
  free(list);
  return err;
}

static int walk_directory(struct walk *walk, int parent_fd, const char *name,
                          size_t path_size) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const int fd = openat(parent_fd, name, flags);
  if (fd < 0) return -errno;
  int err = 0;
  if (inotify_add_watch(walk->inotify_fd, walk->path, SET_UP_MASK) < 0)
    err = -errno;
  walk->watches++;
  if (err == 0) err = list_directory(walk, fd, path_size);
  close(fd);
  return err;
}

int raw_set_up(const struct subject *subject, const char *root,
               struct set_up *set_up) {
  (void)subject;
  struct walk walk = {.inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (walk.inotify_fd < 0) return -errno;
  const size_t size = strlen(root);
  memcpy(walk.path, root, size + 1);
  trace_mark();
  const struct instant begin = instant_now();
  const int err = walk_directory(&walk, AT_FDCWD, root, size);
  set_up->spent = instant_since(begin);
  trace_mark();
  set_up->watches = walk.watches;
  close(walk.inotify_fd);
  return err;
}
