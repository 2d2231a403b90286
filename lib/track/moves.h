#ifndef LIB_TRACK_MOVES_H
#define LIB_TRACK_MOVES_H

/* Renames: their halves, which wait for each other (moves.c) or are told
 * together (pairs.c). */

#include "lib/track/track.h"

enum {
  RN_MOVES = 64,            /* halves of renames that wait for the other */
  RN_EXCHANGE_COOKIES = 64, /* renames between the two of an exchange */
};

/* How far it is known that the other half does not come. */
enum rn_held_state {
  RN_HELD_NEW,    /* nothing was done about it */
  RN_HELD_LOOKED, /* the directory was looked at: a fence is to be put */
  RN_HELD_FENCED, /* the fence is in the kernel's queue */
  RN_HELD_TIMED,  /* only the time will tell */
};

/* A first half that is not told yet. */
struct rn_held {
  struct rn_node *node; /* the directory that was left; NULL: it is not held */
  enum rn_held_state state;
  int mark_wd;          /* with RN_HELD_FENCED: of its mark */
  int64_t monotonic_ns; /* the end of the turn that read it; 0: this one */
};

/* From where an exchange brought what is there. */
struct rn_move_back {
  uint64_t place;      /* as a number; 0: it is none */
  int wd;              /* of the directory */
  uint32_t generation; /* of its node */
};

/* A rename, of which one half or both were read. */
struct rn_move {
  uint32_t cookie;            /* 0: both were read */
  uint32_t number;            /* the cookie, still */
  const struct rn_root *root; /* that saw it; or NULL */
  struct rn_node *child;      /* the directory that was moved; or NULL */
  bool is_dir;
  bool had_child; /* content of it was told where it was */
  bool news;      /* its second half was */
  bool is_first;  /* nothing was where it came to */
  bool astray;    /* its root is to be looked for: the path may be another's by
                     now */
  uint64_t from, to;        /* places, as numbers; 0: none */
  struct rn_move_back back; /* it is half of an exchange if it leads here */
  bool may_be_back; /* or wherever it leads: where that is was not seen */
  int wd;           /* of the directory it left */
  uint32_t generation;
  uint32_t name_size;
  char *path; /* it was moved from here */
  size_t path_size, path_room;
  struct rn_held held;
};

/* ---- halves: moves.c ---- */

/* The rename that led to the place of a record last, unless one has led away
 * since; or NULL. */
struct rn_move *rn_move_arrival(struct rn_tracker *t,
                                const struct rn_node *node,
                                const struct rn_raw_event *raw);
/* The same, if what leaves may be what was there before it, as in the second
 * half of an exchange; or NULL. */
const struct rn_move *rn_move_before(struct rn_tracker *t,
                                     const struct rn_node *node,
                                     const struct rn_raw_event *raw);
/* Whether what was moved is of the type that a record is about: if what leaves
 * the place that it came to is not, it is still there. */
bool rn_move_is_of_type(const struct rn_move *move,
                        const struct rn_raw_event *raw);
/* Remember the first half of a rename.  Valid until the next one.
 *
 * before     what rn_move_before() gave.
 * news       it is told; else the other half has no source. */
struct rn_move *rn_move_begin(struct rn_tracker *t, struct rn_node *node,
                              const struct rn_raw_event *raw,
                              const struct rn_move *before, bool news);
/* The half with this record's cookie that the root saw; else the one that
 * another root saw, under a path that is true, where this one does not watch,
 * which stays for that one; or NULL.  Valid as above. */
struct rn_move *rn_move_end(struct rn_tracker *t, const struct rn_node *node,
                            const struct rn_raw_event *raw);
/* Whether the first half of a rename was given up with a loss. */
bool rn_move_was_given_up(const struct rn_tracker *t, uint32_t cookie);
/* Remember an arrival, of which `move`, or NULL, is the half, for what leaves
 * the place next.
 *
 * news       it was not known before.
 * is_first   nothing was there before. */
void rn_move_arrived(struct rn_tracker *t, struct rn_move *move,
                     const struct rn_node *node, const struct rn_raw_event *raw,
                     bool news, bool is_first);
/* Whether it is the second half of an exchange, or of a way there and back; or
 * may be: it is not known where the first one came from, or it leads to a name
 * as in the directory that was left, which was released meanwhile and may have
 * come back as another node.
 *
 * raw        its second half, of `node`. */
bool rn_move_is_swap(struct rn_tracker *t, const struct rn_move *move,
                     const struct rn_node *node,
                     const struct rn_raw_event *raw);
/* A root is no more. */
void rn_moves_forget_root(struct rn_tracker *t, const struct rn_root *root);
/* A node is no longer meant by a half. */
void rn_move_forget(struct rn_tracker *t, const struct rn_node *child);
void rn_moves_free(struct rn_tracker *t);

/* ---- halves that are told together: pairs.c ---- */

/* Tell of the half that was just begun, or hold it. */
void rn_tell_moved_from(struct rn_tracker *t, struct rn_node *node,
                        const struct rn_raw_event *raw, struct rn_move *move);
/* Tell of the other half, with the first one when that is held.
 *
 * move       what rn_move_end() gave. */
void rn_tell_moved_to(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw, struct rn_move *move);

/* Tell a half that is held alone, in the place of its record. */
void rn_held_tell(struct rn_tracker *t, struct rn_move *move);
/* The same, if it is held, now that the other half was read and is not told
 * with it. */
void rn_held_tell_loose(struct rn_tracker *t, struct rn_move *move,
                        const struct rn_node *node,
                        const struct rn_raw_event *raw);
/* The same for all; those of a root; those that left `top` or a directory below
 * it; those that are about a directory `child`. */
void rn_held_tell_all(struct rn_tracker *t);
void rn_held_tell_root(struct rn_tracker *t, const struct rn_root *root);
void rn_held_tell_below(struct rn_tracker *t, const struct rn_node *top);
void rn_held_tell_moved(struct rn_tracker *t, const struct rn_node *child);
/* An event is about to be told: the same for those whose path it is about.
 *
 * name       of the entry of `node`; empty: the event is about `node`. */
void rn_held_make_way(struct rn_tracker *t, const struct rn_node *node,
                      uint32_t mask, struct rn_bytes name);

/* See to it that what is held at the end of a turn is settled soon. */
void rn_held_end_turn(struct rn_tracker *t);
/* The mark with this wd was read: halves that waited for it are told. */
void rn_held_take_mark(struct rn_tracker *t, int wd);
bool rn_held_awaits_fence(const struct rn_tracker *t);

#endif
