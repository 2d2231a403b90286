/* What every handler is told, and not of an entry: losses, repairs, a failure of
 * the reader, the end of a handler.
 *
 * It goes into every lane, once for each handler: each lane is a stream of its
 * own, and each handler has to know where in it something is missing. */

#include <stdlib.h>

#include "lib/lane/put.h"
#include "lib/notifier/notifier.h"

/* What every handler is told. */
struct notice {
  enum rn_record_kind kind;
  uint8_t flags; /* RN_RECORD_* */
  uint32_t extra;
  uint32_t ms;                /* RN_RECORD_RESCAN */
  const struct rn_node *node; /* whose path and watch it has; or NULL */
};

/* Returns false without memory. */
static bool put_notice(struct rn_thread_notifier *n, struct rn_lane *lane,
                       struct rn_target *target, const struct notice *notice) {
  const struct rn_bytes nothing = {.data = "", .size = 0};
  struct rn_watch watch = {.wd = -1, .generation = 0};
  struct rn_bytes path = nothing;
  if (notice->node != NULL) {
    const struct rn_root *root = notice->node->root;
    watch.wd = notice->node->wd;
    watch.generation = notice->node->generation;
    path = (struct rn_bytes){root->path, root->path_size};
  }
  if (!rn_lane_open_always(lane,
                           rn_event_size(0) + rn_lane_place_size(path.size)))
    return false;
  const uint32_t place =
      rn_lane_put_place(lane, target, watch, notice->node != NULL, path);
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
  if (notice->kind != RN_RECORD_RELEASE) event->seq = ++n->seq;
  return true;
}

/* Tell one handler, or count the notice as dropped. */
static void put_or_drop(struct rn_thread_notifier *n, struct rn_lane *lane,
                        struct rn_target *target, const struct notice *notice) {
  if (!put_notice(n, lane, target, notice)) n->count[RN_COUNT_DROPPED]++;
}

/* Tell every handler that may have events in a lane.  Returns how many there
 * are. */
static uint64_t put_notices(struct rn_thread_notifier *n, uint32_t lane_index,
                            const struct notice *notice) {
  struct rn_lane *lane = n->lanes[lane_index];
  uint64_t count = 0;
  for (struct rn_owned_target *at = n->targets; at != NULL; at = at->next) {
    if (at->lanes_told > lane_index) continue;
    put_or_drop(n, lane, at->target, notice);
    count++;
  }
  if (count == 0) put_or_drop(n, lane, NULL, notice);
  return count == 0 ? 1 : count;
}

/* All of the notices go in at once, beyond the bound if need be: there are as
 * many as handlers, and no more before these have found room. */
bool rn_notices_loss(struct rn_thread_notifier *n, uint32_t lane_index) {
  struct rn_lane *lane = n->lanes[lane_index];
  const uint64_t lost = rn_lane_lost(lane);
  if (lost == 0) return true;
  if (!rn_lane_has_room(lane)) return false;
  const uint64_t told = lost < UINT32_MAX ? lost : UINT32_MAX;
  rn_lane_loss_told(lane, told);
  const struct notice notice = {.kind = RN_RECORD_OVERFLOW,
                                .flags = RN_RECORD_LOST_HERE,
                                .extra = (uint32_t)told};
  n->count[RN_COUNT_SYNTHETIC] += put_notices(n, lane_index, &notice);
  return rn_lane_lost(lane) == 0;
}

/* A lane that drops for want of room has the overflow stand for one more event
 * lost there, which is told as soon as there is room. */
void rn_notices_overflow(struct rn_thread_notifier *n) {
  const struct notice notice = {.kind = RN_RECORD_OVERFLOW};
  uint64_t count = 0;
  for (uint32_t i = 0; i < n->worker_count; i++) {
    struct rn_lane *lane = n->lanes[i];
    if (rn_lane_has_room(lane)) {
      count += put_notices(n, i, &notice);
      continue;
    }
    rn_lane_lose(lane);
    n->count[RN_COUNT_DROPPED]++;
    count++;
  }
  /* One of them is the record that was read. */
  n->count[RN_COUNT_COPIED] += count - 1;
}

static uint32_t at_most_32_bits(uint64_t number) {
  return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* Into every lane: behind all that the rescan told there. */
void rn_notices_recovered(struct rn_thread_notifier *n,
                          const struct rn_recovery *recovery) {
  const struct rn_root *root = recovery->root;
  if ((root->mute & RN_MUTE_ABANDONED) != 0) return;
  struct rn_target *own = root->target;
  const struct notice notice = {
      .kind = RN_RECORD_RESCAN,
      .extra = at_most_32_bits(recovery->changes),
      .ms = at_most_32_bits((uint64_t)recovery->duration_ns / 1000000),
      .node = root->top,
  };
  n->count[RN_COUNT_SYNTHETIC] += n->worker_count;
  for (uint32_t i = 0; i < n->worker_count; i++) {
    if (!rn_notices_loss(n, i)) { /* no word of truth before it is told */
      rn_lane_lose(n->lanes[i]);
      n->count[RN_COUNT_DROPPED]++;
      continue;
    }
    put_or_drop(n, n->lanes[i], own != NULL ? own : n->default_target, &notice);
  }
}

void rn_notices_failure(struct rn_thread_notifier *n, int error) {
  const struct notice notice = {.kind = RN_RECORD_ERROR,
                                .flags = RN_RECORD_SYNTHETIC,
                                .extra = (uint32_t)-error};
  for (uint32_t i = 0; i < n->worker_count; i++)
    n->count[RN_COUNT_SYNTHETIC] += put_notices(n, i, &notice);
}

/* ---- the end of a handler ---- */

/* Tell the lanes that a handler gets no more.  Returns true when all know. */
static bool tell_ended(struct rn_thread_notifier *n,
                       struct rn_owned_target *at) {
  const struct notice notice = {.kind = RN_RECORD_RELEASE};
  while (at->lanes_told < n->worker_count) {
    struct rn_lane *lane = n->lanes[at->lanes_told];
    if (rn_lane_lost(lane) > 0) return false; /* it is told of that first */
    if (!put_notice(n, lane, at->target, &notice)) return false;
    at->lanes_told++;
  }
  return true;
}

/* In their order: the note of a sync is behind the ends of watches, so once one
 * finds no room, those behind it wait as well. */
void rn_notices_ended(struct rn_thread_notifier *n) {
  n->targets_ended = false;
  struct rn_owned_target **at = &n->targets;
  while (*at != NULL && !n->targets_ended) {
    struct rn_owned_target *owned = *at;
    if (!owned->ended) {
      at = &owned->next;
    } else if (tell_ended(n, owned)) {
      *at = owned->next;
      free(owned);
    } else {
      n->targets_ended = true;
    }
  }
}
