/* The library's way: its handlers write down what they are told.  Its stop
 * handles all that happened before, so nothing has to be waited for. */

#include <inttypes.h>
#include <stdio.h>

#include "bench/core/clock.h"
#include "bench/scenario/storm_watch.h"
#include "ringnotify/ringnotify.h"

static int add_line(struct storm_seen *seen, const struct rn_event *event,
                    const char *what) {
  struct text *lines = &seen->lines;
  text_add_string(lines, what);
  text_add_byte(lines, ' ');
  text_add_string(lines, rn_event_path(event, NULL));
  text_add_byte(lines, '\n');
  seen->synthetic += rn_event_is_synthetic(event);
  seen->wall_ns = now_ns();
  return 0;
}

static int on_create(const struct rn_event *event, void *context) {
  return add_line(context, event, "C");
}

static int on_delete(const struct rn_event *event, void *context) {
  return add_line(context, event, "D");
}

/* Half of a rename. */
static int add_half(struct storm_seen *seen, const struct rn_event *event,
                    char what) {
  char text[24];
  snprintf(text, sizeof(text), "%c %" PRIu32, what, rn_event_cookie(event));
  return add_line(seen, event, text);
}

static int on_moved_from(const struct rn_event *event, void *context) {
  return add_half(context, event, 'F');
}

static int on_moved_to(const struct rn_event *event, void *context) {
  return add_half(context, event, 'T');
}

static int watch(struct rn_thread_notifier *notifier,
                 const struct storm_load *load) {
  struct rn_watch_options options = RN_WATCH_OPTIONS_INIT;
  options.mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
  options.flags = RN_WATCH_RECURSIVE;
  const int err = rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                       load->root, &options, NULL);
  return err == 0 ? rn_thread_notifier_start(notifier) : err;
}

int storm_watch_own(const struct storm_load *load, struct storm_seen *seen) {
  *seen = (struct storm_seen){0};
  struct rn_handler handler = RN_HANDLER_INIT;
  handler.context = seen;
  handler.on_create = on_create;
  handler.on_delete = on_delete;
  handler.on_moved_from = on_moved_from;
  handler.on_moved_to = on_moved_to;
  struct rn_thread_notifier_options options = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  options.handler = &handler;
  struct rn_thread_notifier *notifier = NULL;
  int err = rn_thread_notifier_new(&options, &notifier);
  if (err == 0) err = watch(notifier, load);
  const uint64_t begin = now_ns();
  if (err == 0) err = storm_load_make(load);
  if (err == 0) err = rn_thread_notifier_stop(notifier, RN_STOP_DRAIN);
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (err == 0) err = rn_thread_notifier_statistics(notifier, &statistics);
  (void)rn_thread_notifier_free(notifier);
  seen->overflows = statistics.kernel_overflows;
  seen->wall_ns = seen->wall_ns > begin ? seen->wall_ns - begin : 0;
  return err;
}
