/* Changes -> filter -> coalesce, settle -> route -> lanes.
 *
 * An event refers to the place of its directory; the place is written into a
 * segment when the directory's first event goes there, so a path is put
 * together once a segment, not once an event. */

#include <errno.h>
#include <stdlib.h>

#include "lib/lane/put.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

enum { RUN_LENGTH = 64 }; /* RN_ORDER_NONE: events before another choice */

/* ---- which lane ---- */

static uint32_t emptiest_lane(const struct rn_thread_notifier *n) {
  uint32_t best = 0;
  uint64_t least = rn_lane_load(n->lanes[0]);
  for (uint32_t i = 1; i < n->worker_count && least > 0; i++) {
    const uint64_t load = rn_lane_load(n->lanes[i]);
    if (load >= least) continue;
    least = load;
    best = i;
  }
  return best;
}

static uint32_t lane_of(struct rn_thread_notifier *n,
                        const struct rn_node *node) {
  if (RN_LIKELY(n->worker_count == 1)) return 0;
  if (n->options.order != RN_ORDER_NONE)
    return rn_router_lane(&n->router, node->route_key);
  if (n->run_left == 0) {
    n->run_lane = emptiest_lane(n);
    n->run_left = RUN_LENGTH;
  }
  n->run_left--;
  return n->run_lane;
}

/* ---- repeats ---- */

/* What comes next is told, whatever was told before. */
static void forget_repeats(struct rn_thread_notifier *n) {
  if (n->coalescer != NULL) rn_coalescer_clear(n->coalescer);
}

/* Whether a change says what was said of its entry just before. */
static bool is_repeat(struct rn_thread_notifier *n,
                      const struct rn_change *change) {
  if (change->kind != RN_EVENT_CHANGE) {
    forget_repeats(n);
    return false;
  }
  const struct rn_coalesce_event event = {
      .generation = change->node->generation,
      .name = change->name,
      .mask = change->mask,
      .is_dir = change->is_dir,
      .plain = change->cookie == 0 && change->src_path.data == NULL &&
               !change->synthetic,
  };
  return rn_coalescer_take(n->coalescer, &event);
}

/* ---- what is wanted ---- */

/* Whether something has come to the path of a persistent root.  That is told
 * whatever the mask is, as its end is. */
static bool is_arrival_of_root(const struct rn_change *change) {
  return change->node->parent == NULL && change->node->root->follow != NULL &&
         change->name.size == 0 && (change->mask & IN_CREATE) != 0;
}

/* Whether the watch that the user added is over. */
static bool is_end_of_root(const struct rn_change *change) {
  return change->node->parent == NULL && (change->mask & IN_IGNORED) != 0 &&
         !rn_tracker_goes_on(change->node->root);
}

/* Whether a root that tells nothing tells this: a suspended one does not hide
 * that something is wrong, or over. */
static bool is_told_muted(const struct rn_change *change) {
  if ((change->node->root->mute & RN_MUTE_ABANDONED) != 0) return false;
  return change->kind == RN_EVENT_ERROR || is_end_of_root(change);
}

/* Whether the filter lets a change through that its mask wants. */
bool rn_deliver_passes(struct rn_thread_notifier *n,
                       const struct rn_change *change) {
  const struct rn_node *node = change->node;
  const struct rn_filter *filter = &node->root->filter;
  const bool of_root = node->parent == NULL && change->name.size == 0;
  if (of_root && (change->mask & (IN_IGNORED | IN_UNMOUNT)) != 0) return true;
  if (!rn_filter_wants_type(filter, change->is_dir)) return false;
  if (of_root || !rn_filter_looks_for_telling(filter)) return true;
  const ssize_t size = rn_node_path(node, n->path, RN_PATH_SIZE_MAX);
  if (size < 0) return true;
  const struct rn_bytes directory = {n->path, (size_t)size};
  (void)rn_path_join(n->path, directory, change->name);
  const char *slash = strrchr(n->path, '/');
  return rn_filter_tells(filter, n->path, slash != NULL ? slash + 1 : n->path,
                         change->is_dir);
}

