#ifndef LIB_NOTIFIER_NOTIFIER_H
#define LIB_NOTIFIER_NOTIFIER_H

/* What the files of the two notifiers share; with request.h, what is asked of
 * them.  The engine of both is struct rn_thread_notifier; the one without
 * threads (single.h) never starts it.
 *
 *     options.c          what the user may choose, checked
 *     deliver.c          changes -> filter -> coalesce -> route -> lanes
 *     notices.c          losses, repairs, failures, ends of handlers
 *     settling.c         entries that wait to be told as settled
 *     manager.c          the watch manager: adding, changing, removing
 *     list.c             lists of watches and of paths to watch
 *     lookup.c           from paths to watches, and back
 *     suspend.c          watches that tell nothing for a while
 *     request.c          what other threads ask of the reader
 *     sync.c             waiting until handlers have caught up
 *     turn.c             one turn of whoever owns the tracker
 *     reader.c           the reader's loop
 *     statistics.c       counts
 *     health.c           how it is doing
 *     thread_notifier.c  making, starting, stopping
 *     notifier.c         the notifier without threads, with single.h
 *     loop.c             its waiting */

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/coalesce/coalesce.h"
#include "lib/lane/lane.h"
#include "lib/route/route.h"
#include "lib/track/track.h"
#include "lib/worker/worker.h"
#include "ringnotify/health.h"
#include "ringnotify/notifier.h"

/* A handler of the user's, from its adding until every lane was told that it
 * gets no more. */
struct rn_owned_target {
  struct rn_owned_target *next, *previous; /* in its list; previous: unless it
                                              is ended */
  struct rn_target *target;
  uint32_t lanes_told;
  bool ended;
  bool is_note; /* of a sync: no handler, which would be told of losses */
};

/* Counts as the reader last published them. */
enum rn_count {
  RN_COUNT_READ,
  RN_COUNT_SYNTHETIC,
  RN_COUNT_COPIED,
  RN_COUNT_FILTERED,
  RN_COUNT_COALESCED,
  RN_COUNT_DROPPED,
  RN_COUNT_KERNEL_OVERFLOWS,
  RN_COUNT_READ_CALLS,
  RN_COUNT_LARGEST_READ,
  RN_COUNT_BACKLOG_HIGH_WATER,
  RN_COUNT_WATCHES,
  RN_COUNT_SCANNED,
  RN_COUNT_RESCANS,
  RN_COUNT_RECOVERED,
  RN_COUNT_UNDECIDED,
  RN_COUNT_PUT,        /* events that went into lanes */
  RN_COUNT_RECOVERING, /* whether a loss is to be repaired */
  RN_COUNT_END
};

struct rn_notifier;
struct rn_request;

/* What the user has for the watches of a notifier: part of it. */
struct rn_watch_manager {
  struct rn_thread_notifier *notifier; /* const: the one it is part of */
};

struct rn_thread_notifier {
  /* const: set before the threads start */
  struct rn_watch_manager manager;
  /* 1, and in a copy of a fork's child 0; or NULL: the number has to do, which
   * the first process of two pid namespaces has in common. */
  const volatile char *mark;
  pid_t maker; /* the process that made it */
  const struct rn_sys *sys;
  struct rn_thread_notifier_options options; /* with every default filled in */
  char thread_name[12];
  cpu_set_t reader_cpus, worker_cpus;
  uint32_t worker_count;
  struct rn_worker **workers;
  struct rn_lane **lanes; /* each worker's */
  struct rn_joint *joint; /* theirs */
  int wake_fd;
  uint64_t queue_limit;       /* of the kernel's queue; 0: not known */
  struct rn_notifier *single; /* whose engine this is; or NULL */

