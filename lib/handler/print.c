/* Events as text, and handlers that write each event as a line.
 *
 * A line is put together whole and handed over in one piece, so that lines of
 * several workers do not mix.  Most fit into the worker's stack; one that does
 * not takes memory for as long as it is written. */

#include "ringnotify/print.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/handler/line.h"
#include "lib/handler/output.h"
#include "lib/handler/ready.h"

enum {
  MASK_SIZE = 512, /* rn_mask_format() says so */
  LINE_SIZE = 2048,
};

/* ---- text ---- */

static void add_mask(struct rn_line *line, uint32_t mask) {
  char text[MASK_SIZE];
  rn_mask_format(mask, text, sizeof(text));
  rn_line_add(line, "mask=%s", text);
}

/* A field of bytes.  text: or NULL: no field. */
static void add_bytes_field(struct rn_line *line, const char *name,
                            const char *text, size_t size) {
  if (text == NULL) return;
  rn_line_add(line, "\t%s=", name);
  rn_line_add_escaped(line, (struct rn_bytes){text, size});
}

static const char *kind_name(enum rn_event_kind kind) {
  switch (kind) {
    case RN_EVENT_CHANGE:
      return "change";
    case RN_EVENT_OVERFLOW:
      return "overflow";
    case RN_EVENT_ERROR:
      return "error";
    case RN_EVENT_RESCAN:
      return "rescan";
    case RN_EVENT_SETTLED:
      return "settled";
  }
  return "unknown";
}

static void add_paths(struct rn_line *line, const struct rn_event *event) {
  size_t size;
  const char *text = rn_event_path(event, &size);
  add_bytes_field(line, "path", text, size);
  text = rn_event_src_path(event, &size);
  add_bytes_field(line, "src_path", text, size);
  text = rn_event_directory(event, &size);
  add_bytes_field(line, "directory", text, size);
  text = rn_event_name(event, &size);
  add_bytes_field(line, "name", text, size);
}

static void add_numbers(struct rn_line *line, const struct rn_event *event) {
  const struct rn_watch watch = rn_event_watch(event);
  const struct timespec time = rn_event_time(event);
  rn_line_add(line, "\tis_dir=%d\tis_synthetic=%d\tis_end=%d",
              rn_event_is_dir(event), rn_event_is_synthetic(event),
              rn_event_is_end(event));
  rn_line_add(line, "\tcookie=%u\twd=%d\tgeneration=%u\tseq=%llu",
              rn_event_cookie(event), watch.wd, watch.generation,
              (unsigned long long)rn_event_seq(event));
  rn_line_add(line, "\ttime=%lld.%09ld", (long long)time.tv_sec, time.tv_nsec);
}

/* What only events of one kind have. */
static void add_kind(struct rn_line *line, const struct rn_event *event) {
  switch (rn_event_kind(event)) {
    case RN_EVENT_CHANGE:
    case RN_EVENT_SETTLED:
      break;
    case RN_EVENT_OVERFLOW:
      rn_line_add(line, "\tloss=%s\tlost_count=%llu",
                  rn_event_loss(event) == RN_LOSS_KERNEL ? "kernel" : "ring",
                  (unsigned long long)rn_event_lost_count(event));
      break;
    case RN_EVENT_ERROR:
      rn_line_add(line, "\terror=%d", rn_event_error(event));
      break;
    case RN_EVENT_RESCAN:
      rn_line_add(line,
                  "\trescan_reason=overflow\trescan_changes=%llu"
                  "\trescan_ms=%u",
                  (unsigned long long)rn_event_rescan_changes(event),
                  rn_event_rescan_ms(event));
      break;
  }
}

size_t rn_event_format(const struct rn_event *event, char *text, size_t size) {
  struct rn_line line = {.text = text, .size = size};
  rn_line_add(&line, "kind=%s\t", kind_name(rn_event_kind(event)));
  add_mask(&line, rn_event_mask(event));
  add_paths(&line, event);
  add_numbers(&line, event);
  add_kind(&line, event);
  return rn_line_end(&line);
}

size_t rn_raw_event_format(const struct rn_raw_event *event, char *text,
                           size_t size) {
  struct rn_line line = {.text = text, .size = size};
  rn_line_add(&line, "wd=%d\t", event->wd);
  add_mask(&line, event->mask);
  rn_line_add(&line, "\tcookie=%u", event->cookie);
  add_bytes_field(&line, "name", event->name, event->name_size);
  return rn_line_end(&line);
}

/* ---- handlers ---- */

/* Where lines go: a stream, or without one a descriptor. */
struct output {
  FILE *stream;
  int fd;
};

/* Write a text of `length` bytes that has room for a line break. */
static int write_line(struct output to, char *text, size_t length) {
  text[length] = '\n';
  const struct rn_bytes line = {text, length + 1};
  return to.stream != NULL ? rn_output_stream(to.stream, line)
                           : rn_output_fd(to.fd, line);
}

static int print(const struct rn_event *event, struct output to) {
  char short_text[LINE_SIZE];
  const size_t length = rn_event_format(event, short_text, sizeof(short_text));
  if (length < sizeof(short_text)) return write_line(to, short_text, length);
  char *text = malloc(length + 1);
  if (text == NULL) return -ENOMEM;
  rn_event_format(event, text, length + 1);
  const int err = write_line(to, text, length);
  free(text);
  return err;
}

static int print_to_stream(const struct rn_event *event, void *context) {
  return print(event, (struct output){.stream = context});
}

static int print_to_fd(const struct rn_event *event, void *context) {
  return print(event, (struct output){.fd = (int)(intptr_t)context});
}

int rn_print_stream_handler(FILE *stream, struct rn_handler *handler) {
  const struct rn_handler from = {
      .size = sizeof(from), .context = stream, .on_default = print_to_stream};
  return rn_ready_handler(&from, handler);
}

int rn_print_fd_handler(int fd, struct rn_handler *handler) {
  if (fd < 0) return -EINVAL;
  const struct rn_handler from = {.size = sizeof(from),
                                  .context = (void *)(intptr_t)fd,
                                  .on_default = print_to_fd};
  return rn_ready_handler(&from, handler);
}
