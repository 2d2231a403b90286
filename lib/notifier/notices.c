/* What is not of an entry: losses, repairs, a failure of the reader, the end of
 * a handler.
 *
 * A loss of the kernel's, and a failure, are told to every handler, a repair to
 * that of the watch; each once, though each lane is a stream of its own.  A
 * copy goes into every lane, at its place there, and one of the workers handles
 * it (lib/dispatch/joint.h): a loss or a failure the first that comes to it, a
 * repair the last.  What a lane itself has lost is told in that lane alone. */

#include <stdlib.h>

#include "lib/lane/put.h"
#include "lib/notifier/notifier.h"

/* What is told. */
struct notice {
  enum rn_record_kind kind;
  uint8_t flags; /* RN_RECORD_* */
  uint32_t extra;
  uint32_t ms;                /* RN_RECORD_RESCAN */
  const struct rn_node *node; /* whose path and watch it has; or NULL */
};

static struct rn_bytes path_of(const struct notice *notice) {
  if (notice->node == NULL) return (struct rn_bytes){.data = "", .size = 0};
  const struct rn_root *root = notice->node->root;
  return (struct rn_bytes){root->path, root->path_size};
}

static bool open_for(struct rn_lane *lane, const struct notice *notice) {
  const size_t place_size = rn_lane_place_size(path_of(notice).size);
  return rn_lane_open_always(lane, rn_event_size(0) + place_size);
}

/* Returns false without memory. */
static bool put_notice(struct rn_thread_notifier *n, struct rn_lane *lane,
                       struct rn_target *target, const struct notice *notice,
                       uint64_t seq) {
  const struct rn_bytes nothing = {.data = "", .size = 0};
  struct rn_watch watch = {.wd = -1, .generation = 0};
  if (notice->node != NULL) {
    watch.wd = notice->node->wd;
    watch.generation = notice->node->generation;
  }
  if (!open_for(lane, notice)) return false;
  const uint32_t place = rn_lane_put_place(
      lane, target, watch, notice->node != NULL, path_of(notice));
  struct rn_event *event = rn_lane_put_event(lane, nothing);
  event->place = place;
  event->kind = (uint8_t)notice->kind;
  event->flags = notice->flags;
  event->extra = notice->extra;
  event->monotonic_ns = n->monotonic_ns;
  if (notice->kind == RN_RECORD_OVERFLOW) event->mask = IN_Q_OVERFLOW;
  if (notice->kind == RN_RECORD_RESCAN) {
    event->source = notice->ms;
    event->flags |= RN_RECORD_SYNTHETIC | RN_RECORD_DIR;
  }
  event->seq = seq;
  return true;
}

/* Tell it in one lane.  Returns false without memory. */
static bool put_here(struct rn_thread_notifier *n, struct rn_lane *lane,
                     struct rn_target *target, const struct notice *notice) {
  if (!put_notice(n, lane, target, notice, n->seq + 1)) return false;
  n->seq++;
  return true;
}

/* Tell it once, by a copy in each lane.  Returns false without memory: no lane
 * has one. */
static bool put_everywhere(struct rn_thread_notifier *n,
                           struct rn_target *target,
                           const struct notice *notice) {
  struct notice copy = *notice;
  if (n->worker_count > 1) copy.flags |= RN_RECORD_APART;
  for (uint32_t i = 0; i < n->worker_count; i++)
    if (!open_for(n->lanes[i], notice)) return false;
  n->seq++;
  for (uint32_t i = 0; i < n->worker_count; i++) {
    const bool put = put_notice(n, n->lanes[i], target, &copy, n->seq);
    RN_ASSERT(put);
  }
  return true;
}

/* It is dropped, and told as an event that was lost in a lane. */
static void drop_notice(struct rn_thread_notifier *n, struct rn_lane *lane) {
  rn_lane_lose(lane);
  n->count[RN_COUNT_DROPPED]++;
}

/* ---- what a lane has lost ---- */

/* Tell every handler that may have events in a lane, without memory as dropped.
 * Returns how many there are. */
static uint64_t put_loss(struct rn_thread_notifier *n, uint32_t lane_index,
                         const struct notice *notice) {
  struct rn_lane *lane = n->lanes[lane_index];
  uint64_t count = 0, put = 0;
  const struct rn_owned_target *at = NULL;
  while ((at = rn_targets_next(n, at)) != NULL) {
    if (at->lanes_told > lane_index || at->is_note) continue;
    put += put_here(n, lane, at->target, notice);
    count++;
  }
  if (count == 0) put += put_here(n, lane, NULL, notice);
  if (count == 0) count++;
  n->count[RN_COUNT_DROPPED] += count - put;
  return count;
}

/* All of the events go in at once, beyond the bound if need be: there are as
 * many as handlers, and no more before these have found room.  Without memory
 * for any it stays to be told: the worker has all that the lane keeps, and
 * gives it back.  Returns false then. */
static bool tell_loss(struct rn_thread_notifier *n, uint32_t lane_index) {
  struct rn_lane *lane = n->lanes[lane_index];
  const uint64_t lost = rn_lane_lost(lane);
  if (lost == 0) return true;
  const uint64_t told = lost < UINT32_MAX ? lost : UINT32_MAX;
  const struct notice notice = {.kind = RN_RECORD_OVERFLOW,
                                .flags = RN_RECORD_LOST_HERE,
                                .extra = (uint32_t)told};
  if (!open_for(lane, &notice)) return false;
  rn_lane_loss_told(lane, told);
  n->count[RN_COUNT_SYNTHETIC] += put_loss(n, lane_index, &notice);
  return rn_lane_lost(lane) == 0;
}