static bool is_wanted(struct rn_thread_notifier *n,
                      const struct rn_change *change) {
  const struct rn_node *node = change->node;
  if (RN_UNLIKELY(node->root->mute != 0) && !is_told_muted(change))
    return false;
  if (change->kind == RN_EVENT_SETTLED) return rn_deliver_passes(n, change);
  if (change->kind != RN_EVENT_CHANGE) return true;
  if (is_arrival_of_root(change)) return true;
  return rn_filter_wants_mask(&node->root->filter, change->mask,
                              node->parent == NULL) &&
         (RN_LIKELY(!rn_filter_looks(&node->root->filter)) ||
          rn_deliver_passes(n, change));
}

/* What a change is told as.  Who asks for IN_CLOSE_WRITE wants to hear of files
 * that have content to be read.  Of one that a listing found it cannot be read
 * any more that it was closed; where the mask leaves out what is told in its
 * place, it is told as closed.  `other`: room for a change. */
static const struct rn_change *as_asked_for(const struct rn_change *change,
                                            struct rn_change *other) {
  if (RN_LIKELY(!change->synthetic) || change->appended || change->is_dir ||
      change->kind != RN_EVENT_CHANGE || change->name.size == 0 ||
      (change->mask & (IN_CREATE | IN_MODIFY)) == 0)
    return change;
  const struct rn_filter *filter = &change->node->root->filter;
  if (rn_filter_wants_mask(filter, change->mask, false) ||
      !rn_filter_wants_mask(filter, IN_CLOSE_WRITE, false))
    return change;
  *other = *change;
  other->mask = IN_CLOSE_WRITE;
  return other;
}

/* ---- changes ---- */

/* Have the place of a node in the lane's segment; `path` is the node's. */
static void put_place(struct rn_lane *lane, struct rn_node *node,
                      struct rn_target *target, struct rn_bytes path) {
  struct rn_watch watch = {.wd = node->wd, .generation = node->generation};
  if (node->parent == NULL && node->root->follow != NULL)
    watch = rn_tracker_handle(node->root);
  node->place = rn_lane_put_place(lane, target, watch,
                                  (node->flags & RN_NODE_DIR) != 0, path);
  node->place_stamp = rn_lane_stamp(lane);
}

/* Make room for a change in a lane, with the node's place there.
 *
 * Returns    0; -ENOBUFS there is none: it counts as lost; -ENAMETOOLONG the
 *            directory cannot be told.  It cannot be watched so deep, but a
 *            rename above it can bring it there. */
static int make_room(struct rn_thread_notifier *n, struct rn_lane *lane,
                     struct rn_node *node, size_t size) {
  if (RN_LIKELY(node->place_stamp == rn_lane_stamp(lane))) {
    if (!rn_lane_open(lane, size)) return -ENOBUFS;
    if (RN_LIKELY(node->place_stamp == rn_lane_stamp(lane))) return 0;
  }
  const ssize_t path_size = rn_node_path(node, n->path, RN_PATH_SIZE_MAX);
  if (path_size < 0) return (int)path_size;
  const struct rn_bytes path = {n->path, (size_t)path_size};
  if (!rn_lane_open(lane, size + rn_lane_place_size(path.size)))
    return -ENOBUFS;
  const struct rn_owned_target *own = node->root->target;
  put_place(lane, node, own != NULL ? own->target : n->default_target, path);
  return 0;
}

/* Fill in an event that was begun. */
static void fill_in(struct rn_thread_notifier *n, struct rn_event *event,
                    const struct rn_node *node, uint32_t mask,
                    uint32_t cookie) {
  event->seq = ++n->seq;
  event->monotonic_ns = n->monotonic_ns;
  event->mask = mask;
  event->cookie = cookie;
  event->place = node->place;
}

/* Put a change into a lane, with whatever it needs besides.  Returns as
 * make_room(). */
static int put_change(struct rn_thread_notifier *n, struct rn_lane *lane,
                      const struct rn_change *change) {
  const bool has_source = change->src_path.data != NULL;
  size_t size = rn_event_size(change->name.size);
  if (has_source) size += rn_lane_source_size(change->src_path.size);
  const int err = make_room(n, lane, change->node, size);
  if (err < 0) return err;
  const uint32_t source =
      has_source ? rn_lane_put_source(lane, change->src_path) : 0;
  struct rn_event *event = rn_lane_put_event(lane, change->name);
  fill_in(n, event, change->node, change->mask, change->cookie);
  if (change->monotonic_ns != 0) event->monotonic_ns = change->monotonic_ns;
  event->source = source;
  event->kind = (uint8_t)change->kind;
  event->flags = (uint8_t)((change->synthetic ? RN_RECORD_SYNTHETIC : 0) |
                           (change->is_dir ? RN_RECORD_DIR : 0) |
                           (is_end_of_root(change) ? RN_RECORD_END : 0));
  event->extra = (uint32_t)-change->error;
  return 0;
}

