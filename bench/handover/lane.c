/* Every design sleeps and wakes in the same way: by an event count, which makes
 * no system call while the worker is awake.  No item, NULL, is the end. */

#include "bench/handover/lane.h"

#include <errno.h>
#include <sched.h>

#include "bench/handover/design.h"

void tally_path(struct tally *tally, const struct place *place,
                struct rn_bytes name) {
  char *at = tally->scratch;
  memcpy(at, place->path, place->path_size);
  at += place->path_size;
  *at++ = '/';
  rn_bytes_copy_short(at, name);
  at += name.size;
  *at = '\0';
  tally->events++;
  tally->path_bytes += (uint64_t)(at - tally->scratch);
}

int lane_init(struct lane *lane, const struct design *design,
              const struct place *places) {
  *lane =
      (struct lane){.design = design, .places = places, .handle = tally_path};
  int err = queue_new(&lane->there);
  if (err == 0) err = queue_new(&lane->back);
  if (err == 0) err = rn_parking_new(&lane->parking);
  return err;
}

void lane_fini(struct lane *lane) {
  free(lane->there);
  free(lane->back);
  rn_parking_free(lane->parking);
}

/* ---- the worker ---- */

/* The next item, after a sleep where there is none. */
static void *take(struct lane *lane) {
  void *item;
  for (;;) {
    if (queue_take(lane->there, &item)) return item;
    const uint32_t ticket = rn_parking_ticket(lane->parking);
    if (queue_take(lane->there, &item)) return item;
    rn_parking_wait(lane->parking, ticket);
  }
}

static void *run(void *argument) {
  struct lane *lane = argument;
  void *item;
  while ((item = take(lane)) != NULL) lane->design->handle(lane, item);
  return NULL;
}

void lane_return(struct lane *lane, void *item) {
  const bool given = queue_give(lane->back, item);
  RN_ASSERT(given); /* there are fewer items than slots */
}

/* ---- the reader ---- */

int lane_start(struct lane *lane) {
  return -pthread_create(&lane->thread, NULL, run, lane);
}

void lane_give(struct lane *lane, void *item) {
  while (!queue_give(lane->there, item)) {
    lane_wake(lane);
    sched_yield();
  }
}

void lane_join(struct lane *lane) {
  lane_give(lane, NULL);
  lane_wake(lane);
  (void)pthread_join(lane->thread, NULL);
}
