/* Where the programs are: --peers, else $RINGNOTIFY_PEERS, else beside this
 * program, where the build puts them. */

#include "bench/subject/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/options.h"

enum { ARGUMENT_SIZE = 24 };

static const uint64_t second_ns = 1000000000;

/* In the order of the report. */
static struct peer peers[PEERS_MAX] = {
    {.name = "libuv",
     .package = "libuv1-dev",
     .ns_per_event = 350,
     .ns_per_watch = 6000},
    {.name = "libinotifytools",
     .package = "libinotifytools0-dev",
     .ns_per_event = 400,
     .ns_per_watch = 12000},
    {.name = "fsnotify",
     .package = "golang-github-fsnotify-fsnotify-dev",
     .ns_per_event = 700,
     .ns_per_watch = 10000},
    {.name = "inotifywait",
     .package = "inotify-tools",
     .ns_per_event = 1500,
     .ns_per_watch = 12000},
    {.name = "fswatch",
     .package = "fswatch",
     .ns_per_event = 4000,
     .ns_per_watch = 15000},
    {.name = "watchdog",
     .package = "python3-watchdog",
     .ns_per_event = 9000,
     .ns_per_watch = 15000},
    {.name = "pyinotify",
     .package = "python3-pyinotify",
     .ns_per_event = 10000,
     .ns_per_watch = 15000},
    {.name = "pyinotify-threaded",
     .package = "python3-pyinotify",
     .ns_per_event = 10000,
     .ns_per_watch = 15000},
};

enum {
  CHILD_TIMEOUT_S = 120,
  LOOK_TIMEOUT_S = 20,
  POKE_INTERVAL_NS = 20000000,
};

/* ---- what is there ---- */

/* What the program says of itself, without the name that it begins with. */
static void take_version(struct peer *peer, const char *line) {
  const size_t size = strlen(peer->name);
  if (strncmp(line, peer->name, size) == 0) line += size;
  line += strspn(line, ": ");
  snprintf(peer->version, sizeof(peer->version), "%s", line);
}

static void ask_version(struct peer *peer) {
  const char *const arguments[] = {peer->path, "--version", NULL};
  struct peer_child child;
  const char *line = "";
  int err = peer_child_start(&child, arguments, LOOK_TIMEOUT_S * second_ns);
  if (err == 0 && peer_child_line(&child, &line) == 1) take_version(peer, line);
  const int code = err == 0 ? peer_child_wait(&child) : -1;
  if (code == 0) return;
  if (code == PEER_MISSING_CODE && peer->version[0] != '\0')
    snprintf(peer->reason, sizeof(peer->reason), "%s", peer->version);
  else
    snprintf(peer->reason, sizeof(peer->reason),
             "its program does not work here: %.100s", peer->path);
}

void peer_look(struct peer *peer, const char *folder) {
  peer->timeout_ns = CHILD_TIMEOUT_S * second_ns;
  peer->path[0] = peer->version[0] = peer->reason[0] = '\0';
  if (folder != NULL)
    snprintf(peer->path, sizeof(peer->path), "%s/%s", folder, peer->name);
  if (folder == NULL || access(peer->path, X_OK) < 0)
    snprintf(peer->reason, sizeof(peer->reason),
             "not built; tools/bench-peers does that and installs the Debian "
             "package %s",
             peer->package);
  else
    ask_version(peer);
}

/* ---- where ---- */

/* A folder beside this program's own.  Returns whether it is there. */
static bool is_beside(const char *relative, char folder[PEER_PATH_SIZE]) {
  char own[PEER_PATH_SIZE];
  const ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);
  if (size <= 0) return false;
  own[size] = '\0';
  *strrchr(own, '/') = '\0';
  const int length = snprintf(folder, PEER_PATH_SIZE, "%s/%s", own, relative);
  return length < PEER_PATH_SIZE && access(folder, X_OK) == 0;
}

static const char *find_folder(const struct options *options,
                               char folder[PEER_PATH_SIZE]) {
  if (options->peers_dir != NULL) return options->peers_dir;
  const char *given = getenv("RINGNOTIFY_PEERS");
  if (given != NULL && given[0] != '\0') return given;
  if (is_beside("peers", folder)) return folder;
  return is_beside("../../bench/peers", folder) ? folder : NULL;
}

