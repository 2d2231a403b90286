/* From a block of events to the user's callbacks.
 *
 * A target resolves "exact, else family, else default" once, when it is made:
 * what is left for an event is one load by the number of its lowest bit.
 * Events that follow one another for the same batch callback are handed over in
 * one call.
 *
 * A target is freed when every lane has passed the note that it gets no more
 * events: no count is kept an event.  It does not interpret events, and what a
 * callback returns is counted, never acted on. */

#include "lib/dispatch/dispatch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { EVENT_BIT_COUNT = 16 };

struct rn_target {
  /* const: set before the target is published */
  void *context;
  rn_batch_fn *on_batch;
  rn_release_fn *on_release;
  rn_event_fn *on_error;
  rn_event_fn *on_moved;
  rn_event_fn *on_rescan;
  rn_event_fn *on_settled;
  rn_event_fn *by_bit[EVENT_BIT_COUNT];
  /* shared: w each worker, once | r the last one | acq_rel
   * [edge target.release] | what the other lanes' handlers did with the context
   * happens before on_release */
  _Atomic uint32_t lanes_left;
};

struct rn_dispatch {
  /* const: set before the thread starts */
  char *scratch;
  struct rn_joint *joint; /* NULL: no event lies in other lanes, too */
  uint32_t lane;
  /* shared: w the worker | r any thread | relaxed | statistics, order nothing
   */
  _Atomic uint64_t delivered;
  _Atomic uint64_t dropped;
  _Atomic uint64_t handler_errors;
  /* shared: w who stops | r the worker | relaxed | only makes it quicker: the
   * stop itself is ordered by the worker's end */
  _Atomic bool discarding;
};

struct rn_batch {
  const struct rn_event *next;
  size_t left;
};

static rn_event_fn *first_set(rn_event_fn *a, rn_event_fn *b, rn_event_fn *c) {
  if (a != NULL) return a;
  return b != NULL ? b : c;
}

/* Index of the lowest event bit of a mask. */
static unsigned bit_index(uint32_t mask) {
  const uint32_t bits = mask & ((1U << EVENT_BIT_COUNT) - 1);
  return bits == 0 ? 0 : (unsigned)__builtin_ctz(bits);
}

/* Callbacks of an event bit, the most specific one first. */
struct row {
  uint32_t bit;
  rn_event_fn *exact, *family;
};

static void resolve_rows(const struct row *rows, size_t count,
                         rn_event_fn *fallback, rn_event_fn **by_bit) {
  for (size_t i = 0; i < count; i++)
    by_bit[bit_index(rows[i].bit)] =
        first_set(rows[i].exact, rows[i].family, fallback);
}

static void resolve(const struct rn_handler *h, rn_event_fn **by_bit) {
  rn_event_fn *const fallback = h->on_default;
  for (unsigned i = 0; i < EVENT_BIT_COUNT; i++) by_bit[i] = fallback;
  const struct row rows[] = {
      {IN_ACCESS, h->on_access, NULL},
      {IN_MODIFY, h->on_modify, NULL},
      {IN_ATTRIB, h->on_attrib, NULL},
      {IN_CLOSE_WRITE, h->on_close_write, h->on_close},
      {IN_CLOSE_NOWRITE, h->on_close_nowrite, h->on_close},
      {IN_OPEN, h->on_open, NULL},
      {IN_MOVED_FROM, h->on_moved_from, h->on_move},
      {IN_MOVED_TO, h->on_moved_to, h->on_move},
      {IN_CREATE, h->on_create, NULL},
      {IN_DELETE, h->on_delete, NULL},
      {IN_DELETE_SELF, h->on_delete_self, NULL},
      {IN_MOVE_SELF, h->on_move_self, NULL},
      {IN_UNMOUNT, h->on_unmount, NULL},
      {IN_Q_OVERFLOW, h->on_overflow, NULL},
      {IN_IGNORED, h->on_ignored, NULL},
  };
  resolve_rows(rows, sizeof(rows) / sizeof(rows[0]), fallback, by_bit);
}

/* Where RN_HANDLER_PYINOTIFY_FAMILIES differs from resolve(). */
static void resolve_as_pyinotify(const struct rn_handler *h,
                                 struct rn_target *target) {
  const struct row rows[] = {
      {IN_MOVED_FROM, h->on_moved_from, h->on_moved},
      {IN_MOVED_TO, h->on_moved_to, h->on_moved},
      {IN_DELETE_SELF, h->on_delete_self, h->on_delete},
      {IN_MOVE_SELF, h->on_move_self, h->on_move},
  };
  resolve_rows(rows, sizeof(rows) / sizeof(rows[0]), h->on_default,
               target->by_bit);
  target->by_bit[bit_index(IN_Q_OVERFLOW)] = h->on_overflow;
  target->on_moved = first_set(h->on_moved, NULL, h->on_default);
}

