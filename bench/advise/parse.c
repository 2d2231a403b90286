/* RATE,COST,BURST: numbers with units, each mistake told by the part it is in.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/advise/advise.h"

struct unit {
  const char *name;
  double factor;
};

static const struct unit rate_units[] = {
    {"", 1},    {"/s", 1},    {"k", 1e3}, {"k/s", 1e3},
    {"M", 1e6}, {"M/s", 1e6}, {NULL, 0},
};
static const struct unit cost_units[] = {
    {"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3},
    {"ms", 1e6}, {"s", 1e9},  {NULL, 0},
};
static const struct unit burst_units[] = {
    {"", 1}, {"k", 1e3}, {"M", 1e6}, {NULL, 0}};

/* One of the three. */
struct part {
  const char *name;
  const struct unit *units;
  double least, most;
  const char *remedy;
};

enum { RATE, COST, BURST, PARTS };

static const struct part parts[PARTS] = {
    {"RATE", rate_units, 1e-3, 1e9,
     "give events a second, as 200000/s or 200k/s, up to 1000M/s"},
    {"COST", cost_units, 0, 60e9,
     "give the time of a handler for an event with its unit, as 500ns, 2us or "
     "1.5ms, up to 60s"},
    {"BURST", burst_units, 0, 1e12,
     "give a number of events, as 1000000 or 1M, 0 for none"},
};

static int fail(const struct part *part, const char *text, size_t size,
                struct text *problem) {
  text_add_format(problem, "--advise: %s cannot be '%.*s': %s", part->name,
                  (int)size, text, part->remedy);
  return -EINVAL;
}

/* Read one part of `size` bytes. */
static int read_part(const struct part *part, const char *text, size_t size,
                     double *value, struct text *problem) {
  char *end;
  /* strtod would take "nan", "inf", "0x1" and blanks. */
  if (size == 0 || strchr("0123456789.", *text) == NULL ||
      (size > 1 && (text[1] | 0x20) == 'x'))
    return fail(part, text, size, problem);
  const double number = strtod(text, &end);
  const size_t unit_size = size - (size_t)(end - text);
  const struct unit *unit = part->units;
  while (unit->name != NULL && (strlen(unit->name) != unit_size ||
                                memcmp(unit->name, end, unit_size) != 0))
    unit++;
  if (unit->name == NULL && number == 0 && unit_size == 0) unit = part->units;
  if (end == text || unit->name == NULL) return fail(part, text, size, problem);
  *value = number * unit->factor;
  if (!(*value >= part->least && *value <= part->most))
    return fail(part, text, size, problem);
  return 0;
}

/* Split at the commas.  Returns whether there are as many parts as wanted. */
static bool split(const char *text, const char *begins[PARTS],
                  size_t sizes[PARTS]) {
  for (int i = 0; i < PARTS; i++) {
    begins[i] = text;
    sizes[i] = strcspn(text, ",");
    text += sizes[i];
    if ((*text == ',') != (i < PARTS - 1)) return false;
    if (*text == ',') text++;
  }
  return true;
}

int advise_parse(const char *text, struct advise_want *want,
                 struct text *problem) {
  const char *begins[PARTS];
  size_t sizes[PARTS];
  double values[PARTS];
  if (!split(text, begins, sizes)) {
    text_add_format(problem,
                    "--advise '%s' has not three parts: give RATE,COST,BURST, "
                    "as 200000/s,2us,1000000",
                    text);
    return -EINVAL;
  }
  for (int i = 0; i < PARTS; i++) {
    const int err =
        read_part(&parts[i], begins[i], sizes[i], &values[i], problem);
    if (err < 0) return err;
  }
  *want = (struct advise_want){
      .rate = values[RATE], .cost_ns = values[COST], .burst = values[BURST]};
  return 0;
}
