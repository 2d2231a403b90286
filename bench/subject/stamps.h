#ifndef BENCH_SUBJECT_STAMPS_H
#define BENCH_SUBJECT_STAMPS_H

/* When each event of a load reached its handler.
 *
 * Event number i is a change of file i mod file_count.  The number of the file,
 * which its name ends in, says whether events before this one are missing: so
 * every stamp belongs to the right event also behind a loss of less than
 * file_count events. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stamps {
  /* const: set before the events are made */
  uint64_t *times_ns; /* of `count` events, monotonic; 0: not seen */
  uint64_t count;
  uint32_t file_count;
  /* the handler's thread's, until it has been joined */
  uint64_t next;  /* event that is awaited */
  uint64_t seen;  /* events that got a stamp */
  uint64_t extra; /* events that were none of the load's */
};

/* Stamps for so many events.  Returns 0; -ENOMEM. */
int stamps_init(struct stamps *stamps, uint64_t count, uint32_t file_count);
void stamps_fini(struct stamps *stamps);

/* Note that the event of the file called `name` was handled at this time.
 *
 * Threads    one at a time. */
void stamps_put(struct stamps *stamps, const char *name, size_t name_size,
                uint64_t time_ns);

#ifdef __cplusplus
}
#endif

#endif