/* Copy what a program of any age gave as its handler.  A callback that is not
 * known here would never be called: -EINVAL. */
static int read_handler(const struct rn_handler *handler,
                        struct rn_handler *own) {
  const size_t least = offsetof(struct rn_handler, on_access);
  const size_t size = handler->size;
  if (size < least || size > 4096) return -EINVAL;
  const char *bytes = (const char *)handler;
  for (size_t i = sizeof(*own); i < size; i++)
    if (bytes[i] != 0) return -EINVAL;
  *own = (struct rn_handler){.size = sizeof(*own)};
  memcpy(own, handler, size < sizeof(*own) ? size : sizeof(*own));
  const unsigned flags = RN_HANDLER_PYINOTIFY_FAMILIES;
  return (own->flags & ~flags) != 0 ? -EINVAL : 0;
}

static int make_target(const struct rn_handler *own, uint32_t lane_count,
                       struct rn_target **target) {
  struct rn_target *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->context = own->context;
  made->on_batch = own->on_batch;
  made->on_release = own->on_release;
  made->on_error = first_set(own->on_error, NULL, own->on_default);
  made->on_moved = first_set(own->on_moved, own->on_move, own->on_default);
  made->on_rescan = first_set(own->on_rescan, NULL, own->on_default);
  made->on_settled = first_set(own->on_settled, NULL, own->on_default);
  resolve(own, made->by_bit);
  if ((own->flags & RN_HANDLER_PYINOTIFY_FAMILIES) != 0)
    resolve_as_pyinotify(own, made);
  atomic_init(&made->lanes_left, lane_count);
  if (own->on_retain != NULL) own->on_retain(own->context); /* all went well */
  *target = made;
  return 0;
}

int rn_handler_check(const struct rn_handler *handler) {
  struct rn_handler own;
  return read_handler(handler, &own);
}

int rn_target_new(const struct rn_handler *handler, uint32_t lane_count,
                  struct rn_target **target) {
  struct rn_handler own;
  const int err = read_handler(handler, &own);
  return err < 0 ? err : make_target(&own, lane_count, target);
}

int rn_target_new_single(const struct rn_handler *handler,
                         struct rn_target **target) {
  struct rn_handler own;
  const int err = read_handler(handler, &own);
  if (err < 0) return err;
  return own.on_batch != NULL ? -EINVAL : make_target(&own, 1, target);
}

void rn_target_end(struct rn_target *target) {
  if (target == NULL) return;
  if (target->on_release != NULL) target->on_release(target->context);
  free(target);
}

void rn_target_free(struct rn_target *target) { free(target); }

void rn_target_release(struct rn_target *target) {
  /* acquire and release [edge target.release] */
  const uint32_t before =
      atomic_fetch_sub_explicit(&target->lanes_left, 1, memory_order_acq_rel);
  RN_ASSERT(before > 0);
  if (before == 1) rn_target_end(target);
}

int rn_dispatch_new(struct rn_dispatch **dispatch) {
  const size_t size = rn_round_up(sizeof(**dispatch), RN_CACHE_LINE);
  struct rn_dispatch *made = aligned_alloc(RN_CACHE_LINE, size);
  if (made == NULL) return -ENOMEM;
  memset(made, 0, size);
  made->scratch = malloc(RN_ENTRY_PATH_SIZE);
  if (made->scratch == NULL) {
    free(made);
    return -ENOMEM;
  }
  *dispatch = made;
  return 0;
}

void rn_dispatch_free(struct rn_dispatch *dispatch) {
  if (dispatch == NULL) return;
  free(dispatch->scratch);
  free(dispatch);
}

