#ifndef LIB_BASE_BASE_H
#define LIB_BASE_BASE_H

/* Assertions, the cache line, byte strings: what every module may use. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* x86-64 fetches lines in pairs; two threads' fields stand this far apart. */
#define RN_CACHE_LINE 128

/* The longest path of a watched directory, with its NUL.  Deeper directories
 * are not watched: an error event says so.  Four times PATH_MAX. */
#define RN_PATH_SIZE_MAX (16U * 1024)
/* The longest name of an entry, without a NUL.  NAME_MAX is 255, but file
 * systems that store names as UTF-16, or leave them to a server, give longer
 * ones: up to this, the kernel's own limit for all of them. */
#define RN_NAME_SIZE_MAX 4095U
/* Room for such a path and an entry in it. */
#define RN_ENTRY_PATH_SIZE (RN_PATH_SIZE_MAX + RN_NAME_SIZE_MAX + 2U)

/* A broken contract ends the process with its place, in every build: going on
 * would report paths that are not true. */
#define RN_ASSERT(condition) \
  ((condition) ? (void)0 : rn_assert_fail(#condition, __FILE__, __LINE__))

#define RN_LIKELY(x) __builtin_expect(!!(x), 1)
#define RN_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Have the processor fetch the line of an address into its caches.  A macro:
 * gcc 12 takes a function that does nothing else for one without effect and
 * drops the call. */
#define RN_FETCH(address) __builtin_prefetch(address)

#define RN_CONTAINER_OF(pointer, type, member) \
  ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

_Noreturn void rn_assert_fail(const char *condition, const char *file,
                              int line);

/* Bytes that somebody else owns. */
struct rn_bytes {
  const char *data;
  size_t size;
};

static inline struct rn_bytes rn_bytes_of(const char *text) {
  return (struct rn_bytes){.data = text, .size = strlen(text)};
}

static inline bool rn_bytes_equal(struct rn_bytes a, struct rn_bytes b) {
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Copy bytes, most often fewer than 17: a call of memcpy() would cost more than
 * the two overlapping words. */
static inline void rn_bytes_copy_short(char *to, struct rn_bytes from) {
  uint64_t first, last;
  if (from.size >= sizeof(first) && from.size <= 2 * sizeof(first)) {
    memcpy(&first, from.data, sizeof(first));
    memcpy(&last, from.data + from.size - sizeof(last), sizeof(last));
    memcpy(to, &first, sizeof(first));
    memcpy(to + from.size - sizeof(last), &last, sizeof(last));
  } else {
    memcpy(to, from.data, from.size);
  }
}

/* Hash of bytes, continued from `seed`: 64-bit FNV-1a with a final mix, good
 * for tables of one probe, indexed by low or high bits: lanes of directories,
 * slots of repeats.  Who chooses names can have them share a place, which must
 * cost no more than that; where a search goes on from place to place it is
 * lib/base/hash.h that is wanted. */
uint64_t rn_bytes_hash(uint64_t seed, struct rn_bytes bytes);

/* `size` rounded up to a multiple of `step`, a power of two. */
static inline size_t rn_round_up(size_t size, size_t step) {
  return (size + step - 1) & ~(step - 1);
}

#endif
