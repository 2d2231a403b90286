#ifndef CMD_RINGNOTIFY_TEXT_H
#define CMD_RINGNOTIFY_TEXT_H

/* Bytes that grow, and the escaping that keeps one event on one line. */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is an empty text. */
struct text {
  char *data; /* size bytes, no NUL behind them; NULL while capacity is 0 */
  size_t size;
  size_t capacity;
  bool failed; /* memory ran out: something is missing; later additions are
                  passed over */
};

/* Give the memory back; the text is empty again and has not failed. */
void text_fini(struct text *text);

/* Make room for `size` more bytes.
 *
 * Returns    where they go: data + size, which the caller advances; NULL and
 *            `failed` when there is no memory. */
char *text_reserve(struct text *text, size_t size);

/* Add bytes, a string, a byte. */
void text_add(struct text *text, const char *data, size_t size);
void text_add_string(struct text *text, const char *string);
void text_add_byte(struct text *text, char byte);

/* Add what printf(3) would write. */
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add a path and a NUL; when it is relative, `directory` and a slash before it.
 *
 * directory  or NULL: the path as it is. */
void text_add_path(struct text *text, const char *directory, const char *path);

/* Add bytes, with the control characters U+0000 to U+001F and U+007F to U+009F
 * of UTF-8, bytes 0x80 to 0x9f outside of a character, and the backslash
 * escaped: \n, \t, \r, \\, else \xHH a byte.  All other bytes, invalid UTF-8
 * included, stay as they are. */
void text_add_escaped(struct text *text, const char *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
