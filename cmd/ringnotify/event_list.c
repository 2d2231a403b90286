/* Names of events on the command line.
 *
 * The library reads the list; here is what it cannot know: that -e takes events
 * only, none of the modifiers that a mask may hold as well, and how to tell a
 * person what was meant. */

#include "cmd/ringnotify/event_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cmd/ringnotify/nearest.h"
#include "ringnotify/mask.h"

/* What the kernel reports; all else in a mask asks for a way of watching. */
static const uint32_t events =
    IN_ALL_EVENTS | IN_ISDIR | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW;

static const char *const groups[] = {"IN_CLOSE", "IN_MOVE", "IN_ALL_EVENTS"};

uint32_t event_list_default(void) {
  return IN_ALL_EVENTS & ~(uint32_t)(IN_ACCESS | IN_OPEN | IN_CLOSE_NOWRITE);
}

/* A name as it is typed: in small letters, without "IN_". */
static void add_name(struct text *text, const char *name) {
  for (name += strlen("IN_"); *name != '\0'; name++)
    text_add_byte(text, (char)tolower((unsigned char)*name));
}

/* The name nearest to what was typed, or NULL. */
static const char *nearest_name(const char *typed, size_t size) {
  const bool prefixed = size > 3 && strncasecmp(typed, "IN_", 3) == 0;
  struct nearest nearest = prefixed ? nearest_begin(typed + 3, size - 3)
                                    : nearest_begin(typed, size);
  size_t count;
  const struct rn_flag *flags = rn_flags(&count);
  for (size_t i = 0; i < count; i++)
    if ((flags[i].bit & events) != 0)
      nearest_offer(&nearest, flags[i].name + strlen("IN_"));
  for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
    nearest_offer(&nearest, groups[i] + strlen("IN_"));
  return nearest.best == NULL ? NULL : nearest.best - strlen("IN_");
}

/* All names, for somebody whose word is near to none. */
static void add_all_names(struct text *text) {
  size_t count;
  const struct rn_flag *flags = rn_flags(&count);
  for (size_t i = 0; i < count; i++) {
    if ((flags[i].bit & IN_ALL_EVENTS) == 0) continue;
    add_name(text, flags[i].name);
    text_add_string(text, ", ");
  }
  text_add_string(text, "close, move, all_events");
}

/* Describe the name at `bad`, which was not understood. */
static void describe(const char *list, const char *bad, struct text *problem) {
  bad += strspn(bad, " \t");
  size_t size = strcspn(bad, ",|");
  while (size > 0 && isblank((unsigned char)bad[size - 1])) size--;
  if (size == 0) {
    text_add_format(problem, "an event name is missing in '%s'", list);
    return;
  }
  text_add_format(problem, "unknown event '%.*s'; ", (int)size, bad);
  const char *name = nearest_name(bad, size);
  text_add_string(problem, name == NULL ? "there are " : "did you mean '");
  if (name == NULL) {
    add_all_names(problem);
  } else {
    add_name(problem, name);
    text_add_string(problem, "'?");
  }
}

int event_list_add(const char *list, uint32_t *mask, struct text *problem) {
  const char *bad = list;
  uint32_t parsed;
  if (rn_mask_parse(list, &parsed, &bad) != 0) {
    describe(list, bad, problem);
    return -EINVAL;
  }
  if ((parsed & ~events) != 0) {
    char names[512];
    rn_mask_format(parsed & ~events, names, sizeof(names));
    text_add_format(problem, "'%s' in '%s' is not an event", names, list);
    return -EINVAL;
  }
  if (parsed == 0) {
    text_add_format(problem, "'%s' names no event", list);
    return -EINVAL;
  }
  *mask |= parsed;
  return 0;
}

int event_list_check(uint32_t mask, struct text *problem) {
  if (rn_mask_check(mask) == 0) return 0;
  text_add_string(problem,
                  "these events come unasked, name one to watch for: ");
  add_all_names(problem);
  return -EINVAL;
}
