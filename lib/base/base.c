/* What every module may use.
 *
 * The one place of the library that writes to stderr: a failed assertion is a
 * fault of the library, and the process ends with it. */

#include "lib/base/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void rn_assert_fail(const char *condition, const char *file,
                              int line) {
  fprintf(stderr, "ringnotify: %s:%d: broken contract: %s\n", file, line,
          condition);
  abort();
}

uint64_t rn_bytes_hash(uint64_t seed, struct rn_bytes bytes) {
  uint64_t hash = seed ^ 0xcbf29ce484222325U;
  for (size_t i = 0; i < bytes.size; i++) {
    hash ^= (unsigned char)bytes.data[i];
    hash *= 0x100000001b3U;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93U;
  return hash ^ (hash >> 32);
}
