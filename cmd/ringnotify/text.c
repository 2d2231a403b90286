/* Bytes that grow.
 *
 * What the command writes is put together here and handed to write(2) in one
 * piece.  The memory is kept from one use to the next (set `size` to 0), so
 * the steady state allocates nothing.
 *
 * Running out of memory is remembered in `failed` instead of being returned:
 * a line is built by a dozen additions, and its writer asks once, at the end,
 * whether all of them worked.  A text that failed must not be written, a part
 * of a line is missing. */

#include "cmd/ringnotify/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

enum { CAPACITY_MIN = 256 };

void text_fini(struct text *text) {
  free(text->data);
  *text = (struct text){0};
}

char *text_reserve(struct text *text, size_t size) {
  if (text->failed) return NULL;
  if (text->capacity - text->size >= size && text->data != NULL)
    return text->data + text->size;
  size_t capacity =
      text->capacity < CAPACITY_MIN ? CAPACITY_MIN : text->capacity;
  while (capacity - text->size < size && capacity <= SIZE_MAX / 2)
    capacity *= 2;
  char *data =
      capacity - text->size < size ? NULL : realloc(text->data, capacity);
  if (data == NULL) {
    text->failed = true;
    return NULL;
  }
  text->data = data;
  text->capacity = capacity;
  return data + text->size;
}

void text_add(struct text *text, const char *data, size_t size) {
  char *to = text_reserve(text, size);
  if (to == NULL || size == 0) return;
  memcpy(to, data, size);
  text->size += size;
}

void text_add_string(struct text *text, const char *string) {
  text_add(text, string, strlen(string));
}

void text_add_byte(struct text *text, char byte) { text_add(text, &byte, 1); }

void text_add_format(struct text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *to = length < 0 ? NULL : text_reserve(text, (size_t)length + 1);
  if (to == NULL) {
    text->failed = true;
    return;
  }
  va_start(arguments, format);
  vsnprintf(to, (size_t)length + 1, format, arguments);
  va_end(arguments);
  text->size += (size_t)length;
}

void text_add_path(struct text *text, const char *directory, const char *path) {
  if (directory != NULL && path[0] != '/') {
    text_add_string(text, directory);
    text_add_byte(text, '/');
  }
  text_add(text, path, strlen(path) + 1);
}

/* Whether a character is to be escaped, or a byte that is part of none (size is
 * -1): those that a terminal obeys, U+0080 to U+009F among them, and the
 * backslash. */
static bool must_escape(const uint8_t *bytes, int size) {
  const uint8_t first = bytes[0];
  if (size < 0) return first >= 0x80 && first <= 0x9f;
  if (size == 2) return first == 0xc2 && bytes[1] <= 0x9f;
  return first < 0x20 || first == 0x7f || first == '\\';
}

static void add_escape(struct text *text, unsigned char byte) {
  switch (byte) {
    case '\n':
      text_add(text, "\\n", 2);
      break;
    case '\t':
      text_add(text, "\\t", 2);
      break;
    case '\r':
      text_add(text, "\\r", 2);
      break;
    case '\\':
      text_add(text, "\\\\", 2);
      break;
    default:
      text_add_format(text, "\\x%02x", byte);
  }
}

void text_add_escaped(struct text *text, const char *data, size_t size) {
  const uint8_t *bytes = (const uint8_t *)data;
  size_t start = 0;
  for (size_t i = 0; i < size;) {
    const int units = u8_mblen(bytes + i, size - i);
    const size_t next = i + (units > 0 ? (size_t)units : 1);
    if (must_escape(bytes + i, units)) {
      text_add(text, data + start, i - start);
      for (; i < next; i++) add_escape(text, bytes[i]);
      start = next;
    }
    i = next;
  }
  text_add(text, data + start, size - start);
}
