/* What does the repair of overflows cost?
 *
 *     recover [--dir DIR] [--entries N] [--repeat N]
 *
 * Makes a tree of N files and directories below DIR, a hundred entries in each
 * directory, names of 8 bytes, and prints
 *
 *   - the bytes of the index an entry;
 *   - the time of a rescan that finds no difference: from the overflow record
 *   to
 *     the fence behind it, with nobody else at work, the best of the
 *     repetitions;
 *   - beside it that of nftw(3), which lists and stats the same tree;
 *   - the time of adding the watch, with and without the index.
 *
 * A rescan is more than the walk by the look-ups in the index and by what a
 * directory needs: it is opened in its parent and watched, to be sure of its
 * identity, then opened by its path and listed. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/index/image.h"
#include "lib/track/track.h"

enum { IN_A_DIRECTORY = 100 };

struct run {
  char root[4096];
  long entries;
  long repeat;
  bool recovered;
};

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

_Noreturn static void fail(const char *what, int error) {
  fprintf(stderr, "recover: %s: %s\n", what, strerror(error));
  exit(1);
}

/* ---- the tree ---- */

static void make_file(const char *path) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail(path, errno);
  close(fd);
}

static void make_tree(struct run *run, const char *dir) {
  snprintf(run->root, sizeof(run->root), "%s/recover-XXXXXX", dir);
  if (mkdtemp(run->root) == NULL) fail(run->root, errno);
  char path[sizeof(run->root) + 64];
  for (long i = 0; i < run->entries; i++) {
    const long directory = i / IN_A_DIRECTORY;
    if (i % IN_A_DIRECTORY == 0) {
      snprintf(path, sizeof(path), "%s/dir%05ld", run->root, directory);
      if (mkdir(path, 0755) != 0) fail(path, errno);
      continue;
    }
    snprintf(path, sizeof(path), "%s/dir%05ld/file%04ld", run->root, directory,
             i % IN_A_DIRECTORY);
    make_file(path);
  }
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *at) {
  (void)status, (void)type, (void)at;
  return remove(path);
}

static int look_at_one(const char *path, const struct stat *status, int type,
                       struct FTW *at) {
  (void)path, (void)status, (void)type, (void)at;
  return 0;
}

static double walk_ms(const struct run *run) {
  const double begin = now_ms();
  if (nftw(run->root, look_at_one, 16, FTW_PHYS) != 0) fail("nftw", errno);
  return now_ms() - begin;
}

/* ---- memory ---- */

/* Bytes an entry in an index of entries with such names. */
static double bytes_an_entry(long entries) {
  const struct rn_hash_key key = {{1, 2}};
  struct rn_image *image;
  if (rn_image_new(&key, &image) < 0) fail("index", ENOMEM);
  uint32_t dir = image->top;
  for (long i = 0; i < entries; i++) {
    const bool is_dir = i % IN_A_DIRECTORY == 0;
    char name[32];
    snprintf(name, sizeof(name), "%s%04ld", is_dir ? "dir0" : "file",
             is_dir ? i / IN_A_DIRECTORY : i % IN_A_DIRECTORY);
    const struct rn_status status = {.inode = (uint64_t)i + 1,
                                     .mode = is_dir ? S_IFDIR : S_IFREG};
    const uint32_t parent = is_dir ? image->top : dir;
    const uint32_t ref = rn_image_add(image, parent, rn_bytes_of(name),
                                      rn_image_type(status.mode));
    if (ref == 0) fail("index", ENOMEM);
    rn_image_learn(image, ref, &status);
    if (is_dir) dir = ref;
  }
  const double bytes = (double)rn_image_memory(image) / (double)image->count;
  rn_image_free(image);
  return bytes;
}

/* ---- a tracker ---- */

static void on_change(void *context, const struct rn_change *change) {
  (void)context, (void)change;
}
static void on_plain(void *context, struct rn_node *node,
                     const struct rn_raw_event *raw) {
  (void)context, (void)node, (void)raw;
}
static void on_nothing(void *context) { (void)context; }
static void on_ended(void *context, struct rn_root *root) {
  (void)context, (void)root;
}
static void on_failed(void *context, const struct rn_node *directory,
                      struct rn_bytes name, int error) {
  (void)context, (void)directory;
  fail(name.data, -error);
}
static void on_recovered(void *context, const struct rn_recovery *recovery) {
  (void)recovery;
  ((struct run *)context)->recovered = true;
}

