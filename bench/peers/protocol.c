/* The peer's side of the protocol, for the programs in C.  Lines go through
 * stdout's buffer: a program flushes it before it waits for events. */

#include "bench/peers/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t clock_now_ns(clockid_t clock) {
  struct timespec now = {0};
  (void)clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- beginning ---- */

static _Noreturn void usage(const struct peer_about *about) {
  fprintf(stderr,
          "usage: %s [--work NS] drain|live|setup|storm DIR\n"
          "       %s --version\n",
          about->name, about->name);
  exit(PEER_USAGE);
}

static _Noreturn void say_version(const struct peer_about *about) {
  if (about->version[0] == '\0') {
    printf("%s: not installed; Debian package %s\n", about->name,
           about->package);
    exit(PEER_MISSING);
  }
  printf("%s %s\n", about->name, about->version);
  exit(0);
}

static enum peer_mode read_mode(const struct peer_about *about,
                                const char *name) {
  if (strcmp(name, "setup") == 0) return PEER_SETUP;
  if (strcmp(name, "storm") == 0) return PEER_STORM;
  if (strcmp(name, "drain") != 0 && strcmp(name, "live") != 0) usage(about);
  return PEER_DRAIN;
}

struct peer peer_begin(const struct peer_about *about, int argc, char **argv) {
  static const struct option known[] = {
      {"work", required_argument, NULL, 'w'},
      {"version", no_argument, NULL, 'v'},
      {NULL, 0, NULL, 0},
  };
  struct peer peer = {.about = about, .cpu_clock = CLOCK_PROCESS_CPUTIME_ID};
  int option;
  while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
    if (option == 'v') say_version(about);
    if (option != 'w') usage(about);
    peer.work_ns = strtoull(optarg, NULL, 10);
  }
  if (about->version[0] == '\0') say_version(about);
  if (argc - optind != 2) usage(about);
  peer.mode = read_mode(about, argv[optind]);
  peer.dir = argv[optind + 1];
  return peer;
}

/* ---- the work ---- */

void peer_ready(struct peer *peer) {
  char line[16];
  puts("ready");
  fflush(stdout);
  if (fgets(line, sizeof(line), stdin) == NULL || strcmp(line, "go\n") != 0)
    exit(1); /* the harness is gone */
  peer->wall_begin_ns = clock_now_ns(CLOCK_MONOTONIC);
  peer->cpu_begin_ns = clock_now_ns(peer->cpu_clock);
}

bool peer_event(struct peer *peer, const char *name) {
  peer->events++;
  if (peer->work_ns > 0) {
    const uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + peer->work_ns;
    while (clock_now_ns(CLOCK_MONOTONIC) < end) continue;
  }
  const char *slash = strrchr(name, '/');
  return strncmp(slash == NULL ? name : slash + 1, "last", 4) == 0;
}

void peer_stop_clocks(struct peer *peer) {
  peer->wall_end_ns = clock_now_ns(CLOCK_MONOTONIC);
  peer->cpu_end_ns = clock_now_ns(peer->cpu_clock);
}

void peer_done(struct peer *peer) {
  if (peer->wall_end_ns == 0) peer_stop_clocks(peer);
  printf("done %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", peer->events,
         peer->wall_end_ns - peer->wall_begin_ns,
         peer->cpu_end_ns - peer->cpu_begin_ns, peer->overflows);
  fflush(stdout);
  _Exit(0); /* not what libraries do at the end */
}

void peer_die(const struct peer *peer, const char *what, int error) {
  fprintf(stderr, "%s: error: %s%s%s\n", peer->about->name, what,
          error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
  exit(1);
}

void peer_each_directory(const struct peer *peer,
                         void (*watch)(const char *path, void *context),
                         void *context) {
  DIR *listing = opendir(peer->dir);
  if (listing == NULL) peer_die(peer, peer->dir, errno);
  const struct dirent *entry;
  while ((entry = readdir(listing)) != NULL) {
    char path[PATH_MAX];
    if (entry->d_name[0] != 'd') continue;
    snprintf(path, sizeof(path), "%s/%s", peer->dir, entry->d_name);
    watch(path, context);
  }
  closedir(listing);
}

/* ---- counting watches ---- */

/* Lines that begin with "inotify wd:". */
static uint64_t count_in(const char *path) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  char line[512];
  uint64_t count = 0;
  while (fgets(line, sizeof(line), file) != NULL)
    count += strncmp(line, "inotify wd:", 11) == 0;
  fclose(file);
  return count;
}

uint64_t peer_watches(pid_t pid) {
  char folder[64];
  if (pid == 0)
    snprintf(folder, sizeof(folder), "/proc/self/fdinfo");
  else
    snprintf(folder, sizeof(folder), "/proc/%d/fdinfo", (int)pid);
  DIR *listing = opendir(folder);
  if (listing == NULL) return 0;
  uint64_t count = 0;
  const struct dirent *entry;
  while ((entry = readdir(listing)) != NULL) {
    char path[sizeof(folder) + sizeof(entry->d_name)];
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    count += count_in(path);
  }
  closedir(listing);
  return count;
}