  /* reader: the reader thread; before the start and after the end of it, and
   * with `single`, who holds `lock` */
  struct rn_tracker *tracker; /* NULL once stopped */
  struct rn_lane_pool pool;
  struct rn_owned_target *targets; /* that go on */
  struct rn_owned_target *ended,
      *last_ended; /* those that lanes are still to be
                                                 told of, in that order */
  struct rn_target *default_target;
  struct rn_request *current;   /* what is being walked, or NULL */
  struct rn_request *switching; /* what waits for a barrier, or NULL */
  bool switch_begun;            /* that barrier is the tracker's */
  int64_t switch_until_ns;      /* how long it may wait for it */
  bool suspended;               /* RN_MUTE_ALL, for roots to come as well */
  struct rn_owned_target *sync; /* the note of the barrier that the tracker
                                   was asked for, or NULL */
  char *read_buffer;
  int64_t monotonic_ns; /* when the clocks were looked at: rn_take_time() */
  uint64_t seq;
  struct rn_router router;
  struct rn_coalescer *coalescer; /* NULL: repeats are told */
  struct rn_settling *settling;   /* the roots that have entries waiting */
  bool settles;                   /* a root with a settle window was added */
  uint32_t run_lane, run_left;    /* RN_ORDER_NONE: where events go now */
  uint64_t count[RN_COUNT_END];
  bool targets_ended; /* some of `targets` are to be told to lanes */
  char path[RN_ENTRY_PATH_SIZE];

  /* locked: by `lock` */
  pthread_mutex_t lock;
  pthread_cond_t changed; /* state, threads_left, a request's done */
  struct rn_request *first_request, *last_request;
  struct rn_owned_target *next_sync; /* of those who ask now, or NULL */
  bool sync_under_way;               /* the barrier before theirs */
  uint64_t syncs_asked, syncs_kept;  /* barriers, counted */
  uint32_t threads_left;
  bool joining;
  pthread_t joiner; /* with joining: who calls on_release and frees */
  pthread_t reader;

  /* shared: w under lock | r any | release/acquire [edge notifier.state] | who
   * sees STOPPED sees what was done before */
  _Atomic int state;
  _Atomic int error; /* as state */
  /* shared: w under lock, or rn_notifier_stop() | r reader | release/acquire
   * [edge notifier.ask] | what is asked for stands under the lock, or in the
   * other flag */
  _Atomic bool asked;
  _Atomic bool stop_asked;
  _Atomic bool discard;
  /* shared: w reader | r any thread | relaxed | its identity, found only by
   * itself */
  _Atomic pthread_t reader_self;
  /* shared: w reader | r any | relaxed | signs of life, order nothing */
  _Atomic int64_t reader_since_ns;
  _Atomic int reader_is; /* enum rn_reader */
  /* shared: w reader | r any | relaxed | statistics, order nothing */
  alignas(RN_CACHE_LINE) _Atomic uint64_t published[RN_COUNT_END];
};

/* ---- options.c ---- */

/* Check the user's options and fill in what they leave open.
 *
 * options    or NULL.
 * Returns    0; -EINVAL. */
int rn_options_read(const struct rn_thread_notifier_options *options,
                    struct rn_thread_notifier_options *complete);

int rn_notifier_options_read(const struct rn_notifier_options *options,
                             struct rn_notifier_options *complete);

/* The same for a watch's. */
int rn_watch_options_read(const struct rn_watch_options *options,
                          struct rn_watch_options *complete);

/* The same for a change of a watch. */
int rn_watch_update_read(const struct rn_watch_update *update,
                         struct rn_watch_update *complete);

/* ---- deliver.c: the reader's ---- */

/* Who takes what the tracker tells.  n->coalescer is made before. */
struct rn_sink rn_deliver_sink(struct rn_thread_notifier *n);

/* Put a change into its lane, if it is wanted; count it, if it is not. */
void rn_deliver_change(struct rn_thread_notifier *n,
                       const struct rn_change *change);

/* Whether the entry of a change passes the globs of its root. */
bool rn_deliver_passes(struct rn_thread_notifier *n,
                       const struct rn_change *change);

/* Publish what the lanes hold, tell losses and ended handlers.
 *
 * more       the reader reads on at once: workers may be left asleep a little.
 * Returns    true when nothing is left unpublished. */
bool rn_deliver_flush(struct rn_thread_notifier *n, bool more);

/* Whether a lane wants the reader to read no more. */
bool rn_deliver_is_pressed(struct rn_thread_notifier *n);

/* Whether what a call had read or made, lanes that are full or not, has taken
 * as much memory again as they may have. */
static inline bool rn_deliver_is_overfull(const struct rn_thread_notifier *n) {
  return n->pool.used / 2 > n->pool.limit;
}

