/* Prints what happens under a directory: the callback that was called, the
 * path, and the name of the event.
 *
 *     guide DIRECTORY        Enter ends it */

#include <ringnotify/ringnotify.h>
#include <stdio.h>
#include <string.h>

static int print(const char *callback, const struct rn_event *event) {
  char name[64];
  rn_mask_format(rn_event_mask(event), name, sizeof(name));
  printf("%s  %s  %s\n", callback, rn_event_path(event, NULL), name);
  return 0;
}

#define CONTENT(DO) DO(on_open) DO(on_access) DO(on_modify) DO(on_attrib)
#define CLOSE(DO) DO(on_close_write) DO(on_close_nowrite)
#define NAMES(DO) DO(on_create) DO(on_delete) DO(on_moved_from) DO(on_moved_to)
#define SELF(DO) DO(on_delete_self) DO(on_move_self)
#define WATCH(DO) DO(on_ignored) DO(on_unmount) DO(on_overflow)
#define EVERY(DO) CONTENT(DO) CLOSE(DO) NAMES(DO) SELF(DO) WATCH(DO)

#define DEFINE(callback)                                             \
  static int callback(const struct rn_event *event, void *context) { \
    (void)context;                                                   \
    return print(#callback, event);                                  \
  }
EVERY(DEFINE)

#define SET(callback) .callback = callback,
static const struct rn_handler handler = {.size = sizeof(handler), EVERY(SET)};

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: guide DIRECTORY\n");
    return 64;
  }
  const struct rn_thread_notifier_options options = {.size = sizeof(options),
                                                     .handler = &handler};
  const struct rn_watch_options watch = {.size = sizeof(watch),
                                         .mask = IN_ALL_EVENTS,
                                         .flags = RN_WATCH_RECURSIVE};
  struct rn_thread_notifier *notifier = NULL;
  int err = rn_thread_notifier_new(&options, &notifier);
  if (err == 0)
    err = rn_watch_manager_add(rn_thread_notifier_manager(notifier), argv[1],
                               &watch, NULL);
  if (err == 0) err = rn_thread_notifier_start(notifier);
  if (err == 0) {
    fprintf(stderr, "guide: watching %s, Enter ends it\n", argv[1]);
    getchar();
    err = rn_thread_notifier_stop(notifier, RN_STOP_DRAIN);
  }
  if (err < 0) fprintf(stderr, "guide: %s: %s\n", argv[1], strerror(-err));
  rn_thread_notifier_free(notifier);
  return err < 0 ? 1 : 0;
}
