/* A peer's way: its lines are read while a thread storms, so that its pipe
 * never holds it up.
 *
 * Some tell late: those that poll, those that wait for a rename's other half.
 * So "last", which ends it, is made only when the peer has said nothing for a
 * while; the time is taken at the last line before. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/clock.h"
#include "bench/scenario/storm_watch.h"

enum {
  LOOK_INTERVAL_NS = 20000000,
  QUIET_NS = 800000000, /* longer than any of them waits */
  LAST_INTERVAL_NS = 100000000,
};

static const uint64_t time_limit_ns = 60000000000;

/* The thread that storms. */
struct storming {
  const struct storm_load *load;
  /* shared: w the thread | r who reads the peer | release/acquire | the error
   * is there */
  atomic_bool ended;
  int error;
};

static void *storm(void *context) {
  struct storming *storming = context;
  storming->error = storm_load_make(storming->load);
  atomic_store_explicit(&storming->ended, true, memory_order_release);
  return NULL;
}

static bool has_ended(struct storming *storming) {
  return atomic_load_explicit(&storming->ended, memory_order_acquire);
}

static void keep(struct storm_seen *seen, const char *line) {
  text_add_string(&seen->lines, line);
  text_add_byte(&seen->lines, '\n');
}

/* Read until the storm is over and the peer is quiet.  seen->wall_ns is the
 * time of the last line. */
static int read_storm(struct peer_child *child, struct storming *storming,
                      struct storm_seen *seen) {
  for (;;) {
    const char *line;
    const bool over = has_ended(storming);
    const uint64_t wait = over ? QUIET_NS : LOOK_INTERVAL_NS;
    const int result = peer_child_line_until(child, now_ns() + wait, &line);
    if (result == -EAGAIN && over) return 0;
    if (result == -EAGAIN) continue;
    if (result != 1) return result < 0 ? result : -EBADMSG;
    keep(seen, line);
    seen->wall_ns = now_ns();
  }
}

/* Make the file that ends it, or remove it.  One that is lost has to be made
 * again, by another name. */
static int make_last(const struct storm_load *load, uint32_t index) {
  char path[STORM_PATH_SIZE + 16];
  snprintf(path, sizeof(path), "%s/last%u", load->root, index);
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  close(fd);
  return 0;
}

static void remove_last(const struct storm_load *load, uint32_t index) {
  char path[STORM_PATH_SIZE + 16];
  snprintf(path, sizeof(path), "%s/last%u", load->root, index);
  (void)unlink(path);
}

/* What is told of it does not belong to the storm. */
static bool is_of_last(const struct storm_load *load, const char *line) {
  const char *path = strstr(line, load->root);
  return path != NULL && strncmp(path + strlen(load->root), "/last", 5) == 0;
}

/* Read on until the end, making "last" again and again. */
static int read_end(struct peer_child *child, const struct storm_load *load,
                    struct storm_seen *seen, uint32_t *made) {
  for (;;) {
    const char *line;
    const uint64_t until = now_ns() + LAST_INTERVAL_NS;
    const int result = peer_child_line_until(child, until, &line);
    if (result == -EAGAIN) {
      const int err = make_last(load, (*made)++);
      if (err < 0) return err;
      continue;
    }
    if (result != 1) return result < 0 ? result : -EBADMSG;
    if (strncmp(line, "done ", 5) == 0) {
      struct peer_done done;
      const int err = peer_parse_done(line, &done);
      if (err == 0) seen->overflows = done.overflows;
      return err;
    }
    if (!is_of_last(load, line)) keep(seen, line);
  }
}

static int end(struct peer_child *child, const struct storm_load *load,
               struct storm_seen *seen) {
  uint32_t made = 0;
  const int err = read_end(child, load, seen, &made);
  (void)peer_child_end(child);
  for (uint32_t i = 0; i < made; i++) remove_last(load, i);
  return err;
}

static int watch(struct peer_child *child, const struct storm_load *load,
                 struct storm_seen *seen) {
  struct storming storming = {.load = load};
  pthread_t thread;
  int err = peer_child_go(child);
  if (err < 0) return err;
  const uint64_t begin = now_ns();
  err = -pthread_create(&thread, NULL, storm, &storming);
  if (err < 0) return err;
  err = read_storm(child, &storming, seen);
  (void)pthread_join(thread, NULL);
  if (err == 0) err = storming.error;
  seen->wall_ns = seen->wall_ns > begin ? seen->wall_ns - begin : 0;
  return err == 0 ? end(child, load, seen) : err;
}

int storm_watch_peer(const struct peer *peer, const struct storm_load *load,
                     struct storm_seen *seen) {
  struct peer_child child;
  *seen = (struct storm_seen){0};
  int err = peer_start(peer, "storm", load->root, 0, &child);
  if (err < 0) return err;
  child.deadline_ns = now_ns() + time_limit_ns;
  err = watch(&child, load, seen);
  (void)peer_child_end(&child);
  return err;
}
