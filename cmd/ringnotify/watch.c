/* `ringnotify watch`: set up, wait, take down.
 *
 * A thread notifier with one worker, so that the order of the lines is the
 * kernel's order over all directories.  All paths are watched before the first
 * line is written: a bad one fails the run before any output, and "ready" is
 * true when it is read.  Then the worker alone writes (stream.c) while this
 * thread waits for a reason to end (ending.c).  At the end what was read is
 * handled and written, unless nobody would read it.  This thread never writes
 * itself, for whoever reads the output may let it wait, and signals are to be
 * heard meanwhile: the first line and the last ones have a thread of their own.
 *
 * A limit that is met in the set-up ends the run: half a tree watched is not
 * what was asked for.  A directory below that may not be read is told, and the
 * rest is watched. */

#include "cmd/ringnotify/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ringnotify/background.h"
#include "cmd/ringnotify/ending.h"
#include "cmd/ringnotify/explain.h"
#include "cmd/ringnotify/jsonl.h"
#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/options.h"
#include "cmd/ringnotify/standard_output.h"
#include "cmd/ringnotify/stream.h"
#include "cmd/ringnotify/watch_help.h"

struct watch {
  const struct watch_options *options;
  struct background *background;
  struct rn_thread_notifier *notifier;
  struct ending ending;
  struct stream stream;
  /* The set-up's failures below a path: */
  struct text failures; /* lines of JSON, which come after "ready" */
  char *failed_path;    /* where a limit was met, or NULL */
  int failed_error;
};

static bool is_limit(int error) {
  return error == -ENOSPC || error == -ENOMEM || error == -EMFILE ||
         error == -ENFILE;
}

/* A directory below a path could not be watched: the rn_failure_fn. */
static void take_failure(const char *path, int error, void *context) {
  struct watch *watch = context;
  if (error > 0) {
    message_warning("%d more directories could not be watched", error);
  } else if (!is_limit(error)) {
    stream_tell_failure(&watch->stream, &watch->failures, path, NULL, error);
  } else if (watch->failed_path == NULL) {
    watch->failed_path = strdup(path);
    watch->failed_error = error;
  }
}

static enum exit_code fail_start(int error) {
  struct text reason = {0};
  explain_start(&reason, error);
  message_error("%.*s", (int)reason.size, reason.data);
  text_fini(&reason);
  return EXIT_CODE_ERROR;
}

static enum exit_code fail_path(const struct watch *watch, const char *path,
                                int error) {
  struct text reason = {0};
  explain_path(&reason, path, error, stream_watch_count(&watch->stream));
  message_error("%.*s", (int)reason.size, reason.data);
  text_fini(&reason);
  return EXIT_CODE_ERROR;
}

/* A watch may be silent where the file system is. */
static void warn_of_reach(const char *path) {
  struct rn_filesystem filesystem;
  struct text warning = {0};
  if (rn_filesystem_of(path, &filesystem) == 0 &&
      explain_reach(&warning, path, &filesystem) && !warning.failed)
    message_warning("%.*s", (int)warning.size, warning.data);
  text_fini(&warning);
}

static struct rn_watch_options how_to_watch(struct watch *watch) {
  const struct watch_options *options = watch->options;
  struct rn_watch_options how = RN_WATCH_OPTIONS_INIT;
  how.mask = options->mask;
  how.flags = options->recursive ? RN_WATCH_RECURSIVE | RN_WATCH_PARTIAL : 0;
  if (options->recover) how.flags |= RN_WATCH_RECOVER;
  if (options->persist) how.flags |= RN_WATCH_PERSISTENT;
  how.exclude = options->exclude;
  how.include = options->include;
  how.on_failure = take_failure;
  how.failure_context = watch;
  return how;
}

static enum exit_code add_paths(struct watch *watch) {
  const struct watch_options *options = watch->options;
  const struct rn_watch_options how = how_to_watch(watch);
  for (size_t i = 0; i < options->path_count; i++) {
    const char *path = options->paths[i];
    const int err =
        rn_watch_manager_add(rn_thread_notifier_manager(watch->notifier), path,
                             &how, &watch->stream.roots[i].watch);
    if (watch->failed_error != 0)
      return fail_path(watch,
                       watch->failed_path != NULL ? watch->failed_path : path,
                       watch->failed_error);
    if (err != 0) return fail_path(watch, path, err);
    warn_of_reach(path);
  }
  return EXIT_CODE_OK;
}

static enum exit_code fail_output(const struct watch *watch, int error) {
  const char *file = watch->options->output;
  if (file == NULL || error == -EPIPE) return standard_output_failed(error);
  message_error("cannot write to '%s': %s", file, strerrordesc_np(-error));
  return EXIT_CODE_ERROR;
}

