#ifndef LIB_DECODE_DECODE_H
#define LIB_DECODE_DECODE_H

/* Bytes to raw events, inlined: the reader takes millions of records a second
 * through here.  For C only; others call rn_parse_next(), which is the same.
 * How it works is told in decode.c. */

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>

#include "lib/base/base.h"
#include "ringnotify/inotify.h"

/* The largest record that the kernel gives: head, name and NUL. */
#define RN_RECORD_SIZE_MAX (sizeof(struct inotify_event) + RN_NAME_SIZE_MAX + 1)

/* Find the first NUL of `bytes`, eight at a time: names are short and the
 * kernel pads them to 16, so that a call of memchr() would cost more than the
 * search.
 *
 * Returns    its index, or `size` when there is none. */
static inline size_t rn_decode_name_size(const char *bytes, size_t size) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  size_t i = 0;
  for (; size - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, bytes + i, sizeof(word));
    word = le64toh(word);
    /* The lowest bit set here is the top bit of the first zero byte. */
    const uint64_t zeros = (word - ones) & ~word & (ones << 7);
    if (zeros != 0) return i + (size_t)__builtin_ctzll(zeros) / 8;
  }
  while (i < size && bytes[i] != '\0') i++;
  return i;
}

/* Take the next record: see rn_parse_next(). */
static inline int rn_decode_next(struct rn_cursor *at,
                                 struct rn_raw_event *event) {
  const size_t left = (size_t)(at->end - at->next);
  if (left == 0) return 0;
  struct inotify_event head;
  if (RN_UNLIKELY(left < sizeof(head))) return -EBADMSG;
  memcpy(&head, at->next, sizeof(head));
  if (RN_UNLIKELY(head.len > left - sizeof(head))) return -EBADMSG;

  const char *name = at->next + sizeof(head);
  size_t name_size = 0;
  if (head.len > 0) {
    name_size = rn_decode_name_size(name, head.len);
    if (RN_UNLIKELY(name_size == head.len)) return -EBADMSG;
  } else {
    name = "";
  }
  event->wd = head.wd;
  event->mask = head.mask;
  event->cookie = head.cookie;
  event->name_size = (uint32_t)name_size;
  event->name = name;
  at->next += sizeof(head) + head.len;
  return 1;
}

/* Pass over the next record, for its wd alone.  Returns false when there is no
 * whole one. */
static inline bool rn_decode_skip(struct rn_cursor *at, int *wd) {
  const size_t left = (size_t)(at->end - at->next);
  struct inotify_event head;
  if (left < sizeof(head)) return false;
  memcpy(&head, at->next, sizeof(head));
  if (RN_UNLIKELY(head.len > left - sizeof(head))) return false;
  *wd = head.wd;
  at->next += sizeof(head) + head.len;
  return true;
}

#endif
