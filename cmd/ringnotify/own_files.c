/* Output into the watched tree does not feed itself.
 *
 * Which file is whose is asked of the descriptors at each event, by device and
 * inode: a file that was given another name, by who rotates logs, one that was
 * opened anew, and one that is reached by a mount, a link or a hard link change
 * nothing then.  Of one that is not there any more its last name says it.  It
 * is asked only where there is such a file, and only for IN_MODIFY, the one
 * event that writing makes. */

#include "cmd/ringnotify/own_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/ringnotify/text.h"

static const int descriptors[OWN_FILE_COUNT] = {STDOUT_FILENO, STDERR_FILENO};

/* Write the path of an open file, with a NUL.  Returns its length; 0 when it is
 * not known. */
static size_t path_of(int fd, char *path, size_t size) {
  char link[32];
  snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
  const ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return (size_t)length;
}

/* What follows the path of a directory, or of the file itself, in a path at or
 * below it; or NULL. */
static const char *rest_below(const char *path, const char *top) {
  const size_t size = strlen(top);
  if (strncmp(path, top, size) != 0) return NULL;
  const bool ends = path[size] == '\0' || path[size] == '/';
  return ends || top[size - 1] == '/' ? path + size : NULL;
}

/* Put what events call a file in the place of what they called it before. */
static void remember(char **name, const char *top, const char *rest) {
  char *said = malloc(strlen(top) + strlen(rest) + 2);
  if (said == NULL) return;
  const bool joins = rest[0] == '\0' || rest[0] == '/' || *top == '\0' ||
                     top[strlen(top) - 1] == '/';
  sprintf(said, "%s%s%s", top, joins ? "" : "/", rest);
  free(*name);
  *name = said;
}

static void find(struct own_files *own, int index, const char *top) {
  struct stat status;
  char path[PATH_MAX];
  const int fd = descriptors[index];
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
  own->any = true;
  char *const whole = realpath(top, NULL);
  const bool known = whole != NULL && path_of(fd, path, sizeof(path)) > 0;
  const char *rest = known ? rest_below(path, whole) : NULL;
  free(whole);
  if (rest != NULL) remember(&own->paths[index], top, rest);
}

void own_files_find(struct own_files *own, char *const *paths, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (int j = 0; j < OWN_FILE_COUNT; j++) find(own, j, paths[i]);
}

static bool is_open_as(int fd, const struct stat *there) {
  struct stat ours;
  return fstat(fd, &ours) == 0 && ours.st_dev == there->st_dev &&
         ours.st_ino == there->st_ino;
}

static bool is_called(const char *name, const char *path) {
  return name != NULL && strcmp(name, path) == 0;
}

bool own_files_have(struct own_files *own, const char *directory,
                    const char *path) {
  if (!own->any) return false;
  struct stat there;
  struct text whole = {0};
  text_add_path(&whole, directory, path);
  const bool found = !whole.failed && stat(whole.data, &there) == 0;
  text_fini(&whole);
  for (int i = 0; i < OWN_FILE_COUNT; i++) {
    char **name = &own->paths[i];
    if (!found && is_called(*name, path)) return true;
    if (!found || !is_open_as(descriptors[i], &there)) continue;
    if (!is_called(*name, path)) remember(name, path, "");
    return true;
  }
  return false;
}

void own_files_fini(struct own_files *own) {
  for (int i = 0; i < OWN_FILE_COUNT; i++) free(own->paths[i]);
  *own = (struct own_files){0};
}
