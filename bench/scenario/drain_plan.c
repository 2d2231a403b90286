/* Which points are measured: not all combinations, but one thing at a time from
 * a base point, and those few together that a service's author chooses between:
 * handler cost with workers and order.
 *
 * The dearer a handler, the fewer events: a point should take seconds. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/drain.h"
#include "bench/subject/own.h"
#include "bench/subject/peer.h"
#include "bench/subject/raw.h"

/* What a watched directory with a file takes, roughly. */
enum {
  DISK_BYTES_EACH = 6144,
  MEMORY_BYTES_EACH = 4096, /* mostly the kernel's */
  SPARE_WATCHES = 4096,     /* of the user's other programs */
};

/* ---- estimates, from a machine of 2 x 3 GHz ---- */

static double seconds_of_pair(const struct drain_point *point) {
  const double events = (double)point->events;
  const double watches = (double)point->shape.watch_count;
  const double fill = point->shape.file_count > 1024 ? 3e-6 : 0.5e-6;
  const double handle = 0.4e-6 + point->variant.handler->work_ns * 1e-9;
  const double own = 0.1 + 2 * events * (fill + handle) + watches * 8e-6;
  const struct peer *peer = peer_of(point->subject);
  if (point->beside != NULL) return own * 1.5;
  return peer == NULL ? own : own + events * peer->ns_per_event * 1e-9;
}

void drain_plan_point(struct plan *plan, const struct run *run,
                      const struct drain_point *point, const char *format,
                      ...) {
  char what[LABEL_SIZE];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof(what), format, arguments);
  va_end(arguments);
  char label[LABEL_SIZE + 16];
  snprintf(label, sizeof(label), "%s, %s", point->subject->name, what);
  const double make =
      (point->shape.watch_count + point->shape.file_count) * 2e-5;
  const double pairs = run->options->repeat + 1;
  plan_add(plan, point->subject->name, label,
           make + pairs * seconds_of_pair(point), point, sizeof(*point));
}

/* ---- workers and callbacks ---- */

static const char *plural(uint32_t count) { return count == 1 ? "" : "s"; }

/* What a plan is made from. */
struct axes {
  struct plan *plan;
  const struct run *run;
  struct drain_point raw, own; /* at the base */
  uint32_t most_workers;
  const struct subject *libuv; /* or NULL: it is not there */
};

/* 1 to 8, then doubled, `most` last; 0 behind it. */
static uint32_t next_workers(uint32_t workers, uint32_t most) {
  const uint32_t next = workers < 8 ? workers + 1 : workers * 2;
  if (workers == most) return 0;
  return next < most ? next : most;
}

static void plan_callbacks(const struct axes *axes, uint32_t workers) {
  static const char *const handlers[] = {"noop", "path"};
  for (size_t i = 0; i < 2; i++) {
    struct drain_point point = axes->own;
    point.beside = axes->libuv;
    point.variant.workers = workers;
    point.variant.handler = handler_kind(handlers[i]);
    drain_plan_point(axes->plan, axes->run, &point, "%u worker%s, %s", workers,
                     plural(workers), handlers[i]);
    point.variant.takes_batches = true;
    drain_plan_point(axes->plan, axes->run, &point, "%u worker%s, %s, batches",
                     workers, plural(workers), handlers[i]);
  }
}

static void plan_workers(const struct axes *axes) {
  const uint32_t most = axes->most_workers;
  for (uint32_t i = 1; i > 0; i = next_workers(i, most))
    plan_callbacks(axes, i);
}

/* ---- handlers that cost ---- */

static void plan_handler(const struct axes *axes, const char *name,
                         uint64_t events) {
  struct drain_point raw = axes->raw;
  raw.events = events;
  raw.variant.handler = handler_kind(name);
  drain_plan_point(axes->plan, axes->run, &raw, "%s", name);
  struct drain_point own = axes->own;
  own.beside = axes->libuv;
  own.events = events;
  own.variant.handler = handler_kind(name);
  const uint32_t most = axes->most_workers;
  for (uint32_t i = 1; i > 0; i = next_workers(i, most)) {
    own.variant.workers = i;
    drain_plan_point(axes->plan, axes->run, &own, "%u worker%s, %s", i,
                     plural(i), name);
  }
}

static uint64_t share(uint64_t events, uint64_t divisor) {
  return events < divisor ? 1 : events / divisor;
}

static void plan_handlers(const struct axes *axes) {
  plan_handler(axes, "1us", share(axes->own.events, 4));
  plan_handler(axes, "10us", share(axes->own.events, 20));
}