/* "ready", then what the set-up has to tell.  Nobody else writes so far. */
static int write_ready(struct watch *watch, unsigned reasons) {
  struct stream *stream = &watch->stream;
  struct text *text = &stream->output.text;
  (void)reasons;
  jsonl_ready(text, stream_watch_count(stream));
  text_add(text, watch->failures.data, watch->failures.size);
  if (watch->failures.failed) text->failed = true;
  return output_flush(&stream->output);
}

/* What was lost decides, also when it was lost on the way down. */
static bool lost_events(const struct watch *watch,
                        const struct rn_statistics *statistics) {
  return watch->stream.lost || statistics->kernel_overflows != 0 ||
         statistics->dropped != 0;
}

static enum exit_code end_code(const struct watch *watch, unsigned reasons,
                               bool lost) {
  const struct watch_options *options = watch->options;
  if (watch->stream.source_error != 0) {
    message_error("events can no longer be read: %s",
                  strerrordesc_np(-watch->stream.source_error));
    return EXIT_CODE_ERROR;
  }
  if (lost && options->fail_on_loss) {
    message_error("ended, as --fail-on-loss asks: events were lost");
    return EXIT_CODE_LOSS;
  }
  if ((reasons & ENDING_UNWATCHED) != 0) {
    message_error("nothing is left to watch: '%s'%s was removed or unmounted",
                  options->paths[0],
                  options->path_count == 1 ? "" : " and every other PATH");
    return EXIT_CODE_NOTHING_LEFT;
  }
  if ((reasons & ENDING_TIMEOUT) != 0 && watch->stream.event_count == 0)
    return EXIT_CODE_TIMEOUT;
  return EXIT_CODE_OK;
}

/* Whether a loss is left that was not repaired. */
static bool is_recovering(const struct watch *watch) {
  struct rn_health health = RN_HEALTH_INIT;
  return rn_thread_notifier_health(watch->notifier, &health) != 0 ||
         health.recovering;
}

/* The worker is gone: write the last line and say how it ended. */
static enum exit_code conclude(struct watch *watch, unsigned reasons) {
  struct stream *stream = &watch->stream;
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (rn_thread_notifier_statistics(watch->notifier, &statistics) != 0)
    statistics = (struct rn_statistics)RN_STATISTICS_INIT;
  const struct jsonl_totals totals = {
      .events = stream->event_count,
      .kernel_overflows = statistics.kernel_overflows,
      .dropped = statistics.dropped,
      .repairs = watch->options->recover,
      .recovered = !is_recovering(watch),
  };
  if (watch->options->json && stream->source_error == 0)
    jsonl_end(&stream->output.text, &totals);
  const int err = output_flush(&stream->output);
  if (err != 0) return fail_output(watch, err);
  return end_code(watch, reasons, lost_events(watch, &statistics));
}

/* End without the last words; other threads may be in the middle of them. */
static void end_at_once(struct watch *watch, unsigned reasons) {
  background_forsake(watch->background);
  if (reasons == ENDING_AT_ONCE) ending_die(&watch->ending);
  ending_let_through(&watch->ending); /* stderr may be as stuck */
  const char *file = watch->options->output;
  const char *quote = file != NULL ? "'" : "";
  message_error(
      "%s%s%s took nothing for %d seconds: ended, as a signal asked "
      "for it, without writing the rest of what was read",
      quote, file != NULL ? file : "stdout", quote, ENDING_PATIENCE_S);
  _exit(EXIT_CODE_ERROR);
}

/* Something is written, by a thread of its own. */
struct writing {
  struct watch *watch;
  int (*write)(struct watch *watch, unsigned reasons);
  unsigned reasons; /* why the stream ends; 0: it begins */
  int result;       /* out */
};

static void *run_writing(void *argument) {
  struct writing *writing = argument;
  writing->result = writing->write(writing->watch, writing->reasons);
  ending_add(&writing->watch->ending, ENDING_FINISHED);
  return NULL;
}

/* Have something written, and listen to signals meanwhile.  Returns what
 * `write` does, if it returns at all. */
static int write_listening(struct watch *watch,
                           int (*write)(struct watch *, unsigned),
                           unsigned reasons) {
  struct writing writing = {.watch = watch, .write = write, .reasons = reasons};
  pthread_t thread;
  if (pthread_create(&thread, NULL, run_writing, &writing) != 0)
    return write(watch, reasons);
  const int err = ending_wait_finished(&watch->ending, &reasons);
  if (err == 0 && reasons != ENDING_FINISHED) end_at_once(watch, reasons);
  pthread_join(thread, NULL);
  return writing.result;
}

/* Write what comes first, and let the worker begin.
 *
 * Returns    whether it has; else *code is how it ended. */
static bool begin(struct watch *watch, enum exit_code *code) {
  *code = background_claim(watch->background);
  if (*code != EXIT_CODE_OK) return false;
  int err = watch->options->json ? write_listening(watch, write_ready, 0) : 0;
  if (err != 0) {
    *code = fail_output(watch, err);
    return false;
  }
  err = rn_thread_notifier_start(watch->notifier);
  if (err != 0) {
    *code = fail_start(err);
    return false;
  }
  *code = background_ready(watch->background);
  return *code == EXIT_CODE_OK;
}

