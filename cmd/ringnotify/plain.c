/* Plain output: CREATE,ISDIR<TAB>path.
 *
 * One event is one line, whatever bytes a name has: what could end the line or
 * be taken for the escape itself is escaped.  With -0 the NUL, which no path
 * contains, ends the record, so nothing needs an escape.
 *
 * An overflow is a record with an empty path.  Errors are not data: they go to
 * stderr. */

#include "cmd/ringnotify/plain.h"

#include <string.h>

static void add_bit_name(struct text *text, uint32_t bit) {
  const char *name = rn_flag_name(bit);
  if (name == NULL)
    text_add_format(text, "0x%x", bit);
  else
    text_add_string(text, name + strlen("IN_"));
}

static void add_mask(struct text *text, uint32_t mask) {
  while (mask != 0) {
    const uint32_t bit = mask & (~mask + 1);
    add_bit_name(text, bit);
    mask ^= bit;
    if (mask != 0) text_add_byte(text, ',');
  }
}

/* The path, and what ends a record. */
static void add_path(struct text *text, const struct record *record,
                     enum plain_form form) {
  text_add_byte(text, '\t');
  if (form == PLAIN_NUL) {
    text_add(text, record->path, record->path_size);
    text_add_byte(text, '\0');
  } else {
    text_add_escaped(text, record->path, record->path_size);
    text_add_byte(text, '\n');
  }
}

void plain_event(struct text *text, const struct record *record,
                 enum plain_form form) {
  add_mask(text, record->mask);
  add_path(text, record, form);
}

void plain_rescan(struct text *text, const struct record *record,
                  enum plain_form form) {
  text_add_string(text, "RESCAN");
  add_path(text, record, form);
}
