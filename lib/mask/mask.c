/* IN_* bits and their names.
 *
 * The idea: one table of single bits in their order, and one of the groups;
 * every function is a walk over them.  Text is compared as ASCII, whatever the
 * locale: in a Turkish one tolower('I') is not 'i', and "IN_CREATE" must stay a
 * name there.
 *
 * The invariant: what rn_mask_format() writes, rn_mask_parse() reads back to
 * the same mask, unknown bits included.
 *
 * What this does not do: ask the kernel.  rn_mask_check() is stricter than
 * inotify_add_watch(2), and says why in mask.h. */

#include "ringnotify/mask.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/base.h"

static const struct rn_flag flags[] = {
    {"IN_ACCESS", IN_ACCESS},
    {"IN_MODIFY", IN_MODIFY},
    {"IN_ATTRIB", IN_ATTRIB},
    {"IN_CLOSE_WRITE", IN_CLOSE_WRITE},
    {"IN_CLOSE_NOWRITE", IN_CLOSE_NOWRITE},
    {"IN_OPEN", IN_OPEN},
    {"IN_MOVED_FROM", IN_MOVED_FROM},
    {"IN_MOVED_TO", IN_MOVED_TO},
    {"IN_CREATE", IN_CREATE},
    {"IN_DELETE", IN_DELETE},
    {"IN_DELETE_SELF", IN_DELETE_SELF},
    {"IN_MOVE_SELF", IN_MOVE_SELF},
    {"IN_UNMOUNT", IN_UNMOUNT},
    {"IN_Q_OVERFLOW", IN_Q_OVERFLOW},
    {"IN_IGNORED", IN_IGNORED},
    {"IN_ONLYDIR", IN_ONLYDIR},
    {"IN_DONT_FOLLOW", IN_DONT_FOLLOW},
    {"IN_EXCL_UNLINK", IN_EXCL_UNLINK},
    {"IN_MASK_CREATE", IN_MASK_CREATE},
    {"IN_MASK_ADD", IN_MASK_ADD},
    {"IN_ISDIR", IN_ISDIR},
    {"IN_ONESHOT", IN_ONESHOT},
};

static const struct rn_flag groups[] = {
    {"IN_CLOSE", IN_CLOSE},
    {"IN_MOVE", IN_MOVE},
    {"IN_ALL_EVENTS", IN_ALL_EVENTS},
};

enum { PREFIX_SIZE = 3 }; /* of "IN_", which every name in the tables has */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Text being written: `used` goes on counting where the room ends. */
struct writer {
  char *text;
  size_t size;
  size_t used;
};

static void write_bytes(struct writer *out, struct rn_bytes bytes);
static void write_hex(struct writer *out, uint32_t number);
static struct rn_bytes take_token(const char **next);
static bool read_token(struct rn_bytes token, uint32_t *bits);
static bool read_number(struct rn_bytes token, uint32_t *number);
static bool find_name(const struct rn_flag *table, size_t count,
                      struct rn_bytes token, uint32_t *bits);

const struct rn_flag *rn_flags(size_t *count) {
  *count = COUNT_OF(flags);
  return flags;
}

const char *rn_flag_name(uint32_t bit) {
  for (size_t i = 0; i < COUNT_OF(flags); i++) {
    if (flags[i].bit == bit) return flags[i].name;
  }
  return NULL;
}

size_t rn_mask_format(uint32_t mask, char *text, size_t size) {
  struct writer out = {.text = text, .size = size};
  const struct rn_bytes bar = rn_bytes_of("|");
  uint32_t left = mask;
  for (size_t i = 0; i < COUNT_OF(flags); i++) {
    if ((mask & flags[i].bit) == 0) continue;
    if (out.used > 0) write_bytes(&out, bar);
    write_bytes(&out, rn_bytes_of(flags[i].name));
    left &= ~flags[i].bit;
  }
  if (mask == 0) {
    write_bytes(&out, rn_bytes_of("0"));
  } else if (left != 0) {
    if (out.used > 0) write_bytes(&out, bar);
    write_hex(&out, left);
  }
  if (size > 0) text[out.used < size ? out.used : size - 1] = '\0';
  return out.used;
}