static enum exit_code fail_to_go_on(int error) {
  message_error("cannot go on: %s", strerrordesc_np(-error));
  return EXIT_CODE_ERROR;
}

/* Have everything written that was read, and say how it ended: an exit code. */
static int finish(struct watch *watch, unsigned reasons) {
  const bool unread = (reasons & (ENDING_READER_GONE | ENDING_OUTPUT)) != 0;
  const int err = rn_thread_notifier_stop(
      watch->notifier, unread ? RN_STOP_DISCARD : RN_STOP_DRAIN);
  if (err != 0) return (int)fail_to_go_on(err);
  if ((reasons & ENDING_READER_GONE) != 0) return EXIT_CODE_OK;
  return (int)conclude(watch, reasons);
}

static enum exit_code run(struct watch *watch) {
  enum exit_code code;
  if (!begin(watch, &code)) return code;
  unsigned reasons = 0;
  const int err = ending_wait(&watch->ending, STDOUT_FILENO,
                              watch->options->timeout_ns, &reasons);
  if (err == 0) return (enum exit_code)write_listening(watch, finish, reasons);
  (void)finish(watch, ENDING_READER_GONE);
  return fail_to_go_on(err);
}

/* SIGHUP of a daemon: who rotates logs has given its files other names. */
static void reopen_files(void *background) { background_reopen(background); }

/* What the kernel's queue takes; 0: not known. */
static uint64_t queue_limit_of(struct rn_thread_notifier *notifier) {
  struct rn_health health = RN_HEALTH_INIT;
  const int err = rn_thread_notifier_health(notifier, &health);
  return err == 0 ? health.queue_limit : 0;
}

static enum exit_code watch_paths(struct watch *watch) {
  struct rn_handler handler = RN_HANDLER_INIT;
  handler.on_batch = stream_handle;
  handler.context = &watch->stream;
  struct rn_thread_notifier_options options = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  options.handler = &handler;
  int err = rn_thread_notifier_new(&options, &watch->notifier);
  if (err != 0) return fail_start(err);
  watch->stream.notifier = watch->notifier;
  watch->stream.queue_limit = queue_limit_of(watch->notifier);
  own_files_find(&watch->stream.own, watch->options->paths,
                 watch->options->path_count);
  enum exit_code code = add_paths(watch);
  if (code != EXIT_CODE_OK) goto free_notifier;
  err =
      ending_init(&watch->ending, watch->options->daemon ? reopen_files : NULL,
                  watch->background);
  if (err != 0) {
    code = fail_start(err);
    goto free_notifier;
  }
  code = run(watch);
  /* The worker is joined first: it uses all that follows. */
  (void)rn_thread_notifier_free(watch->notifier);
  ending_fini(&watch->ending);
  return code;
free_notifier:
  (void)rn_thread_notifier_free(watch->notifier);
  return code;
}

static void note_written(void *ending) { ending_moved(ending); }

static enum exit_code watch_in(struct background *background) {
  const struct watch_options *options = background->options;
  struct watch watch = {.options = options, .background = background};
  watch.stream = (struct stream){
      .options = options,
      .ending = &watch.ending,
      .directory = background->directory,
      .output = {.fd = STDOUT_FILENO,
                 .separator = options->null_separated ? '\0' : '\n',
                 .on_written = note_written,
                 .context = &watch.ending},
      .roots = calloc(options->path_count, sizeof(struct stream_root)),
  };
  if (watch.stream.roots == NULL) return fail_start(-ENOMEM);
  const enum exit_code code = watch_paths(&watch);
  output_fini(&watch.stream.output);
  own_files_fini(&watch.stream.own);
  text_fini(&watch.failures);
  free(watch.failed_path);
  free(watch.stream.roots);
  return code;
}

static enum exit_code watch_with(const struct watch_options *options) {
  struct background background;
  enum exit_code code;
  if (!background_begin(&background, options, &code)) return code;
  code = watch_in(&background);
  background_end(&background, code);
  return code;
}

enum exit_code watch_main(int argc, char **argv) {
  struct watch_options options = {0};
  struct text problem = {0};
  enum exit_code code;
  const int err = watch_options_parse(argc, argv, &options, &problem);
  if (err != 0) {
    message_error("%.*s", (int)problem.size, problem.data);
    code = err == -EINVAL ? EXIT_CODE_USAGE : EXIT_CODE_ERROR;
  } else if (options.help) {
    code = standard_output_show(watch_help);
  } else {
    if (options.repeated != NULL)
      message_note("'%s' is named more than once: it is watched once",
                   options.repeated);
    code = watch_with(&options);
  }
  watch_options_fini(&options);
  text_fini(&problem);
  return code;
}
