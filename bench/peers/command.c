/* When has the command set up its watches?  When it sleeps and its inotify
 * instance has as many watches as there are directories: the kernel tells both,
 * and a command that says so itself says it no earlier.  Its time is taken when
 * it was seen asleep, before the watches are counted. */

#include "bench/peers/command.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  LOOK_INTERVAL_NS = 200000,
  ARGUMENTS_MAX = 24,
  LINES_SIZE = 1 << 16, /* of the buffer for the command's output */
  VERSION_SIZE = 64,
};

/* ---- what is there ---- */

/* The second word of what it says: "NAME VERSION"; "" when it is not there. */
static void read_version(const struct command *command,
                         char version[VERSION_SIZE]) {
  char line[256] = "";
  snprintf(line, sizeof(line), "exec %s %s 2>/dev/null", command->name,
           command->version_option);
  version[0] = '\0';
  FILE *output = popen(line, "re");
  if (output == NULL) return;
  if (fgets(line, sizeof(line), output) != NULL)
    (void)sscanf(line, "%*s %63s", version);
  while (fgets(line, sizeof(line), output) != NULL) continue;
  (void)pclose(output);
}

static uint64_t directory_count;

static int count_directory(const char *path, const struct stat *status,
                           int type, struct FTW *place) {
  (void)path;
  (void)status;
  (void)place;
  directory_count += type == FTW_D;
  return 0;
}

/* ---- the child ---- */

struct child {
  pid_t pid;
  FILE *output;
};

static _Noreturn void run(const struct command *command,
                          const char *const *options, const char *dir,
                          int output) {
  char *arguments[ARGUMENTS_MAX];
  size_t count = 0;
  arguments[count++] = strdup(command->name);
  for (; *options != NULL && count < ARGUMENTS_MAX - 2; options++)
    arguments[count++] = strdup(*options);
  arguments[count++] = strdup(dir);
  arguments[count] = NULL;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = open("/dev/null", O_RDONLY);
  (void)dup2(null, STDIN_FILENO);
  (void)dup2(output, STDOUT_FILENO);
  (void)execvp(command->name, arguments);
  _exit(127);
}

static struct child start(struct peer *peer, const struct command *command) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) < 0) peer_die(peer, "pipe", errno);
  struct child child = {.pid = fork()};
  if (child.pid < 0) peer_die(peer, "fork", errno);
  if (child.pid == 0)
    run(command, peer->mode == PEER_STORM ? command->storm : command->drain,
        peer->dir, fds[1]);
  close(fds[1]);
  child.output = fdopen(fds[0], "re");
  if (child.output == NULL) peer_die(peer, "fdopen", errno);
  if (clock_getcpuclockid(child.pid, &peer->cpu_clock) != 0)
    peer_die(peer, "its CPU clock", 0);
  return child;
}

/* The state of a process as in ps(1); 0 when it is gone. */
static char state_of(pid_t pid) {
  char path[64];
  char text[256] = "";
  snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  const char *end = size > 0 ? strrchr(text, ')') : NULL;
  return end == NULL || end[1] == '\0' ? '\0' : end[2];
}

static void wait_until_set_up(struct peer *peer, const struct child *child) {
  const struct timespec interval = {.tv_nsec = LOOK_INTERVAL_NS};
  for (;; (void)nanosleep(&interval, NULL)) {
    const char state = state_of(child->pid);
    if (state == 0 || state == 'Z') peer_die(peer, "the command ended", 0);
    if (state != 'S') continue;
    peer_stop_clocks(peer);
    peer->events = peer_watches(child->pid);
    if (peer->events >= directory_count) return;
  }
}

static void read_lines(struct peer *peer, const struct child *child,
                       bool (*take)(struct peer *peer, char *line)) {
  static char buffer[LINES_SIZE];
  (void)setvbuf(child->output, buffer, _IOFBF, sizeof(buffer));
  char *line = NULL;
  size_t room = 0;
  ssize_t size;
  while ((size = getline(&line, &room, child->output)) > 0) {
    if (line[size - 1] == '\n') line[size - 1] = '\0';
    const bool last = take(peer, line);
    if (peer->mode == PEER_STORM) fflush(stdout);
    if (last) {
      peer_stop_clocks(peer);
      free(line);
      return;
    }
  }
  peer_die(peer, "the command ended", 0);
}

/* ---- the program ---- */

int command_main(const struct command *command, int argc, char **argv) {
  static char version[VERSION_SIZE];
  read_version(command, version);
  const struct peer_about about = {
      .name = command->name, .package = command->package, .version = version};
  struct peer peer = peer_begin(&about, argc, argv);
  (void)nftw(peer.dir, count_directory, 16, FTW_PHYS);
  if (peer.mode == PEER_SETUP) peer_ready(&peer);
  const struct child child = start(&peer, command);
  wait_until_set_up(&peer, &child);
  if (peer.mode != PEER_SETUP) {
    peer.events = 0;
    peer_ready(&peer);
    read_lines(&peer, &child,
               peer.mode == PEER_STORM ? command->stormed : command->drained);
  } else {
    peer.cpu_begin_ns = 0;
  }
  (void)kill(child.pid, SIGKILL);
  (void)waitpid(child.pid, NULL, 0);
  peer_done(&peer);
}