int rn_mask_parse(const char *text, uint32_t *mask, const char **bad) {
  uint32_t result = 0;
  const char *next = text;
  for (;;) {
    const struct rn_bytes token = take_token(&next);
    uint32_t bits = 0;
    if (!read_token(token, &bits)) {
      if (bad != NULL) *bad = token.data;
      return -EINVAL;
    }
    result |= bits;
    if (*next == '\0') break;
    next++; /* over the separator */
  }
  *mask = result;
  return 0;
}

int rn_mask_check(uint32_t mask) {
  const uint32_t modifiers = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK |
                             IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT;
  const uint32_t reported = IN_ISDIR | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;
  const uint32_t both = IN_MASK_ADD | IN_MASK_CREATE;
  if ((mask & IN_ALL_EVENTS) == 0) return -EINVAL;
  if ((mask & ~(IN_ALL_EVENTS | modifiers | reported)) != 0) return -EINVAL;
  if ((mask & both) == both) return -EINVAL;
  return 0;
}

static void write_bytes(struct writer *out, struct rn_bytes bytes) {
  if (out->used < out->size) {
    const size_t room = out->size - out->used;
    memcpy(out->text + out->used, bytes.data,
           bytes.size < room ? bytes.size : room);
  }
  out->used += bytes.size;
}

static void write_hex(struct writer *out, uint32_t number) {
  write_bytes(out, rn_bytes_of("0x"));
  int shift = 28;
  while (shift > 0 && number >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const char *digit = &"0123456789abcdef"[(number >> shift) & 0xf];
    write_bytes(out, (struct rn_bytes){.data = digit, .size = 1});
  }
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool ends_token(char c) { return c == '\0' || c == ',' || c == '|'; }

/* The next name without the blanks round it; `next` moves to what ended it. */
static struct rn_bytes take_token(const char **next) {
  const char *begin = *next;
  while (is_blank(*begin)) begin++;
  const char *end = begin;
  while (!ends_token(*end)) end++;
  *next = end;
  while (end > begin && is_blank(end[-1])) end--;
  return (struct rn_bytes){.data = begin, .size = (size_t)(end - begin)};
}

static bool read_token(struct rn_bytes token, uint32_t *bits) {
  if (token.size == 0) return false;
  if (token.data[0] >= '0' && token.data[0] <= '9')
    return read_number(token, bits);
  return find_name(flags, COUNT_OF(flags), token, bits) ||
         find_name(groups, COUNT_OF(groups), token, bits);
}

/* Value of a digit in hexadecimal, or 16. */
static uint32_t digit_value(char c) {
  if (c >= '0' && c <= '9') return (uint32_t)(c - '0');
  if (c >= 'a' && c <= 'f') return (uint32_t)(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return (uint32_t)(c - 'A') + 10;
  return 16;
}

/* All of `token` as 0x... or decimal; false when it is neither or needs more
 * than 32 bits. */
static bool read_number(struct rn_bytes token, uint32_t *number) {
  const bool is_hex = token.size > 2 && token.data[0] == '0' &&
                      (token.data[1] == 'x' || token.data[1] == 'X');
  const uint32_t base = is_hex ? 16 : 10;
  uint64_t value = 0;
  for (size_t i = is_hex ? 2 : 0; i < token.size; i++) {
    const uint32_t digit = digit_value(token.data[i]);
    if (digit >= base) return false;
    value = value * base + digit;
    if (value > UINT32_MAX) return false;
  }
  *number = (uint32_t)value;
  return true;
}

static char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* `token` is `name`, in any case. */
static bool is_name(struct rn_bytes token, const char *name) {
  size_t i = 0;
  while (i < token.size && to_upper(token.data[i]) == name[i]) i++;
  return i == token.size && name[i] == '\0';
}

static bool find_name(const struct rn_flag *table, size_t count,
                      struct rn_bytes token, uint32_t *bits) {
  for (size_t i = 0; i < count; i++) {
    const char *name = table[i].name;
    if (!is_name(token, name) && !is_name(token, name + PREFIX_SIZE)) continue;
    *bits = table[i].bit;
    return true;
  }
  return false;
}
