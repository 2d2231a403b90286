/* What does the whole pipeline cost beside a raw read loop?
 *
 * A kernel inotify queue is filled while nobody reads.  Then it is drained
 * against the clock: by read(2) of 64 KiB with a walk over the records, and by
 * a thread notifier (kernel -> reader -> ring -> worker -> handler) with one and
 * two workers, whose handlers do nothing, or ask for the path, one event or a
 * batch at a time.  Each measurement of the library follows one of the raw loop,
 * and the ratio is the median over these pairs: so a machine that changes its
 * speed changes both.
 *
 * The library's clock starts right before rn_thread_notifier_start(), so making
 * the threads counts, and stops when the last event was handled: library.c.
 *
 * Estimate made beforehand, for one worker and a handler that asks for the path,
 * with the raw loop at 160 ns an event: the reader does what the raw loop does
 * and then some 30 ns more (find the wd, append 48 bytes to a batch); the worker
 * needs 20 to 40 ns and does so at the same time.  Wall: 1.2 times raw; CPU: 1.4
 * times raw.  A second worker has nothing to win here, for the reader is the
 * bottleneck, and loses a little on two processors: 1.3.  Batches save the
 * worker a call, which shows in the CPU only: 0.03.
 *
 * The goals are 1.10 and 1.35. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/pipeline/drain.h"
#include "bench/pipeline/guard.h"
#include "bench/pipeline/options.h"
#include "bench/pipeline/table.h"

static const struct variant variants[] = {
    {"1 worker, no-op", 1, false, false},
    {"1 worker, no-op, batches", 1, false, true},
    {"1 worker, path", 1, true, false},
    {"1 worker, path, batches", 1, true, true},
    {"2 workers, no-op", 2, false, false},
    {"2 workers, no-op, batches", 2, false, true},
    {"2 workers, path", 2, true, false},
    {"2 workers, path, batches", 2, true, true},
};

enum {
  VARIANTS = sizeof(variants) / sizeof(*variants),
  OWN_EVENTS = 16, /* room in the queue for the last event and the library's */
};

static const struct variant raw_variant = {.name = "raw read loop"};

/* ---- what was measured ---- */

/* The commit of the working directory, or "unknown". */
static void read_commit(char *commit, size_t size) {
  snprintf(commit, size, "unknown");
  FILE *git = popen("git describe --always --dirty 2>/dev/null", "r");
  if (git == NULL) return;
  char line[64];
  if (fgets(line, sizeof(line), git) != NULL)
    snprintf(commit, size, "%.*s", (int)strcspn(line, "\n"), line);
  (void)pclose(git);
}

static void print_conditions(const struct options *options, uint64_t capacity) {
  struct utsname system = {.release = "?"};
  (void)uname(&system);
  char commit[64];
  read_commit(commit, sizeof(commit));
  double load = 0;
  (void)getloadavg(&load, 1);
  printf("%" PRIu64
         " events of %u files in %u directories, measured %u times\n",
         options->events, options->files, options->watches, options->repeat);
  printf("Linux %s, %ld processors, load %.1f before, commit %s\n",
         system.release, sysconf(_SC_NPROCESSORS_ONLN), load, commit);
  if (options->events + OWN_EVENTS > capacity)
    printf("The kernel's queue holds %" PRIu64
           " events: several are drained in turn, and starting the threads\n"
           "counts in each. Root may make it longer.\n",
           capacity);
  putchar('\n');
  (void)fflush(stdout);
}

/* ---- measuring ---- */

/* Drain `events` events, in queues of at most `capacity`. */
static int drain(struct load *load, const struct variant *variant,
                 uint64_t events, uint64_t capacity, struct drained *result) {
  *result = (struct drained){0};
  const uint64_t most = capacity - OWN_EVENTS;
  int err = 0;
  for (uint64_t left = events; left > 0 && err == 0;) {
    const uint64_t count = left < most ? left : most;
    err = variant->worker_count == 0
              ? drain_raw(load, count, result)
              : drain_library(load, variant, count, result);
    left -= count;
  }
  return err;
}

/* Measure everything once: each variant after the raw loop. */
static int measure(struct load *load, uint64_t events, uint64_t capacity,
                   struct drained *raw[VARIANTS], struct drained *own[VARIANTS],
                   size_t index) {
  for (int i = 0; i < VARIANTS; i++) {
    int err = drain(load, &raw_variant, events, capacity, &raw[i][index]);
    if (err == 0)
      err = drain(load, &variants[i], events, capacity, &own[i][index]);
    if (err < 0) return err;
  }
  return 0;
}

static bool print_table(struct drained *all_raw, struct drained *raw[VARIANTS],
                        struct drained *own[VARIANTS], size_t repeat) {
  table_print_head();
  bool good =
      table_print_line(raw_variant.name, all_raw, all_raw, repeat * VARIANTS);
  for (int i = 0; i < VARIANTS; i++)
    good &= table_print_line(variants[i].name, own[i], raw[i], repeat);
  return good;
}

/* Measure and print.  Returns 0, a negative errno, or 1: something was lost. */
static int bench(struct load *load, const struct options *options,
                 uint64_t capacity) {
  const size_t repeat = options->repeat;
  struct drained *memory = calloc(2 * VARIANTS * repeat, sizeof(*memory));
  if (memory == NULL) return -ENOMEM;
  struct drained *raw[VARIANTS];
  struct drained *own[VARIANTS];
  for (size_t i = 0; i < VARIANTS; i++) {
    raw[i] = memory + i * repeat;
    own[i] = memory + (VARIANTS + i) * repeat;
  }
  /* The first round is the warm-up: the next one writes over it. */
  int err = measure(load, options->events, capacity, raw, own, 0);
  for (size_t i = 0; i < repeat && err == 0; i++)
    err = measure(load, options->events, capacity, raw, own, i);
  if (err == 0 && !print_table(memory, raw, own, repeat)) err = 1;
  free(memory);
  return err;
}

int main(int argc, char **argv) {
  struct options options;
  const int code = options_read(argc, argv, &options);
  if (code != 0) return code;
  if (options.help) {
    options_print_help();
    return 0;
  }
  struct load load;
  struct guard guard;
  uint64_t capacity = 0;
  int err = load_make_root(&load);
  if (err == 0) {
    err =
        guard_begin(&guard, load.root, options.events + OWN_EVENTS, &capacity);
    if (err == 0 && capacity <= OWN_EVENTS) err = -ENOSPC;
    if (err == 0) err = load_make_files(&load, options.watches, options.files);
    if (err == 0) {
      print_conditions(&options, capacity);
      err = bench(&load, &options, capacity);
    }
    load_free(&load);
    guard_end(&guard);
  }
  if (err < 0) fprintf(stderr, "pipeline: error: %s\n", strerror(-err));
  return err == 0 ? 0 : 1;
}
