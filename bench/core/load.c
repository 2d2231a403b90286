/* A file that is open is changed by pwrite(2); where there are too many files
 * to have all of them open, by setting its time of modification, which is an
 * IN_MODIFY too. */

#include "bench/core/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  OPEN_MAX_FILES = 1024, /* that are kept open */
  SPARE_DESCRIPTORS = 64,
  FILE_PATH_SIZE = 32 + LOAD_NAME_SIZE_MAX, /* from the load's root */
};

void load_directory(const struct load *load, uint32_t index,
                    char path[LOAD_DIRECTORY_SIZE]) {
  snprintf(path, LOAD_DIRECTORY_SIZE, "%s/d%07u", load->root, index);
}

/* Path of a file from the load's root. */
static void file_path(const struct load *load, uint32_t index,
                      char path[FILE_PATH_SIZE]) {
  const struct load_shape *shape = &load->shape;
  const bool is_last = index == shape->file_count;
  const uint32_t directory =
      is_last ? shape->watch_count : index % shape->watch_count;
  if (is_last) /* its number says nothing */
    snprintf(path, FILE_PATH_SIZE, "d%07u/last%0*u", directory,
             (int)shape->name_size - 4, 0);
  else
    snprintf(path, FILE_PATH_SIZE, "d%07u/f%0*u", directory,
             (int)shape->name_size - 1, index);
}

/* ---- making ---- */

/* Make room for the descriptors of all files. */
static int raise_descriptor_limit(uint32_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  if (limit.rlim_cur >= count) return 0;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  return limit.rlim_cur >= count ? 0 : -EMFILE;
}

static uint32_t common_divisor(uint32_t a, uint32_t b) {
  while (b != 0) {
    const uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* The greatest step not above 0.6 of `count` that leads through all files. */
static uint32_t step_for(uint32_t count) {
  uint32_t step = (uint32_t)((uint64_t)count * 3 / 5);
  while (step > 1 && common_divisor(step, count) != 1) step--;
  return step == 0 ? 1 : step;
}

static int make_directories(const struct load *load) {
  for (uint32_t i = 0; i <= load->shape.watch_count; i++) {
    char path[LOAD_DIRECTORY_SIZE];
    load_directory(load, i, path);
    if (mkdir(path, 0700) < 0) return -errno;
  }
  return 0;
}

static int make_file(struct load *load, uint32_t index) {
  char path[FILE_PATH_SIZE];
  file_path(load, index, path);
  load->path_size = strlen(load->root) + 1 + strlen(path);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
  const int fd = openat(load->root_fd, path, flags, 0600);
  if (fd < 0) return -errno;
  if (load->fds != NULL)
    load->fds[index] = fd;
  else
    close(fd);
  return 0;
}

static int make_files(struct load *load) {
  const uint32_t count = load->shape.file_count;
  if (count <= OPEN_MAX_FILES) {
    const int err = raise_descriptor_limit(count + SPARE_DESCRIPTORS);
    if (err < 0) return err;
    load->fds = malloc((count + 1) * sizeof(*load->fds));
    if (load->fds == NULL) return -ENOMEM;
    for (uint32_t i = 0; i <= count; i++) load->fds[i] = -1;
  }
  int err = 0;
  for (uint32_t i = 0; i <= count && err == 0; i++) err = make_file(load, i);
  return err;
}

static int make(struct load *load, const char *folder) {
  snprintf(load->root, sizeof(load->root), "%s/load", folder);
  if (mkdir(load->root, 0700) < 0) return -errno;
  load->root_fd = open(load->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (load->root_fd < 0) return -errno;
  const int err = make_directories(load);
  return err == 0 ? make_files(load) : err;
}

static bool is_good(const struct load_shape *shape) {
  return shape->watch_count > 0 && shape->file_count >= 2 &&
         shape->file_count >= shape->watch_count &&
         shape->name_size >= LOAD_NAME_SIZE_MIN &&
         shape->name_size <= LOAD_NAME_SIZE_MAX;
}

int load_make(struct load *load, const char *folder,
              const struct load_shape *shape) {
  if (!is_good(shape)) return -EINVAL;
  if (load->root_fd >= 0 && memcmp(&load->shape, shape, sizeof(*shape)) == 0)
    return 0;
  load_remove(load);
  load->shape = *shape;
  load->step = step_for(shape->file_count);
  const int err = make(load, folder);
  if (err < 0) load_remove(load);
  return err;
}

void load_remove(struct load *load) {
  for (uint32_t i = 0; load->fds != NULL && i <= load->shape.file_count; i++)
    if (load->fds[i] >= 0) close(load->fds[i]);
  free(load->fds);
  if (load->root_fd >= 0) close(load->root_fd);
  if (load->root[0] != '\0') place_remove(load->root);
  *load = (struct load)LOAD_INIT;
}

/* ---- changing ---- */

static int set_time(const struct load *load, uint32_t index) {
  char path[FILE_PATH_SIZE];
  file_path(load, index, path);
  const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                    {.tv_nsec = UTIME_NOW}};
  return utimensat(load->root_fd, path, times, 0) < 0 ? -errno : 0;
}

int load_touch(const struct load *load, uint32_t index) {
  if (load->fds == NULL) return set_time(load, index);
  return pwrite(load->fds[index], "x", 1, 0) == 1 ? 0 : -errno;
}

int load_make_events(struct load *load, uint64_t count) {
  const uint32_t file_count = load->shape.file_count;
  for (uint64_t i = 0; i < count; i++) {
    const int err = load_touch(load, load->next);
    if (err < 0) return err;
    load->next += load->step;
    if (load->next >= file_count) load->next -= file_count;
  }
  return load_touch(load, file_count);
}
