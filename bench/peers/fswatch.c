/* fswatch -r, with the least latency that it allows.  It has no cookies: of a
 * rename the halves are told apart. */

#include <stdio.h>
#include <string.h>

#include "bench/peers/command.h"

#define OPTIONS                                                      \
  "-r", "-l", "0.1", "--allow-overflow", "--event-flag-separator=,", \
      "--format", "%f|%p", "--event", "Overflow", "--event"

static const char *const drain_options[] = {OPTIONS, "Updated", NULL};
static const char *const storm_options[] = {OPTIONS, "Created", "--event",
                                            "Removed", NULL};

/* FLAGS|PATH; returns the path, or NULL for a loss. */
static char *path_of(struct peer *peer, char *line) {
  char *bar = strchr(line, '|');
  if (bar == NULL) return NULL;
  *bar = '\0';
  if (strstr(line, "Overflow") == NULL) return bar + 1;
  peer->overflows++;
  return NULL;
}

static bool drained(struct peer *peer, char *line) {
  const char *path = path_of(peer, line);
  return path != NULL && peer_event(peer, path);
}

static bool stormed(struct peer *peer, char *line) {
  const char *path = path_of(peer, line);
  if (path == NULL) return false;
  printf("%c %s\n", strstr(line, "Created") != NULL ? 'C' : 'D', path);
  return peer_event(peer, path);
}

static const struct command command = {.name = "fswatch",
                                       .package = "fswatch",
                                       .version_option = "--version",
                                       .drain = drain_options,
                                       .storm = storm_options,
                                       .drained = drained,
                                       .stormed = stormed};

int main(int argc, char **argv) { return command_main(&command, argc, argv); }
