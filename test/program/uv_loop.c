/* Prints what happens under a directory, from a libuv loop, which waits for its
 * input as well.  No thread is made.
 *
 *     uv_loop DIRECTORY        Enter ends it */

#include <ringnotify/ringnotify.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

/* What the loop waits for; closed, it ends. */
static uv_poll_t changes, input;

static int print(const struct rn_event *event, void *context) {
  char name[64];
  (void)context;
  rn_mask_format(rn_event_mask(event), name, sizeof(name));
  printf("%s %s\n", name, rn_event_path(event, NULL));
  fflush(stdout);
  return 0;
}

static void end(void) {
  uv_close((uv_handle_t *)&changes, NULL);
  uv_close((uv_handle_t *)&input, NULL);
}

static void on_input(uv_poll_t *handle, int status, int events) {
  (void)handle, (void)status, (void)events;
  end();
}

static void on_changes(uv_poll_t *handle, int status, int events) {
  (void)status, (void)events;
  const int handled = rn_notifier_dispatch(handle->data);
  if (handled >= 0) return;
  fprintf(stderr, "uv_loop: %s\n", strerror(-handled));
  end();
}

/* Returns 0 or an error of libuv's. */
static int run(struct rn_notifier *notifier, const char *path) {
  uv_loop_t *loop = uv_default_loop();
  int err = uv_poll_init(loop, &changes, rn_notifier_fd(notifier));
  if (err == 0) err = uv_poll_init(loop, &input, 0);
  if (err < 0) return err;
  changes.data = notifier;
  err = uv_poll_start(&changes, UV_READABLE, on_changes);
  if (err == 0) err = uv_poll_start(&input, UV_READABLE, on_input);
  fprintf(stderr, "uv_loop: watching %s, Enter ends it\n", path);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_loop_close(loop);
  return err;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: uv_loop DIRECTORY\n");
    return 64;
  }
  const struct rn_handler handler = {.size = sizeof(handler),
                                     .on_default = print};
  const struct rn_notifier_options options = {.size = sizeof(options),
                                              .handler = &handler};
  const struct rn_watch_options watch = {
      .size = sizeof(watch),
      .mask = IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE,
      .flags = RN_WATCH_RECURSIVE};
  struct rn_notifier *notifier = NULL;
  int err = rn_notifier_new(&options, &notifier);
  if (err == 0)
    err = rn_watch_manager_add(rn_notifier_manager(notifier), argv[1], &watch,
                               NULL);
  if (err == 0) err = run(notifier, argv[1]); /* libuv's are errnos, too */
  if (err < 0) fprintf(stderr, "uv_loop: %s: %s\n", argv[1], strerror(-err));
  rn_notifier_free(notifier);
  return err < 0 ? 1 : 0;
}
