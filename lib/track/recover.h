#ifndef LIB_TRACK_RECOVER_H
#define LIB_TRACK_RECOVER_H

/* The repair of losses.  ARCHITECTURE.md "The rule of recovery" states what is
 * done in which case.
 *
 *     recover.c  when a rescan begins and when all is well again
 *     heed.c     the index follows what is told
 *     locate.c   a node's entry, an entry's node
 *     rescan.c   a directory is listed and compared with the index
 *     resolve.c  what could not be told at once: moves and departures
 *
 * Only roots with the option have a struct rn_recover; nothing here is called
 * for others. */

#include "lib/index/image.h"
#include "lib/track/tracker.h"

enum {
  RN_LIMBO_MAX = 64,          /* entries kept between two places */
  RN_RESCAN_SHARE = 4,        /* a rescan waits so many times its last length */
  RN_RESCAN_TRIES = 32,       /* rescans in a row that left a doubt */
  RN_RESCAN_STEP_MS = 2,      /* what each of those adds to the wait */
  RN_RESCAN_LOSSES = 32,      /* losses before the first one is repaired, from
                                 which on a barrier does not wait for that */
  RN_RESCAN_PIECE = 256,      /* deferrals in one piece of work */
  RN_FRESH_NS = 100 * 1000000 /* times younger than this may stand for two
                                 changes: clocks of file systems are coarse */
};

enum rn_recover_state {
  RN_RECOVER_CALM,   /* index and truth agree, but for records to be read */
  RN_RECOVER_DUE,    /* records were lost: a rescan is to begin */
  RN_RECOVER_SCANS,  /* directories are compared, deferrals resolved */
  RN_RECOVER_FENCED, /* all is told; the fence behind it is awaited */
};

/* What the listing of a directory found and could not tell at once. */
struct rn_deferral {
  struct rn_deferral *next;
  int wd; /* with the generation: the directory's node */
  uint32_t generation;
  uint16_t name_size;
  bool waited; /* its place was not free; or of what left, that is being told */
  char name[];
};

struct rn_deferrals {
  struct rn_deferral *first, *last;
  uint32_t count;
};

enum rn_deferral_kind {
  RN_DEFER_DIR,   /* a directory that may have been moved here */
  RN_DEFER_ENTRY, /* another entry of that kind */
  RN_DEFER_LEFT,  /* an entry that is not there any more */
  RN_DEFER_END
};

struct rn_recover {
  struct rn_root *root;
  struct rn_recover *next, *previous; /* with attended: in the tracker's list */
  bool attended;
  struct rn_image *image; /* NULL: it had no memory; nothing is repaired */
  enum rn_recover_state state;
  bool doubt;   /* the running rescan may have missed something */
  bool strayed; /* the root was not found at its path, since it began */
  bool hurried; /* it is the last one */
  uint32_t tries;
  uint32_t losses;     /* since all was well */
  uint64_t changes;    /* told by this recovery */
  uint32_t epoch;      /* of the loss that it is for: see barrier.c */
  int64_t begun_ns;    /* this rescan */
  int64_t ended_ns;    /* the last one */
  int64_t duration_ns; /* of the last one */
  int64_t spent_ns;    /* rescans of this recovery */
  struct rn_deferrals deferrals[RN_DEFER_END];
  uint32_t limbo[RN_LIMBO_MAX]; /* cookies */
  uint32_t limbo_next;
  /* The last directory that was looked up, until directories change. */
  const struct rn_node *last_node, *last_above; /* and what it is in */
  uint32_t last_generation, last_above_generation;
  uint32_t last_ref;
};

/* ---- life: recover.c ---- */

/* Keep an index for a root that has no nodes yet.
 *
 * Returns    0; -ENOMEM. */
int rn_recover_new(struct rn_tracker *t, struct rn_root *root);
void rn_recover_free(struct rn_tracker *t, struct rn_root *root);

/* Something is to be done for a root with an index: it is not settled, or to be
 * repaired.  Nothing for one without. */
void rn_recover_attend(struct rn_tracker *t, struct rn_root *root);

/* Records were lost: of all roots with an index. */
void rn_recover_lost(struct rn_tracker *t);

/* Whether one of them waits for a fence that there was no memory to ask for.
 * At the end of a turn. */
bool rn_recover_lacks_fence(const struct rn_tracker *t);

/* A turn ends: begin the rescans that are due. */
void rn_recover_turn(struct rn_tracker *t);
/* A fence of the root's top came back. */
void rn_recover_fenced(struct rn_tracker *t, struct rn_root *root);
/* A directory is not found where it was.  Returns whether a rescan sees to it,
 * because records of it may be among the lost. */
bool rn_recover_sees_to(struct rn_root *root);
/* Whether deferrals are to be resolved. */
bool rn_recover_is_walking(const struct rn_tracker *t);
/* Whether the repair of a loss of an earlier epoch is not complete. */
bool rn_recover_owes(const struct rn_tracker *t);
/* Whether a loss is not repaired yet. */
bool rn_recover_is_waiting(const struct rn_tracker *t);
/* Do a piece of it, when there is nothing to list. */
void rn_recover_walk(struct rn_tracker *t);
/* The index had no memory: losses of this root are no longer repaired. */
void rn_recover_give_up(struct rn_tracker *t, struct rn_root *root, int error);

