/* As the raw loop, the reader has a thread of its own: the one that made the
 * events would find the kernel's memory of them in its own caches.
 *
 * The clock covers the making of all threads and stops when the last of them
 * ended, so when the last event was handled. */

#include "bench/handover/drain.h"

#include <errno.h>
#include <unistd.h>

#include "bench/handover/hand.h"

/* What the reader's thread is given. */
struct reader {
  struct hand hand;
  int fd;
  uint64_t expected;
  int err;
};

/* Start the workers, read, end the workers. */
static void *run_reader(void *argument) {
  struct reader *reader = argument;
  struct hand *hand = &reader->hand;
  uint32_t started = 0;
  while (started < hand->lane_count && reader->err == 0) {
    reader->err = lane_start(&hand->lanes[started]);
    if (reader->err == 0) started++;
  }
  if (reader->err == 0)
    reader->err = hand_read(hand, reader->fd, reader->expected);
  for (uint32_t i = 0; i < started; i++) lane_join(&hand->lanes[i]);
  return NULL;
}

/* Returns 0 or a negative errno. */
static int run_on_a_thread(struct reader *reader, struct drained *drained) {
  const struct instant begin = instant_now();
  pthread_t thread;
  const int err = pthread_create(&thread, NULL, run_reader, reader);
  if (err != 0) return -err;
  (void)pthread_join(thread, NULL);
  add_time_since(drained, begin);
  return reader->err;
}

static void add_counts(const struct hand *hand, const struct load *load,
                       uint64_t count, struct drained *drained) {
  uint64_t events = 0;
  uint64_t path_bytes = 0;
  for (uint32_t i = 0; i < hand->lane_count; i++) {
    events += hand->lanes[i].tally.events;
    path_bytes += hand->lanes[i].tally.path_bytes;
  }
  drained->expected += count;
  drained->delivered += events - (events > 0); /* without the last */
  drained->overflows += hand->overflows;
  drained->bad_path |= path_bytes != events * load->path_size;
}

int handover_drain(const struct subject *subject, struct load *load,
                   const struct variant *variant, uint64_t count,
                   struct drained *drained) {
  struct reader reader = {.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
                          .expected = count + 1};
  if (reader.fd < 0) return -errno;
  int err = hand_init(&reader.hand, subject->context, variant->workers,
                      reader.fd, load);
  if (err == 0) err = load_make_events(load, count);
  if (err == 0) err = run_on_a_thread(&reader, drained);
  if (err == 0) add_counts(&reader.hand, load, count, drained);
  hand_fini(&reader.hand);
  close(reader.fd);
  return err;
}