static void deliver(struct rn_thread_notifier *n, uint32_t lane_index,
                    const struct rn_change *change);

/* In place of an event that cannot be told: an error of the root, in the order
 * of the root's events.  Its own path is never too long. */
static void tell_too_deep(struct rn_thread_notifier *n,
                          const struct rn_node *node) {
  const struct rn_change error = {.kind = RN_EVENT_ERROR,
                                  .node = node->root->top,
                                  .name = {.data = "", .size = 0},
                                  .synthetic = true,
                                  .is_dir = true,
                                  .error = -ENAMETOOLONG};
  deliver(n, lane_of(n, error.node), &error);
}

/* Whether an untold loss keeps an event of this lane back. */
static bool loss_is_in_the_way(struct rn_thread_notifier *n,
                               uint32_t lane_index) {
  if (RN_LIKELY(rn_lane_lost(n->lanes[lane_index]) == 0)) return false;
  forget_repeats(n); /* what was told there may be what was lost */
  return !rn_notices_loss(n, lane_index);
}

/* Put a change that is wanted into its lane, in the order of things. */
static void deliver(struct rn_thread_notifier *n, uint32_t lane_index,
                    const struct rn_change *change) {
  struct rn_lane *lane = n->lanes[lane_index];
  if (loss_is_in_the_way(n, lane_index)) {
    rn_lane_lose(lane);
    n->count[RN_COUNT_DROPPED]++;
    return;
  }
  const int err = put_change(n, lane, change);
  if (RN_LIKELY(err == 0)) return;
  forget_repeats(n);
  if (err == -ENAMETOOLONG)
    tell_too_deep(n, change->node);
  else
    n->count[RN_COUNT_DROPPED]++;
}

void rn_deliver_change(struct rn_thread_notifier *n,
                       const struct rn_change *change) {
  if (is_wanted(n, change))
    deliver(n, lane_of(n, change->node), change);
  else
    n->count[RN_COUNT_FILTERED]++;
}

static void on_change(void *context, const struct rn_change *change) {
  struct rn_thread_notifier *n = context;
  struct rn_change other;
  rn_deliver_change(n, as_asked_for(change, &other));
  if (RN_UNLIKELY(change->node->root->settle_ns > 0))
    rn_settling_note(n, change);
}

/* The same where repeats are left out. */
static void on_change_once(void *context, const struct rn_change *change) {
  struct rn_thread_notifier *n = context;
  struct rn_change other;
  const struct rn_change *told = as_asked_for(change, &other);
  if (!is_wanted(n, told))
    n->count[RN_COUNT_FILTERED]++;
  else if (is_repeat(n, told))
    n->count[RN_COUNT_COALESCED]++;
  else
    deliver(n, lane_of(n, change->node), told);
  if (change->node->root->settle_ns > 0) rn_settling_note(n, change);
}

/* Whether a record is wanted whatever its name is. */
static bool is_wanted_by_mask(const struct rn_node *node,
                              const struct rn_raw_event *raw) {
  const struct rn_root *root = node->root;
  return rn_filter_wants_mask(&root->filter, raw->mask, node->parent == NULL) &&
         !rn_filter_looks(&root->filter) && root->mute == 0;
}

static inline struct rn_change change_of(struct rn_node *node,
                                         const struct rn_raw_event *raw) {
  return (struct rn_change){
      .kind = RN_EVENT_CHANGE,
      .mask = raw->mask,
      .cookie = raw->cookie,
      .node = node,
      .name = {.data = raw->name, .size = raw->name_size},
      .is_dir = rn_record_is_dir(node, raw),
  };
}

/* A repeat is left out first; what is left goes the long way, which is its
 * price. */
static void on_plain_once(void *context, struct rn_node *node,
                          const struct rn_raw_event *raw) {
  const struct rn_change change = change_of(node, raw);
  on_change_once(context, &change);
}

/* The common case in few steps: a change whose node has its place in the lane's
 * segment.  Everything else goes the long way. */
