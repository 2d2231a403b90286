/* A storm, then what was told is held against the disk.
 *
 * Right is: what was told as created, less what was told as deleted, is what is
 * on disk, and nothing was told as created while it was there.  The peers are
 * not held to it: they end no run.  A repetition that was wrong makes the case
 * wrong; the numbers are those of the worst.
 *
 * On a file system of a disk the making of files may be what takes the time:
 * one run on ext4 was eighty times slower than those before and after it. --dir
 * on a tmpfs shows the watching.
 *
 * Estimate made beforehand: making a directory and a file costs the kernel some
 * 10 us, so a storm is some 100 000 events a second, and the library, at 1 us
 * an event and 8 us a new directory, keeps up. */

#include "bench/scenario/storm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/options.h"
#include "bench/scenario/storm_model.h"
#include "bench/scenario/storm_watch.h"
#include "bench/subject/own.h"

static const struct column columns[] = {
    {"ms", "seconds", "median", 1, 1e-3},
    {"max", "seconds", "max", 1, 1e-3},
    {"events/s", "events_per_s", "median", 0, 0},
    {"synthetic", "synthetic_share", NULL, 2, 0},
    {"correct", "correct", NULL, 0, 0},
    {"missed", "missed", NULL, 0, 0},
    {"doubled", "doubled", NULL, 0, 0},
    {"extra", "extra", NULL, 0, 0},
    {"overflows", "kernel_overflows", NULL, 0, 0},
    {NULL, NULL, NULL, 0, 0},
};

/* A point. */
struct point {
  const struct peer *peer; /* NULL: the library */
  const char *kind;
  uint32_t size;
};

/* ---- the plan ---- */

static void plan_subject(struct plan *plan, const struct run *run,
                         const char *name, const struct point *point) {
  char label[LABEL_SIZE];
  snprintf(label, sizeof(label), "%s, %s", name, point->kind);
  const double each = 0.3 + point->size * 2e-4 + (point->peer == NULL ? 0 : 1);
  plan_add(plan, name, label, each * run->options->repeat, point,
           sizeof(*point));
}

static int plan_storm(struct plan *plan, const struct run *run) {
  static const struct {
    const char *name;
    uint32_t size, quick_size;
  } kinds[] = {
      {"mkdir", 2000, 500}, {"untar", 5000, 1000}, {"rename", 1500, 300}};
  const struct options *options = run->options;
  size_t count;
  const struct subject *peers = peers_for(options, plan, &count);
  for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
    struct point point = {
        .kind = kinds[i].name,
        .size = options->quick ? kinds[i].quick_size : kinds[i].size};
    plan_subject(plan, run, own_subject.name, &point);
    for (size_t j = 0; j < count; j++) {
      point.peer = peer_of(&peers[j]);
      plan_subject(plan, run, peers[j].name, &point);
    }
  }
  return 0;
}

/* ---- measuring ---- */

/* What the repetitions gave. */
struct series {
  struct samples seconds, rate;
  uint64_t missed, extra, doubled; /* the most */
  uint64_t overflows;
  double synthetic_share; /* the greatest */
};

static void raise_to(uint64_t *most, uint64_t value) {
  if (value > *most) *most = value;
}

/* Give each line to the model. */
static int take_lines(struct storm_model *model, struct text *lines) {
  text_add_byte(lines, '\0');
  if (lines->failed) return -ENOMEM;
  char *line = lines->data;
  char *end;
  for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = '\0';
    const int err = storm_model_take(model, line);
    if (err < 0) return err;
  }
  return model->error;
}

static int judge(const struct storm_load *load, struct storm_seen *seen,
                 struct series *series) {
  struct storm_model model;
  struct storm_difference difference = {0};
  int err = storm_model_init(&model, load->root);
  if (err < 0) return err;
  err = take_lines(&model, &seen->lines);
  if (err == 0) err = storm_model_compare(&model, &difference);
  const double changes = (double)model.changes;
  const double seconds = (double)seen->wall_ns / 1e9;
  samples_add(&series->seconds, seconds);
  samples_add(&series->rate, seconds > 0 ? changes / seconds : 0);
  raise_to(&series->missed, difference.missed);
  raise_to(&series->extra, difference.extra);
  raise_to(&series->doubled, model.doubled);
  raise_to(&series->overflows, seen->overflows);
  const double share = changes > 0 ? (double)seen->synthetic / changes : 0;
  if (share > series->synthetic_share) series->synthetic_share = share;
  storm_model_fini(&model);
  return err;
}

static int measure_once(const struct point *point, const struct run *run,
                        struct series *series) {
  struct storm_load load = {.kind = point->kind, .size = point->size};
  int err = storm_load_prepare(&load, run->folder);
  if (err < 0) return err;
  struct storm_seen seen = {0};
  err = point->peer == NULL ? storm_watch_own(&load, &seen)
                            : storm_watch_peer(point->peer, &load, &seen);
  if (err == 0) err = judge(&load, &seen, series);
  text_fini(&seen.lines);
  place_remove(load.root);
  return err;
}

static void put(const struct point *point, const struct series *series,
                struct result *result) {
  const bool correct =
      series->missed == 0 && series->extra == 0 && series->doubled == 0;
  result_figures(result, "seconds", &series->seconds);
  result_figures(result, "events_per_s", &series->rate);
  if (point->peer == NULL)
    result_number(result, "synthetic_share", series->synthetic_share);
  else
    result_text(result, "version", point->peer->version);
  result_flag(result, "correct", correct);
  result_count(result, "missed", series->missed);
  result_count(result, "doubled", series->doubled);
  result_count(result, "extra", series->extra);
  result_count(result, "kernel_overflows", series->overflows);
  if (point->peer == NULL && !correct)
    result_wrong(result,
                 "%" PRIu64 " missed, %" PRIu64 " doubled, %" PRIu64 " extra",
                 series->missed, series->doubled, series->extra);
}

static int run_storm(const void *parameters, struct run *run,
                     struct result *result) {
  static struct series series; /* too large for a stack */
  const struct point *point = parameters;
  series = (struct series){0};
  result_text(result, "kind", point->kind);
  for (uint32_t i = 0; i < run->options->repeat; i++) {
    const int err = measure_once(point, run, &series);
    if (err < 0 && point->peer != NULL) { /* no fault of this run */
      result_skip(result, "it did not get through: %s",
                  err == -ETIMEDOUT ? "time is over" : strerror(-err));
      return 0;
    }
    if (err < 0) return err;
  }
  put(point, &series, result);
  return 0;
}

const struct scenario storm_scenario = {
    .name = "storm",
    .summary = "whether a recursive watch misses or doubles anything",
    .needs = NULL,
    .columns = columns,
    .plan = plan_storm,
    .run = run_storm,
};
