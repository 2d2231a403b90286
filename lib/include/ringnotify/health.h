#ifndef RINGNOTIFY_HEALTH_H
#define RINGNOTIFY_HEALTH_H

/* How a thread notifier is doing at this moment: for a watchdog, or a page that
 * a person looks at.  rn_thread_notifier_statistics() has what it has done. */

#include "ringnotify/thread_notifier.h"

RN_BEGIN_DECLS

/* What the reader is about. */
enum rn_reader {
  RN_READER_NONE,    /* there is none: not started, or stopped */
  RN_READER_BUSY,    /* in a turn: it reads, lists or repairs.  For long only if
                        the file system keeps it waiting */
  RN_READER_WAITING, /* asleep until there is something to do, as it should */
  RN_READER_PRESSED, /* asleep until handlers have caught up: it reads no more,
                        and the kernel's queue fills */
};

struct rn_health {
  size_t size; /* sizeof(struct rn_health) */

  enum rn_state state;
  int error; /* what ended the reader: a negative errno, or 0 */

  enum rn_reader reader;
  uint64_t reader_ms; /* for how long it has been: since the turn began, or the
                         sleep */

  /* The kernel's queue.  A record takes 16 bytes and its name's, rounded up: so
   * at most queued_bytes / 16 of queue_limit records are taken. */
  uint64_t queued_bytes; /* 0 while it stops */
  uint64_t queue_limit; /* records, as it was when the notifier was made; 0: not
                            known */

  uint64_t waiting;      /* events that were read, up to the reader's last turn,
                            and whose handler has not returned */
  uint32_t busy_workers; /* workers that have events in hand */
  uint64_t worker_ms;    /* how long the worker that takes longest has been at
                            the events that it took in hand: one call of a
                            handler, or as many as one read brought.  Where
                            rn_statistics.delivered stands still meanwhile, it
                            is one call */

  bool recovering;  /* a loss is not repaired yet (RN_WATCH_RECOVER); after a
                           stop that drained: it was left so */
  uint64_t watches; /* watch descriptors in use */
  uint64_t watch_limit; /* of all of the user's: RN_LIMIT_WATCHES; 0: not
                           known */
};

#define RN_HEALTH_INIT RN_SIZED(struct rn_health)

/* How it is doing.
 *
 * The events pay nothing for it.  What is told was true at some moment of the
 * call, field by field; times are those of a clock that ticks every few
 * milliseconds.
 *
 * health     in: size; out: the fields that fit in it.
 * Returns    0; -EINVAL size too small; -EPERM in the child of a fork.
 * Threads    any.
 * Blocks     before the start, while a watch is being added. */
RN_API RN_CHECKED int rn_thread_notifier_health(
    struct rn_thread_notifier *notifier, struct rn_health *health);

RN_END_DECLS

#endif
