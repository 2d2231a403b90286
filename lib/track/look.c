/* Looking along a path, from "/" to its end.
 *
 * What the kernel does with a path in one system call is done here name by
 * name, by descriptor, since each directory on the way, also that of each
 * symbolic link, has to be watched, and watched before it is looked into: what
 * changes later is then sure to be told by a record, and looked at again.  What
 * has changed before is what is seen.  So there is no moment that neither
 * covers, and no need to look twice.
 *
 * A directory that cannot be watched (it may be searched and not read, or a
 * limit is reached) does not end the look: what lies behind it may be reached
 * all the same.  It is noted as an error. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "lib/track/persist.h"

/* ---- text ---- */

/* The next name of the rest, or an empty one at its end. */
static struct rn_bytes next_name(struct rn_look *look) {
  while (look->text[look->rest] == '/') look->rest++;
  const char *name = look->text + look->rest;
  const size_t size = strcspn(name, "/");
  look->rest += size;
  return (struct rn_bytes){name, size};
}

static bool is_last(const struct rn_look *look) {
  return look->text[look->rest] == '\0';
}

static bool is_dots(struct rn_bytes name, size_t count) {
  return name.size == count && memcmp(name.data, "..", count) == 0;
}

/* Put the text of a link before the rest. */
static int put_link(struct rn_look *look, struct rn_bytes link) {
  if (link.size == 0) return -ENOENT;
  if (++look->link_count > RN_LINKS_MAX) return -ELOOP;
  const char *rest = look->text + look->rest;
  const size_t rest_size = strlen(rest); /* begins with '/', or is empty */
  if (link.size + rest_size + 1 > sizeof(look->text)) return -ENAMETOOLONG;
  memmove(look->text + link.size, rest, rest_size + 1);
  memcpy(look->text, link.data, link.size);
  look->rest = 0;
  return 0;
}

/* ---- where the look has come to ---- */

void rn_look_end(struct rn_tracker *t, struct rn_look *look) {
  const int fd = look->fd;
  look->fd = -1; /* first: a fork's child closes what is noted */
  if (fd >= 0) t->sys->close(t->sys, fd);
}

/* Take `fd` as what was reached; `path_size` of look->path are its path. */
static void reach(struct rn_tracker *t, struct rn_look *look, int fd,
                  size_t path_size) {
  rn_look_end(t, look);
  look->fd = fd;
  look->path_size = path_size;
  look->path[path_size] = '\0';
}

