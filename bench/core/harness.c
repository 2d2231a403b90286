/* The run.
 *
 * The guard is begun before any thread is made and before anything is changed,
 * and whatever happens from then on is undone by it.  A case that fails is told
 * and the others go on, for a run may take an hour.  The report is written at
 * the end; that its file can be written is tried at the beginning. */

#include "bench/core/harness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/build.h"
#include "bench/core/clock.h"
#include "bench/core/guard.h"
#include "bench/core/interrupt.h"
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/core/page.h"
#include "bench/core/progress.h"
#include "bench/core/report.h"
#include "bench/core/table.h"
#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/nearest.h"
#include "cmd/ringnotify/standard_output.h"

/* One run of the harness. */
struct harness {
  const struct scenario *const *scenarios;
  struct options options;
  struct machine machine;
  char folder[PLACE_SIZE];
  char commit[64];
  struct guard guard;
  struct run run;
  struct plan plan;
  struct report report;
  struct progress progress;
  bool good; /* no case failed or was wrong */
};

/* ---- the command line ---- */

static const struct scenario *find(const struct scenario *const *scenarios,
                                   const char *name) {
  for (; *scenarios != NULL; scenarios++)
    if (strcmp((*scenarios)->name, name) == 0) return *scenarios;
  return NULL;
}

static enum exit_code fail_unknown(const struct scenario *const *scenarios,
                                   const char *name) {
  struct nearest nearest = nearest_begin(name, strlen(name));
  for (; *scenarios != NULL; scenarios++)
    nearest_offer(&nearest, (*scenarios)->name);
  if (nearest.best != NULL)
    message_error("unknown scenario '%s'; did you mean '%s'?", name,
                  nearest.best);
  else
    message_error("unknown scenario '%s'; --list shows them", name);
  return EXIT_CODE_USAGE;
}

static enum exit_code read_command_line(int argc, char **argv,
                                        struct harness *harness) {
  struct text problem = {0};
  const int err = options_read(argc, argv, &harness->options, &problem);
  if (err < 0) message_error("%.*s", (int)problem.size, problem.data);
  text_fini(&problem);
  if (err < 0) return EXIT_CODE_USAGE;
  for (size_t i = 0; i < harness->options.name_count; i++) {
    const char *name = harness->options.names[i];
    if (find(harness->scenarios, name) == NULL)
      return fail_unknown(harness->scenarios, name);
  }
  return EXIT_CODE_OK;
}

/* ---- before the first case ---- */

static int make_plan(struct harness *harness) {
  struct plan *plan = &harness->plan;
  int err = plan_init(plan);
  const struct scenario *const *at = harness->scenarios;
  for (; err == 0 && *at != NULL; at++) {
    if (!options_want(&harness->options, (*at)->name)) continue;
    plan->scenario = *at;
    err = (*at)->plan(plan, &harness->run);
    if (err == 0) err = plan->error;
  }
  return err;
}

static json_t *names_json(const struct options *options) {
  json_t *names = json_array();
  for (size_t i = 0; i < options->name_count; i++)
    (void)json_array_append_new(names, json_string(options->names[i]));
  return names;
}

static json_t *options_json(const struct options *options) {
  return json_pack("{s:i, s:b, s:I, s:b, s:o}", "repeat", (int)options->repeat,
                   "quick", (int)options->quick, "events",
                   (json_int_t)options->events, "peers",
                   (int)!options->no_peers, "scenarios", names_json(options));
}

static int begin_report(struct harness *harness) {
  machine_commit(harness->commit, sizeof(harness->commit));
  return report_init(&harness->report, machine_json(&harness->machine),
                     options_json(&harness->options), harness->commit,
                     json_incref(harness->plan.skipped));
}

/* That the report can be written.  Nothing is lost of an old one. */
static int try_report_file(const char *path) {
  if (path == NULL) return 0;
  FILE *file = fopen(path, "ae");
  if (file == NULL) return -errno;
  (void)fclose(file);
  return 0;
}

/* ---- writing ---- */

/* Write text to stdout and empty it.  Returns EXIT_CODE_OK, or the code to end
 * with; `ended` says whether it is the end: a reader that left is no error. */
static enum exit_code flush(struct text *text, bool *ended) {
  text_add_byte(text, '\0');
  const bool failed = text->failed;
  if (!failed) (void)fputs(text->data, stdout);
  const int err = fflush(stdout) == 0 ? 0 : -errno;
  text_fini(text);
  *text = (struct text){0};
  *ended = failed || err < 0;
  if (failed) return EXIT_CODE_ERROR;
  return err < 0 ? standard_output_failed(err) : EXIT_CODE_OK;
}

static void add_conditions(struct text *text, const struct harness *harness) {
  const struct machine *machine = &harness->machine;
  double load = 0;
  (void)getloadavg(&load, 1);
  text_add_format(text,
                  "%s, %s, %u processors, load %.1f before; %s; commit %s, "
                  "%s\n",
                  machine->kernel, machine->cpu, machine->cpus, load,
                  machine->file_system, harness->commit, build_text);
  text_add_format(text,
                  "%" PRIu64
                  " events, %u repetitions after one to warm up; "
                  "queue of %" PRIu64 " events, %" PRIu64 " watches%s\n",
                  harness->options.events, harness->options.repeat,
                  machine->queue_limit, machine->watch_limit,
                  machine->root ? ", root may raise both" : "");
}

