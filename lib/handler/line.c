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

static bool must_escape(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f || byte == '\\';
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
  size_t start = 0;
  for (size_t i = 0; i < bytes.size; i++) {
    const unsigned char byte = (unsigned char)bytes.data[i];
    if (!must_escape(byte)) continue;
    add_bytes(line, (struct rn_bytes){bytes.data + start, i - start});
    add_escape(line, byte);
    start = i + 1;
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
