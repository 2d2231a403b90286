/* A time and a subtraction an event; what the times mean is worked out when the
 * threads have ended. */

#include "bench/subject/stamps.h"

#include <errno.h>
#include <stdlib.h>

int stamps_init(struct stamps *stamps, uint64_t count, uint32_t file_count) {
  *stamps = (struct stamps){.count = count, .file_count = file_count};
  stamps->times_ns = calloc(count, sizeof(*stamps->times_ns));
  return stamps->times_ns == NULL ? -ENOMEM : 0;
}

void stamps_fini(struct stamps *stamps) { free(stamps->times_ns); }

/* The number that a name ends in. */
static uint64_t number_of(const char *name, size_t size) {
  size_t begin = size;
  while (begin > 0 && name[begin - 1] >= '0' && name[begin - 1] <= '9') begin--;
  uint64_t number = 0;
  for (size_t i = begin; i < size; i++)
    number = number * 10 + (uint64_t)(name[i] - '0');
  return number;
}

void stamps_put(struct stamps *stamps, const char *name, size_t name_size,
                uint64_t time_ns) {
  const uint64_t file_count = stamps->file_count;
  const uint64_t file = number_of(name, name_size);
  const uint64_t awaited = stamps->next % file_count;
  const uint64_t missing = (file + file_count - awaited) % file_count;
  const uint64_t event = stamps->next + missing;
  if (file >= file_count || event >= stamps->count) {
    stamps->extra++;
    return;
  }
  stamps->times_ns[event] = time_ns;
  stamps->next = event + 1;
  stamps->seen++;
}
