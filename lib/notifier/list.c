/* Lists of watches, and of paths to watch.
 *
 * Entries lie in an array; each path is a piece of memory of its own, so that
 * it stays where it is when the array grows. */

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cancel.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

struct rn_watch_list {
  struct rn_watch_entry *entries;
  size_t count, room;
};

/* ---- the list ---- */

struct rn_watch_list *rn_watch_list_new(void) {
  return calloc(1, sizeof(struct rn_watch_list));
}

/* Returns    0; -ENOMEM. */
static int make_room(struct rn_watch_list *list) {
  if (list->count < list->room) return 0;
  const size_t room = list->room == 0 ? 16 : list->room * 2;
  struct rn_watch_entry *entries =
      realloc(list->entries, room * sizeof(*entries));
  if (entries == NULL) return -ENOMEM;
  list->entries = entries;
  list->room = room;
  return 0;
}

int rn_watch_list_put(struct rn_watch_list *list, struct rn_bytes path,
                      int error, struct rn_watch watch) {
  if (make_room(list) < 0) return -ENOMEM;
  char *copy = malloc(path.size + 1);
  if (copy == NULL) return -ENOMEM;
  memcpy(copy, path.data, path.size);
  copy[path.size] = '\0';
  list->entries[list->count++] =
      (struct rn_watch_entry){.path = copy, .error = error, .watch = watch};
  return 0;
}

size_t rn_watch_list_count(const struct rn_watch_list *list) {
  return list->count;
}

const struct rn_watch_entry *rn_watch_list_at(const struct rn_watch_list *list,
                                              size_t index) {
  return &list->entries[index];
}

/* Forget the entries from the `count`th on. */
static void cut(struct rn_watch_list *list, size_t count) {
  while (list->count > count)
    free((char *)(uintptr_t)list->entries[--list->count].path);
}

void rn_watch_list_free(struct rn_watch_list *list) {
  if (list == NULL) return;
  cut(list, 0);
  free(list->entries);
  free(list);
}

/* ---- paths to watch ---- */

/* Put a path on the list that is to be added. */
static int put_path(struct rn_watch_list *list, const char *path, int error) {
  return rn_watch_list_put(list, rn_bytes_of(path), error,
                           (struct rn_watch){.wd = 0});
}

static int compare_paths(const void *a, const void *b) {
  const char *const *path_a = a;
  const char *const *path_b = b;
  return strcmp(*path_a, *path_b);
}

/* Put what matches a pattern on the list, in an order that no locale
 * changes. */
static int put_matches(struct rn_watch_list *list, const char *pattern) {
  glob_t found;
  const int failed = glob(pattern, GLOB_NOSORT, NULL, &found);
  if (failed == GLOB_NOMATCH) return put_path(list, pattern, -ENOENT);
  if (failed != 0) return -ENOMEM;
  qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), compare_paths);
  int err = 0;
  for (size_t i = 0; i < found.gl_pathc && err == 0; i++)
    err = put_path(list, found.gl_pathv[i], 0);
  globfree(&found);
  return err;
}

/* All paths, each with the error 0 or that of a pattern without match. */
static int collect(const char *const *paths, size_t count, unsigned flags,
                   struct rn_watch_list **list) {
  struct rn_watch_list *made = rn_watch_list_new();
  if (made == NULL) return -ENOMEM;
  int err = 0;
  for (size_t i = 0; i < count && err == 0; i++)
    err = (flags & RN_ADD_GLOB) != 0 ? put_matches(made, paths[i])
                                     : put_path(made, paths[i], 0);
  if (err < 0) {
    rn_watch_list_free(made);
    return err;
  }
  *list = made;
  return 0;
}

/* What each addition would refuse. */
static int check_options(const struct rn_watch_options *options) {
  struct rn_watch_options read;
  int err = rn_watch_options_read(options, &read);
  if (err == 0 && read.handler != NULL) err = rn_handler_check(read.handler);
  if (err < 0) return err;
  struct rn_filter filter;
  err = rn_filter_init(&filter, &read);
  if (err == 0) rn_filter_fini(&filter);
  return err;
}

/* Take those back that were added, the last one first.  What a watch has ended
 * by itself since is no error. */
static void take_back(struct rn_watch_manager *manager,
                      struct rn_watch_list *list, size_t count) {
  while (count-- > 0) {
    struct rn_watch_entry *entry = &list->entries[count];
    if (entry->error != 0) continue;
    (void)!rn_watch_manager_remove(manager, entry->watch);
    entry->error = -ECANCELED;
    entry->watch = (struct rn_watch){.wd = 0};
  }
}

/* Add what is on the list.  Returns how many failed, or with `strict` the first
 * error. */
static int add_all(struct rn_watch_manager *manager,
                   const struct rn_watch_options *options, bool strict,
                   struct rn_watch_list *list) {
  int failed = 0;
  for (size_t i = 0; i < list->count; i++) {
    struct rn_watch_entry *entry = &list->entries[i];
    if (entry->error == 0)
      entry->error =
          rn_watch_manager_add(manager, entry->path, options, &entry->watch);
    if (entry->error == 0) continue;
    if (strict) {
      take_back(manager, list, i);
      cut(list, i + 1);
      return entry->error;
    }
    if (failed < INT_MAX) failed++;
  }
  return failed;
}

int rn_watch_manager_add_list(struct rn_watch_manager *manager,
                              const char *const *paths, size_t count,
                              const struct rn_watch_options *options,
                              unsigned flags, struct rn_watch_list **list) {
  RN_UNCANCELLED;
  if (list != NULL) *list = NULL;
  if (rn_is_forked(manager->notifier)) return -EPERM;
  if ((flags & ~(unsigned)(RN_ADD_GLOB | RN_ADD_STRICT)) != 0) return -EINVAL;
  int err = check_options(options);
  if (err < 0) return err;
  struct rn_watch_list *made;
  err = collect(paths, count, flags, &made);
  if (err < 0) return err;
  const bool strict = (flags & RN_ADD_STRICT) != 0;
  const int result = add_all(manager, options, strict, made);
  if (list != NULL)
    *list = made;
  else
    rn_watch_list_free(made);
  return result;
}