/* A clock that leaps between the repetitions: no rescan waits for the last. */
static int64_t leapt_ns;
static int64_t leaping_time_ns(const struct rn_sys *sys) {
  return rn_sys_linux.time_ns(sys) + leapt_ns;
}

static struct rn_tracker *new_tracker(struct run *run) {
  const struct rn_sink sink = {.context = run,
                               .change = on_change,
                               .plain = on_plain,
                               .slow = on_nothing,
                               .overflow = on_nothing,
                               .moved = on_nothing,
                               .ended = on_ended,
                               .failed = on_failed,
                               .recovered = on_recovered};
  static struct rn_sys sys;
  sys = rn_sys_linux;
  sys.time_ns = leaping_time_ns;
  struct rn_tracker *tracker;
  const int err = rn_tracker_new(&sys, &sink, &tracker);
  if (err < 0) fail("inotify", -err);
  return tracker;
}

static void turn(struct rn_tracker *tracker) {
  rn_tracker_walk(tracker, RN_WALK_NEW);
  rn_tracker_end_turn(tracker);
  char buffer[4096];
  const ssize_t got = rn_sys_linux.read(&rn_sys_linux, rn_tracker_fd(tracker),
                                        buffer, sizeof(buffer));
  if (got > 0) (void)rn_tracker_feed(tracker, buffer, (size_t)got);
}

static double add_ms(struct run *run, struct rn_tracker *tracker,
                     bool recover) {
  const struct rn_addition addition = {
      .path = rn_bytes_of(run->root),
      .access_path = rn_bytes_of(run->root),
      .mask = IN_CREATE | IN_DELETE | IN_MODIFY,
      .recursive = true,
      .recover = recover};
  const double begin = now_ms();
  struct rn_root *root;
  const int err = rn_tracker_add(tracker, &addition, &root);
  if (err < 0) fail("watch", -err);
  while (rn_tracker_is_walking(tracker, RN_WALK_ADDED))
    rn_tracker_walk(tracker, RN_WALK_ADDED);
  const double took = now_ms() - begin;
  for (int i = 0; i < 8; i++) turn(tracker);
  return took;
}

static double rescan_ms(struct run *run, struct rn_tracker *tracker) {
  const struct inotify_event record = {.wd = -1, .mask = IN_Q_OVERFLOW};
  run->recovered = false;
  leapt_ns += INT64_C(1000000000000);
  const double begin = now_ms();
  (void)rn_tracker_feed(tracker, &record, sizeof(record));
  while (!run->recovered) turn(tracker);
  return now_ms() - begin;
}

/* ---- the run ---- */

static void measure(struct run *run) {
  struct rn_tracker *plain = new_tracker(run);
  const double plain_ms = add_ms(run, plain, false);
  rn_tracker_free(plain);
  struct rn_tracker *tracker = new_tracker(run);
  const double indexed_ms = add_ms(run, tracker, true);
  double rescan = 1e18, walk = 1e18;
  for (long i = 0; i < run->repeat; i++) {
    const double one = rescan_ms(run, tracker);
    const double other = walk_ms(run);
    if (one < rescan) rescan = one;
    if (other < walk) walk = other;
  }
  rn_tracker_free(tracker);
  printf("%ld entries, %d in a directory\n", run->entries, IN_A_DIRECTORY);
  printf("index        %6.1f bytes an entry\n", bytes_an_entry(run->entries));
  printf("rescan       %6.1f ms\n", rescan);
  printf("nftw         %6.1f ms\n", walk);
  printf("adding       %6.1f ms; without the index %.1f ms\n", indexed_ms,
         plain_ms);
}

int main(int argc, char **argv) {
  static const struct option words[] = {
      {"dir", required_argument, NULL, 'd'},
      {"entries", required_argument, NULL, 'e'},
      {"repeat", required_argument, NULL, 'r'},
      {NULL, 0, NULL, 0}};
  struct run run = {.entries = 100000, .repeat = 5};
  const char *dir = "/tmp";
  for (int option; (option = getopt_long(argc, argv, "", words, NULL)) != -1;) {
    if (option == 'd') dir = optarg;
    if (option == 'e') run.entries = strtol(optarg, NULL, 10);
    if (option == 'r') run.repeat = strtol(optarg, NULL, 10);
    if (option == '?') return 64;
  }
  if (run.entries < 1 || run.repeat < 1) return 64;
  make_tree(&run, dir);
  measure(&run);
  if (nftw(run.root, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
    fail(run.root, errno);
  return 0;
}
