#ifndef LIB_TRACK_WINDOW_H
#define LIB_TRACK_WINDOW_H

/* What was told ahead of its records: window.c. */

#include "lib/scan/scan.h"
#include "lib/track/track.h"

/* From now on all that is told of the directory's content is remembered; what
 * was remembered is void.  Returns 0; -ENOMEM. */
int rn_window_open(struct rn_node *node);
/* All that is older than what was told has been read, or is lost: it need not
 * be remembered.  What is in doubt still is. */
void rn_window_keep_doubts(struct rn_node *node);
bool rn_window_is_open(const struct rn_node *node);
/* Whether names are remembered of a directory that has no window open. */
bool rn_window_is_part(const struct rn_node *node);
/* A rescan is about to list it: it says more than names in part. */
void rn_window_forget_part(struct rn_node *node);
/* A rescan tells of a name: what was remembered of it is void. */
void rn_window_forget(struct rn_node *node, struct rn_bytes name);
/* It does not find what was told under a name: that left, and its records are
 * lost or were read, so others of the name are younger. */
void rn_window_miss(struct rn_node *node, struct rn_bytes name);
/* Whether a name is among those that were told, as a directory. */
bool rn_window_shows_dir(const struct rn_node *node, struct rn_bytes name);
/* Records were lost: a name that was told is of the type that a listing shows.
 */
void rn_window_correct(struct rn_node *node, const struct rn_entry *entry);
/* Remember a name that was told.  Returns 0; -ENOMEM. */
int rn_window_add(struct rn_node *node, struct rn_bytes name, bool is_dir);
/* Whether a record is about what had a name before the entry that was told: one
 * is a directory, the other is not. */
bool rn_window_is_past(const struct rn_node *node,
                       const struct rn_raw_event *raw);
/* Whether a record of an arrival or a departure is news. */
bool rn_window_admits(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw);
/* Tell of an entry unless it was told. */
void rn_window_tell(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_entry *entry);
/* Tell of an entry if its name was in doubt. */
void rn_window_settle(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_entry *entry);
/* Whether a name is in doubt. */
bool rn_window_doubts(const struct rn_node *node, struct rn_bytes name);
/* It is not known whether there is an entry of this name. */
void rn_window_doubt(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name);
/* Take back what was told of a directory that was listed too early, in place of
 * one that is gone by now: its records are still to come. */
void rn_retract(struct rn_tracker *t, struct rn_node *top);
/* The departure of a directory was told, and with it that of all its content:
 * it is silent until it is announced again or a fence has come back. */
void rn_take_leave(struct rn_tracker *t, struct rn_node *node);

/* Directories below say nothing until a listing has announced them again. */
void rn_silence_below(struct rn_tracker *t, struct rn_node *node);
/* The same of a directory of which nothing was told: nor does what was touched
 * in it settle. */
void rn_empty(struct rn_tracker *t, struct rn_node *node);

/* Report the content of a directory from now on: what was told of it, and of
 * directories below, is of an earlier life, or of another place.
 *
 * Returns    0; -ENOMEM. */
int rn_begin_report(struct rn_tracker *t, struct rn_node *node);

#endif