static int go_to_root(struct rn_tracker *t, struct rn_look *look) {
  const int fd = t->sys->dir_open(t->sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  if (fd < 0) return fd;
  look->path[0] = '/';
  reach(t, look, fd, 1);
  return 0;
}

static int go_up(struct rn_tracker *t, struct rn_look *look) {
  const int fd = t->sys->dir_open(t->sys, look->fd, "..", O_PATH | O_DIRECTORY);
  if (fd < 0) return fd;
  size_t size = look->path_size;
  while (size > 1 && look->path[size - 1] != '/') size--;
  reach(t, look, fd, size > 1 ? size - 1 : 1);
  return 0;
}

static int go_down(struct rn_tracker *t, struct rn_look *look, int fd,
                   struct rn_bytes name) {
  size_t size = look->path_size;
  if (size + name.size + 2 > sizeof(look->path)) {
    t->sys->close(t->sys, fd);
    return -ENAMETOOLONG;
  }
  if (size > 1) look->path[size++] = '/';
  memcpy(look->path + size, name.data, name.size);
  reach(t, look, fd, size + name.size);
  return 0;
}

/* ---- watching ---- */

static void note_error(struct rn_look *look, int error) {
  if (look->error != 0) return;
  look->error = error;
  look->error_size = look->path_size;
  memcpy(look->error_path, look->path, look->path_size);
}

/* Watch the directory that was reached for a name.
 *
 * Returns    0, also when it cannot be watched; -ENOTDIR; -ENOMEM. */
static int watch_for(struct rn_tracker *t, struct rn_look *look,
                     struct rn_bytes name) {
  const struct rn_bytes path = {look->path, look->path_size};
  struct rn_step *step = malloc(sizeof(*step) + name.size);
  if (step == NULL) return -ENOMEM;
  struct rn_way *way;
  const int err = rn_way_watch(t, look->fd, path, &way);
  if (err < 0) {
    free(step);
    if (err == -ENOTDIR || err == -ENOMEM) return err;
    note_error(look, err);
    return 0;
  }
  step->follow = look->follow;
  step->name_size = name.size;
  memcpy(step->name, name.data, name.size);
  step->next = look->steps;
  look->steps = step;
  rn_step_enter(step, way);
  return 0;
}

/* ---- looking ---- */

/* Open an entry of the directory that was reached, itself if it is a link. */
static int open_entry(struct rn_tracker *t, const struct rn_look *look,
                      struct rn_bytes name) {
  char text[RN_NAME_SIZE_MAX + 1];
  if (name.size > RN_NAME_SIZE_MAX) return -ENAMETOOLONG;
  memcpy(text, name.data, name.size);
  text[name.size] = '\0';
  return t->sys->dir_open(t->sys, look->fd, text, O_PATH | O_NOFOLLOW);
}

/* Go where a link leads, if `fd` is one that is to be followed: takes it then.
 *
 * Returns    1 it was; 0 it was not; what went wrong. */
static int follow_link(struct rn_tracker *t, struct rn_look *look, int fd) {
  const bool itself =
      is_last(look) && (look->follow->root->modifiers & IN_DONT_FOLLOW) != 0;
  char link[PATH_MAX];
  const ssize_t size =
      itself ? -EINVAL : t->sys->link_read(t->sys, fd, link, sizeof(link));
  if (size == -EINVAL || size == -ENOENT) return 0;
  t->sys->close(t->sys, fd);
  if (size < 0) return (int)size;
  int err = put_link(look, (struct rn_bytes){link, (size_t)size});
  if (err == 0 && link[0] == '/') err = go_to_root(t, look);
  return err < 0 ? err : 1;
}

/* Go on by one name. */
static int go_on(struct rn_tracker *t, struct rn_look *look,
                 struct rn_bytes name) {
  look->as_directory = true;
  if (is_dots(name, 1)) return 0;
  if (is_dots(name, 2)) return go_up(t, look);
  int err = watch_for(t, look, name);
  if (err < 0) return err;
  const int fd = open_entry(t, look, name);
  if (fd < 0) return fd;
  err = follow_link(t, look, fd);
  if (err != 0) return err < 0 ? err : 0;
  look->as_directory = !is_last(look);
  return go_down(t, look, fd, name);
}

/* A path that ends in a slash, or in dots, means a directory. */
static int check_directory(struct rn_tracker *t, const struct rn_look *look) {
  if (!look->as_directory) return 0;
  const int fd = t->sys->dir_open(t->sys, look->fd, ".", O_PATH | O_DIRECTORY);
  if (fd < 0) return fd;
  t->sys->close(t->sys, fd);
  return 0;
}

int rn_look_along(struct rn_tracker *t, struct rn_follow *follow,
                  struct rn_look *look) {
  const struct rn_root *root = follow->root;
  look->follow = follow;
  look->steps = NULL;
  look->fd = -1;
  look->path[0] = '/'; /* what a failure is told of until more was reached */
  look->path[1] = '\0';
  look->path_size = 1;
  look->link_count = 0;
  look->error = 0;
  look->as_directory = true;
  look->rest = 0;
  if (root->access_path_size >= sizeof(look->text)) return -ENAMETOOLONG;
  memcpy(look->text, root->access_path, root->access_path_size + 1);
  int err = go_to_root(t, look);
  while (err == 0 && !is_last(look)) {
    const struct rn_bytes name = next_name(look);
    if (name.size > 0) err = go_on(t, look, name);
  }
  if (err == 0) err = check_directory(t, look);
  if (err < 0) rn_look_end(t, look);
  return err;
}
