/* Each function of base.h behind one that C++ can call; nothing more. */

#include "test/base/base_in_c.h"

#include "lib/base/base.h"

void base_assert(bool condition) { RN_ASSERT(condition); }

uint64_t base_hash(uint64_t seed, const char *data, size_t size) {
  return rn_bytes_hash(seed, (struct rn_bytes){.data = data, .size = size});
}

bool base_equal(const char *a, size_t a_size, const char *b, size_t b_size) {
  return rn_bytes_equal((struct rn_bytes){.data = a, .size = a_size},
                        (struct rn_bytes){.data = b, .size = b_size});
}

size_t base_text_size(const char *text) { return rn_bytes_of(text).size; }

size_t base_round_up(size_t size, size_t step) {
  return rn_round_up(size, step);
}

bool base_container_is_found(void) {
  struct container {
    uint64_t before;
    char member;
  } container;
  char *member = &container.member;
  return RN_CONTAINER_OF(member, struct container, member) == &container;
}
