/* The watch manager: what users ask of the watches of a notifier.
 *
 * The work is done by whoever owns the tracker (request.c). */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

enum { FAILURES_MAX = 1000 };

/* An absolute path for system calls: that of the caller's directory now. */
static int make_absolute(const struct rn_sys *sys, const char *path,
                         char *absolute, size_t size) {
  const size_t path_size = strlen(path);
  if (path_size == 0) return -ENOENT;
  if (path_size >= PATH_MAX) return -ENAMETOOLONG;
  size_t used = 0;
  if (path[0] != '/') {
    const int err = sys->working_directory(sys, absolute, PATH_MAX);
    if (err < 0) return err;
    used = strlen(absolute);
    absolute[used++] = '/';
  }
  RN_ASSERT(used + path_size < size);
  memcpy(absolute + used, path, path_size + 1);
  return 0;
}

int rn_owned_target_new(const struct rn_thread_notifier *n,
                        const struct rn_handler *handler,
                        struct rn_owned_target **target) {
  *target = NULL;
  if (handler == NULL) return 0;
  struct rn_owned_target *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  const int err = rn_target_new(handler, n->worker_count, &made->target);
  if (err < 0) {
    free(made);
    return err;
  }
  *target = made;
  return 0;
}

void rn_owned_target_drop(struct rn_owned_target *target) {
  if (target == NULL) return;
  rn_target_end(target->target);
  free(target);
}

void rn_failures_keep(struct rn_failures *failures, struct rn_bytes path,
                      int error) {
  if (!failures->wanted) return;
  struct rn_failure *failure = malloc(sizeof(*failure) + path.size + 1);
  if (failure == NULL) {
    failures->left_out++;
    return;
  }
  memcpy(failure->path, path.data, path.size + 1);
  failure->error = error;
  failure->next = failures->latest;
  if (failures->count < FAILURES_MAX) {
    failures->count++;
  } else {
    failure->next = failures->latest->next;
    free(failures->latest);
    failures->left_out++;
  }
  failures->latest = failure;
}

void rn_failures_tell(struct rn_failures *failures, rn_failure_fn *on_failure,
                      void *context) {
  struct rn_failure *in_order = NULL;
  while (failures->latest != NULL) {
    struct rn_failure *failure = failures->latest;
    failures->latest = failure->next;
    failure->next = in_order;
    in_order = failure;
  }
  while (in_order != NULL) {
    struct rn_failure *failure = in_order;
    in_order = failure->next;
    if (on_failure != NULL) on_failure(failure->path, failure->error, context);
    free(failure);
  }
  if (failures->left_out == 0 || on_failure == NULL) return;
  const bool fits = failures->left_out < INT_MAX;
  on_failure("", fits ? (int)failures->left_out : INT_MAX, context);
}

void rn_addition_request(const struct rn_watch_options *options,
                         struct rn_bytes path, struct rn_bytes access_path,
                         struct rn_filter *filter, struct rn_request *request) {
  request->kind = RN_REQUEST_ADD;
  request->failures.wanted = options->on_failure != NULL;
  request->addition = (struct rn_addition){
      .path = path,
      .access_path = access_path,
      .mask = options->mask,
      .recursive = (options->flags & RN_WATCH_RECURSIVE) != 0,
      .partial = (options->flags & RN_WATCH_PARTIAL) != 0,
      .persistent = (options->flags & RN_WATCH_PERSISTENT) != 0,
      .pair_wait_ns = (options->flags & RN_WATCH_PAIR_MOVES) != 0
                          ? (int64_t)options->pair_wait_ms * 1000000
                          : 0,
      .settle_ns = (int64_t)options->settle_ms * 1000000,
      .recover = (options->flags & RN_WATCH_RECOVER) != 0,
      .fixed = (options->flags & RN_WATCH_FIXED) != 0,
      .filter = filter,
      .target = request->target,
  };
}

/* Run an addition whose options are in order. */
static int add(struct rn_thread_notifier *n, const char *path,
               const struct rn_watch_options *options, struct rn_filter *filter,
               struct rn_request *request) {
  char absolute[2 * PATH_MAX];
  const int err = make_absolute(n->sys, path, absolute, sizeof(absolute));
  if (err < 0) return err;
  rn_addition_request(options, rn_bytes_of(path), rn_bytes_of(absolute), filter,
                      request);
  return rn_request_run(n, request);
}

int rn_watch_manager_add(struct rn_watch_manager *manager, const char *path,
                         const struct rn_watch_options *options,
                         struct rn_watch *watch) {
  RN_UNCANCELLED;
  struct rn_watch_options read;
  int err = rn_watch_options_read(options, &read);
  if (err < 0) return err;
  struct rn_filter filter; /* made here: compiling takes its time */
  err = rn_filter_init(&filter, &read);
  if (err < 0) return err;
  struct rn_request request = {.result = 0};
  err = rn_owned_target_new(manager->notifier, read.handler, &request.target);
  if (err == 0) err = add(manager->notifier, path, &read, &filter, &request);
  rn_filter_fini(&filter);
  rn_owned_target_drop(request.target);
  rn_failures_tell(&request.failures, read.on_failure, read.failure_context);
  if (err == 0 && watch != NULL) *watch = request.watch;
  return err;
}

int rn_watch_manager_update(struct rn_watch_manager *manager,
                            struct rn_watch watch,
                            const struct rn_watch_update *update) {
  RN_UNCANCELLED;
  struct rn_watch_update read;
  int err = rn_watch_update_read(update, &read);
  if (err < 0) return err;
  struct rn_request request = {
      .kind = RN_REQUEST_UPDATE,
      .watch = watch,
      .update = &read,
      .failures = {.wanted = read.on_failure != NULL},
  };
  const struct rn_handler *handler = read.set_handler ? read.handler : NULL;
  err = rn_owned_target_new(manager->notifier, handler, &request.target);
  if (err < 0) return err;
  err = rn_request_run(manager->notifier, &request);
  rn_owned_target_drop(request.target);
  rn_failures_tell(&request.failures, read.on_failure, read.failure_context);
  return err;
}

int rn_watch_manager_remove(struct rn_watch_manager *manager,
                            struct rn_watch watch) {
  struct rn_request request = {.kind = RN_REQUEST_REMOVE, .watch = watch};
  return rn_request_run(manager->notifier, &request);
}

int rn_watch_manager_append_event(struct rn_watch_manager *manager,
                                  struct rn_watch watch, uint32_t mask,
                                  const char *name) {
  const uint32_t event = mask & ~(uint32_t)IN_ISDIR;
  const bool is_one = event != 0 && (event & (event - 1)) == 0;
  if (!is_one || (event & ~(uint32_t)IN_ALL_EVENTS) != 0) return -EINVAL;
  const struct rn_bytes bytes = rn_bytes_of(name != NULL ? name : "");
  if (memchr(bytes.data, '/', bytes.size) != NULL) return -EINVAL;
  if (bytes.size > RN_NAME_SIZE_MAX) return -ENAMETOOLONG;
  struct rn_request request = {
      .kind = RN_REQUEST_APPEND, .watch = watch, .mask = mask, .name = bytes};
  return rn_request_run(manager->notifier, &request);
}

struct rn_watch_manager *rn_thread_notifier_manager(
    struct rn_thread_notifier *notifier) {
  return &notifier->manager;
}