/* ---- notices.c: the reader's ---- */

/* Tell of what a lane itself has lost, which comes before anything else in it.
 *
 * Returns    true when nothing is left untold; false: there is no room yet. */
bool rn_notices_loss(struct rn_thread_notifier *n, uint32_t lane_index);

/* Tell of a loss of the kernel's. */
void rn_notices_overflow(struct rn_thread_notifier *n);

/* Tell that a loss was repaired. */
void rn_notices_recovered(struct rn_thread_notifier *n,
                          const struct rn_recovery *recovery);

/* Tell of an error of the reader itself. */
void rn_notices_failure(struct rn_thread_notifier *n, int error);

/* Tell the lanes of handlers that get no more.  n->targets_ended says whether
 * some are left. */
void rn_notices_ended(struct rn_thread_notifier *n);

/* ---- targets.c: the reader's ---- */

/* Keep a handler.  target: or NULL. */
void rn_targets_keep(struct rn_thread_notifier *n,
                     struct rn_owned_target *target);

/* A handler that is kept gets no more; the same for one that is not. */
void rn_targets_end(struct rn_thread_notifier *n,
                    struct rn_owned_target *target);
void rn_targets_append(struct rn_thread_notifier *n,
                       struct rn_owned_target *target);

/* The next one of all, from NULL on; NULL: no more. */
struct rn_owned_target *rn_targets_next(const struct rn_thread_notifier *n,
                                        const struct rn_owned_target *target);

/* End all, whatever the lanes hold: no worker runs. */
void rn_targets_end_all(struct rn_thread_notifier *n);

/* ---- settling.c: the reader's ---- */

/* A change of a root with a settle window, wanted or not: its entry waits anew,
 * or waits no more. */
void rn_settling_note(struct rn_thread_notifier *n,
                      const struct rn_change *change);

/* An entry waits no more. */
void rn_settling_end(struct rn_thread_notifier *n, struct rn_node *node,
                     struct rn_bytes name);
/* What was told of a directory's content is void. */
void rn_settling_empty(struct rn_thread_notifier *n, struct rn_node *node);

/* Tell of entries that have settled, at most so many that the bounds of the
 * lanes hold.
 *
 * read_ns    what happened up to then has been read. */
void rn_settling_tell(struct rn_thread_notifier *n, int64_t read_ns);

/* How long until there are some, in milliseconds; -1: none waits. */
int rn_settling_expires_in_ms(const struct rn_thread_notifier *n);

/* Tell of some that wait, settled or not.  Returns false when none did. */
bool rn_settling_tell_early(struct rn_thread_notifier *n);

/* Forget those of a root, or of all.  settling: or NULL. */
void rn_settling_free(struct rn_thread_notifier *n,
                      struct rn_settling *settling);
void rn_settling_free_all(struct rn_thread_notifier *n);

/* ---- sync.c ---- */

/* Make a note, as rn_sync_ask() wants it.
 *
 * Returns    0; -ENOMEM. */
int rn_sync_note_new(struct rn_thread_notifier *n,
                     struct rn_owned_target **note);

/* Ask for a barrier, or join those who did; under the lock.
 *
 * note       NULL afterwards when it was taken.
 * Returns    its number: it was kept once `syncs_kept` is no less. */
uint64_t rn_sync_ask(struct rn_thread_notifier *n,
                     struct rn_owned_target **note);

/* Take the barrier that is asked for, if none is under way; under the lock.
 * Threads: the reader. */
void rn_sync_begin(struct rn_thread_notifier *n);

/* When the barrier has passed, have its notes put behind what the lanes hold.
 * Threads: the reader. */
void rn_sync_advance(struct rn_thread_notifier *n);

/* No barrier is waited for any more, and no thread runs. */
void rn_sync_forget(struct rn_thread_notifier *n);

/* ---- turn.c; Threads: who owns the tracker ---- */

/* What a turn came to. */
struct rn_turn {
  ssize_t got;  /* bytes that were read; or what failed */
  bool pressed; /* nothing was read, as the lanes press */
  bool busy;    /* another turn should follow at once */
  bool all;     /* nothing is left unpublished */
};

