/* Recursive watches on a tree of directories, each after a raw walk that does
 * nothing but add a watch to each.
 *
 * The first walk warms the kernel's caches up; what is measured is the work of
 * the watches, not of the disk.  System calls are counted in a run of its own,
 * not timed, of the small tree only: tracing is slow.
 *
 * Estimate made beforehand: the raw walk needs five system calls a directory
 * (open, watch, list twice, close), some 4 us; the library, which also makes a
 * node and looks whether the path still leads there, the same plus 0.3 us. */

#include "bench/scenario/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/guard.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/core/trace.h"
#include "bench/core/tree.h"
#include "bench/subject/own.h"
#include "bench/subject/peer.h"
#include "bench/subject/raw.h"

enum {
  SPARE_WATCHES = 4096, /* of the user's other programs */
  TRACED_MAX = 10000,   /* directories: a traced call takes some 80 us */
};

static const struct column columns[] = {
    {"ms", "seconds", "median", 1, 1e-3},
    {"min", "seconds", "min", 1, 1e-3},
    {"max", "seconds", "max", 1, 1e-3},
    {"to raw", "ratio_to_raw", "median", 2, 0},
    {"bytes/watch", "bytes_per_watch", NULL, 1, 0},
    {"calls/watch", "system_calls_per_watch", NULL, 2, 0},
    {NULL, NULL, NULL, 0, 0},
};

/* ---- the plan ---- */

static void plan_subject(struct plan *plan, const struct run *run,
                         const struct subject *subject, uint32_t directories) {
  const struct setup_point point = {subject, directories};
  const struct peer *peer = peer_of(subject);
  const double each =
      peer == NULL ? 2.2e-5 : 1.1e-5 + peer->ns_per_watch * 1e-9;
  char label[LABEL_SIZE];
  snprintf(label, sizeof(label), "%s, %" PRIu32 " directories", subject->name,
           directories);
  const double pairs = run->options->repeat + 1;
  plan_add(plan, subject->name, label, directories * (6e-5 + pairs * each),
           &point, sizeof(point));
}

static int plan_setup(struct plan *plan, const struct run *run) {
  static const uint32_t sizes[] = {1000, 100000};
  const struct machine *machine = run->machine;
  size_t peer_count;
  const struct subject *peers = peers_for(run->options, plan, &peer_count);
  for (size_t i = 0; i < (run->options->quick ? 1U : 2U); i++) {
    const uint32_t size = sizes[i];
    if (!machine->root && machine->watch_limit < size + SPARE_WATCHES) {
      plan_skip(plan, own_subject.name,
                "%" PRIu32
                " directories: fs.inotify.max_user_watches is "
                "%" PRIu64 "; needs root, or more",
                size, machine->watch_limit);
      continue;
    }
    plan_subject(plan, run, &raw_subject, size);
    plan_subject(plan, run, &own_subject, size);
    for (size_t j = 0; j < peer_count; j++)
      plan_subject(plan, run, &peers[j], size);
  }
  return 0;
}

/* ---- measuring ---- */

/* What a traced child does. */
struct traced {
  const struct subject *subject;
  const char *root;
};

static int set_up_once(void *context) {
  const struct traced *traced = context;
  struct set_up ignored = {0};
  return traced->subject->set_up(traced->subject, traced->root, &ignored);
}

static void put_calls(const struct setup_point *point, const char *root,
                      struct result *result) {
  if (point->directories > TRACED_MAX) return;
  struct traced traced = {point->subject, root};
  uint64_t count;
  if (trace_system_calls(set_up_once, &traced, &count) < 0)
    return; /* not allowed here */
  result_number(result, "system_calls_per_watch",
                (double)count / point->directories);
}

static void check(const struct setup_point *point, const struct set_up *set_up,
                  struct result *result) {
  if (set_up->watches < point->directories)
    result_wrong(result, "%" PRIu64 " watches for %" PRIu32 " directories",
                 set_up->watches, point->directories);
}

static int measure(const struct setup_point *point, const struct run *run,
                   const char *root, struct result *result) {
  static struct samples seconds; /* too large for a stack */
  static struct samples ratio;
  seconds.count = ratio.count = 0;
  struct set_up own = {0};
  for (uint32_t i = 0; i <= run->options->repeat; i++) {
    struct set_up raw = {0};
    int err = raw_subject.set_up(&raw_subject, root, &raw);
    if (err == 0) err = point->subject->set_up(point->subject, root, &own);
    if (err < 0) return err;
    check(point, &own, result);
    if (i == 0) continue; /* warms up */
    samples_add(&seconds, (double)own.spent.wall_ns / 1e9);
    samples_add(&ratio, (double)own.spent.wall_ns / (double)raw.spent.wall_ns);
  }
  result_count(result, "watches", own.watches);
  result_figures(result, "seconds", &seconds);
  result_figures(result, "ratio_to_raw", &ratio);
  if (own.bytes > 0)
    result_number(result, "bytes_per_watch",
                  (double)own.bytes / point->directories);
  return 0;
}

/* ---- the tree ---- */

/* Have a tree of this size at `root`: the last one, if it is. */
static int have_tree(const char *root, uint32_t directories) {
  static uint32_t made; /* directories at `root` */
  if (made == directories) return 0;
  place_remove(root);
  made = 0;
  const int err = tree_make(root, directories);
  if (err == 0) made = directories;
  return err;
}

static int run_setup(const void *parameters, struct run *run,
                     struct result *result) {
  const struct setup_point *point = parameters;
  result_count(result, "directories", point->directories);
  (void)guard_raise_limit(run->guard, LIMIT_WATCHES,
                          point->directories + SPARE_WATCHES);
  char root[PLACE_SIZE + 8];
  snprintf(root, sizeof(root), "%s/tree", run->folder);
  int err = have_tree(root, point->directories);
  if (err == 0) err = measure(point, run, root, result);
  if (err < 0) return err;
  if (peer_of(point->subject) == NULL) put_calls(point, root, result);
  return 0;
}

const struct scenario setup_scenario = {
    .name = "setup",
    .summary = "how long a recursive watch of a whole tree takes",
    .needs = "a limit of 100000 watches, or root",
    .columns = columns,
    .plan = plan_setup,
    .run = run_setup,
};
