#ifndef BENCH_SCENARIO_STORM_WATCH_H
#define BENCH_SCENARIO_STORM_WATCH_H

/* The two ways to watch a storm: the library, and a peer. */

#include <stdint.h>

#include "bench/scenario/storm_load.h"
#include "bench/subject/peer.h"
#include "cmd/ringnotify/text.h"

/* What was told of one storm. */
struct storm_seen {
  struct text lines; /* as storm_model_take() takes them, '\n' behind each;
                        the caller's to free */
  uint64_t wall_ns;  /* from its begin until the last was told */
  uint64_t synthetic;
  uint64_t overflows;
};

/* Watch load->root with a thread notifier of one worker, storm, stop it.
 *
 * Returns    0 or a negative errno. */
int storm_watch_own(const struct storm_load *load, struct storm_seen *seen);

/* The same with a peer, which is given time to tell what it still has to. */
int storm_watch_peer(const struct peer *peer, const struct storm_load *load,
                     struct storm_seen *seen);

#endif
