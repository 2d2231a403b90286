/* Whether a watch is still there, for roots whose IN_IGNORED may be lost.
 *
 * What a plain root watches is looked for at its path: if it is there, so is
 * the watch.  If it is not, it may have been renamed, or a directory above it:
 * then the kernel's own list of the instance's watches says which are left.  It
 * is read once a loss, for all roots that are not found. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/track/tracker.h"

enum {
  TEXT_SIZE = 64 << 10,      /* of a list, at first */
  TEXT_SIZE_MAX = 256 << 20, /* some two million watches */
};

static int compare(const void *a, const void *b) {
  const int left = *(const int *)a;
  const int right = *(const int *)b;
  return (left > right) - (left < right);
}

/* Take the numbers out of a list.  Returns 0 or -ENOMEM. */
static int take_list(struct rn_proof *proof, const char *text) {
  static const char before[] = "inotify wd:";
  size_t count = 0;
  const char *at = text;
  for (; (at = strstr(at, before)) != NULL; at++) count++;
  int *wds = malloc((count + 1) * sizeof(*wds));
  if (wds == NULL) return -ENOMEM;
  proof->count = 0;
  for (at = text; (at = strstr(at, before)) != NULL; at++)
    wds[proof->count++] = (int)strtoul(at + sizeof(before) - 1, NULL, 16);
  qsort(wds, proof->count, sizeof(*wds), compare);
  proof->wds = wds;
  return 0;
}

/* The whole of the kernel's list.  Returns 0, or a negative errno. */
static int read_list(struct rn_tracker *t, char **text) {
  char path[48];
  snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", t->fd);
  *text = NULL;
  int err = 0;
  for (size_t size = TEXT_SIZE; size <= TEXT_SIZE_MAX; size *= 4) {
    char *larger = realloc(*text, size);
    err = larger == NULL ? -ENOMEM : 0;
    if (err < 0) break;
    *text = larger;
    err = t->sys->file_text(t->sys, path, *text, size);
    if (err < 0 || strlen(*text) < size - 1) break;
    err = -EFBIG;
  }
  if (err < 0) free(*text);
  return err;
}

void rn_proof_forget(struct rn_tracker *t) {
  free(t->proof.wds);
  t->proof.wds = NULL;
}

bool rn_watch_is_lost(struct rn_tracker *t, int wd) {
  struct rn_proof *proof = &t->proof;
  if (proof->wds != NULL && proof->losses != t->counts.kernel_overflows)
    rn_proof_forget(t);
  if (proof->wds == NULL) {
    char *text;
    if (read_list(t, &text) < 0) return false;
    const int err = take_list(proof, text);
    free(text);
    if (err < 0) return false;
    proof->losses = t->counts.kernel_overflows;
  }
  return bsearch(&wd, proof->wds, proof->count, sizeof(wd), compare) == NULL;
}

void rn_prove(struct rn_tracker *t, struct rn_node *top) {
  const int fd = rn_open_node(t, top, O_PATH);
  if (fd >= 0) t->sys->close(t->sys, fd);
  if (fd < 0 && rn_watch_is_lost(t, top->wd))
    rn_root_leave(t, top->root);
  else
    rn_node_passage_trim(top);
}