static void add_skipped(struct text *text, const struct plan *plan) {
  size_t index;
  json_t *entry;
  json_array_foreach(plan->skipped, index, entry) {
    text_add_format(text, "skipped: %s, %s: %s\n",
                    json_string_value(json_object_get(entry, "scenario")),
                    json_string_value(json_object_get(entry, "subject")),
                    json_string_value(json_object_get(entry, "reason")));
  }
}

/* ---- the cases ---- */

static int run_case(struct harness *harness, const struct planned *planned,
                    struct text *text) {
  struct result result =
      result_begin(planned->scenario->name, planned->subject);
  result_count(&result, "repeats", harness->options.repeat);
  const int err =
      planned->scenario->run(planned->parameters, &harness->run, &result);
  if (err < 0) result_skip(&result, "failed: %s", strerror(-err));
  if (err < 0 || result.wrong) harness->good = false;
  table_add_line(text, planned->scenario, planned->label, &result);
  return report_add(&harness->report, &result);
}

static enum exit_code run_cases(struct harness *harness) {
  const struct plan *plan = &harness->plan;
  const struct scenario *scenario = NULL;
  struct text text = {0};
  add_conditions(&text, harness);
  add_skipped(&text, plan);
  bool ended = false;
  enum exit_code code = flush(&text, &ended);
  progress_begin(&harness->progress, plan);
  for (size_t i = 0; i < plan->count && !ended && interrupt_signal() == 0;
       i++) {
    const struct planned *planned = &plan->cases[i];
    if (planned->scenario != scenario) {
      scenario = planned->scenario;
      text_add_byte(&text, '\n');
      table_add_heading(&text, scenario);
    }
    progress_show(&harness->progress, i);
    const int err = run_case(harness, planned, &text);
    progress_hide(&harness->progress);
    code = flush(&text, &ended);
    if (err < 0) return EXIT_CODE_ERROR;
  }
  return code;
}

static enum exit_code write_report(struct harness *harness) {
  const char *path = harness->options.json;
  if (path == NULL) return EXIT_CODE_OK;
  const double seconds = (double)(now_ns() - harness->progress.begin_ns) / 1e9;
  const int err = report_write(&harness->report, seconds, path);
  if (err == 0) return EXIT_CODE_OK;
  message_error("cannot write the report to '%s': %s", path, strerror(-err));
  return EXIT_CODE_ERROR;
}

/* ---- the run ---- */

static enum exit_code fail_build(void) {
  message_error("%s", build_refusal);
  return EXIT_CODE_ERROR;
}

/* With folder and guard. */
static enum exit_code run_guarded(struct harness *harness) {
  int err = make_plan(harness);
  if (err == 0) err = begin_report(harness);
  enum exit_code code = EXIT_CODE_ERROR;
  if (err == 0) {
    harness->good = true;
    code = run_cases(harness);
    const enum exit_code written = write_report(harness);
    if (code == EXIT_CODE_OK) code = written;
    if (code == EXIT_CODE_OK && !harness->good) code = EXIT_CODE_ERROR;
    load_remove(&harness->run.load);
  } else {
    message_error("cannot plan the run: %s", strerror(-err));
  }
  report_fini(&harness->report);
  plan_fini(&harness->plan);
  return code;
}

static enum exit_code run(struct harness *harness) {
  const struct options *options = &harness->options;
  if (!options->any_build && !build_is_measurable()) return fail_build();
  int err = try_report_file(options->json);
  if (err < 0) {
    message_error("cannot write the report to '%s': %s", options->json,
                  strerror(-err));
    return EXIT_CODE_ERROR;
  }
  err = place_make(options->dir, harness->folder);
  if (err < 0) {
    message_error("cannot make a work folder in '%s': %s; give --dir PATH",
                  place_parent(options->dir), strerror(-err));
    return EXIT_CODE_ERROR;
  }
  err = guard_begin(&harness->guard, harness->folder);
  if (err < 0) {
    message_error("cannot start the clean-up process: %s", strerror(-err));
    place_remove(harness->folder);
    return EXIT_CODE_ERROR;
  }
  interrupt_begin();
  machine_read(&harness->machine, harness->folder);
  harness->run = (struct run){.options = options,
                              .machine = &harness->machine,
                              .folder = harness->folder,
                              .guard = &harness->guard,
                              .load = LOAD_INIT};
  const enum exit_code code = run_guarded(harness);
  guard_end(&harness->guard);
  interrupt_end();
  return code;
}

enum exit_code harness_main(const char *name, int argc, char **argv,
                            const struct scenario *const *scenarios,
                            enum exit_code (*advise)(const struct options *)) {
  static struct harness harness; /* its pieces point to one another */
  harness = (struct harness){.scenarios = scenarios};
  const enum exit_code code = read_command_line(argc, argv, &harness);
  if (code != EXIT_CODE_OK) return code;
  if (harness.options.help) return page_show_help(name, scenarios);
  if (harness.options.list) return page_show_list(scenarios);
  if (harness.options.advise != NULL) {
    if (advise != NULL) return advise(&harness.options);
    message_error("--advise is an option of 'ringnotify bench': use that");
    return EXIT_CODE_USAGE;
  }
  return run(&harness);
}