/* Add to a counter that only this thread writes: no locked instruction. */
static void count(_Atomic uint64_t *counter, uint64_t more) {
  const uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
  atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

static void count_result(struct rn_dispatch *dispatch, int result) {
  if (RN_UNLIKELY(result != 0)) count(&dispatch->handler_errors, 1);
}

const struct rn_event *rn_batch_next(struct rn_batch *batch) {
  if (batch->left == 0) return NULL;
  const struct rn_event *event = batch->next;
  if (--batch->left > 0) batch->next = rn_event_next(event);
  return event;
}

size_t rn_batch_count(const struct rn_batch *batch) { return batch->left; }

/* How many of the next `limit` records are events for the same target. */
static uint32_t run_length(const struct rn_event *first, uint32_t limit,
                           const struct rn_event **behind) {
  const struct rn_target *target = rn_event_place(first)->target;
  uint32_t length = 1;
  const struct rn_event *event = rn_event_next(first);
  while (length < limit && (event->flags & RN_RECORD_APART) == 0 &&
         rn_event_place(event)->target == target) {
    event = rn_event_next(event);
    length++;
  }
  *behind = event;
  return length;
}

/* Of an event that no mask speaks of. */
static rn_event_fn *callback_by_kind(const struct rn_target *target,
                                     uint8_t kind) {
  if (kind == RN_RECORD_ERROR) return target->on_error;
  return kind == RN_RECORD_RESCAN ? target->on_rescan : target->on_settled;
}

static rn_event_fn *callback_of(const struct rn_target *target,
                                const struct rn_event *event) {
  if (RN_UNLIKELY(event->kind > RN_RECORD_OVERFLOW))
    return callback_by_kind(target, event->kind);
  if (RN_UNLIKELY((event->mask & IN_MOVE) == IN_MOVE)) return target->on_moved;
  return target->by_bit[bit_index(event->mask)];
}

rn_event_fn *rn_target_callback(const struct rn_target *target,
                                const struct rn_event *event, void **context) {
  *context = target->context;
  return callback_of(target, event);
}

static void call_one(struct rn_dispatch *dispatch,
                     const struct rn_target *target,
                     const struct rn_event *event) {
  rn_event_fn *const call = callback_of(target, event);
  if (call != NULL) count_result(dispatch, call(event, target->context));
  count(&dispatch->delivered, 1);
}

void rn_dispatch_share(struct rn_dispatch *dispatch, struct rn_joint *joint,
                       uint32_t lane) {
  dispatch->joint = joint;
  dispatch->lane = lane;
}

/* Whether an event that lies in every lane is for this one to handle. */
static bool is_ours(const struct rn_dispatch *dispatch,
                    const struct rn_event *event) {
  if (event->kind == RN_RECORD_RESCAN)
    return rn_joint_is_last(dispatch->joint, dispatch->lane, event->seq);
  return rn_joint_is_first(dispatch->joint, event->seq);
}

/* Handle the record, or the run that begins with it.  Returns how many. */
static uint32_t handle(struct rn_dispatch *dispatch,
                       const struct rn_event *event, uint32_t limit,
                       const struct rn_event **behind) {
  struct rn_target *target = rn_event_place(event)->target;
  *behind = rn_event_next(event);
  if (RN_UNLIKELY((event->flags & RN_RECORD_APART) != 0)) {
    if (event->kind == RN_RECORD_RELEASE) {
      rn_target_release(target);
      return 1;
    }
    if (!is_ours(dispatch, event)) return 1;
    limit = 1;
  }
  if (RN_UNLIKELY(
          atomic_load_explicit(&dispatch->discarding, memory_order_relaxed))) {
    count(&dispatch->dropped, 1);
    return 1;
  }
  if (target == NULL) {
    count(&dispatch->delivered, 1);
    return 1;
  }
  if (target->on_batch == NULL) {
    call_one(dispatch, target, event);
    return 1;
  }
  const uint32_t length = run_length(event, limit, behind);
  struct rn_batch batch = {.next = event, .left = length};
  count_result(dispatch, target->on_batch(&batch, target->context));
  count(&dispatch->delivered, length);
  return length;
}

void rn_dispatch_block(struct rn_dispatch *dispatch,
                       const struct rn_block *block) {
  const struct rn_event *event = rn_block_first(block);
  uint32_t left = block->record_count;
  if (left > 0) {
    struct rn_segment *segment = rn_event_segment(event);
    segment->scratch = dispatch->scratch;
    segment->clock_offset_ns = block->clock_offset_ns;
  }
  while (left > 0) left -= handle(dispatch, event, left, &event);
}

void rn_dispatch_discard(struct rn_dispatch *dispatch) {
  atomic_store_explicit(&dispatch->discarding, true, memory_order_relaxed);
}

struct rn_dispatch_counts rn_dispatch_counts(
    const struct rn_dispatch *dispatch) {
  return (struct rn_dispatch_counts){
      .delivered =
          atomic_load_explicit(&dispatch->delivered, memory_order_relaxed),
      .dropped = atomic_load_explicit(&dispatch->dropped, memory_order_relaxed),
      .handler_errors =
          atomic_load_explicit(&dispatch->handler_errors, memory_order_relaxed),
  };
}
