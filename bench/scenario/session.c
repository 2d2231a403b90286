/* The last event is made again every millisecond until it has come: in a queue
 * that is full it is lost as any other, and how long that lasts is a figure. */

#include "bench/scenario/session.h"

#include <inttypes.h>

#include "bench/core/guard.h"
#include "bench/core/machine.h"

enum {
  LOOK_MS = 1,
  DEADLINE_MS = 60000, /* from the last event that was made */
};

int session_set_queue(struct run *run, uint64_t queue_limit) {
  if (!run->machine->root || guard_limit(LIMIT_QUEUE) == queue_limit) return 0;
  return guard_set_limit(run->guard, LIMIT_QUEUE, queue_limit);
}

/* Returns 0 or a negative errno; that it did not come, `listened` says. */
static int wait_for_last(const struct session *session,
                         struct listener *listener) {
  const struct load *load = session->listening.load;
  for (int waited_ms = 0; waited_ms < DEADLINE_MS; waited_ms += LOOK_MS) {
    const int err = load_touch(load, load->shape.file_count);
    if (err < 0) return err;
    if (session->kind->wait_last(listener, LOOK_MS)) return 0;
  }
  return 0;
}

int session_run(const struct session *session, struct outcome *outcome) {
  struct listener *listener = NULL;
  const struct listener_kind *kind = session->kind;
  int err = kind->begin(kind, &session->listening, &listener);
  if (err < 0) return err;
  *outcome = (struct outcome){.lost_kernel = 0};
  err = produce(&session->producing, &outcome->produced);
  if (err == 0) err = wait_for_last(session, listener);
  const int ended = kind->end(listener, &outcome->listened);
  if (err == 0) err = ended;
  if (err < 0) return err;
  const struct listened *listened = &outcome->listened;
  const uint64_t made = outcome->produced.made;
  const uint64_t missing =
      made > listened->delivered ? made - listened->delivered : 0;
  /* `dropped` may hold a last event as well */
  outcome->lost_ring =
      listened->dropped < missing ? listened->dropped : missing;
  outcome->lost_kernel = missing - outcome->lost_ring;
  return 0;
}

bool outcome_is_complete(const struct outcome *outcome) {
  return outcome->listened.delivered == outcome->produced.made &&
         outcome->listened.overflows == 0 && outcome->listened.dropped == 0;
}

void outcome_check(const struct outcome *outcome, struct result *result) {
  const struct listened *listened = &outcome->listened;
  const uint64_t made = outcome->produced.made;
  if (listened->last_ns == 0)
    result_wrong(result, "the last event never came");
  else if (listened->delivered > made)
    result_wrong(result, "%" PRIu64 " events delivered, %" PRIu64 " made",
                 listened->delivered, made);
  else if (outcome->lost_kernel > 0 && listened->overflows == 0)
    result_wrong(result,
                 "%" PRIu64 " of %" PRIu64
                 " events missing without an overflow that says so",
                 outcome->lost_kernel, made);
}
