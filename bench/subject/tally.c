/* A callback for each kind, not one that looks what is to be done: what is
 * measured is the library, not the harness. */

#include "bench/subject/tally.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/perf.h"

enum { THREADS = 256 };

/* What one thread counted. */
struct place {
  alignas(64) uint64_t events;
  uint64_t path_bytes;
  int perf_fd; /* or negative */
};

static struct place places[THREADS];
static _Atomic uint32_t place_count;
static bool counts_instructions; /* const while threads count */
static _Thread_local struct place *own;

static struct place *take_place(void) {
  own = &places[atomic_fetch_add(&place_count, 1) % THREADS];
  if (counts_instructions) own->perf_fd = perf_open_instructions(false);
  return own;
}

static inline struct place *place(void) {
  return own != NULL ? own : take_place();
}

void tally_begin(bool instructions) {
  memset(places, 0, sizeof(places));
  for (int i = 0; i < THREADS; i++) places[i].perf_fd = -1;
  atomic_store(&place_count, 0);
  counts_instructions = instructions;
}

struct tally tally_end(void) {
  struct tally sum = {0};
  for (int i = 0; i < THREADS; i++) {
    sum.events += places[i].events;
    sum.path_bytes += places[i].path_bytes;
    if (places[i].perf_fd < 0) continue;
    sum.instructions += perf_read(places[i].perf_fd);
    close(places[i].perf_fd);
    places[i].perf_fd = -1;
  }
  return sum;
}

/* ---- one event at a time ---- */

static int on_event(const struct rn_event *event, void *context) {
  (void)event;
  (void)context;
  place()->events++;
  return 0;
}

static int on_event_path(const struct rn_event *event, void *context) {
  (void)context;
  size_t size;
  (void)rn_event_path(event, &size);
  struct place *mine = place();
  mine->events++;
  mine->path_bytes += size;
  return 0;
}

static int on_event_work(const struct rn_event *event, void *context) {
  const struct handler_kind *kind = context;
  (void)event;
  burn_ns(kind->work_ns);
  place()->events++;
  return 0;
}

/* ---- batches ---- */

static int on_batch(struct rn_batch *batch, void *context) {
  (void)context;
  uint64_t count = 0;
  while (rn_batch_next(batch) != NULL) count++;
  place()->events += count;
  return 0;
}

static int on_batch_path(struct rn_batch *batch, void *context) {
  (void)context;
  struct place *mine = place();
  const struct rn_event *event;
  while ((event = rn_batch_next(batch)) != NULL) {
    size_t size;
    (void)rn_event_path(event, &size);
    mine->events++;
    mine->path_bytes += size;
  }
  return 0;
}

static int on_batch_work(struct rn_batch *batch, void *context) {
  const struct handler_kind *kind = context;
  struct place *mine = place();
  while (rn_batch_next(batch) != NULL) {
    burn_ns(kind->work_ns);
    mine->events++;
  }
  return 0;
}

struct rn_handler tally_handler(const struct handler_kind *kind, bool batches) {
  struct rn_handler handler = RN_HANDLER_INIT;
  union {
    const struct handler_kind *in;
    void *out;
  } context = {.in = kind};
  handler.context = context.out;
  if (batches)
    handler.on_batch = kind->work_ns > 0 ? on_batch_work
                       : kind->asks_path ? on_batch_path
                                         : on_batch;
  else
    handler.on_default = kind->work_ns > 0 ? on_event_work
                         : kind->asks_path ? on_event_path
                                           : on_event;
  return handler;
}
