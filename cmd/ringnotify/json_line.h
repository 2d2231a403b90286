#ifndef CMD_RINGNOTIFY_JSON_LINE_H
#define CMD_RINGNOTIFY_JSON_LINE_H

/* One JSON object on its way to a line: keys stay in the order they were put.
 *
 * A failure is remembered and shows at the end, as in struct text. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_line {
  json_t *object;
  bool failed;
};

/* Begin a line of this schema: {"v":1,"type":TYPE}. */
struct json_line json_line_begin(const char *type);

/* Put a value, which is taken over; NULL stands for "memory ran out". */
void json_line_put(struct json_line *line, const char *key, json_t *value);

/* Put an integer; above INT64_MAX (which no counter reaches) it is cut to it.
 */
void json_line_put_integer(struct json_line *line, const char *key,
                           uint64_t value);

/* Put a string of ASCII. */
void json_line_put_ascii(struct json_line *line, const char *key,
                         const char *value);

/* Put bytes as a string: U+FFFD stands where they are not UTF-8. */
void json_line_put_text(struct json_line *line, const char *key,
                        const char *data, size_t size);

/* Put a path: as json_line_put_text(), and where it is not UTF-8 its exact
 * bytes in Base64 under `key_b64`. */
void json_line_put_path(struct json_line *line, const char *key,
                        const char *key_b64, const char *path, size_t size);

/* Write the object and a newline; free it. */
void json_line_end(struct json_line *line, struct text *text);

#ifdef __cplusplus
}
#endif

#endif
