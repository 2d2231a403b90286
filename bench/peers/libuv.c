/* libuv.  Its watches are of one directory each: for a tree, the walk and what
 * is to be done when a directory appears is its user's, so it is done here in
 * the usual way: watch, then list.  It tells that a name has changed, not how;
 * a stat tells whether it is there. */

#include "bench/peers/protocol.h"

#ifdef HAVE_UV

#include <dirent.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#define TEXT_OF(x) TEXT(x)
#define TEXT(x) #x

static const struct peer_about about = {
    .name = "libuv",
    .package = "libuv1-dev",
    .version = TEXT_OF(UV_VERSION_MAJOR) "." TEXT_OF(
        UV_VERSION_MINOR) "." TEXT_OF(UV_VERSION_PATCH)};

struct watch {
  uv_fs_event_t handle; /* first: it is what libuv gives back */
  struct peer *peer;
  struct watch *next;
  char path[];
};

static struct watch *watches; /* all of them */
static uint64_t watch_count;

static void free_watch(uv_handle_t *handle) { free(handle); }

/* Returns NULL when the directory is gone again. */
static struct watch *add_watch(struct peer *peer, const char *path,
                               uv_fs_event_cb on_event) {
  const size_t size = strlen(path) + 1;
  struct watch *watch = malloc(sizeof(*watch) + size);
  if (watch == NULL) peer_die(peer, "memory", 0);
  watch->peer = peer;
  memcpy(watch->path, path, size);
  (void)uv_fs_event_init(uv_default_loop(), &watch->handle);
  const int err = uv_fs_event_start(&watch->handle, on_event, path, 0);
  if (err != 0 && err != UV_ENOENT && err != UV_ENOTDIR)
    peer_die(peer, uv_strerror(err), 0);
  if (err != 0) {
    uv_close((uv_handle_t *)&watch->handle, free_watch);
    return NULL;
  }
  watch->next = watches;
  watches = watch;
  watch_count++;
  return watch;
}

/* ---- drain ---- */

static void on_modify(uv_fs_event_t *handle, const char *name, int events,
                      int status) {
  (void)status;
  struct peer *peer = ((struct watch *)handle)->peer;
  if ((events & UV_CHANGE) != 0 && peer_event(peer, name)) peer_done(peer);
}

static void watch_directory(const char *path, void *peer) {
  (void)add_watch(peer, path, on_modify);
}

/* ---- trees ---- */

static void *known; /* by tsearch(3): the watches by their paths */

static int compare_paths(const void *a, const void *b) {
  return strcmp(((const struct watch *)a)->path,
                ((const struct watch *)b)->path);
}

/* Whether it is a watched directory. */
static bool is_known(const struct peer *peer, const char *path) {
  const size_t size = strlen(path) + 1;
  struct watch *wanted = malloc(sizeof(*wanted) + size);
  if (wanted == NULL) peer_die(peer, "memory", 0);
  memcpy(wanted->path, path, size);
  const bool found = tfind(wanted, &known, compare_paths) != NULL;
  free(wanted);
  return found;
}

/* Let go of a directory that is gone, and of all below it. */
static void forget(const char *path) {
  const size_t size = strlen(path);
  for (struct watch **at = &watches; *at != NULL;) {
    struct watch *watch = *at;
    const char end =
        strncmp(watch->path, path, size) == 0 ? watch->path[size] : 'x';
    if (end != '\0' && end != '/') {
      at = &watch->next;
      continue;
    }
    *at = watch->next;
    (void)tdelete(watch, &known, compare_paths);
    uv_close((uv_handle_t *)&watch->handle, free_watch);
  }
}

static void watch_tree(struct peer *peer, const char *path, bool says);

static void list(struct peer *peer, const char *path, bool says) {
  DIR *listing = opendir(path);
  if (listing == NULL) return; /* it is gone again */
  const struct dirent *entry;
  while ((entry = readdir(listing)) != NULL) {
    char child[PATH_MAX];
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
    if (says) printf("C %s\n", child);
    if (entry->d_type == DT_DIR && !is_known(peer, child))
      watch_tree(peer, child, says);
  }
  closedir(listing);
}

static void on_rename(uv_fs_event_t *handle, const char *name, int events,
                      int status) {
  (void)status;
  struct watch *watch = (struct watch *)handle;
  struct peer *peer = watch->peer;
  if (events != UV_RENAME) return; /* with UV_CHANGE: its attributes */
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s", watch->path, name);
  struct stat status_of;
  if (lstat(path, &status_of) < 0) {
    printf("D %s\n", path);
    (void)peer_event(peer, "");
    if (is_known(peer, path)) forget(path);
    return;
  }
  printf("C %s\n", path);
  const bool last = peer_event(peer, name);
  if (S_ISDIR(status_of.st_mode) && !is_known(peer, path))
    watch_tree(peer, path, true);
  if (last) peer_done(peer);
}

/* says       whether what is below is told as created. */
static void watch_tree(struct peer *peer, const char *path, bool says) {
  struct watch *watch = add_watch(peer, path, on_rename);
  if (watch == NULL) return;
  if (tsearch(watch, &known, compare_paths) == NULL)
    peer_die(peer, "memory", 0);
  list(peer, path, says);
}

/* Before the loop waits. */
static void flush(uv_prepare_t *handle) {
  (void)handle;
  fflush(stdout);
}

int main(int argc, char **argv) {
  struct peer peer = peer_begin(&about, argc, argv);
  uv_prepare_t prepare;
  (void)uv_prepare_init(uv_default_loop(), &prepare);
  (void)uv_prepare_start(&prepare, flush);
  if (peer.mode == PEER_DRAIN)
    peer_each_directory(&peer, watch_directory, &peer);
  if (peer.mode == PEER_STORM) watch_tree(&peer, peer.dir, false);
  peer_ready(&peer);
  if (peer.mode == PEER_SETUP) {
    watch_tree(&peer, peer.dir, false);
    peer.events = watch_count;
    peer_done(&peer);
  }
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

#else

static const struct peer_about about = {
    .name = "libuv", .package = "libuv1-dev", .version = ""};

int main(int argc, char **argv) { (void)peer_begin(&about, argc, argv); }

#endif
