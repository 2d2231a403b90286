/* Whether a watch is still there, for roots whose IN_IGNORED may be lost.
 *
 * What a plain root watches is looked for at its path: if it is there, so is
 * the watch.  If it is not, it may have been renamed, or a directory above it:
 * then the kernel is asked.  It can be told which number the next watch gets,
 * and gives it if no watch has it; so the next mark has the number of a watch
 * that has ended, and another one if that is left.  The kernel's list of the
 * instance's watches would tell the same, but makes some milliseconds for a
 * thousand of them, at one go.
 *
 * The IN_IGNORED of such a mark is that of the watch, once more.  Whatever
 * number it has, no watch has it: where that of a node was read already it is
 * of no node now, and where it was lost this is what it said. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "lib/track/tracker.h"

int rn_watch_is_lost(struct rn_tracker *t, int wd) {
  if (t->ends_left == 0 || !rn_has_room(t, 1)) return -EAGAIN;
  int err = rn_mark_before_ask(t);
  if (err < 0) return err;
  /* Marks make records, as the ends of watches do. */
  t->ends_left -= err > 0 && t->ends_left > 1 ? 2 : 1;
  const int next = t->newest_wd < INT_MAX ? t->newest_wd + 1 : 1;
  if (t->sys->watch_next(t->sys, t->fd, wd) < 0) return -ENOTTY;
  const int got = rn_mark_ask(t);
  /* No number is to be given twice but for this. */
  if (got < next) (void)t->sys->watch_next(t->sys, t->fd, next);
  return got < 0 ? got : got == wd;
}

bool rn_leave_if_lost(struct rn_tracker *t, struct rn_node *top) {
  const int lost = rn_watch_is_lost(t, top->wd);
  if (lost > 0) rn_root_leave(t, top->root);
  if (lost == -EAGAIN)
    rn_wait_for_scan(t, top, RN_FRAME_ASK);
  else if (lost < 0 && lost != -ENOTTY) /* a fence needs a mark, too */
    rn_scan_after_fence(t, top, RN_FRAME_ASK);
  return lost > 0;
}

void rn_prove(struct rn_tracker *t, struct rn_node *top,
              enum rn_frame_mode mode) {
  const int fd = mode == RN_FRAME_ASK ? -ESTALE : rn_open_node(t, top, O_PATH);
  if (fd >= 0) t->sys->close(t->sys, fd);
  if (fd < 0 && rn_leave_if_lost(t, top)) return;
  if (fd >= 0 && rn_window_is_part(top))
    rn_look_again(t, top); /* names in doubt waited for this */
  else
    rn_node_passage_trim(top);
}
