/* JSON objects by Jansson, bytes of names by libunistring and Nettle.
 *
 * A name is bytes, a JSON string is Unicode.  A name that is UTF-8 goes in as
 * it is.  One that is not gets U+FFFD where its bytes make no sense, which any
 * reader can show, and its exact bytes beside it in Base64, from which a
 * program can open the file.
 *
 * Jansson keeps the order in which keys were put.  It costs 1.2 to 1.4 us an
 * event, so that one worker writes some 700 000 lines a second; with Jansson
 * for the strings alone and the rest by printf(3) it would be 0.3 us.  The
 * backlog takes what comes faster, and a schema that a library keeps in shape
 * is worth the difference. */

#include "cmd/ringnotify/json_line.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

struct json_line json_line_begin(const char *type) {
  struct json_line line = {.object = json_object()};
  json_line_put_integer(&line, "v", 1);
  json_line_put_ascii(&line, "type", type);
  return line;
}

void json_line_put(struct json_line *line, const char *key, json_t *value) {
  if (json_object_set_new_nocheck(line->object, key, value) != 0)
    line->failed = true;
}

void json_line_put_integer(struct json_line *line, const char *key,
                           uint64_t value) {
  const uint64_t number = value < INT64_MAX ? value : INT64_MAX;
  json_line_put(line, key, json_integer((json_int_t)number));
}

void json_line_put_ascii(struct json_line *line, const char *key,
                         const char *value) {
  json_line_put(line, key, json_string_nocheck(value));
}

static bool is_utf8(const char *data, size_t size) {
  return u8_check((const uint8_t *)data, size) == NULL;
}

/* The bytes with U+FFFD for each piece that is not UTF-8. */
static void add_repaired(struct text *text, const char *data, size_t size) {
  while (size > 0) {
    ucs4_t character;
    const uint8_t *at = (const uint8_t *)data;
    const size_t taken = (size_t)u8_mbtouc(&character, at, size);
    if (is_utf8(data, taken))
      text_add(text, data, taken);
    else
      text_add_string(text, replacement);
    data += taken;
    size -= taken;
  }
}

static json_t *repaired(const char *data, size_t size) {
  struct text text = {0};
  add_repaired(&text, data, size);
  json_t *value =
      text.failed ? NULL : json_stringn_nocheck(text.data, text.size);
  text_fini(&text);
  return value;
}

static json_t *base64(const char *data, size_t size) {
  const size_t encoded_size = BASE64_ENCODE_RAW_LENGTH(size);
  char *encoded = malloc(encoded_size + 1); /* never a malloc of nothing */
  if (encoded == NULL) return NULL;
  base64_encode_raw(encoded, size, (const uint8_t *)data);
  json_t *value = json_stringn_nocheck(encoded, encoded_size);
  free(encoded);
  return value;
}

void json_line_put_text(struct json_line *line, const char *key,
                        const char *data, size_t size) {
  json_line_put(line, key,
                is_utf8(data, size) ? json_stringn_nocheck(data, size)
                                    : repaired(data, size));
}

void json_line_put_path(struct json_line *line, const char *key,
                        const char *key_b64, const char *path, size_t size) {
  json_line_put_text(line, key, path, size);
  if (!is_utf8(path, size)) json_line_put(line, key_b64, base64(path, size));
}

/* Write into the memory that the text has; when that is too small, Jansson
 * says how much it wants. */
static void dump(json_t *object, struct text *text) {
  size_t wanted = 512;
  for (;;) {
    char *to = text_reserve(text, wanted);
    if (to == NULL) return;
    const size_t room = text->capacity - text->size;
    wanted = json_dumpb(object, to, room, JSON_COMPACT);
    if (wanted == 0) text->failed = true;
    if (wanted > room) continue;
    text->size += wanted;
    return;
  }
}

void json_line_end(struct json_line *line, struct text *text) {
  if (line->failed) text->failed = true;
  dump(line->object, text);
  text_add_byte(text, '\n');
  json_decref(line->object);
  line->object = NULL;
}
