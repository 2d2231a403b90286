/* The folder's own name is random, so two runs at a time do not meet. */

#include "bench/core/place.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

const char *place_parent(const char *dir) {
  if (dir != NULL) return dir;
  const char *from_environment = getenv("TMPDIR");
  const bool is_set = from_environment != NULL && *from_environment != '\0';
  return is_set ? from_environment : "/tmp";
}

int place_make(const char *dir, char path[PLACE_SIZE]) {
  char *parent = realpath(place_parent(dir), NULL);
  if (parent == NULL) return -errno;
  const int size =
      snprintf(path, PLACE_SIZE, "%s/ringnotify-bench.XXXXXX", parent);
  free(parent);
  if (size >= PLACE_SIZE) return -ENAMETOOLONG;
  return mkdtemp(path) == NULL ? -errno : 0;
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *place) {
  (void)status;
  (void)type;
  (void)place;
  (void)remove(path);
  return 0;
}

void place_remove(const char *path) {
  (void)nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}
