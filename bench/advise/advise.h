#ifndef BENCH_ADVISE_ADVISE_H
#define BENCH_ADVISE_ADVISE_H

/* Which options for which load: pure, figures in, advice out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/ringnotify/text.h"
#include "ringnotify/thread_notifier.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked: RATE,COST,BURST. */
struct advise_want {
  double rate;    /* events a second, all the time */
  double cost_ns; /* that a handler takes for one */
  double burst;   /* events that come at once, as fast as they can be made */
};

/* What was measured on a machine. */
struct advise_figures {
  double read_ns; /* that the reader takes for an event */
  double hand_ns; /* that a worker takes for one besides its handler */
  double make_ns; /* that a producer at full speed takes to make one; 0: not
                     known, a burst is taken to be there all at once */
  uint32_t cpus;
  uint64_t memory_bytes;
  uint64_t queue_limit; /* fs.inotify.max_queued_events now */
};

/* Why it cannot keep up with the rate. */
enum advise_bound {
  ADVISE_KEEPS_UP,
  ADVISE_READER,  /* one reader cannot take so many out of the kernel */
  ADVISE_WORKERS, /* the handlers need more processors than there are */
};

struct advice {
  /* What to set. */
  uint32_t workers;
  enum rn_order order;
  enum rn_full full;
  uint32_t slots;
  uint64_t read_size;
  uint64_t backlog_size;
  uint64_t queue_limit; /* not below the present one */
  bool queue_is_as_now; /* nothing is to be done for it */

  /* What is to be expected. */
  enum advise_bound bound;
  bool is_tight;           /* it does, but with less than a fifth to spare */
  double capacity;         /* events a second that it can keep up with */
  double reader_busy;      /* shares of a processor: 0.41; at most 1 */
  double worker_busy;      /* of each worker */
  double cpus_busy;        /* of all threads together: 1.7 */
  uint32_t wanted_workers; /* that the handlers would need, had they a processor
                              each; more than `workers` when there are not so
                              many */
  bool total_order_fits;   /* one worker alone would do */

  /* At the end of a burst. */
  uint64_t waits_in_kernel; /* events, at most */
  uint64_t waits_in_memory;
  uint64_t memory_bytes; /* that those in memory take */
  uint64_t burst_lost;   /* for which there is no room */
  double recover_s;      /* until all of it is handled; negative: never */

  /* When it does not keep up. */
  double lost_share;   /* of all events, in the long run */
  double first_loss_s; /* until memory and queue are full */
  uint32_t notifiers;  /* that would keep up together; for ADVISE_READER */
};

/* Work the advice out.
 *
 * want       rate > 0, the rest not negative: as advise_parse() gives it.
 * figures    read_ns > 0, cpus > 0. */
void advise(const struct advise_want *want,
            const struct advise_figures *figures, struct advice *advice);

/* Read "200000/s,2us,1000000".
 *
 * RATE: events a second, with or without "/s"; COST: with ns, us, ms or s;
 * BURST: events.  RATE and BURST may end in k or M.
 *
 * problem    out: on -EINVAL what is wrong and what to do, one line.
 * Returns    0; -EINVAL. */
int advise_parse(const char *text, struct advise_want *want,
                 struct text *problem);

/* Append the advice as people read it.
 *
 * source     where the figures are from: "measured now". */
void advise_show(struct text *page, const struct advise_want *want,
                 const struct advise_figures *figures,
                 const struct advice *advice, const char *source);

#ifdef __cplusplus
}
#endif

#endif
