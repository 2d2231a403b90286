#ifndef LIB_TRACK_KEPT_H
#define LIB_TRACK_KEPT_H

/* Records kept back: kept.c; of an addition: withhold.c. */

#include "lib/track/track.h"

/* Some of them, in order. */
struct rn_kept {
  char *records;
  size_t size, room;
  uint32_t epoch; /* the oldest of them */
};

/* Keep a record for a node.  Beyond RN_KEPT_MAX (of an addition:
 * RN_WITHHELD_MAX), and without memory, it is as if the kernel had lost it. */
void rn_keep_record(struct rn_tracker *t, struct rn_kept *kept,
                    const struct rn_node *node, const struct rn_raw_event *raw);
/* Take in records up to `size` bytes, and the one that reaches beyond them.
 * Returns how many bytes that was. */
size_t rn_kept_take(struct rn_tracker *t, char *records, size_t size);
/* Take in the records below a moved directory, if one has settled. */
void rn_replay_kept(struct rn_tracker *t);
/* Drop them.  Returns how many. */
uint64_t rn_kept_drop(struct rn_kept *kept);
void rn_kept_free(struct rn_kept *kept);

/* ---- of an addition: withhold.c ---- */

/* What a root that is being added would tell. */
struct rn_withheld {
  struct rn_root *root; /* the root; or NULL */
  struct rn_kept kept;
  bool is_open; /* records are taken in, not kept: those that were kept */
  bool is_told; /* the addition has succeeded */
  bool ended;   /* the end of the top is among them */
  size_t left;  /* of them, in bytes, when the last piece had been told */
};

/* Withhold what a root would tell until its addition has succeeded. */
void rn_withhold(struct rn_tracker *t, struct rn_root *root);
/* Whether a record of a node is one of these; then it is kept. */
bool rn_withheld_take(struct rn_tracker *t, const struct rn_node *node,
                      const struct rn_raw_event *raw);
/* The walk of the addition is over: tell a piece of what was withheld; or when
 * it has failed, nothing, now and later.  Returns whether nothing is left. */
bool rn_withheld_advance(struct rn_tracker *t);
/* Records were lost: what is withheld is given up as well. */
void rn_withheld_lose(struct rn_tracker *t);
/* The root is no more. */
void rn_withheld_forget(struct rn_tracker *t, const struct rn_root *root);

#endif
