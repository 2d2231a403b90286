/* The advice as text: whether it keeps up first, then what to set and why, then
 * the same as code to copy. */

#include <inttypes.h>
#include <stdio.h>

#include "bench/advise/advise.h"

enum { MEBIBYTE = 1048576 };

/* ---- numbers ---- */

/* Nanoseconds as a person says them. */
static void add_time(struct text *page, double ns) {
  if (ns < 1e3)
    text_add_format(page, "%.3g ns", ns);
  else if (ns < 1e6)
    text_add_format(page, "%.3g us", ns / 1e3);
  else if (ns < 1e9)
    text_add_format(page, "%.3g ms", ns / 1e6);
  else if (ns < 1e12)
    text_add_format(page, "%.3g s", ns / 1e9);
  else
    text_add_format(page, "%.0f s", ns / 1e9);
}

static void add_bytes(struct text *page, double bytes) {
  if (bytes < MEBIBYTE)
    text_add_format(page, "%.0f KiB", bytes / 1024);
  else
    text_add_format(page, "%.0f MiB", bytes / MEBIBYTE);
}

static int percent(double share) { return (int)(share * 100 + 0.5); }

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

static const char *name_of(enum rn_full full) {
  return full == RN_FULL_DROP ? "RN_FULL_DROP" : "RN_FULL_SPILL";
}

/* ---- above ---- */

static void add_question(struct text *page, const struct advise_want *want,
                         const struct advise_figures *figures,
                         const char *source) {
  text_add_format(page, "Advice for %.10g events/s, a handler of ", want->rate);
  add_time(page, want->cost_ns);
  if (want->burst > 0)
    text_add_format(page, ", bursts of %.0f events\n", want->burst);
  else
    text_add_string(page, ", no bursts\n");
  text_add_format(page, "Figures of %u processor%s, %s:\n  reader ",
                  figures->cpus, plural(figures->cpus), source);
  add_time(page, figures->read_ns);
  text_add_string(page, " an event, worker ");
  add_time(page, figures->hand_ns);
  text_add_string(page, " beside its handler, producer ");
  if (figures->make_ns > 0)
    add_time(page, figures->make_ns);
  else
    text_add_string(
        page,
        "not\n"
        "  known (live tells it): a burst is taken to come at once");
  text_add_string(page, "\n\n");
}

static void add_loss(struct text *page, const struct advice *advice) {
  text_add_format(
      page,
      "At most %.0f events/s come through; in the long run %d %% are "
      "lost.\nThe first after ",
      advice->capacity, percent(advice->lost_share));
  add_time(page, advice->first_loss_s * 1e9);
}

static void add_verdict(struct text *page, const struct advice *advice) {
  switch (advice->bound) {
    case ADVISE_KEEPS_UP:
      text_add_format(page, "It keeps up%s: with up to %.0f events/s.\n",
                      advice->is_tight ? ", with little to spare" : "",
                      advice->capacity);
      break;
    case ADVISE_READER:
      text_add_string(page, "It CANNOT keep up: one reader is too slow.\n");
      add_loss(page, advice);
      text_add_format(
          page,
          ", when the kernel's queue is full: IN_Q_OVERFLOW tells.\n"
          "Ask for fewer events (mask), or share the directories "
          "among %u notifiers:\neach has its own reader.\n",
          advice->notifiers);
      break;
    case ADVISE_WORKERS:
      text_add_format(page,
                      "It CANNOT keep up: the handlers alone want %u workers "
                      "with a processor each.\n",
                      advice->wanted_workers);
      add_loss(page, advice);
      text_add_string(page,
                      ", when the memory is full: new events are then "
                      "dropped,\ncounted, and told in their place. Make the "
                      "handler cheaper, or hand its work on.\n");
      break;
  }
  if (advice->bound == ADVISE_KEEPS_UP && advice->burst_lost > 0)
    text_add_format(page,
                    "But of a burst %" PRIu64
                    " events are lost: there is no memory for them.\n",
                    advice->burst_lost);
}

/* ---- the options ---- */

/* Begin a line: option and value; the reason follows. */
static void add_option(struct text *page, const char *name, const char *value) {
  text_add_format(page, "  %-17s  %-18s  ", name, value);
}

