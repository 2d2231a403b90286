/* Counts.
 *
 * The reader counts in plain fields and lets others see them at the end of each
 * turn; workers and lanes publish their own.  So a snapshot while the notifier
 * runs may show one moment of one count and another of the next; after a stop
 * everything has been published and the account balances. */

#include <errno.h>

#include "lib/notifier/notifier.h"

void rn_statistics_publish(struct rn_thread_notifier *n) {
  const struct rn_track_counts track = rn_tracker_counts(n->tracker);
  uint64_t now[RN_COUNT_END];
  memcpy(now, n->count, sizeof(now));
  now[RN_COUNT_READ] = track.read;
  now[RN_COUNT_SYNTHETIC] += track.synthetic;
  now[RN_COUNT_COPIED] += track.copied;
  now[RN_COUNT_FILTERED] += track.filtered;
  now[RN_COUNT_COALESCED] += track.coalesced;
  now[RN_COUNT_KERNEL_OVERFLOWS] = track.kernel_overflows;
  now[RN_COUNT_SCANNED] = track.scanned;
  now[RN_COUNT_RESCANS] = track.rescans;
  now[RN_COUNT_RECOVERED] = track.recovered;
  now[RN_COUNT_UNDECIDED] = track.undecided;
  now[RN_COUNT_WATCHES] = rn_tracker_watch_count(n->tracker);
  now[RN_COUNT_BACKLOG_HIGH_WATER] = n->pool.high_water;
  now[RN_COUNT_PUT] = n->seq;
  now[RN_COUNT_RECOVERING] = rn_tracker_is_recovering(n->tracker);
  for (int i = 0; i < RN_COUNT_END; i++)
    atomic_store_explicit(&n->published[i], now[i], memory_order_relaxed);
}

uint64_t rn_statistics_published(const struct rn_thread_notifier *n,
                                 enum rn_count count) {
  return atomic_load_explicit(&n->published[count], memory_order_relaxed);
}

static void collect_workers(const struct rn_thread_notifier *n,
                            struct rn_statistics *s) {
  for (uint32_t i = 0; i < n->worker_count; i++) {
    const struct rn_worker_counts worker = rn_worker_counts(n->workers[i]);
    s->delivered += worker.dispatch.delivered;
    s->dropped += worker.dispatch.dropped;
    s->handler_errors += worker.dispatch.handler_errors;
    s->parks += worker.parks;
    const struct rn_lane_counts lane = rn_lane_counts(n->lanes[i]);
    s->spilled += lane.spilled;
    if (lane.high_water > s->ring_high_water)
      s->ring_high_water = lane.high_water;
  }
}

int rn_thread_notifier_statistics(const struct rn_thread_notifier *notifier,
                                  struct rn_statistics *statistics) {
  const size_t size = statistics->size;
  if (size < offsetof(struct rn_statistics, read) || size > 4096)
    return -EINVAL;
  struct rn_statistics all = {
      .read = rn_statistics_published(notifier, RN_COUNT_READ),
      .synthetic = rn_statistics_published(notifier, RN_COUNT_SYNTHETIC),
      .copied = rn_statistics_published(notifier, RN_COUNT_COPIED),
      .filtered = rn_statistics_published(notifier, RN_COUNT_FILTERED),
      .coalesced = rn_statistics_published(notifier, RN_COUNT_COALESCED),
      .dropped = rn_statistics_published(notifier, RN_COUNT_DROPPED),
      .kernel_overflows =
          rn_statistics_published(notifier, RN_COUNT_KERNEL_OVERFLOWS),
      .read_calls = rn_statistics_published(notifier, RN_COUNT_READ_CALLS),
      .largest_read = rn_statistics_published(notifier, RN_COUNT_LARGEST_READ),
      .backlog_high_water =
          rn_statistics_published(notifier, RN_COUNT_BACKLOG_HIGH_WATER),
      .watches = rn_statistics_published(notifier, RN_COUNT_WATCHES),
      .scanned = rn_statistics_published(notifier, RN_COUNT_SCANNED),
      .rescans = rn_statistics_published(notifier, RN_COUNT_RESCANS),
      .recovered = rn_statistics_published(notifier, RN_COUNT_RECOVERED),
      .undecided = rn_statistics_published(notifier, RN_COUNT_UNDECIDED),
  };
  collect_workers(notifier, &all);
  all.size = size;
  memcpy(statistics, &all, size < sizeof(all) ? size : sizeof(all));
  return 0;
}
