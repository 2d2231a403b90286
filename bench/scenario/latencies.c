/* Some hundred thousand values of eight bytes: cheaper than to argue about the
 * error of a histogram. */

#include "bench/scenario/latencies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/figures.h"

/* Make room for so many more. */
static int reserve(struct latencies *latencies, size_t more) {
  const size_t count = latencies->count + more;
  uint64_t *values =
      realloc(latencies->values_ns, (count + 1) * sizeof(*values));
  if (values == NULL) return -ENOMEM;
  latencies->values_ns = values;
  return 0;
}

int latencies_add(struct latencies *latencies, const struct stamps *stamps,
                  const struct schedule *schedule) {
  const int err = reserve(latencies, stamps->count);
  if (err < 0) return err;
  for (uint64_t i = 0; i < stamps->count; i++) {
    const uint64_t time_ns = stamps->times_ns[i];
    if (time_ns == 0) continue; /* lost */
    latencies->values_ns[latencies->count++] =
        time_ns - schedule_due(schedule, i);
  }
  sort_values(latencies->values_ns, latencies->count);
  return 0;
}

int latencies_merge(struct latencies *latencies,
                    const struct latencies *others) {
  const int err = reserve(latencies, others->count);
  if (err < 0) return err;
  memcpy(latencies->values_ns + latencies->count, others->values_ns,
         others->count * sizeof(*others->values_ns));
  latencies->count += others->count;
  sort_values(latencies->values_ns, latencies->count);
  return 0;
}

double latencies_at(const struct latencies *latencies, double share) {
  if (latencies->count == 0) return 0;
  return (double)percentile(latencies->values_ns, latencies->count, share);
}

void latencies_fini(struct latencies *latencies) { free(latencies->values_ns); }
