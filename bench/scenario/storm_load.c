/* mkdir    mkdir -p of a chain of four directories with two files in it, again
 *          and again
 * untar    tar(1) unpacks an archive
 * rename   a directory with a directory and a file in it is made, renamed at
 *          once, and gets another file, which is renamed as well */

#include "bench/scenario/storm_load.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/core/place.h"
#include "bench/core/tree.h"

enum { PATH_SIZE = STORM_PATH_SIZE + 64 };

static int make_file(const char *path) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  const ssize_t size = write(fd, "x", 1);
  const int err = size < 0 ? -errno : 0;
  close(fd);
  return err;
}

static int make_directory(const char *path) {
  return mkdir(path, 0700) < 0 ? -errno : 0;
}

/* ---- mkdir, rename ---- */

/* One chain. */
static int make_chain(const char *root, uint32_t index) {
  static const char *const parts[] = {"", "/b", "/b/c", "/b/c/d"};
  static const char *const files[] = {"/b/file", "/b/c/d/file"};
  char path[PATH_SIZE];
  int err = 0;
  for (size_t i = 0; i < 4 && err == 0; i++) {
    snprintf(path, sizeof(path), "%s/a%u%s", root, index, parts[i]);
    err = make_directory(path);
  }
  for (size_t i = 0; i < 2 && err == 0; i++) {
    snprintf(path, sizeof(path), "%s/a%u%s", root, index, files[i]);
    err = make_file(path);
  }
  return err;
}

static int move(const char *root, uint32_t index, const char *from,
                const char *to) {
  char old[PATH_SIZE];
  char new[PATH_SIZE];
  snprintf(old, sizeof(old), "%s/%c%u%s", root, from[0], index, from + 1);
  snprintf(new, sizeof(new), "%s/%c%u%s", root, to[0], index, to + 1);
  return rename(old, new) < 0 ? -errno : 0;
}

/* One directory: "a" while it is made, then "r". */
static int make_renamed(const char *root, uint32_t index) {
  char path[PATH_SIZE];
  snprintf(path, sizeof(path), "%s/a%u", root, index);
  int err = make_directory(path);
  snprintf(path, sizeof(path), "%s/a%u/b", root, index);
  if (err == 0) err = make_directory(path);
  snprintf(path, sizeof(path), "%s/a%u/b/file", root, index);
  if (err == 0) err = make_file(path);
  if (err == 0) err = move(root, index, "a", "r");
  snprintf(path, sizeof(path), "%s/r%u/b/later", root, index);
  if (err == 0) err = make_file(path);
  return err == 0 ? move(root, index, "r/b/later", "r/b/renamed") : err;
}

/* ---- untar ---- */

/* tar FLAGS ARCHIVE -C FOLDER [.] */
static int run_tar(const char *flags, const char *archive, const char *folder,
                   const char *what) {
  const char *const arguments[] = {"tar",  flags, archive, "-C",
                                   folder, what,  NULL};
  pid_t pid;
  const int err = posix_spawnp(&pid, "tar", NULL, NULL,
                               (char *const *)(uintptr_t)arguments, environ);
  if (err != 0) return -err;
  int status;
  pid_t ended;
  do ended = waitpid(pid, &status, 0);
  while (ended < 0 && errno == EINTR);
  return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0
                                                                       : -EIO;
}

/* Have the archive: the last one, if there is one. */
static int make_archive(const struct storm_load *load, const char *folder) {
  if (access(load->archive, R_OK) == 0) return 0;
  char source[PATH_SIZE];
  snprintf(source, sizeof(source), "%s/storm-source", folder);
  int err = tree_make(source, load->size);
  if (err == 0) err = run_tar("-cf", load->archive, source, ".");
  place_remove(source);
  return err;
}

/* ---- the interface ---- */

int storm_load_prepare(struct storm_load *load, const char *folder) {
  snprintf(load->root, sizeof(load->root), "%s/storm", folder);
  snprintf(load->archive, sizeof(load->archive), "%s/storm.tar", folder);
  place_remove(load->root);
  const int err = make_directory(load->root);
  if (err < 0 || strcmp(load->kind, "untar") != 0) return err;
  return make_archive(load, folder);
}

int storm_load_make(const struct storm_load *load) {
  if (strcmp(load->kind, "untar") == 0)
    return run_tar("-xf", load->archive, load->root, NULL);
  const bool renames = strcmp(load->kind, "rename") == 0;
  int err = 0;
  for (uint32_t i = 0; i < load->size && err == 0; i++)
    err = renames ? make_renamed(load->root, i) : make_chain(load->root, i);
  return err;
}
