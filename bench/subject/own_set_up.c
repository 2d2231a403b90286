/* One recursive addition, before the start: then the caller's thread does the
 * work, and what it takes from malloc(3) is counted in the main arena, the only
 * one that mallinfo2(3) tells of. */

#include "bench/subject/own_set_up.h"

#include <malloc.h>

#include "bench/core/trace.h"
#include "ringnotify/ringnotify.h"

/* Bytes that malloc(3) has given out. */
static uint64_t allocated(void) {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static int add(struct rn_thread_notifier *notifier, const char *root,
               struct set_up *set_up) {
  struct rn_watch_options watch = RN_WATCH_OPTIONS_INIT;
  watch.mask = SET_UP_MASK;
  watch.flags = RN_WATCH_RECURSIVE;
  const uint64_t before = allocated();
  trace_mark();
  const struct instant begin = instant_now();
  const int err = rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                       root, &watch, NULL);
  set_up->spent = instant_since(begin);
  trace_mark();
  set_up->bytes = allocated() - before;
  return err;
}

int own_set_up(const struct subject *subject, const char *root,
               struct set_up *set_up) {
  (void)subject;
  struct rn_thread_notifier *notifier = NULL;
  int err = rn_thread_notifier_new(NULL, &notifier);
  if (err == 0) err = add(notifier, root, set_up);
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (err == 0) err = rn_thread_notifier_statistics(notifier, &statistics);
  set_up->watches = statistics.watches;
  (void)rn_thread_notifier_free(notifier);
  return err;
}
