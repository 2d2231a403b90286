/* A short drain.
 *
 * Queues of the present limit are filled, which tells how fast one producer is,
 * and drained.  Starting the threads counts in each drain, so it is measured as
 * well, by a queue with next to nothing in it, and taken off.  A handler that
 * is slower than the reader shows what a worker adds to it: of 1 us, which is
 * compared best, or of 10 us where the reader is slow.
 *
 * The least of the repetitions is taken: what else runs on the machine makes
 * some of them many times longer, and the advice leaves room for it anyway. */

#include "bench/advise/measure.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "bench/core/clock.h"
#include "bench/core/figures.h"
#include "bench/core/guard.h"
#include "bench/core/load.h"
#include "bench/core/machine.h"
#include "bench/core/place.h"
#include "bench/subject/own.h"

enum {
  REPEAT = 15,
  EVENTS = 16000, /* fits in the kernel's default queue */
  SLOW_READ_NS = 700,
  FEW_EVENTS = 2,
  OWN_EVENTS = 16, /* room in the queue for the library's */
};

struct series {
  struct samples few, noop, dear, make;
};

/* Fill and drain one queue: time, in nanoseconds. */
static int drain(struct load *load, const char *handler, uint64_t count,
                 struct samples *samples) {
  const struct variant variant = {
      .workers = 1, .order = "directory", .handler = handler_kind(handler)};
  struct drained drained = {0};
  const int err =
      own_subject.drain(&own_subject, load, &variant, count, &drained);
  if (err < 0) return err;
  if (drained.delivered != drained.expected) return -EOVERFLOW;
  samples_add(samples, (double)drained.spent.wall_ns);
  return 0;
}

/* How long making events takes while they are queued: one is watched for. */
static int make(struct load *load, uint64_t count, struct samples *samples) {
  char path[LOAD_DIRECTORY_SIZE];
  const int fd = inotify_init1(IN_CLOEXEC);
  if (fd < 0) return -errno;
  int err = 0;
  for (uint32_t i = 0; i < load->shape.watch_count && err == 0; i++) {
    load_directory(load, i, path);
    if (inotify_add_watch(fd, path, IN_MODIFY) < 0) err = -errno;
  }
  if (err == 0) {
    const uint64_t begin = now_ns();
    err = load_make_events(load, count);
    samples_add(samples, (double)(now_ns() - begin) / (double)count);
  }
  close(fd);
  return err;
}

static double at_least(double value, double least) {
  return value < least ? least : value;
}

/* Least time of an event, without that of the start. */
static double event_ns(const struct samples *whole, const struct samples *few,
                       uint64_t events) {
  const double all = samples_figures(whole).min;
  return at_least((all - samples_figures(few).min) / (double)events, 1);
}

static int measure_reader(struct load *load, uint64_t events,
                          struct series *series) {
  int err = 0;
  for (int i = 0; i <= REPEAT && err == 0; i++) {
    if (i == 1) *series = (struct series){0}; /* the first warms up */
    err = drain(load, "noop", FEW_EVENTS, &series->few);
    if (err == 0) err = drain(load, "noop", events, &series->noop);
    if (err == 0) err = make(load, events, &series->make);
  }
  return err;
}

static int measure(struct load *load, uint64_t events,
                   struct advise_figures *figures) {
  static struct series series; /* too large for a stack */
  int err = measure_reader(load, events, &series);
  if (err < 0) return err;
  figures->read_ns = event_ns(&series.noop, &series.few, events);
  figures->make_ns = samples_figures(&series.make).min;
  const struct handler_kind *dear =
      handler_kind(figures->read_ns < SLOW_READ_NS ? "1us" : "10us");
  for (int i = 0; i < REPEAT && err == 0; i++)
    err = drain(load, dear->name, events, &series.dear);
  const double handled = event_ns(&series.dear, &series.few, events);
  figures->hand_ns = at_least(handled - dear->work_ns, 20);
  return err;
}

static int measure_in(const char *folder, struct advise_figures *figures) {
  static const struct load_shape shape = {16, 256, 12};
  struct machine machine;
  machine_read(&machine, folder);
  *figures = (struct advise_figures){.cpus = machine.cpus,
                                     .memory_bytes = machine.memory_bytes,
                                     .queue_limit = machine.queue_limit};
  if (machine.queue_limit < 1000 + OWN_EVENTS) return -ENOBUFS;
  const uint64_t room = machine.queue_limit - OWN_EVENTS;
  const uint64_t events = room < EVENTS ? room : EVENTS;
  struct load load = LOAD_INIT;
  int err = load_make(&load, folder, &shape);
  if (err == 0) err = measure(&load, events, figures);
  load_remove(&load);
  return err;
}

int advise_measure(const char *dir, struct advise_figures *figures,
                   struct text *problem) {
  char folder[PLACE_SIZE];
  struct guard guard;
  int err = place_make(dir, folder);
  if (err < 0) {
    text_add_format(problem,
                    "cannot make a work folder in '%s': %s; give --dir PATH",
                    place_parent(dir), strerror(-err));
    return err;
  }
  err = guard_begin(&guard, folder);
  if (err < 0) {
    text_add_format(problem, "cannot start the clean-up process: %s",
                    strerror(-err));
    place_remove(folder);
    return err;
  }
  err = measure_in(folder, figures);
  guard_end(&guard);
  if (err < 0)
    text_add_format(problem,
                    "cannot measure here: %s; take the figures of an earlier "
                    "run with --from FILE",
                    err == -ENOBUFS ? "fs.inotify.max_queued_events is below "
                                      "1016"
                                    : strerror(-err));
  return err;
}