static void plan_orders(const struct axes *axes) {
  static const char *const orders[] = {"total", "none"};
  static const char *const handlers[] = {"noop", "1us"};
  for (size_t i = 0; i < 4; i++) {
    struct drain_point point = axes->own;
    point.variant.workers = axes->most_workers;
    point.variant.order = orders[i / 2];
    point.variant.handler = handler_kind(handlers[i % 2]);
    if (i % 2 == 1) point.events = share(point.events, 4);
    drain_plan_point(axes->plan, axes->run, &point, "%u worker%s, order %s, %s",
                     axes->most_workers, plural(axes->most_workers),
                     orders[i / 2], handlers[i % 2]);
  }
}

/* ---- loads ---- */

static void plan_sizes(const struct axes *axes) {
  const uint64_t least = axes->run->options->quick ? 10000 : 1000;
  for (uint64_t events = least; events < axes->own.events; events *= 10) {
    struct drain_point point = axes->raw;
    point.events = events;
    drain_plan_point(axes->plan, axes->run, &point, "%" PRIu64 " events",
                     events);
    point = axes->own;
    point.events = events;
    drain_plan_point(axes->plan, axes->run, &point, "%" PRIu64 " events",
                     events);
  }
}

static void plan_names(const struct axes *axes) {
  static const uint32_t sizes[] = {8, 32, 128, 255};
  const bool quick = axes->run->options->quick;
  for (size_t i = quick ? 3 : 0; i < 4; i++) {
    struct drain_point point = axes->raw;
    point.shape.name_size = sizes[i];
    drain_plan_point(axes->plan, axes->run, &point, "names of %u", sizes[i]);
    point = axes->own;
    point.shape.name_size = sizes[i];
    drain_plan_point(axes->plan, axes->run, &point, "names of %u", sizes[i]);
  }
}

/* Whether so many directories can be made and watched; if not the plan says
 * so. */
static bool can_watch(const struct axes *axes, uint32_t count) {
  const struct machine *machine = axes->run->machine;
  const char *subject = own_subject.name;
  if (!machine->root && machine->watch_limit < count + SPARE_WATCHES) {
    plan_skip(axes->plan, subject,
              "%u watches: fs.inotify.max_user_watches is %" PRIu64
              "; needs root, or more",
              count, machine->watch_limit);
    return false;
  }
  if (machine->memory_bytes / 2 / MEMORY_BYTES_EACH < count) {
    plan_skip(axes->plan, subject, "%u watches: needs %" PRIu64 " MB of memory",
              count, 2 * (uint64_t)count * MEMORY_BYTES_EACH / 1000000);
    return false;
  }
  struct statvfs disk;
  if (statvfs(axes->run->folder, &disk) < 0) return true;
  const bool has_room =
      disk.f_bavail / count * disk.f_frsize >= DISK_BYTES_EACH;
  const bool has_inodes = disk.f_files == 0 || disk.f_favail / 2 > count;
  if (has_room && has_inodes) return true;
  plan_skip(axes->plan, subject,
            "%u watches: no room for so many directories; give --dir", count);
  return false;
}

static void plan_watches(const struct axes *axes) {
  static const uint32_t counts[] = {1, 1000, 100000, 1000000};
  const bool quick = axes->run->options->quick;
  for (size_t i = 0; i < (quick ? 2U : 4U); i++) {
    const uint32_t count = counts[i];
    if (!can_watch(axes, count)) continue;
    struct drain_point raw = axes->raw;
    raw.shape.watch_count = count;
    if (count > raw.shape.file_count) raw.shape.file_count = count;
    /* So many take minutes, and the raw loop looks nothing up. */
    if (count < 100000)
      drain_plan_point(axes->plan, axes->run, &raw, "%u watch%s", count,
                       count == 1 ? "" : "es");
    struct drain_point own = axes->own;
    own.shape = raw.shape;
    drain_plan_point(axes->plan, axes->run, &own, "%u watch%s", count,
                     count == 1 ? "" : "es");
  }
}

static int plan_drain(struct plan *plan, const struct run *run) {
  const uint64_t events = run->options->events;
  const struct axes axes = {
      .plan = plan,
      .run = run,
      .raw = drain_base(&raw_subject, events),
      .own = drain_base(&own_subject, events),
      .libuv = peer_named(run->options, "libuv"),
      .most_workers = run->machine->cpus < 256 ? run->machine->cpus : 256,
  };
  drain_plan_point(plan, run, &axes.raw, "no-op");
  plan_workers(&axes);
  plan_handlers(&axes);
  plan_orders(&axes);
  plan_sizes(&axes);
  plan_names(&axes);
  plan_watches(&axes);
  drain_plan_peers(plan, run);
  return 0;
}

const struct scenario drain_scenario = {
    .name = "drain",
    .summary = "how fast a full kernel queue is emptied",
    .needs = "root, for queues and watches beyond the limits of fs.inotify",
    .columns = drain_columns,
    .plan = plan_drain,
    .run = drain_run,
};
