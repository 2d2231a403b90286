/* Bytes to raw events.
 *
 * The idea: a cursor and one outcome a call.  A record is a head of 16 bytes
 * and a name that the kernel pads with NULs; the head is copied out, which
 * makes any alignment good, and the name is lent from the buffer.  Nothing is
 * allocated and nothing is kept.
 *
 * The invariant: at->next <= at->end, and at->next moves only over a record
 * that is whole.  Bytes need not come from a kernel: a length is believed only
 * after it was compared with what is left, and a name ends at its first NUL,
 * which must be inside the record.
 *
 * What this does not do: judge the fields.  Unknown masks, watch descriptors
 * that nobody has and names with a '/' pass; the tree decides about those. */

#include "lib/decode/decode.h"

#include <assert.h>

static_assert(sizeof(struct inotify_event) == 16, "the kernel's record head");

struct rn_cursor rn_parse_begin(const void *buffer, size_t size) {
  const char *bytes = buffer;
  return (struct rn_cursor){.next = bytes,
                            .end = size > 0 ? bytes + size : bytes};
}

int rn_parse_next(struct rn_cursor *at, struct rn_raw_event *event) {
  RN_ASSERT(at->next <= at->end);
  return rn_decode_next(at, event);
}
