/* What a handler reads from an event.
 *
 * An event lies in its segment; the segment knows the worker's scratch memory,
 * where a path is put together when it is asked for.  Only the worker that took
 * the block calls these functions, so the scratch needs no guard. */

#include "lib/batch/batch.h"

static struct rn_bytes place_path(const struct rn_event *event) {
  const struct rn_place *place = rn_event_place(event);
  return (struct rn_bytes){.data = place->path, .size = place->path_size};
}

/* Give `text` and, where it is asked for, its size. */
static const char *text_of(struct rn_bytes text, size_t *size) {
  if (size != NULL) *size = text.size;
  return text.data;
}

enum rn_event_kind rn_event_kind(const struct rn_event *event) {
  return (enum rn_event_kind)event->kind;
}

uint32_t rn_event_mask(const struct rn_event *event) { return event->mask; }

uint32_t rn_event_cookie(const struct rn_event *event) { return event->cookie; }

const char *rn_event_name(const struct rn_event *event, size_t *size) {
  return text_of((struct rn_bytes){event->name, event->name_size}, size);
}

const char *rn_event_path(const struct rn_event *event, size_t *size) {
  const struct rn_bytes directory = place_path(event);
  if (event->name_size == 0) return text_of(directory, size);
  char *scratch = rn_event_segment(event)->scratch;
  const struct rn_bytes name = {event->name, event->name_size};
  const size_t path_size = rn_path_join(scratch, directory, name);
  return text_of((struct rn_bytes){scratch, path_size}, size);
}

const char *rn_event_directory(const struct rn_event *event, size_t *size) {
  return text_of(place_path(event), size);
}

const char *rn_event_src_path(const struct rn_event *event, size_t *size) {
  if (event->source == 0 || event->kind == RN_RECORD_RESCAN)
    return text_of((struct rn_bytes){NULL, 0}, size);
  const struct rn_source *source =
      (const struct rn_source *)(const void *)((const char *)rn_event_segment(
                                                   event) +
                                               event->source);
  return text_of((struct rn_bytes){source->path, source->path_size}, size);
}

bool rn_event_is_dir(const struct rn_event *event) {
  return (event->flags & RN_RECORD_DIR) != 0;
}

bool rn_event_is_synthetic(const struct rn_event *event) {
  return (event->flags & RN_RECORD_SYNTHETIC) != 0;
}

bool rn_event_is_end(const struct rn_event *event) {
  return (event->flags & RN_RECORD_END) != 0;
}

struct rn_watch rn_event_watch(const struct rn_event *event) {
  return rn_event_place(event)->watch;
}

uint64_t rn_event_seq(const struct rn_event *event) { return event->seq; }

static struct timespec time_of(int64_t ns) {
  const int64_t second = INT64_C(1000000000);
  return (struct timespec){.tv_sec = ns / second, .tv_nsec = ns % second};
}

struct timespec rn_event_time(const struct rn_event *event) {
  return time_of(event->monotonic_ns +
                 rn_event_segment(event)->clock_offset_ns);
}

struct timespec rn_event_monotonic(const struct rn_event *event) {
  return time_of(event->monotonic_ns);
}

enum rn_loss rn_event_loss(const struct rn_event *event) {
  return (event->flags & RN_RECORD_LOST_HERE) != 0 ? RN_LOSS_RING
                                                   : RN_LOSS_KERNEL;
}

uint64_t rn_event_lost_count(const struct rn_event *event) {
  return event->kind == RN_RECORD_OVERFLOW ? event->extra : 0;
}

enum rn_rescan_reason rn_event_rescan_reason(const struct rn_event *event) {
  (void)event; /* there is one so far */
  return RN_RESCAN_OVERFLOW;
}

uint64_t rn_event_rescan_changes(const struct rn_event *event) {
  return event->kind == RN_RECORD_RESCAN ? event->extra : 0;
}

uint32_t rn_event_rescan_ms(const struct rn_event *event) {
  return event->kind == RN_RECORD_RESCAN ? event->source : 0;
}

int rn_event_error(const struct rn_event *event) {
  return event->kind == RN_RECORD_ERROR ? -(int)event->extra : 0;
}

size_t rn_path_join(char *out, struct rn_bytes directory,
                    struct rn_bytes name) {
  size_t size = directory.size;
  if (out != directory.data) memcpy(out, directory.data, size);
  if (name.size > 0) {
    if (size > 0 && out[size - 1] != '/') out[size++] = '/';
    memcpy(out + size, name.data, name.size);
    size += name.size;
  }
  out[size] = '\0';
  return size;
}
