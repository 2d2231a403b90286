/* Marks: what the library itself puts into the kernel's queue.
 *
 * A private memory file is watched and unwatched, and the IN_IGNORED of that
 * stands behind everything that was queued before: that is a fence (fence.c),
 * and what ends the waiting for the other half of a rename (pairs.c).
 *
 * Nobody watches that file, so its record is counted nowhere (P3), whoever
 * waited for it and whether anybody still does.  Therefore each mark is
 * remembered until it was read, or one that was put later: then a loss has
 * taken it.  Where none may have, marks are read in the order in which they
 * were put.  But one that asks for a watch by its number (prove.c) may have
 * that of a watch that ended: its record may be taken for the last of that,
 * and that which is still queued is not to be taken for the mark. */

#include <errno.h>
#include <stdlib.h>

#include "lib/track/tracker.h"

static bool make_room(struct rn_marks *marks) {
  if (marks->end < marks->room) return true;
  const uint32_t count = marks->end - marks->first;
  if (marks->first > 0 && count <= marks->room / 2) {
    memmove(marks->marks, marks->marks + marks->first,
            count * sizeof(*marks->marks));
    marks->lost -= marks->lost < marks->first ? marks->lost : marks->first;
    marks->first = 0;
    marks->end = count;
    return true;
  }
  const uint32_t room = marks->room > 0 ? marks->room * 2 : 8;
  struct rn_mark *made = realloc(marks->marks, room * sizeof(*made));
  if (made == NULL) return false;
  marks->marks = made;
  marks->room = room;
  return true;
}

static int put(struct rn_tracker *t, bool asks) {
  if (!make_room(&t->marks)) return -ENOMEM;
  const int wd = rn_watch_fd(t, t->fence_fd, IN_DELETE_SELF);
  if (wd < 0) return wd;
  (void)t->sys->watch_remove(t->sys, t->fd, wd);
  t->marks.marks[t->marks.end++] = (struct rn_mark){wd, asks};
  return wd;
}

int rn_mark_put(struct rn_tracker *t) { return put(t, false); }

int rn_mark_ask(struct rn_tracker *t) { return put(t, true); }

/* Whether a later mark may be read before this one is. */
static bool may_be_missing(const struct rn_marks *marks, uint32_t at) {
  return at < marks->lost || marks->marks[at].asks;
}

bool rn_mark_take(struct rn_tracker *t, const struct rn_raw_event *raw) {
  struct rn_marks *marks = &t->marks;
  if ((raw->mask & IN_IGNORED) == 0) return false;
  uint32_t i = marks->first;
  while (i < marks->end && marks->marks[i].wd != raw->wd &&
         may_be_missing(marks, i))
    i++;
  if (i >= marks->end || marks->marks[i].wd != raw->wd) return false;
  marks->first = i + 1;
  if (marks->first == marks->end) marks->first = marks->end = marks->lost = 0;
  return true;
}

void rn_marks_lose(struct rn_tracker *t) { t->marks.lost = t->marks.end; }

void rn_marks_free(struct rn_tracker *t) { free(t->marks.marks); }