static void on_plain(void *context, struct rn_node *node,
                     const struct rn_raw_event *raw) {
  struct rn_thread_notifier *n = context;
  const struct rn_change change = change_of(node, raw);
  if (RN_UNLIKELY(!is_wanted_by_mask(node, raw))) {
    on_change(n, &change);
    return;
  }
  const uint32_t lane_index = lane_of(n, node);
  struct rn_event *event =
      rn_lane_try_put(n->lanes[lane_index], node->place_stamp, change.name);
  if (RN_UNLIKELY(event == NULL)) {
    deliver(n, lane_index, &change);
    return;
  }
  fill_in(n, event, node, change.mask, change.cookie);
  event->kind = RN_RECORD_CHANGE;
  event->flags = change.is_dir ? RN_RECORD_DIR : 0;
}

static void on_slow(void *context) {
  struct rn_thread_notifier *n = context;
  for (uint32_t i = 0; i < n->worker_count; i++) rn_lane_wake(n->lanes[i]);
}

static void on_moved(void *context) {
  struct rn_thread_notifier *n = context;
  forget_repeats(n);
  for (uint32_t i = 0; i < n->worker_count; i++) rn_lane_restamp(n->lanes[i]);
}

static void on_overflow(void *context) {
  struct rn_thread_notifier *n = context;
  forget_repeats(n);
  rn_notices_overflow(n);
}

static void on_recovered(void *context, const struct rn_recovery *recovery) {
  struct rn_thread_notifier *n = context;
  forget_repeats(n);
  rn_notices_recovered(n, recovery);
}

static void on_left(void *context, struct rn_node *node, struct rn_bytes name) {
  rn_settling_end(context, node, name);
}

static void on_emptied(void *context, struct rn_node *node) {
  rn_settling_empty(context, node);
}

static void on_ended(void *context, struct rn_root *root) {
  struct rn_thread_notifier *n = context;
  rn_settling_free(n, root->settling);
  root->settling = NULL;
  if (n->current != NULL && n->current->root == root) n->current->root = NULL;
  if (root->target != NULL) rn_targets_end(n, root->target);
}

/* ---- failures of an addition ---- */

static void on_failed(void *context, const struct rn_node *directory,
                      struct rn_bytes name, int error) {
  struct rn_thread_notifier *n = context;
  if (n->current == NULL || !n->current->failures.wanted) return;
  const ssize_t size = rn_node_path(directory, n->path, RN_PATH_SIZE_MAX);
  if (size < 0) return;
  const struct rn_bytes path = {n->path, (size_t)size};
  const struct rn_bytes whole = {n->path, rn_path_join(n->path, path, name)};
  rn_failures_keep(&n->current->failures, whole, error);
}

struct rn_sink rn_deliver_sink(struct rn_thread_notifier *n) {
  const bool once = n->coalescer != NULL;
  return (struct rn_sink){
      .context = n,
      .change = once ? on_change_once : on_change,
      .plain = once ? on_plain_once : on_plain,
      .slow = on_slow,
      .overflow = on_overflow,
      .moved = on_moved,
      .ended = on_ended,
      .failed = on_failed,
      .recovered = on_recovered,
      .left = on_left,
      .emptied = on_emptied,
  };
}

/* ---- lanes ---- */

bool rn_deliver_flush(struct rn_thread_notifier *n, bool more) {
  for (uint32_t i = 0; i < n->worker_count; i++)
    if (RN_UNLIKELY(rn_lane_lost(n->lanes[i]) > 0)) (void)rn_notices_loss(n, i);
  if (RN_UNLIKELY(n->targets_ended)) rn_notices_ended(n);
  bool all = !n->targets_ended;
  for (uint32_t i = 0; i < n->worker_count; i++) {
    struct rn_lane *lane = n->lanes[i];
    all &= more ? rn_lane_flush_on(lane) : rn_lane_flush(lane);
    all &= rn_lane_lost(lane) == 0;
  }
  return all;
}

bool rn_deliver_is_pressed(struct rn_thread_notifier *n) {
  for (uint32_t i = 0; i < n->worker_count; i++) rn_lane_collect(n->lanes[i]);
  for (uint32_t i = 0; i < n->worker_count; i++)
    if (rn_lane_is_pressed(n->lanes[i])) return true;
  return false;
}
