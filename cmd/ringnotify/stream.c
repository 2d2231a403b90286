/* What the one worker does with events: it formats a batch and writes it.
 *
 * One worker and one write for each batch keep the kernel's order on the
 * output and make no line wait for events that have not come yet.  A slow
 * reader of the output blocks this thread only: the library's reader goes on
 * draining the kernel's queue into its backlog.
 *
 * Whatever should end the command is found here and told to the main thread
 * through `ending`; the worker itself never stops anything. */

#include "cmd/ringnotify/stream.h"

#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "cmd/ringnotify/explain.h"
#include "cmd/ringnotify/jsonl.h"
#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/plain.h"

enum { WARNING_GAP_NS = 1000000000 }; /* at most one warning in it */

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t stream_watch_count(const struct stream *stream) {
  struct rn_statistics statistics = RN_STATISTICS_INIT;
  if (rn_thread_notifier_statistics(stream->notifier, &statistics) != 0)
    return 0;
  return statistics.watches;
}

/* Say why a path cannot be watched.  A relative one is looked at, and named,
 * from the directory where the command began. */
static void explain(const struct stream *stream, struct text *reason,
                    const char *path, int error) {
  struct text whole = {0};
  text_add_path(&whole, stream->directory, path);
  if (whole.failed)
    reason->failed = true;
  else
    explain_path(reason, whole.data, error, stream_watch_count(stream));
  text_fini(&whole);
}

void stream_tell_failure(const struct stream *stream, struct text *text,
                         const char *path, const char *where, int error) {
  struct text reason = {0};
  explain(stream, &reason, where != NULL ? where : path, error);
  if (reason.failed)
    text->failed = true;
  else if (stream->options->json)
    jsonl_error(text, path, strlen(path), error, reason.data, reason.size);
  else
    message_warning("%.*s", (int)reason.size, reason.data);
  text_fini(&reason);
}

static void write_plain(struct stream *stream, const struct record *record) {
  plain_event(&stream->output.text, record,
              stream->options->null_separated ? PLAIN_NUL : PLAIN_LINES);
}

static void note_watch_end(struct stream *stream, struct rn_watch watch) {
  bool left = false;
  for (size_t i = 0; i < stream->options->path_count; i++) {
    struct stream_root *root = &stream->roots[i];
    if (root->watch.wd == watch.wd &&
        root->watch.generation == watch.generation)
      root->ended = true;
    if (!root->ended) left = true;
  }
  if (!left) ending_add(stream->ending, ENDING_UNWATCHED);
}

/* Whether a change is one that the output itself has made. */
static bool is_own(struct stream *stream, const struct record *record) {
  return (record->mask & IN_MODIFY) != 0 &&
         own_files_have(&stream->own, stream->directory, record->path);
}

static void take_change(struct stream *stream, const struct record *record) {
  if (is_own(stream, record)) return;
  if (stream->options->json)
    jsonl_event(&stream->output.text, record);
  else
    write_plain(stream, record);
  stream->event_count++;
}

static void warn_of_loss(struct stream *stream, enum rn_loss loss) {
  const uint64_t now = now_ns();
  if (stream->warned_ns != 0 && now - stream->warned_ns < WARNING_GAP_NS)
    return;
  stream->warned_ns = now;
  struct text warning = {0};
  if (loss == RN_LOSS_KERNEL)
    explain_overflow(&warning, stream->queue_limit);
  else
    text_add_string(&warning, "events were lost: the output is too slow");
  if (!warning.failed) message_warning("%.*s", (int)warning.size, warning.data);
  text_fini(&warning);
}

static void take_overflow(struct stream *stream, const struct record *record) {
  if (stream->options->json)
    jsonl_overflow(&stream->output.text, record);
  else
    write_plain(stream, record);
  warn_of_loss(stream, record->loss);
  stream->lost = true;
  if (stream->options->fail_on_loss) ending_add(stream->ending, ENDING_LOSS);
}

static void take_rescan(struct stream *stream, const struct record *record) {
  struct text *text = &stream->output.text;
  if (stream->options->json)
    jsonl_rescan(text, record);
  else
    plain_rescan(text, record,
                 stream->options->null_separated ? PLAIN_NUL : PLAIN_LINES);
}

/* An error without a path is the reader's own: it has ended. */
static void take_error(struct stream *stream, const struct record *record) {
  if (record->path_size == 0) {
    stream->source_error = record->error;
    ending_add(stream->ending, ENDING_SOURCE);
  } else {
    stream_tell_failure(stream, &stream->output.text, record->path,
                        record->src_path, record->error);
  }
}

static void take(struct stream *stream, const struct rn_event *event) {
  const struct record record = record_of(event);
  switch (record.kind) {
    case RN_EVENT_CHANGE:
      take_change(stream, &record);
      if (rn_event_is_end(event)) note_watch_end(stream, rn_event_watch(event));
      break;
    case RN_EVENT_OVERFLOW:
      take_overflow(stream, &record);
      break;
    case RN_EVENT_ERROR:
      take_error(stream, &record);
      break;
    case RN_EVENT_RESCAN:
      take_rescan(stream, &record);
      break;
    case RN_EVENT_SETTLED: /* not asked for */
      break;
  }
  output_end_record(&stream->output);
}

int stream_handle(struct rn_batch *batch, void *context) {
  struct stream *stream = context;
  ending_busy(stream->ending);
  const struct rn_event *event;
  while ((event = rn_batch_next(batch)) != NULL)
    if (stream->output.error == 0) take(stream, event);
  if (output_flush(&stream->output) != 0)
    ending_add(stream->ending, ENDING_OUTPUT);
  ending_quiet(stream->ending);
  return 0;
}
