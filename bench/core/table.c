/* A field that a result lacks is a dash. */

#include "bench/core/table.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 42, CELL_WIDTH_MIN = 7, CELL_SIZE = 40 };

/* Columns are as wide as their heading, but for short ones. */
static int width_of(const struct column *column) {
  const int size = (int)strlen(column->heading);
  return size < CELL_WIDTH_MIN ? CELL_WIDTH_MIN : size;
}

void table_add_heading(struct text *text, const struct scenario *scenario) {
  text_add_format(text, "%-*s", LABEL_WIDTH, scenario->name);
  const struct column *column = scenario->columns;
  for (; column->heading != NULL; column++)
    text_add_format(text, "  %*s", width_of(column), column->heading);
  text_add_byte(text, '\n');
}

static void format_cell(char cell[CELL_SIZE], const struct column *column,
                        const struct result *result) {
  const json_t *value = json_object_get(result->object, column->key);
  if (column->part != NULL) value = json_object_get(value, column->part);
  if (json_is_number(value)) {
    const double divisor = column->divisor > 0 ? column->divisor : 1;
    snprintf(cell, CELL_SIZE, "%.*f", column->digits,
             json_number_value(value) / divisor);
  } else if (json_is_string(value)) {
    snprintf(cell, CELL_SIZE, "%s", json_string_value(value));
  } else if (json_is_boolean(value)) {
    snprintf(cell, CELL_SIZE, "%s", json_is_true(value) ? "yes" : "no");
  } else {
    snprintf(cell, CELL_SIZE, "-");
  }
}

void table_add_line(struct text *text, const struct scenario *scenario,
                    const char *label, const struct result *result) {
  text_add_format(text, "  %-*s", LABEL_WIDTH - 2, label);
  if (result->skip_reason[0] != '\0') {
    text_add_format(text, "  skipped: %s\n", result->skip_reason);
    return;
  }
  const struct column *column = scenario->columns;
  for (; column->heading != NULL; column++) {
    char cell[CELL_SIZE];
    format_cell(cell, column, result);
    text_add_format(text, "  %*s", width_of(column), cell);
  }
  text_add_byte(text, '\n');
  const json_t *wrong = json_object_get(result->object, "wrong");
  if (wrong != NULL)
    text_add_format(text, "  ! wrong: %s\n", json_string_value(wrong));
}
