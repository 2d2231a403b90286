/* One turn of whoever owns the tracker: the reader's thread, or a caller that
 * drives a notifier without threads.
 *
 *     list a piece of new directories, if there are any
 *     read once, and take in what came
 *     have it told, tell what has settled, and publish it
 *
 * While the lanes press (a full ring under RN_FULL_BLOCK, memory used up) it
 * neither reads nor lists. */

#include <errno.h>

#include "lib/decode/decode.h"
#include "lib/notifier/notifier.h"
#include "lib/notifier/request.h"

void rn_take_time(struct rn_thread_notifier *n) {
  n->monotonic_ns = n->sys->monotonic_ns(n->sys);
  n->pool.clock_offset_ns = n->sys->time_ns(n->sys) - n->monotonic_ns;
  for (uint32_t i = 0; i < n->worker_count; i++) rn_lane_clock(n->lanes[i]);
}

/* Read once.
 *
 * more       out: whether something may be left; else there would have been
 *            room for one more record of any size.
 * Returns    the bytes read, 0 when there were none, or what failed. */
static ssize_t read_some(struct rn_thread_notifier *n, bool *more) {
  const size_t size = rn_tracker_read_size(n->tracker, n->options.read_size);
  const ssize_t got =
      n->sys->read(n->sys, rn_tracker_fd(n->tracker), n->read_buffer, size);
  *more = got > 0 && (size_t)got + RN_RECORD_SIZE_MAX > size;
  if (got == -EAGAIN) return 0;
  if (got == 0) return -EIO; /* the kernel never gives that */
  if (got < 0) return got;
  rn_take_time(n);
  if (n->coalescer != NULL) rn_coalescer_clear(n->coalescer);
  const uint64_t before = rn_tracker_counts(n->tracker).read;
  const int err = rn_tracker_feed(n->tracker, n->read_buffer, (size_t)got);
  const uint64_t records = rn_tracker_counts(n->tracker).read - before;
  if (records > 0) n->count[RN_COUNT_READ_CALLS]++;
  if (records > n->count[RN_COUNT_LARGEST_READ])
    n->count[RN_COUNT_LARGEST_READ] = records;
  return err < 0 ? err : got;
}

bool rn_is_walking(const struct rn_thread_notifier *n) {
  return rn_tracker_is_walking(n->tracker, RN_WALK_NEW) ||
         rn_tracker_is_walking(n->tracker, RN_WALK_ADDED) ||
         rn_tracker_is_widening(n->tracker);
}

bool rn_turn_end(struct rn_thread_notifier *n, bool more) {
  rn_tracker_end_turn(n->tracker);
  rn_sync_advance(n);
  rn_switch_advance(n);
  const bool all = rn_deliver_flush(n, more);
  rn_statistics_publish(n);
  return all;
}

/* A read may give nothing although something is queued; not for ever. */
enum { EMPTY_READS = 8 };

/* Read once of what was queued.  Returns as read_some(). */
static ssize_t read_backlog(struct rn_thread_notifier *n,
                            struct rn_backlog *backlog) {
  bool more;
  const ssize_t got = read_some(n, &more);
  if (got == 0 && ++backlog->empty_reads < EMPTY_READS) return 0;
  backlog->left = got <= 0 || (size_t)got >= backlog->left
                      ? 0
                      : backlog->left - (size_t)got;
  return got;
}

int rn_turn_bounded(struct rn_thread_notifier *n, struct rn_backlog *backlog) {
  ssize_t got = 0;
  bool makes_records = rn_tracker_is_leaving(n->tracker);
  if (rn_tracker_is_walking(n->tracker, RN_WALK_NEW))
    rn_tracker_walk(n->tracker, RN_WALK_NEW);
  makes_records |= rn_tracker_is_to_be_read(n->tracker);
  if (backlog->left > 0 || makes_records) got = read_backlog(n, backlog);
  (void)rn_turn_end(n, backlog->left > 0 && !rn_is_walking(n));
  return got < 0 ? (int)got : 0;
}

void rn_note_time(struct rn_thread_notifier *n) {
  if (n->settles) rn_take_time(n);
}

void rn_turn(struct rn_thread_notifier *n, struct rn_turn *turn) {
  *turn = (struct rn_turn){.pressed = rn_deliver_is_pressed(n) &&
                                      !rn_switch_reads_on(n)};
  bool listing = false, more = false;
  const int64_t before_read_ns = n->monotonic_ns;
  if (!turn->pressed) {
    listing = rn_tracker_is_walking(n->tracker, RN_WALK_NEW);
    if (listing) rn_tracker_walk(n->tracker, RN_WALK_NEW);
    turn->got = read_some(n, &more);
    rn_tracker_expire(n->tracker);
  }
  more = more && turn->got > 0;
  if (n->settling != NULL && !turn->pressed && !more && turn->got >= 0)
    rn_settling_tell(n, before_read_ns);
  turn->all = rn_turn_end(n, more && !rn_is_walking(n));
  turn->busy = listing || more ||
               rn_tracker_is_walking(n->tracker, RN_WALK_NEW) ||
               rn_tracker_is_widening(n->tracker);
}

void rn_set_failed(struct rn_thread_notifier *n, int error) {
  atomic_store_explicit(&n->error, error, memory_order_relaxed);
  const int state = atomic_load_explicit(&n->state, memory_order_relaxed);
  if (state != RN_STATE_RUNNING && state != RN_STATE_NEW) return;
  /* release [edge notifier.state] */
  atomic_store_explicit(&n->state, RN_STATE_FAILED, memory_order_release);
  pthread_cond_broadcast(&n->changed);
}