static void add_workers(struct text *page, const struct advice *advice) {
  char value[16];
  snprintf(value, sizeof(value), "%u", advice->workers);
  add_option(page, "worker_count", value);
  text_add_format(page, "%s%d %% busy", advice->workers > 1 ? "each " : "",
                  percent(advice->worker_busy));
  if (advice->wanted_workers > advice->workers)
    text_add_format(page, "; %u if it mostly waits", advice->wanted_workers);
  text_add_byte(page, '\n');
  add_option(page, "order", "RN_ORDER_DIRECTORY");
  if (advice->workers == 1)
    text_add_string(page, "one worker: the kernel's, over all\n");
  else if (advice->total_order_fits)
    text_add_string(page, "RN_ORDER_TOTAL would keep up, too\n");
  else
    text_add_string(page, "each directory's; it takes several\n");
}

static void add_full(struct text *page, const struct advice *advice) {
  add_option(page, "full", name_of(advice->full));
  if (advice->full == RN_FULL_DROP)
    text_add_string(page, "what is lost is counted\n");
  else
    text_add_string(page, "events wait in memory\n");
  char value[24];
  snprintf(value, sizeof(value), "%u", advice->slots);
  add_option(page, "slot_count", value);
  if (advice->full == RN_FULL_DROP)
    text_add_string(page, "room for many small reads\n");
  else
    text_add_string(page, "default; a full ring loses nothing\n");
}

static void add_sizes(struct text *page, const struct advice *advice) {
  char value[24];
  snprintf(value, sizeof(value), "%" PRIu64, advice->read_size);
  add_option(page, "read_size", value);
  text_add_string(page, "default; larger ones gain nothing\n");
  snprintf(value, sizeof(value), "%" PRIu64 " MiB",
           advice->backlog_size / MEBIBYTE);
  add_option(page, "backlog_size", value);
  if (advice->waits_in_memory > 0) {
    text_add_format(page, "%" PRIu64 " events wait, ", advice->waits_in_memory);
    add_bytes(page, (double)advice->memory_bytes);
    text_add_byte(page, '\n');
  } else {
    text_add_string(page, "default; a burst leaves nothing\n");
  }
  snprintf(value, sizeof(value), "%" PRIu64, advice->queue_limit);
  add_option(page, "max_queued_events", value);
  text_add_format(page, "%sup to %" PRIu64 " wait\n",
                  advice->queue_is_as_now ? "as now; " : "",
                  advice->waits_in_kernel);
}

static void add_expectation(struct text *page, const struct advise_want *want,
                            const struct advise_figures *figures,
                            const struct advice *advice) {
  text_add_format(page,
                  "\nExpected: reader %d %% busy; all threads together %.2f of "
                  "%u processor%s.\n",
                  percent(advice->reader_busy), advice->cpus_busy,
                  figures->cpus, plural(figures->cpus));
  if (want->burst <= 0) return;
  if (advice->recover_s < 0) {
    text_add_string(page, "A burst is never caught up with.\n");
  } else {
    text_add_string(page, "A burst is caught up with in ");
    add_time(page, advice->recover_s * 1e9);
    text_add_string(page, ".\n");
  }
}

static void add_code(struct text *page, const struct advice *advice) {
  text_add_format(page,
                  "\n"
                  "  struct rn_thread_notifier_options options = {\n"
                  "      .size = sizeof(options),\n"
                  "      .worker_count = %u,\n"
                  "      .order = RN_ORDER_DIRECTORY,\n"
                  "      .full = %s,\n"
                  "      .slot_count = %u,\n"
                  "      .read_size = %" PRIu64
                  ",\n"
                  "      .backlog_size = (size_t)%" PRIu64
                  " << 20,\n"
                  "  };\n",
                  advice->workers, name_of(advice->full), advice->slots,
                  advice->read_size, advice->backlog_size / MEBIBYTE);
  if (advice->queue_is_as_now) return;
  text_add_format(page,
                  "\nBefore the notifier is made, as root; the second keeps it "
                  "over a restart:\n\n"
                  "  sysctl -w fs.inotify.max_queued_events=%" PRIu64
                  "\n"
                  "  echo fs.inotify.max_queued_events=%" PRIu64
                  " > /etc/sysctl.d/60-inotify.conf\n",
                  advice->queue_limit, advice->queue_limit);
}

void advise_show(struct text *page, const struct advise_want *want,
                 const struct advise_figures *figures,
                 const struct advice *advice, const char *source) {
  add_question(page, want, figures, source);
  add_verdict(page, advice);
  text_add_string(page, "\n");
  add_workers(page, advice);
  add_full(page, advice);
  add_sizes(page, advice);
  add_expectation(page, want, figures, advice);
  add_code(page, advice);
}
