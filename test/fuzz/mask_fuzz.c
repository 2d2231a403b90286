/* Any text as a mask, and any mask as text.
 *
 * What parses must come back from its own text; what does not must say where;
 * text cut to any room must be the front of the whole. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base.h"
#include "ringnotify/mask.h"
#include "tools/bazel/fuzz/fuzz.h"

static void check_text_of(uint32_t mask, size_t room) {
  char whole[512];
  const size_t size = rn_mask_format(mask, whole, sizeof(whole));
  RN_ASSERT(size < sizeof(whole));
  RN_ASSERT(strlen(whole) == size);
  uint32_t again = ~mask;
  RN_ASSERT(rn_mask_parse(whole, &again, NULL) == 0);
  RN_ASSERT(again == mask);

  char cut[sizeof(whole)];
  RN_ASSERT(rn_mask_format(mask, cut, room) == size);
  if (room == 0) return;
  const size_t kept = size < room ? size : room - 1;
  RN_ASSERT(strlen(cut) == kept);
  RN_ASSERT(memcmp(cut, whole, kept) == 0);
}

static void check_parse(const char *text, size_t room) {
  const uint32_t untouched = 0x5eed;
  uint32_t mask = untouched;
  const char *bad = NULL;
  const int result = rn_mask_parse(text, &mask, &bad);
  if (result == 0) {
    RN_ASSERT(bad == NULL);
    check_text_of(mask, room);
    return;
  }
  RN_ASSERT(result == -EINVAL);
  RN_ASSERT(mask == untouched);
  RN_ASSERT(bad >= text && bad <= text + strlen(text));
}

/* The first byte is the room for text, the rest the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  char *text = malloc(size);
  if (text == NULL) return 0;
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  check_parse(text, data[0]);
  free(text);

  uint32_t mask = 0;
  memcpy(&mask, data, size < sizeof(mask) ? size : sizeof(mask));
  check_text_of(mask, data[0]);
  return 0;
}