bool rn_notices_loss(struct rn_thread_notifier *n, uint32_t lane_index) {
  struct rn_lane *lane = n->lanes[lane_index];
  if (rn_lane_lost(lane) == 0) return true;
  return rn_lane_has_room(lane) && tell_loss(n, lane_index);
}

/* ---- losses of the kernel's, failures ---- */

/* Whether a lane takes it: what it has lost itself comes first.  A failure goes
 * beyond the bound: there is one. */
static bool takes(struct rn_lane *lane, const struct notice *notice) {
  return rn_lane_lost(lane) == 0 &&
         (notice->kind == RN_RECORD_ERROR || rn_lane_has_room(lane));
}

/* Tell a handler, by the worker that comes to it first; where not all lanes
 * take it, by one that does.
 *
 * from       lanes before that one know already that the handler ends. */
static void put_first(struct rn_thread_notifier *n, uint32_t from,
                      struct rn_target *target, const struct notice *notice) {
  bool all = from == 0;
  for (uint32_t i = 0; i < n->worker_count && all; i++)
    all = takes(n->lanes[i], notice);
  if (all && put_everywhere(n, target, notice)) return;
  for (uint32_t i = from; i < n->worker_count; i++)
    if (takes(n->lanes[i], notice) && put_here(n, n->lanes[i], target, notice))
      return;
  drop_notice(n, n->lanes[n->worker_count - 1]);
}

/* Tell every handler.  Returns how many there are, at least 1. */
static uint64_t put_first_to_all(struct rn_thread_notifier *n,
                                 const struct notice *notice) {
  uint64_t count = 0;
  const struct rn_owned_target *at = NULL;
  while ((at = rn_targets_next(n, at)) != NULL) {
    if (at->is_note) continue;
    put_first(n, at->lanes_told, at->target, notice);
    count++;
  }
  if (count > 0) return count;
  put_first(n, 0, NULL, notice);
  return 1;
}

/* Where every lane drops for want of room the overflow is one more event that
 * was lost there, which is told as soon as there is room. */
void rn_notices_overflow(struct rn_thread_notifier *n) {
  const struct notice notice = {.kind = RN_RECORD_OVERFLOW};
  for (uint32_t i = 0; i < n->worker_count; i++) (void)rn_notices_loss(n, i);
  /* One of them is the record that was read. */
  n->count[RN_COUNT_COPIED] += put_first_to_all(n, &notice) - 1;
}

void rn_notices_failure(struct rn_thread_notifier *n, int error) {
  const struct notice notice = {.kind = RN_RECORD_ERROR,
                                .flags = RN_RECORD_SYNTHETIC,
                                .extra = (uint32_t)-error};
  for (uint32_t i = 0; i < n->worker_count; i++) (void)tell_loss(n, i);
  n->count[RN_COUNT_SYNTHETIC] += put_first_to_all(n, &notice);
}

/* ---- repairs ---- */

static uint32_t at_most_32_bits(uint64_t number) {
  return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* Behind all that the rescan told in any lane; and no word of truth while one
 * has a loss to tell. */
void rn_notices_recovered(struct rn_thread_notifier *n,
                          const struct rn_recovery *recovery) {
  const struct rn_root *root = recovery->root;
  if ((root->mute & RN_MUTE_ABANDONED) != 0) return;
  struct rn_target *own = root->target != NULL ? root->target->target : NULL;
  const struct notice notice = {
      .kind = RN_RECORD_RESCAN,
      .extra = at_most_32_bits(recovery->changes),
      .ms = at_most_32_bits((uint64_t)recovery->duration_ns / 1000000),
      .node = root->top,
  };
  n->count[RN_COUNT_SYNTHETIC]++;
  uint32_t untold = 0;
  while (untold < n->worker_count && rn_notices_loss(n, untold)) untold++;
  if (untold < n->worker_count)
    drop_notice(n, n->lanes[untold]);
  else if (!put_everywhere(n, own != NULL ? own : n->default_target, &notice))
    drop_notice(n, n->lanes[0]);
}

/* ---- the end of a handler ---- */

/* Tell the lanes that a handler gets no more.  Returns true when all know. */
static bool tell_ended(struct rn_thread_notifier *n,
                       struct rn_owned_target *at) {
  const struct notice notice = {.kind = RN_RECORD_RELEASE,
                                .flags = RN_RECORD_APART};
  while (at->lanes_told < n->worker_count) {
    struct rn_lane *lane = n->lanes[at->lanes_told];
    if (rn_lane_lost(lane) > 0) return false; /* it is told of that first */
    if (!put_notice(n, lane, at->target, &notice, 0)) return false;
    at->lanes_told++;
  }
  return true;
}

/* In their order: the note of a sync is behind the ends of watches, so once one
 * finds no room, those behind it wait as well. */
void rn_notices_ended(struct rn_thread_notifier *n) {
  n->targets_ended = false;
  while (n->ended != NULL) {
    struct rn_owned_target *owned = n->ended;
    n->targets_ended = !tell_ended(n, owned);
    if (n->targets_ended) return;
    n->ended = owned->next;
    free(owned);
  }
}
