/* Any bytes as records, against a second decoder that goes byte by byte.
 *
 * Both must agree on each record and on where the whole ones end; a read past
 * the input is the sanitizer's to find. */

#include <errno.h>
#include <string.h>

#include "lib/base/base.h"
#include "ringnotify/inotify.h"
#include "tools/bazel/fuzz/fuzz.h"

enum { HEAD_SIZE = 16, LENGTH_PLACE = 12 };

/* Four bytes in the machine's order. */
static uint32_t word_at(const uint8_t *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof(word));
  return word;
}

/* Size of the record that `left` bytes begin with; 0 when it is not whole. */
static size_t record_size(const uint8_t *bytes, size_t left) {
  if (left < HEAD_SIZE) return 0;
  const uint32_t length = word_at(bytes + LENGTH_PLACE);
  if (length > left - HEAD_SIZE) return 0;
  if (length > 0 && memchr(bytes + HEAD_SIZE, '\0', length) == NULL) return 0;
  return HEAD_SIZE + length;
}

static void check_record(const struct rn_raw_event *event, const uint8_t *bytes,
                         size_t size) {
  RN_ASSERT((uint32_t)event->wd == word_at(bytes));
  RN_ASSERT(event->mask == word_at(bytes + 4));
  RN_ASSERT(event->cookie == word_at(bytes + 8));
  RN_ASSERT(event->name_size == strlen(event->name));
  if (size == HEAD_SIZE) {
    RN_ASSERT(event->name_size == 0);
  } else {
    RN_ASSERT(event->name == (const char *)bytes + HEAD_SIZE);
    RN_ASSERT(event->name_size < size - HEAD_SIZE);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct rn_cursor at = rn_parse_begin(data, size);
  struct rn_raw_event event;
  size_t place = 0;
  int result;
  while ((result = rn_parse_next(&at, &event)) == 1) {
    const size_t expected_size = record_size(data + place, size - place);
    RN_ASSERT(expected_size > 0);
    check_record(&event, data + place, expected_size);
    place += expected_size;
    RN_ASSERT(at.next == (const char *)data + place);
  }
  RN_ASSERT(result == (place == size ? 0 : -EBADMSG));
  RN_ASSERT(place == size || record_size(data + place, size - place) == 0);
  return 0;
}
