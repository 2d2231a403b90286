/* An entry is a JSON object whose keys are the names below it; so a directory
 * moves as a whole.  The key "/", which no name is, says that the entry itself
 * was told: others are there only because something below them was. */

#include "bench/scenario/storm_model.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char told[] = "/";

int storm_model_init(struct storm_model *model, const char *root) {
  *model = (struct storm_model){
      .root = root, .entries = json_object(), .moving = json_object()};
  return model->entries == NULL || model->moving == NULL ? -ENOMEM : 0;
}

void storm_model_fini(struct storm_model *model) {
  json_decref(model->entries);
  json_decref(model->moving);
  model->entries = model->moving = NULL;
}

/* ---- paths ---- */

/* The part of a path below the root; NULL when it is not below. */
static const char *below_root(const struct storm_model *model,
                              const char *path) {
  const size_t size = strlen(model->root);
  if (strncmp(path, model->root, size) != 0 || path[size] != '/') return NULL;
  path += size + 1;
  return *path == '\0' ? NULL : path;
}

/* An entry below another one, made if it is not there. */
static json_t *enter(struct storm_model *model, json_t *entry,
                     const char *name) {
  json_t *child = json_object_get(entry, name);
  if (child != NULL) return child;
  child = json_object();
  if (json_object_set_new_nocheck(entry, name, child) < 0)
    model->error = -ENOMEM;
  return json_object_get(entry, name);
}

/* The entry that the last name of a path is in, made if `makes`; NULL when it
 * is not there.
 *
 * path       below the root.
 * name       out: the last name. */
static json_t *parent_of(struct storm_model *model, const char *path,
                         bool makes, char name[NAME_MAX + 1]) {
  json_t *entry = model->entries;
  for (;;) {
    const char *slash = strchrnul(path, '/');
    const size_t size = (size_t)(slash - path);
    if (size > NAME_MAX) return NULL;
    memcpy(name, path, size);
    name[size] = '\0';
    if (*slash == '\0') return entry;
    entry = makes ? enter(model, entry, name) : json_object_get(entry, name);
    if (entry == NULL) return NULL;
    path = slash + 1;
  }
}

/* ---- lines ---- */

static void create(struct storm_model *model, const char *path) {
  char name[NAME_MAX + 1];
  json_t *parent = parent_of(model, path, true, name);
  json_t *entry = parent == NULL ? NULL : enter(model, parent, name);
  if (entry == NULL) return;
  if (json_object_get(entry, told) != NULL) model->doubled++;
  if (json_object_set_new(entry, told, json_true()) < 0) model->error = -ENOMEM;
}

/* Take an entry out; NULL when it is not there. */
static json_t *detach(struct storm_model *model, const char *path) {
  char name[NAME_MAX + 1];
  json_t *parent = parent_of(model, path, false, name);
  json_t *entry = json_incref(json_object_get(parent, name));
  (void)json_object_del(parent, name);
  return entry;
}

/* Put an entry in at a path; NULL: one of whose creation nothing was told. */
static void attach(struct storm_model *model, const char *path, json_t *entry) {
  char name[NAME_MAX + 1];
  json_t *parent = parent_of(model, path, true, name);
  if (entry == NULL) entry = json_object();
  if (json_object_set_new(entry, told, json_true()) < 0 ||
      json_object_set_new_nocheck(parent, name, entry) < 0)
    model->error = -ENOMEM;
}

/* "old<TAB>new" */
static int take_rename(struct storm_model *model, const char *paths) {
  char from[PATH_MAX];
  const char *tab = strchr(paths, '\t');
  if (tab == NULL || (size_t)(tab - paths) >= sizeof(from)) return -EBADMSG;
  memcpy(from, paths, (size_t)(tab - paths));
  from[tab - paths] = '\0';
  const char *old = below_root(model, from);
  const char *new = below_root(model, tab + 1);
  if (old == NULL || new == NULL) return -EBADMSG;
  attach(model, new, detach(model, old));
  return 0;
}

/* "cookie path" */
static int take_half(struct storm_model *model, bool is_first,
                     const char *text) {
  char cookie[32];
  const size_t size = strcspn(text, " ");
  if (size >= sizeof(cookie) || text[size] != ' ') return -EBADMSG;
  memcpy(cookie, text, size);
  cookie[size] = '\0';
  const char *path = below_root(model, text + size + 1);
  if (path == NULL) return -EBADMSG;
  if (is_first) {
    json_t *entry = detach(model, path);
    if (entry != NULL && json_object_set_new(model->moving, cookie, entry) < 0)
      model->error = -ENOMEM;
  } else {
    json_t *entry = json_incref(json_object_get(model->moving, cookie));
    (void)json_object_del(model->moving, cookie);
    attach(model, path, entry);
  }
  return 0;
}

/* A line with a path alone. */
static int take_path(struct storm_model *model, bool is_there,
                     const char *text) {
  const char *path = below_root(model, text);
  if (path == NULL) return -EBADMSG;
  if (is_there)
    create(model, path);
  else
    json_decref(detach(model, path));
  return 0;
}

int storm_model_take(struct storm_model *model, const char *line) {
  const char what = line[0];
  if (what == '\0' || line[1] != ' ') return -EBADMSG;
  int err = -EBADMSG;
  if (what == 'C' || what == 'D')
    err = take_path(model, what == 'C', line + 2);
  else if (what == 'F' || what == 'T')
    err = take_half(model, what == 'F', line + 2);
  else if (what == 'R')
    err = take_rename(model, line + 2);
  if (err == 0) model->changes++;
  return err;
}

/* ---- the disk ---- */

static uint64_t count_told(const json_t *entry) {
  uint64_t count = json_object_get(entry, told) != NULL;
  const char *name;
  json_t *child;
  json_object_foreach((json_t *)(uintptr_t)entry, name, child) {
    if (json_is_object(child)) count += count_told(child);
  }
  return count;
}

/* Compare a directory with its entry, which may be NULL: nothing was told.
 *
 * found      how many told entries are on disk; added to. */
static int compare(const char *path, const json_t *entry, uint64_t *found,
                   uint64_t *missed) {
  DIR *listing = opendir(path);
  if (listing == NULL) return -errno;
  int err = 0;
  const struct dirent *item;
  while (err == 0 && (item = readdir(listing)) != NULL) {
    const char *name = item->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    const json_t *child = json_object_get(entry, name);
    const bool is_told = json_object_get(child, told) != NULL;
    *found += is_told;
    *missed += !is_told;
    if (item->d_type != DT_DIR) continue;
    char below[PATH_MAX];
    const int size = snprintf(below, sizeof(below), "%s/%s", path, name);
    err =
        size < PATH_MAX ? compare(below, child, found, missed) : -ENAMETOOLONG;
  }
  closedir(listing);
  return err;
}

int storm_model_compare(const struct storm_model *model,
                        struct storm_difference *difference) {
  uint64_t found = 0;
  *difference = (struct storm_difference){0};
  const int err =
      compare(model->root, model->entries, &found, &difference->missed);
  difference->extra = count_told(model->entries) - found;
  return err;
}
