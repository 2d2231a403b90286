/* inotifywait -m -r. */

#include <stdio.h>
#include <string.h>

#include "bench/peers/command.h"

static const char *const drain_options[] = {"-m",     "-q",       "-r", "-e",
                                            "modify", "--format", "%f", NULL};
static const char *const storm_options[] = {
    "-m",     "-q", "-r",   "-e",       "create",     "-e",
    "delete", "-e", "move", "--format", "%c|%e|%w%f", NULL};

static bool drained(struct peer *peer, char *line) {
  return peer_event(peer, line);
}

/* COOKIE|EVENTS|PATH */
static bool stormed(struct peer *peer, char *line) {
  char *save = NULL;
  const char *cookie = strtok_r(line, "|", &save);
  const char *events = strtok_r(NULL, "|", &save);
  const char *path = strtok_r(NULL, "", &save);
  if (path == NULL) return false; /* not of a path */
  if (strstr(events, "MOVED_FROM") != NULL)
    printf("F %s %s\n", cookie, path);
  else if (strstr(events, "MOVED_TO") != NULL)
    printf("T %s %s\n", cookie, path);
  else
    printf("%c %s\n", strstr(events, "DELETE") != NULL ? 'D' : 'C', path);
  return peer_event(peer, path);
}

static const struct command command = {.name = "inotifywait",
                                       .package = "inotify-tools",
                                       .version_option = "--help",
                                       .drain = drain_options,
                                       .storm = storm_options,
                                       .drained = drained,
                                       .stormed = stormed};

int main(int argc, char **argv) { return command_main(&command, argc, argv); }
