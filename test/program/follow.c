/* Prints when there is something else, or something new, to be read at a path:
 * a file that editors replace, that is mounted through links, or that is not
 * there yet.
 *
 *     follow PATH        Enter ends it */

#include <ringnotify/ringnotify.h>
#include <stdio.h>
#include <string.h>

static int on_content(const struct rn_event *event, void *context) {
  (void)context;
  printf("read %s\n", rn_event_path(event, NULL));
  fflush(stdout);
  return 0;
}

static int on_ignored(const struct rn_event *event, void *context) {
  (void)context;
  printf("%s %s\n", rn_event_is_end(event) ? "end of" : "gone",
         rn_event_path(event, NULL));
  fflush(stdout);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: follow PATH\n");
    return 64;
  }
  const struct rn_handler handler = {.size = sizeof(handler),
                                     .on_create = on_content,
                                     .on_close_write = on_content,
                                     .on_ignored = on_ignored};
  const struct rn_watch_options follow = {.size = sizeof(follow),
                                          .mask = IN_CLOSE_WRITE,
                                          .flags = RN_WATCH_PERSISTENT,
                                          .handler = &handler};
  struct rn_thread_notifier *notifier = NULL;
  struct rn_watch watch;
  int err = rn_thread_notifier_new(NULL, &notifier);
  if (err == 0)
    err = rn_watch_manager_add(rn_thread_notifier_manager(notifier), argv[1],
                               &follow, &watch);
  if (err == 0) err = rn_thread_notifier_start(notifier);
  if (err == 0) {
    fprintf(stderr, "follow: following %s, Enter ends it\n", argv[1]);
    getchar();
    err = rn_watch_manager_remove(rn_thread_notifier_manager(notifier), watch);
  }
  if (err >= 0) err = rn_thread_notifier_stop(notifier, RN_STOP_DRAIN);
  if (err < 0) fprintf(stderr, "follow: %s: %s\n", argv[1], strerror(-err));
  rn_thread_notifier_free(notifier);
  return err < 0 ? 1 : 0;
}
