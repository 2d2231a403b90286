/* Prints what comes into a directory and goes, once: what one read gives.
 *
 *     raw DIRECTORY */

#include <ringnotify/ringnotify.h>
#include <stdio.h>

int main(int argc, char **argv) {
  struct rn_inotify *inotify;
  if (argc != 2 || rn_inotify_open(0, &inotify) < 0) return 1;
  int result = rn_inotify_add_watch(inotify, argv[1], IN_CREATE | IN_DELETE);
  struct rn_cursor events;
  if (result >= 0) result = rn_inotify_read(inotify, 10000, 0, &events);
  struct rn_raw_event event;
  while (result > 0 && rn_parse_next(&events, &event) == 1) {
    char text[1024];
    rn_raw_event_format(&event, text, sizeof(text));
    puts(text);
  }
  rn_inotify_close(inotify);
  return result > 0 ? 0 : 1;
}
