/* From a negative errno to a sentence.
 *
 * The kernel says ENOSPC for "too many watches" and ENOENT for any part of a
 * path; a person needs to know which limit, how high it is and which command
 * raises it, or which directory is the last that exists.  Limits come from
 * rn_limit_of(); paths are looked at once more, so the answer is about the
 * moment after the error: where the two differ, the bare error is said. */

#include "cmd/ringnotify/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ringnotify/inotify.h"
#include "ringnotify/limit.h"

enum { WATCHES_USUAL = 524288, INSTANCES_USUAL = 1024, QUEUE_USUAL = 131072 };

/* A value worth raising a limit to. */
static uint64_t raised(uint64_t value, uint64_t usual) {
  return value < usual ? usual : value * 2;
}

/* A limit under user.* belongs to the user namespace: a container has its own,
 * and only inside it the name means that one. */
static void add_sysctl(struct text *text, const struct rn_limit *limit,
                       uint64_t value) {
  const bool is_namespace = strncmp(limit->name, "user.", 5) == 0;
  text_add_format(
      text, "; raise it: %ssysctl %s=%" PRIu64,
      is_namespace ? "as root of this user namespace (container), " : "sudo ",
      limit->name, value);
}

static void add_reason(struct text *text, int error) {
  const char *reason = strerrordesc_np(-error);
  if (reason != NULL)
    text_add_string(text, reason);
  else
    text_add_format(text, "error %d", -error);
}

/* Cut the last name off: "a/b" -> "a", "/a" -> "/", "a" -> ".". */
static void cut_name(char *path) {
  size_t size = strlen(path);
  while (size > 0 && path[size - 1] != '/') size--;
  while (size > 1 && path[size - 1] == '/') size--;
  if (size == 0) path[size++] = '.';
  path[size] = '\0';
}

/* The longest beginning of `path` that can be reached, the whole included.
 *
 * nearest    PATH_MAX bytes.
 * Returns    what stat(2) of it gave, 0; or -1: not even the last is there. */
static int find_nearest(const char *path, char *nearest, struct stat *status) {
  const size_t size = strlen(path);
  if (size >= PATH_MAX || size == 0) return -1;
  memcpy(nearest, path, size + 1);
  while (stat(nearest, status) != 0) {
    if (strcmp(nearest, ".") == 0 || strcmp(nearest, "/") == 0) return -1;
    cut_name(nearest);
  }
  return 0;
}

static void add_missing(struct text *text, const char *path) {
  char nearest[PATH_MAX];
  struct stat status;
  if (path[0] == '\0') {
    text_add_string(text, "the path is empty");
  } else if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
    text_add_string(text, "it is a symbolic link to what does not exist");
  } else {
    add_reason(text, -ENOENT);
    if (find_nearest(path, nearest, &status) == 0 && strcmp(nearest, path) != 0)
      text_add_format(text, "; the nearest directory that exists is '%s'",
                      nearest);
  }
}

static void add_not_directory(struct text *text, const char *path) {
  char nearest[PATH_MAX];
  struct stat status;
  if (find_nearest(path, nearest, &status) == 0 && !S_ISDIR(status.st_mode))
    text_add_format(text, "'%s' is not a directory", nearest);
  else
    add_reason(text, -ENOTDIR);
}

static void add_denied(struct text *text, const char *path) {
  char nearest[PATH_MAX];
  struct stat status;
  add_reason(text, -EACCES);
  if (find_nearest(path, nearest, &status) != 0) return;
  const bool whole = strcmp(nearest, path) == 0;
  text_add_format(text, ": user %u may not %s '%s'; ", (unsigned)geteuid(),
                  whole ? "read" : "go into", nearest);
  if (status.st_uid != geteuid())
    text_add_format(text, "run it as its owner, user %u, or ",
                    (unsigned)status.st_uid);
  text_add_format(text, "give the permission: chmod +%c", whole ? 'r' : 'x');
}