/* Look for all, once.  Returns how many work; they are first in `subjects`. */
static size_t look(const struct options *options, struct subject *subjects) {
  char memory[PEER_PATH_SIZE];
  const char *folder = find_folder(options, memory);
  size_t count = 0;
  for (size_t i = 0; i < PEERS_MAX; i++) {
    peer_look(&peers[i], folder);
    if (peers[i].reason[0] == '\0') subjects[count++] = peer_subject(&peers[i]);
  }
  return count;
}

const struct subject *peers_for(const struct options *options,
                                struct plan *plan, size_t *count) {
  static struct subject subjects[PEERS_MAX];
  static size_t found;
  static bool looked;
  *count = 0;
  if (options->no_peers) return subjects;
  if (!looked) found = look(options, subjects);
  looked = true;
  for (size_t i = 0; i < PEERS_MAX && plan != NULL; i++)
    if (peers[i].reason[0] != '\0')
      plan_skip(plan, peers[i].name, "%s", peers[i].reason);
  *count = found;
  return subjects;
}

const struct subject *peer_named(const struct options *options,
                                 const char *name) {
  size_t count;
  const struct subject *subjects = peers_for(options, NULL, &count);
  for (size_t i = 0; i < count; i++)
    if (strcmp(subjects[i].name, name) == 0) return &subjects[i];
  return NULL;
}

/* ---- a child ---- */

int peer_start(const struct peer *peer, const char *mode, const char *dir,
               uint32_t work_ns, struct peer_child *child) {
  char work[ARGUMENT_SIZE];
  snprintf(work, sizeof(work), "%" PRIu32, work_ns);
  const char *const arguments[] = {peer->path, "--work", work, mode, dir, NULL};
  int err = peer_child_start(child, arguments, peer->timeout_ns);
  if (err < 0) return err;
  err = peer_child_ready(child);
  if (err < 0) (void)peer_child_end(child);
  return err;
}

/* The next line, poking while there is none. */
static int poke_until_line(struct peer_child *child, int (*poke)(void *context),
                           void *context, const char **line) {
  for (;;) {
    const uint64_t until = now_ns() + POKE_INTERVAL_NS;
    const int result = peer_child_line_until(child, until, line);
    if (result != -EAGAIN) return result;
    const int err = poke(context);
    if (err < 0) return err;
  }
}

int peer_finish(struct peer_child *child, int (*poke)(void *context),
                void *context, struct peer_done *done) {
  const char *line;
  const int result = poke == NULL
                         ? peer_child_line(child, &line)
                         : poke_until_line(child, poke, context, &line);
  int err = result < 0 ? result : -EBADMSG;
  if (result == 1) err = peer_parse_done(line, done);
  (void)peer_child_end(child);
  return err;
}

/* ---- the subject ---- */

static int drain(const struct subject *subject, struct load *load,
                 const struct variant *variant, uint64_t count,
                 struct drained *drained) {
  struct peer_child child;
  struct peer_done done;
  int err = peer_start(subject->context, "drain", load->root,
                       variant->handler->work_ns, &child);
  if (err < 0) return err;
  err = peer_child_hold(&child);
  if (err == 0) err = load_make_events(load, count);
  if (err == 0) err = peer_child_go(&child);
  if (err < 0) {
    (void)peer_child_end(&child);
    return err;
  }
  err = peer_finish(&child, NULL, NULL, &done);
  if (err < 0) return err;
  drained->spent.wall_ns += done.wall_ns;
  drained->spent.cpu_ns += done.cpu_ns;
  drained->expected += count + 1;
  drained->delivered += done.events;
  drained->overflows += done.overflows;
  return 0;
}

static int set_up(const struct subject *subject, const char *root,
                  struct set_up *set_up) {
  struct peer_child child;
  struct peer_done done;
  int err = peer_start(subject->context, "setup", root, 0, &child);
  if (err < 0) return err;
  err = peer_child_go(&child);
  if (err < 0) {
    (void)peer_child_end(&child);
    return err;
  }
  err = peer_finish(&child, NULL, NULL, &done);
  if (err < 0) return err;
  set_up->spent =
      (struct instant){.wall_ns = done.wall_ns, .cpu_ns = done.cpu_ns};
  set_up->watches = done.events;
  return 0;
}

struct subject peer_subject(const struct peer *peer) {
  return (struct subject){
      .name = peer->name, .context = peer, .drain = drain, .set_up = set_up};
}

const struct peer *peer_of(const struct subject *subject) {
  return subject->drain == drain ? subject->context : NULL;
}
