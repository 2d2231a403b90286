/* Marks: what the library itself puts into the kernel's queue.
 *
 * A private memory file is watched and unwatched, and the IN_IGNORED of that
 * stands behind everything that was queued before: that is a fence (fence.c),
 * and what ends the waiting for the other half of a rename (pairs.c).
 *
 * Nobody watches that file, so its record is counted nowhere (P3), whoever
 * waited for it and whether anybody still does.  Therefore each mark is
 * remembered until it was read, or one that was put later: then a loss has
 * taken it. */

#include <errno.h>
#include <stdlib.h>

#include "lib/track/tracker.h"

static bool make_room(struct rn_marks *marks) {
  if (marks->end < marks->room) return true;
  const uint32_t count = marks->end - marks->first;
  if (marks->first > 0 && count <= marks->room / 2) {
    memmove(marks->wds, marks->wds + marks->first, count * sizeof(int));
    marks->first = 0;
    marks->end = count;
    return true;
  }
  const uint32_t room = marks->room > 0 ? marks->room * 2 : 8;
  int *wds = realloc(marks->wds, room * sizeof(*wds));
  if (wds == NULL) return false;
  marks->wds = wds;
  marks->room = room;
  return true;
}

int rn_mark_put(struct rn_tracker *t) {
  if (!make_room(&t->marks)) return -ENOMEM;
  const int wd = rn_watch_fd(t, t->fence_fd, IN_DELETE_SELF);
  if (wd < 0) return wd;
  (void)t->sys->watch_remove(t->sys, t->fd, wd);
  t->marks.wds[t->marks.end++] = wd;
  return wd;
}

bool rn_mark_take(struct rn_tracker *t, const struct rn_raw_event *raw) {
  struct rn_marks *marks = &t->marks;
  if ((raw->mask & IN_IGNORED) == 0) return false;
  for (uint32_t i = marks->first; i < marks->end; i++) {
    if (marks->wds[i] != raw->wd) continue;
    marks->first = i + 1;
    if (marks->first == marks->end) marks->first = marks->end = 0;
    return true;
  }
  return false;
}

void rn_marks_free(struct rn_tracker *t) { free(t->marks.wds); }
