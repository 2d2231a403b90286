#ifndef TEST_BASE_BASE_IN_C_H
#define TEST_BASE_BASE_IN_C_H

/* lib/base/base.h for a test in C++, which its C11 does not compile in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void base_assert(bool condition);
uint64_t base_hash(uint64_t seed, const char *data, size_t size);
bool base_equal(const char *a, size_t a_size, const char *b, size_t b_size);
size_t base_text_size(const char *text);
size_t base_round_up(size_t size, size_t step);

/* Whether RN_CONTAINER_OF() leads from a member back to its struct. */
bool base_container_is_found(void);

#ifdef __cplusplus
}
#endif

#endif
