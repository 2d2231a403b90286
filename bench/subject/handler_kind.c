/* The work of a handler is time on the clock, not a number of turns: so it is
 * the same for every subject, in whatever language it is written. */

#include <stddef.h>
#include <string.h>

#include "bench/subject/subject.h"

static const struct handler_kind kinds[] = {
    {.name = "noop"},
    {.name = "path", .asks_path = true},
    {.name = "1us", .work_ns = 1000},
    {.name = "2us", .work_ns = 2000},
    {.name = "10us", .work_ns = 10000},
};

const struct handler_kind *handler_kind(const char *name) {
  for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  return NULL;
}