/* What was queued in the kernel at some moment, and is still to be read. */
struct rn_backlog {
  size_t left; /* bytes */
  int empty_reads;
};

/* Do a turn. */
void rn_turn(struct rn_thread_notifier *n, struct rn_turn *turn);

/* Look at both clocks: what is told from now on is of this moment. */
void rn_take_time(struct rn_thread_notifier *n);

/* Where entries settle: what is told before the next read is as old as now. */
void rn_note_time(struct rn_thread_notifier *n);

/* Do one that reads no more than a backlog, and does not look whether the lanes
 * press.
 *
 * Returns    0; what made reading fail. */
int rn_turn_bounded(struct rn_thread_notifier *n, struct rn_backlog *backlog);

/* End a turn: everything that was taken in is published.
 *
 * more       another turn follows at once, most likely with events.
 * Returns    true when nothing is left unpublished. */
bool rn_turn_end(struct rn_thread_notifier *n, bool more);

/* Whether something is being listed. */
bool rn_is_walking(const struct rn_thread_notifier *n);

/* Reading failed; under the lock. */
void rn_set_failed(struct rn_thread_notifier *n, int error);

/* ---- reader.c ---- */

/* One turn of the loop, with the sleep at its end.  Returns 0, or what made
 * reading fail.   Threads: the reader. */
int rn_reader_turn(struct rn_thread_notifier *n);

/* The reader's thread.  argument: the notifier. */
void *rn_reader_run(void *argument);

/* Rouse the reader from its sleep.   Threads: any. */
void rn_reader_wake(struct rn_thread_notifier *n);

/* ---- statistics.c ---- */

/* Let others see the counts.   Threads: the reader. */
void rn_statistics_publish(struct rn_thread_notifier *n);

/* A count as it was last published.   Threads: any. */
uint64_t rn_statistics_published(const struct rn_thread_notifier *n,
                                 enum rn_count count);

/* ---- health.c ---- */

/* Note what holds from the making on. */
void rn_health_init(struct rn_thread_notifier *n);

/* From now on the reader is about this.   Threads: the reader. */
void rn_health_note(struct rn_thread_notifier *n, enum rn_reader reader);

/* ---- thread_notifier.c ---- */

/* Nothing runs any more: release what the threads used.  Without the lock, as
 * it calls the user's on_release.  The descriptor that wakes is left to a
 * single notifier's rn_notifier_free(). */
void rn_finish_stop(struct rn_thread_notifier *n);

/* Whether this is a copy in the child of a fork(2): whose threads are not
 * there, and whose locks may be held for ever. */
static inline bool rn_is_forked(const struct rn_thread_notifier *n) {
  return n->mark != NULL ? *n->mark == 0 : getpid() != n->maker;
}

/* Close the descriptors of a copy in a child.  Its memory stays: somebody may
 * have been at work on it at the fork. */
void rn_close_forked(struct rn_thread_notifier *n);

/* Make a notifier on a kernel of one's own.  Otherwise as
 * rn_thread_notifier_new(). */
int rn_thread_notifier_new_on(const struct rn_sys *sys,
                              const struct rn_thread_notifier_options *options,
                              struct rn_thread_notifier **notifier);

/* Take a copy of the notifier's own handler, the last thing in making it.
 *
 * handler    or NULL.
 * Returns    0; as rn_target_new(). */
int rn_default_target_new(struct rn_thread_notifier *n,
                          const struct rn_handler *handler);

/* One of the threads comes to its end.   Threads: that one. */
void rn_thread_ended(struct rn_thread_notifier *n);

/* Whether the caller is a thread of this notifier: a handler. */
bool rn_is_own_thread(const struct rn_thread_notifier *n);

/* Whether the caller is an on_release that the joining thread called; under the
 * lock. */
bool rn_is_joiner(const struct rn_thread_notifier *n);

/* The absolute time that lies `timeout_ms` ahead. */
struct timespec rn_deadline_after(int timeout_ms);

/* Wait for a change under the lock.
 *
 * deadline   or NULL.
 * Returns    0; -ETIMEDOUT. */
int rn_wait_for_change(struct rn_thread_notifier *n,
                       const struct timespec *deadline);

#endif
