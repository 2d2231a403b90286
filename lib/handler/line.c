/* Text into a buffer that may be too small.
 *
 * The escapes are those of the command's plain output; a test holds the two
 * against one another. */

#include "lib/handler/line.h"

#include <stdarg.h>
#include <stdio.h>

static void add_bytes(struct rn_line *line, struct rn_bytes bytes) {
  if (line->used < line->size) {
    const size_t room = line->size - line->used;
    memcpy(line->text + line->used, bytes.data,
           bytes.size < room ? bytes.size : room);
  }
  line->used += bytes.size;
}

void rn_line_add(struct rn_line *line, const char *format, ...) {
  const size_t room = line->used < line->size ? line->size - line->used : 0;
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(room == 0 ? NULL : line->text + line->used, room,
                               format, arguments);
  va_end(arguments);
  RN_ASSERT(length >= 0);
  line->used += (size_t)length;
}

/* The size of the UTF-8 character at the beginning of some bytes (RFC 3629,
 * section 4); 0: they begin with none. */
static size_t character_size(const unsigned char *bytes, size_t size) {
  const unsigned char first = bytes[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size_t whole = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (whole > size) return 0;
  for (size_t i = 1; i < whole; i++)
    if ((bytes[i] & 0xc0) != 0x80) return 0;
  const unsigned char second = bytes[1];
  const bool overlong =
      (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second > 0x9f) || /* surrogates */
                      (first == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : whole;
}

/* Whether a character is to be escaped, or a byte that is part of none: those
 * that a terminal obeys, U+0080 to U+009F among them, and the backslash. */
static bool must_escape(const unsigned char *bytes, size_t size) {
  const unsigned char first = bytes[0];
  if (size == 0) return first >= 0x80 && first <= 0x9f;
  if (size == 2) return first == 0xc2 && bytes[1] <= 0x9f;
  return first < 0x20 || first == 0x7f || first == '\\';
}

static void add_escape(struct rn_line *line, unsigned char byte) {
  switch (byte) {
    case '\n':
      add_bytes(line, rn_bytes_of("\\n"));
      break;
    case '\t':
      add_bytes(line, rn_bytes_of("\\t"));
      break;
    case '\r':
      add_bytes(line, rn_bytes_of("\\r"));
      break;
    case '\\':
      add_bytes(line, rn_bytes_of("\\\\"));
      break;
    default:
      rn_line_add(line, "\\x%02x", byte);
  }
}

void rn_line_add_escaped(struct rn_line *line, struct rn_bytes bytes) {
  const unsigned char *data = (const unsigned char *)bytes.data;
  size_t start = 0;
  for (size_t i = 0; i < bytes.size;) {
    const size_t size = character_size(data + i, bytes.size - i);
    const size_t next = i + (size > 0 ? size : 1);
    if (must_escape(data + i, size)) {
      add_bytes(line, (struct rn_bytes){bytes.data + start, i - start});
      for (; i < next; i++) add_escape(line, data[i]);
      start = next;
    }
    i = next;
  }
  add_bytes(line, (struct rn_bytes){bytes.data + start, bytes.size - start});
}

void rn_line_add_elapsed(struct rn_line *line, uint64_t seconds) {
  const unsigned long long all = seconds;
  if (all < 60)
    rn_line_add(line, "%llus", all);
  else if (all < 60 * 60)
    rn_line_add(line, "%llum%llus", all / 60, all % 60);
  else if (all < 24 * 60 * 60)
    rn_line_add(line, "%lluh%llum", all / 3600, all / 60 % 60);
  else
    rn_line_add(line, "%llud%lluh", all / 86400, all / 3600 % 24);
}

size_t rn_line_end(struct rn_line *line) {
  if (line->size > 0)
    line->text[line->used < line->size ? line->used : line->size - 1] = '\0';
  return line->used;
}
