/* inotifywait -m -r. */

#include <stdio.h>
#include <string.h>

#include "bench/peers/command.h"

enum { COOKIE_SIZE = 32, MOVED_PATH_SIZE = 4096 };

static const char *const drain_options[] = {"-m",     "-q",       "-r", "-e",
                                            "modify", "--format", "%f", NULL};
static const char *const storm_options[] = {
    "-m",     "-q", "-r",   "-e",       "create",     "-e",
    "delete", "-e", "move", "--format", "%c|%e|%w%f", NULL};

/* The first half of a rename, until the second comes. */
static char moved_cookie[COOKIE_SIZE];
static char moved_path[MOVED_PATH_SIZE];

static void settle(void) {
  if (moved_cookie[0] != '\0') printf("D %s\n", moved_path);
  moved_cookie[0] = '\0';
}

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
  const bool is_second = strstr(events, "MOVED_TO") != NULL;
  if (is_second && strcmp(cookie, moved_cookie) == 0) {
    printf("R %s\t%s\n", moved_path, path);
    moved_cookie[0] = '\0';
    return peer_event(peer, path);
  }
  settle();
  if (strstr(events, "MOVED_FROM") != NULL) {
    snprintf(moved_cookie, sizeof(moved_cookie), "%s", cookie);
    snprintf(moved_path, sizeof(moved_path), "%s", path);
  } else {
    printf("%c %s\n", strstr(events, "DELETE") != NULL ? 'D' : 'C', path);
  }
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