static void add_watch_limit(struct text *text, uint64_t watch_count) {
  struct rn_limit limit;
  if (rn_limit_of(-ENOSPC, &limit) != 0) {
    text_add_string(text, "the limit of inotify watches is reached");
    return;
  }
  text_add_format(text,
                  "the limit of inotify watches is reached: %s is %" PRIu64
                  ", %" PRIu64 " of them are used here",
                  limit.name, limit.value, watch_count);
  add_sysctl(text, &limit, raised(limit.value, WATCHES_USUAL));
}

static void add_descriptor_limit(struct text *text, int error) {
  struct rn_limit limit;
  if (rn_limit_of(error, &limit) != 0) {
    add_reason(text, error);
  } else if (limit.kind == RN_LIMIT_FILES) {
    text_add_format(text,
                    "all file descriptors of this process are in use: the "
                    "limit is %" PRIu64 "; raise it: ulimit -n %" PRIu64,
                    limit.value, raised(limit.value, INSTANCES_USUAL));
  } else {
    text_add_format(text,
                    "the limit of inotify instances is reached: %s is %" PRIu64
                    " for all programs of a user",
                    limit.name, limit.value);
    add_sysctl(text, &limit, raised(limit.value, INSTANCES_USUAL));
  }
}

static void add_too_long(struct text *text, const char *path) {
  text_add_format(text,
                  "it has %zu bytes; a path may have %d, each name in it %d",
                  strlen(path), PATH_MAX - 1, NAME_MAX);
}

static void add_no_proc(struct text *text) {
  text_add_string(text,
                  "/proc is not mounted; mount it: mount -t proc proc /proc");
}

void explain_path(struct text *text, const char *path, int error,
                  uint64_t watch_count) {
  text_add_format(text, "cannot watch '%s': ", path);
  switch (-error) {
    case ENOENT:
      add_missing(text, path);
      break;
    case ENOTDIR:
      add_not_directory(text, path);
      break;
    case EACCES:
      add_denied(text, path);
      break;
    case ENOSPC:
      add_watch_limit(text, watch_count);
      break;
    case EMFILE:
      add_descriptor_limit(text, error);
      break;
    case ENAMETOOLONG:
      add_too_long(text, path);
      break;
    case ENOSYS:
      add_no_proc(text);
      break;
    default:
      add_reason(text, error);
  }
}

void explain_start(struct text *text, int error) {
  text_add_string(text, "cannot start: ");
  if (error == -EMFILE)
    add_descriptor_limit(text, error);
  else if (error == -ENOENT)
    add_no_proc(text);
  else
    add_reason(text, error);
}

/* Nothing of RN_REACH_UPPER: hardly anybody changes the layers below a mount,
 * and the root of every container is one. */
bool explain_reach(struct text *text, const char *path,
                   const struct rn_filesystem *filesystem) {
  const char *reach;
  if (filesystem->reach == RN_REACH_LOCAL)
    reach =
        "only changes made on this machine are seen, none that a server, "
        "another machine or the program behind it makes";
  else if (filesystem->reach == RN_REACH_LITTLE)
    reach =
        "what the kernel shows there changes without events; only what "
        "programs create, remove or write is seen";
  else
    return false;
  text_add_format(text, "'%s' is on %s: %s", path, filesystem->name, reach);
  return true;
}

/* An instance keeps the limit that held when it was made. */
void explain_overflow(struct text *text, uint64_t queue_limit) {
  struct rn_limit limit;
  text_add_string(text, "events were lost: the kernel's queue was full");
  if (queue_limit == 0 || rn_limit_get(RN_LIMIT_QUEUE, &limit) != 0) return;
  text_add_format(text, ", with %" PRIu64 " events", queue_limit);
  if (limit.value > queue_limit)
    text_add_format(text, "; %s is %" PRIu64 " by now", limit.name,
                    limit.value);
  else
    add_sysctl(text, &limit, raised(limit.value, QUEUE_USUAL));
  text_add_string(text, limit.value > queue_limit
                            ? ": start this again to have that"
                            : ", then start this again");
}