/* ---- heeding: heed.c ---- */

/* Whether a record about an entry is news to who took in all that was told;
 * what has to be told before it is told now.
 *
 * by_window  what the window of the directory says. */
bool rn_recover_admits(struct rn_tracker *t, struct rn_node *node,
                       const struct rn_raw_event *raw, bool by_window);
/* Whether an event that the library makes up is. */
bool rn_recover_is_news(const struct rn_node *node, uint32_t mask,
                        struct rn_bytes name);
/* A listing shows an entry under a name in doubt: what the index has there, if
 * it is of another type, has left. */
void rn_recover_make_way(struct rn_tracker *t, struct rn_node *node,
                         const struct rn_entry *entry);
/* Whether something was told under a name; whether a directory was. */
bool rn_recover_has(const struct rn_node *node, struct rn_bytes name);
bool rn_recover_has_dir(const struct rn_node *node, struct rn_bytes name);
/* The latter, and the rescan has found it, or it was told since: older records
 * are of what had the name before. */
bool rn_recover_has_found_dir(const struct rn_node *node, struct rn_bytes name);
/* The same of an entry of any type. */
bool rn_recover_has_found(const struct rn_node *node, struct rn_bytes name);
/* Whether the half of a rename was told whose other half has not come. */
bool rn_recover_has_half(const struct rn_root *root, uint32_t cookie);
/* A directory that is between two places has left: so has what it held. */
void rn_recover_left(struct rn_tracker *t, const struct rn_node *node);
/* A change was told. */
void rn_recover_told(struct rn_tracker *t, struct rn_node *node,
                     const struct rn_change *change);
/* Take back all that was told of what is below a directory. */
void rn_recover_take_back(struct rn_tracker *t, struct rn_node *node);
/* A listing of an addition shows an entry, which is there already. */
void rn_recover_take_in(struct rn_tracker *t, struct rn_node *node, int dir_fd,
                        struct rn_bytes name);
/* A directory was adopted; `fd` is open. */
void rn_recover_adopted(struct rn_tracker *t, struct rn_node *parent,
                        struct rn_bytes name, int fd);

/* Tell the departure of what the index has under a name, children first. */
void rn_recover_depart(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name);
/* The same for up to `count` entries, which are taken off that.  Returns
 * whether none is left. */
bool rn_recover_depart_some(struct rn_tracker *t, struct rn_node *node,
                            struct rn_bytes name, uint32_t *count);
/* Note what is known of an entry by `status`, taken at `now_ns`. */
void rn_recover_learn(struct rn_recover *recover, uint32_t ref,
                      const struct rn_status *status, int64_t now_ns);

/* ---- locating: locate.c ---- */

/* References of directories may have changed. */
void rn_recover_forget_place(struct rn_recover *recover);
/* The index's entry of a node, or 0. */
uint32_t rn_recover_ref(const struct rn_node *node);
/* The node of a directory of the index, or NULL. */
struct rn_node *rn_recover_node(struct rn_tracker *t, struct rn_root *root,
                                uint32_t ref);

/* ---- comparing: rescan.c ---- */

/* List what one getdents64(2) gives of the directory of a frame.
 *
 * Returns    1; 0 at its end; a negative errno. */
int rn_rescan_list(struct rn_tracker *t, struct rn_frame *frame);
/* Tell the arrival of an entry that the index does not have. */
void rn_rescan_arrive(struct rn_tracker *t, struct rn_node *node, int dir_fd,
                      struct rn_bytes name, const struct rn_status *status);
/* The entries that may be the same object under another name: 0 at the end. */
uint32_t rn_rescan_origin(const struct rn_recover *recover,
                          const struct rn_status *status, uint64_t *at);
/* Tell how an entry differs from what is known of it, and note it. */
void rn_rescan_refresh(struct rn_tracker *t, struct rn_node *node,
                       struct rn_bytes name, uint32_t ref,
                       const struct rn_status *status);
/* Have a directory below a node adopted and compared, or taken as a new one.
 *
 * Returns    its node; or NULL. */
struct rn_node *rn_rescan_enter(struct rn_tracker *t, struct rn_node *node,
                                int dir_fd, struct rn_bytes name);
/* A directory is new to who is told: have it compared as that. */
void rn_rescan_open(struct rn_tracker *t, struct rn_node *child);

/* ---- deferring: resolve.c ---- */

void rn_resolve_later(struct rn_recover *recover, enum rn_deferral_kind kind,
                      const struct rn_node *node, struct rn_bytes name);
/* Do a piece.  Returns false when nothing was left to do. */
bool rn_resolve_piece(struct rn_tracker *t, struct rn_root *root);
/* Whether the departure of an entry is being told. */
bool rn_resolve_is_leaving(const struct rn_recover *recover,
                           const struct rn_node *node, struct rn_bytes name);
void rn_resolve_forget(struct rn_recover *recover);

#endif
