#ifndef LIB_NOTIFIER_REQUEST_H
#define LIB_NOTIFIER_REQUEST_H

/* What other threads ask of the reader, with what comes of it: request.c,
 * suspend.c, and for the watch manager's callers list.c and manager.c. */

#include "lib/notifier/notifier.h"

/* A path that could not be watched. */
struct rn_failure {
  struct rn_failure *next;
  int error;
  char path[];
};

/* Those of one addition or change: so many at most, the first ones and the last
 * one, which says what ended it. */
struct rn_failures {
  bool wanted; /* the caller has a callback for them */
  uint32_t count;
  uint64_t left_out;
  struct rn_failure *latest;
};

enum rn_request_kind {
  RN_REQUEST_ADD,
  RN_REQUEST_UPDATE,
  RN_REQUEST_REMOVE,
  RN_REQUEST_APPEND,
  RN_REQUEST_LOOK,   /* something that changes nothing */
  RN_REQUEST_SWITCH, /* suspend or resume, once a barrier has passed */
};

/* What a thread asks of the reader; on that thread's stack. */
struct rn_request {
  struct rn_request *next;
  enum rn_request_kind kind;
  struct rn_addition addition;    /* ADD */
  struct rn_owned_target *target; /* ADD, UPDATE: the watch's own handler; or
                                     NULL */
  struct rn_watch watch; /* in: UPDATE, REMOVE, APPEND, SWITCH; out: ADD */
  uint32_t mask;         /* APPEND */
  struct rn_bytes name;  /* APPEND */
  const struct rn_watch_update *update;                      /* UPDATE */
  int (*look)(struct rn_thread_notifier *n, void *argument); /* LOOK */
  void *argument;                                            /* LOOK */
  bool every, suspends;        /* SWITCH: all watches; or back again */
  struct rn_root *root;        /* while it is walked; NULL: it went */
  struct rn_failures failures; /* ADD, UPDATE: in: whether wanted; out */
  uint32_t extra_turns;        /* since its own walk was over */
  bool widens;                 /* it waits for masks that were put off, */
  uint32_t widen_rounds;       /* until they were gone over so often */
  int result;
  bool done;
};

/* ---- request.c ---- */

/* Have a request done: by the reader when it runs, else here and now.  Returns
 * its result. */
int rn_request_run(struct rn_thread_notifier *n, struct rn_request *request);

/* Leave a request for the reader, and rouse it; under the lock. */
void rn_request_put(struct rn_thread_notifier *n, struct rn_request *request);

/* Do what was asked for, so much of it that threads which ask on and on keep
 * nobody from reading.  Returns true when more may be left, and another turn
 * should follow at once.   Threads: the reader. */
bool rn_requests_serve(struct rn_thread_notifier *n);

/* Go on with the addition that is being walked.   Threads: the reader. */
void rn_requests_advance(struct rn_thread_notifier *n);

/* Tell who waits for a request that it is done.   Threads: the reader. */
void rn_request_answer(struct rn_thread_notifier *n,
                       struct rn_request *request);

/* Refuse everything that was asked for.   Threads: the reader. */
void rn_requests_refuse(struct rn_thread_notifier *n, int error);

/* The root of a handle that a user may change.
 *
 * Returns    0; -ENOENT there is no such watch; -EOPNOTSUPP it is below one. */
int rn_request_root(struct rn_thread_notifier *n, struct rn_watch watch,
                    struct rn_root **root);

/* ---- suspend.c: the reader's ---- */

/* Let a switch wait for its barrier: for RN_SWITCH_MS at most. */
void rn_switch_begin(struct rn_thread_notifier *n, struct rn_request *request);

/* Begin its barrier, or when that has passed, do it and answer. */
void rn_switch_advance(struct rn_thread_notifier *n);

/* How long it may still wait, in milliseconds; -1: none does. */
int rn_switch_left_ms(const struct rn_thread_notifier *n);

/* Whether to read on although the lanes press, as a handler that waits for a
 * switch may be what they press for.  If that has taken as much memory again as
 * the lanes may have, the switch is refused. */
bool rn_switch_reads_on(struct rn_thread_notifier *n);

/* Take in everything that is queued, until the barrier of a switch has passed:
 * for when there is no reader.   Threads: who holds `lock`. */
int rn_switch_here(struct rn_thread_notifier *n, struct rn_request *request);

/* ---- list.c ---- */

/* An empty list; or NULL: no memory. */
struct rn_watch_list *rn_watch_list_new(void);

/* Put an entry behind the others; the path is copied.
 *
 * Returns    0; -ENOMEM. */
int rn_watch_list_put(struct rn_watch_list *list, struct rn_bytes path,
                      int error, struct rn_watch watch);

/* ---- manager.c ---- */

/* A handler as the notifier keeps it.
 *
 * handler    or NULL: gives NULL.
 * Returns    0; as rn_target_new(). */
int rn_owned_target_new(const struct rn_thread_notifier *n,
                        const struct rn_handler *handler,
                        struct rn_owned_target **target);

/* End a handler that no root refers to.  target: or NULL. */
void rn_owned_target_drop(struct rn_owned_target *target);

/* Fill in a request for an addition, with options that are in order.
 *
 * request    with the watch's own handler, or none. */
void rn_addition_request(const struct rn_watch_options *options,
                         struct rn_bytes path, struct rn_bytes access_path,
                         struct rn_filter *filter, struct rn_request *request);

/* Keep a failure, if failures are wanted.  path: with a NUL. */
void rn_failures_keep(struct rn_failures *failures, struct rn_bytes path,
                      int error);

/* Hand failures to a callback, the first one first, and free them. */
void rn_failures_tell(struct rn_failures *failures, rn_failure_fn *on_failure,
                      void *context);

#endif
