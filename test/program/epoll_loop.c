/* Prints what happens under a directory, from a loop that has something else to
 * do as well: here it waits for its input.  No thread is made.
 *
 *     epoll_loop DIRECTORY        Enter ends it */

#include <ringnotify/ringnotify.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int print(const struct rn_event *event, void *context) {
  char name[64];
  (void)context;
  rn_mask_format(rn_event_mask(event), name, sizeof(name));
  printf("%s %s\n", name, rn_event_path(event, NULL));
  fflush(stdout);
  return 0;
}

/* Have a descriptor waited for; returns 0 or -1. */
static int wait_for(int set, int fd) {
  struct epoll_event readable = {.events = EPOLLIN};
  readable.data.fd = fd;
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &readable);
}

/* Returns 0 when Enter was pressed, or what the notifier says. */
static int loop(int set, struct rn_notifier *notifier) {
  for (;;) {
    struct epoll_event ready;
    if (epoll_wait(set, &ready, 1, -1) != 1) continue; /* a signal */
    if (ready.data.fd == STDIN_FILENO) return 0;
    const int handled = rn_notifier_dispatch(notifier);
    if (handled < 0) return handled;
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: epoll_loop DIRECTORY\n");
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
  if (err == 0) {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    if (wait_for(set, STDIN_FILENO) == 0 &&
        wait_for(set, rn_notifier_fd(notifier)) == 0) {
      fprintf(stderr, "epoll_loop: watching %s, Enter ends it\n", argv[1]);
      err = loop(set, notifier);
    } else {
      perror("epoll_loop");
    }
    close(set);
  }
  if (err < 0) fprintf(stderr, "epoll_loop: %s: %s\n", argv[1], strerror(-err));
  rn_notifier_free(notifier);
  return err < 0 ? 1 : 0;
}
