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
 * were put.
 *
 * But one that asks for a watch by its number (prove.c) may have that of a
 * watch that ended, be it the one that was asked for or another: its record may
 * be taken for the last of that, and that which is still queued is not to be
 * taken for the mark.  So where more than marks is queued it stands right
 * behind one whose number nothing else had: what comes before that is the
 * watch's.  A loss that takes the first takes the second, too, as nothing is
 * read between the two. */

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "lib/track/tracker.h"

bool rn_has_room(const struct rn_tracker *t, uint32_t count) {
  return t->put == 0 || t->put + count <= t->queue;
}

bool rn_has_room_for_fence(const struct rn_tracker *t) {
  if (rn_tracker_is_walking(t, RN_WALK_NEW)) return t->put + 2 <= t->queue;
  return rn_has_room(t, 1);
}

bool rn_tracker_is_to_be_read(const struct rn_tracker *t) {
  return !rn_has_room(t, 1);
}

bool rn_makes_enough(const struct rn_tracker *t) {
  return t->ends_left == 0 || rn_tracker_is_to_be_read(t);
}

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
  rn_watch_remove(t, wd);
  t->marks.marks[t->marks.end++] = (struct rn_mark){.wd = wd, .asks = asks};
  return wd;
}

int rn_mark_put(struct rn_tracker *t) { return put(t, false); }

/* Whether nothing is queued, or was read and not taken in, but marks that do
 * not ask.  Those that are not queued any more are forgotten. */
static bool is_alone(struct rn_tracker *t) {
  struct rn_marks *marks = &t->marks;
  size_t size = 0;
  if (t->feeds || t->sys->queued(t->sys, t->fd, &size) < 0) return false;
  if (size == 0) marks->first = marks->end = marks->lost = 0;
  for (uint32_t i = marks->first; i < marks->end; i++)
    if (i < marks->lost || marks->marks[i].asks) return false;
  const size_t count = marks->end - marks->first;
  return size == count * sizeof(struct inotify_event);
}

int rn_mark_before_ask(struct rn_tracker *t) {
  if (is_alone(t)) return 0;
  if (!rn_has_room(t, 2)) {
    t->put = t->queue; /* what is there is to be read first */
    return -EAGAIN;
  }
  const int wd = rn_mark_put(t);
  return wd < 0 ? wd : 1;
}

int rn_mark_ask(struct rn_tracker *t) { return put(t, true); }

/* Whether a record is the death of a watch that no node is left for, or the
 * IN_IGNORED behind that. */
static bool is_of_a_watch(struct rn_marks *marks,
                          const struct rn_raw_event *raw) {
  const bool dies = (raw->mask & (IN_DELETE_SELF | IN_UNMOUNT)) != 0;
  if (!dies && (raw->mask & IN_IGNORED) == 0) return false;
  bool other = false;
  for (uint32_t i = marks->first; i < marks->end; i++) {
    struct rn_mark *mark = &marks->marks[i];
    if (!mark->asks || mark->wd != raw->wd) continue;
    other |= mark->other;
    mark->other = dies;
  }
  return dies || other;
}

bool rn_mark_take(struct rn_tracker *t, const struct rn_raw_event *raw) {
  struct rn_marks *marks = &t->marks;
  if (is_of_a_watch(marks, raw)) return false;
  if ((raw->mask & IN_IGNORED) == 0) return false;
  bool behind = false; /* one that does not ask, and was not read */
  uint32_t i = marks->first;
  for (; i < marks->end; i++) {
    const struct rn_mark *mark = &marks->marks[i];
    if (mark->wd == raw->wd && !(mark->asks && behind)) break;
    /* May a later one be read before this one is? */
    if (i >= marks->lost && !mark->asks) return false;
    behind |= !mark->asks;
  }
  if (i == marks->end) return false;
  marks->first = i + 1;
  if (marks->first == marks->end) marks->first = marks->end = marks->lost = 0;
  return true;
}

void rn_marks_lose(struct rn_tracker *t) {
  struct rn_marks *marks = &t->marks;
  for (uint32_t i = marks->first; i < marks->end; i++)
    marks->marks[i].other = false; /* that may be lost, too */
  marks->lost = marks->end;
}

void rn_marks_free(struct rn_tracker *t) { free(t->marks.marks); }
