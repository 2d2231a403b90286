/* libinotifytools.  Below a recursive watch it leaves new directories to its
 * user: they are added here when they are told of, and names follow renames,
 * the way inotifywait does. */

#include "bench/peers/protocol.h"

#ifdef HAVE_INOTIFYTOOLS

#include <errno.h>
#include <inotifytools/inotifytools.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

static const struct peer_about about = {.name = "libinotifytools",
                                        .package = "libinotifytools0-dev",
                                        .version = HAVE_INOTIFYTOOLS};

enum { STORM_MASK = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO };

/* The last first half of a rename. */
struct half {
  uint32_t cookie;
  char path[PATH_MAX];
};

static void watch_directory(const char *path, void *peer) {
  if (!inotifytools_watch_file(path, IN_MODIFY))
    peer_die(peer, path, inotifytools_error());
}

static void watch_tree(const struct peer *peer, int mask) {
  if (!inotifytools_watch_recursively(peer->dir, mask))
    peer_die(peer, peer->dir, inotifytools_error());
}

static struct inotify_event *next_event(const struct peer *peer) {
  struct inotify_event *event = inotifytools_next_event(-1);
  if (event == NULL) peer_die(peer, "no event", inotifytools_error());
  return event;
}

static void drain(struct peer *peer) {
  bool last = false;
  while (!last) {
    const struct inotify_event *event = next_event(peer);
    if ((event->mask & IN_Q_OVERFLOW) != 0)
      peer->overflows++;
    else
      last = peer_event(peer, event->name);
  }
}

/* ---- storm ---- */

/* The second half of a rename. */
static void follow(const struct inotify_event *event, const char *path,
                   struct half *half) {
  if ((event->mask & IN_ISDIR) == 0) return;
  if (half->cookie != event->cookie) { /* it comes from elsewhere */
    (void)inotifytools_watch_recursively(path, STORM_MASK);
    return;
  }
  char from[PATH_MAX + 1]; /* names of directories end with a slash here */
  char to[PATH_MAX + 1];
  snprintf(from, sizeof(from), "%s/", half->path);
  snprintf(to, sizeof(to), "%s/", path);
  inotifytools_replace_filename(from, to);
}

static void say(const struct inotify_event *event, const char *path,
                struct half *half) {
  if ((event->mask & IN_MOVED_TO) != 0) {
    printf("T %u %s\n", event->cookie, path);
    follow(event, path, half);
  } else if ((event->mask & IN_MOVED_FROM) != 0) {
    printf("F %u %s\n", event->cookie, path);
    half->cookie = event->cookie;
    snprintf(half->path, sizeof(half->path), "%s", path);
  } else if ((event->mask & IN_DELETE) != 0) {
    printf("D %s\n", path);
  } else if ((event->mask & IN_CREATE) != 0) {
    printf("C %s\n", path);
    if ((event->mask & IN_ISDIR) != 0) /* it may be gone already */
      (void)inotifytools_watch_recursively(path, STORM_MASK);
  }
}

static void storm(struct peer *peer) {
  static struct half half;
  bool last = false;
  while (!last) {
    const struct inotify_event *event = next_event(peer);
    if ((event->mask & IN_Q_OVERFLOW) != 0) peer->overflows++;
    const char *directory = inotifytools_filename_from_wd(event->wd);
    if (event->len == 0 || directory == NULL) continue;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s%s", directory, event->name);
    last = peer_event(peer, event->name);
    say(event, path, &half);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  struct peer peer = peer_begin(&about, argc, argv);
  if (!inotifytools_initialize())
    peer_die(&peer, "inotify", inotifytools_error());
  if (peer.mode == PEER_DRAIN)
    peer_each_directory(&peer, watch_directory, &peer);
  if (peer.mode == PEER_STORM) watch_tree(&peer, STORM_MASK);
  peer_ready(&peer);
  if (peer.mode == PEER_DRAIN) drain(&peer);
  if (peer.mode == PEER_STORM) storm(&peer);
  if (peer.mode == PEER_SETUP) {
    watch_tree(&peer, STORM_MASK | IN_MODIFY);
    peer.events = (uint64_t)inotifytools_get_num_watches();
  }
  peer_done(&peer);
}

#else

static const struct peer_about about = {.name = "libinotifytools",
                                        .package = "libinotifytools0-dev",
                                        .version = ""};

int main(int argc, char **argv) { (void)peer_begin(&about, argc, argv); }

#endif
