#ifndef LIB_TRACK_TRACK_H
#define LIB_TRACK_TRACK_H

/* From what the kernel says to what is true: raw records in, changes out.
 *
 * The tracker keeps the tree in step with the records it reads, watches the
 * directories that appear under recursive roots, reports what the kernel could
 * not, and follows renames.  ARCHITECTURE.md "The rule of recursion" states
 * what it does in which case.
 *
 * Threads: one, the reader's, for everything here. */

#include "lib/sys/sys.h"
#include "lib/tree/tree.h"
#include "ringnotify/event.h"
#include "ringnotify/inotify.h"

/* What waiting and keeping is bounded by. */
enum {
  /* Attempts to find a directory under its path while no directory's rename is
   * read: some milliseconds, for who renames it may have to wait for a
   * processor between the renaming and its records. */
  RN_SCAN_TRIES = 256,
  /* The same whatever is read.  Each is a fence, so it finds all renames made
   * known that were over when it was put: who fails so often is raced. */
  RN_SCAN_TRIES_MAX = 1024,
  /* From the half of a directory's rename to the rest, which the kernel tells
   * in the same system call: how long until a fence is put that the rest has to
   * be in front of, and how many such fences there are. */
  RN_MOVE_MS = 100,
  RN_MOVE_FENCES = 2,
  /* Bytes of records that are kept back meanwhile, and taken in at once then:
   * some thousand records, each of which may be of a new directory. */
  RN_KEPT_MAX = 256 << 10,
  /* The same during an addition, which are taken in in pieces. */
  RN_WITHHELD_MAX = 8 << 20,
};

/* One change, before the filter.  Borrowed for the call. */
struct rn_change {
  enum rn_event_kind kind; /* RN_EVENT_CHANGE or RN_EVENT_ERROR */
  uint32_t mask;
  uint32_t cookie;
  struct rn_node *node;     /* the watched directory or file */
  struct rn_bytes name;     /* of the entry in it; may be empty */
  struct rn_bytes src_path; /* where it was moved from; data NULL: not known */
  bool is_dir;
  bool synthetic;
  bool appended;        /* the user's: nothing happened to the entry */
  int error;            /* negative errno, with RN_EVENT_ERROR */
  int64_t monotonic_ns; /* when its record was read; 0: in the last read */
};

/* A recovery that is complete: what was lost has been told. */
struct rn_recovery {
  struct rn_root *root;
  uint64_t changes;    /* events that it told */
  int64_t duration_ns; /* of its rescans, waiting between them left out */
};

/* Who takes what the tracker finds. */
struct rn_sink {
  void *context;
  void (*change)(void *context, const struct rn_change *change);
  /* The same for a record that is told as it is: nearly all are.  Borrowed for
   * the call. */
  void (*plain)(void *context, struct rn_node *node,
                const struct rn_raw_event *raw);
  /* The tracker is about to make system calls that may take long. */
  void (*slow)(void *context);
  /* The kernel lost events here. */
  void (*overflow)(void *context);
  /* Paths that were told before this are no longer those of their nodes. */
  void (*moved)(void *context);
  /* The last node of a root is gone: nothing comes for it any more.  The root
   * is freed afterwards. */
  void (*ended)(void *context, struct rn_root *root);
  /* During an addition a directory could not be watched. */
  void (*failed)(void *context, const struct rn_node *directory,
                 struct rn_bytes name, int error);
  /* The index of a root and the disk agree again. */
  void (*recovered)(void *context, const struct rn_recovery *recovery);
  /* An entry of a root with a settle window has left its name; that is held,
   * and told later, or in one with where it came to, or not at all, as no
   * arrival was.  Not called for roots without. */
  void (*left)(void *context, struct rn_node *node, struct rn_bytes name);
  /* What was told of a directory's content has departed with it: what is there
   * is told anew.  Not called for roots without a settle window. */
  void (*emptied)(void *context, struct rn_node *node);
};

/* Plain counts; only the reader looks at them. */
struct rn_track_counts {
  uint64_t read;
  uint64_t synthetic;
  uint64_t copied;
  uint64_t filtered;  /* records that came to nobody */
  uint64_t coalesced; /* first halves of renames, told with the second */
  uint64_t kernel_overflows;
  uint64_t scanned;   /* directories listed */
  uint64_t rescans;   /* rescans that were brought to an end */
  uint64_t recovered; /* events that they told */
  uint64_t undecided; /* rules that were given up at a limit */
};

struct rn_tracker;

/* Whether a record is about a directory: unlike IN_ISDIR this is also right for
 * what the watched directory says of itself. */
static inline bool rn_record_is_dir(const struct rn_node *node,
                                    const struct rn_raw_event *raw) {
  return (raw->mask & IN_ISDIR) != 0 ||
         (raw->name_size == 0 && (node->flags & RN_NODE_DIR) != 0);
}

/* Open an inotify instance.
 *
 * Ownership  copies `sink`.
 * Returns    0; -EMFILE, -ENFILE, -ENOMEM; -ENOENT /proc is not mounted. */
int rn_tracker_new(const struct rn_sys *sys, const struct rn_sink *sink,
                   struct rn_tracker **tracker);

/* Close the instance, and free.  tracker: or NULL. */
void rn_tracker_free(struct rn_tracker *tracker);

/* Close the descriptors, and nothing else: of a copy in the child of a fork.
 * One that was being opened or closed at that moment may be left. */
void rn_tracker_close(struct rn_tracker *tracker);

/* The inotify descriptor, to be polled and read by the caller. */
int rn_tracker_fd(const struct rn_tracker *tracker);

/* How much to read next at most, of `size`: what was queued when a root was
 * removed that has to end behind that. */
size_t rn_tracker_read_size(const struct rn_tracker *tracker, size_t size);

/* Take in a buffer of whole records.  One with a longer name than
 * RN_NAME_SIZE_MAX is told as an error of its directory.
 *
 * Returns    0; -EBADMSG a record is cut: those before it were taken in. */
int rn_tracker_feed(struct rn_tracker *tracker, const void *buffer,
                    size_t size);

/* What there is to list: for new directories, whose content is reported; or for
 * an addition, whose content is not. */
enum rn_walk_kind { RN_WALK_NEW, RN_WALK_ADDED };

/* Whether there is something to list; with RN_WALK_NEW also whether there are
 * watches to be ended. */
bool rn_tracker_is_walking(const struct rn_tracker *tracker,
                           enum rn_walk_kind kind);

/* Whether there are watches to be ended.  Each makes a record, so after
 * rn_tracker_walk() has to be read. */
bool rn_tracker_is_leaving(const struct rn_tracker *tracker);

/* Whether the records of the library itself may fill the kernel's queue: then
 * new directories are not listed until it was read.  An addition goes on all
 * the same, as nothing may be read meanwhile. */
bool rn_tracker_is_to_be_read(const struct rn_tracker *tracker);

/* Whether something is still to come of what was read: a directory that was not
 * found under its path is looked for again after a fence, a watch that was
 * removed is to be ended, half of a rename is held until a fence, a loss is to
 * be repaired.  After rn_tracker_end_turn(). */
bool rn_tracker_is_waiting(const struct rn_tracker *tracker);

/* Whether a loss is to be repaired, or is being repaired. */
bool rn_tracker_is_recovering(const struct rn_tracker *tracker);

/* Whether something is to be tried again without a record: a fence that found
 * no watch, a barrier that is to be begun, a path that cannot be followed. */
bool rn_tracker_wants_turn(const struct rn_tracker *tracker);

/* How long the caller may wait for records before it ends another turn: a fence
 * could not be put for want of a watch, or a rescan is due.  In milliseconds;
 * -1: for ever. */
int rn_tracker_patience_ms(const struct rn_tracker *tracker);

/* The caller is about to stop: a rescan that is due, or becomes so, begins as
 * soon as nothing is being listed, whatever is queued and whenever the last one
 * was, and none follows it.  A loss whose marker is read after that is not
 * repaired. */
void rn_tracker_hurry(struct rn_tracker *tracker);

/* How much one rn_tracker_walk() does: so many pieces, each of so many entries
 * of a listing at most, and the end of so many watches; no more of them are
 * ended for one read.  For who wants records taken in between: a simulator. */
void rn_tracker_set_pace(struct rn_tracker *tracker, int pieces, int slice,
                         uint32_t share);

/* How many records may be queued, and are read at a time, at least.  Between
 * two reads watches are ended that make a quarter of them at most. */
void rn_tracker_set_queue(struct rn_tracker *tracker, uint64_t records);

/* Whether masks are to be asked for that were put off, those of an addition or
 * a change among them.  rn_tracker_end_turn() does a piece of that while
 * nothing is listed. */
bool rn_tracker_is_widening(const struct rn_tracker *tracker);

/* How often that was gone over.  When it was twice more, each mask that had
 * been put off before was asked for, or cannot be had now. */
uint32_t rn_tracker_widen_rounds(const struct rn_tracker *tracker);

/* Do a bounded piece of the walk. */
void rn_tracker_walk(struct rn_tracker *tracker, enum rn_walk_kind kind);

/* Tell halves of renames that were held for as long as they may be. */
void rn_tracker_expire(struct rn_tracker *tracker);

/* When that is due next, in milliseconds; -1: nothing is held. */
int rn_tracker_expires_in_ms(struct rn_tracker *tracker);

/* End a turn: put the fences that are due.  To be called before waiting for the
 * kernel, and now and then when records keep coming. */
void rn_tracker_end_turn(struct rn_tracker *tracker);

/* ---- the barrier ---- */

/* Ask for a barrier, one at a time.  It has passed when all that is queued in
 * the kernel at the next rn_tracker_end_turn() has been read, and what it leads
 * to has been told: listings, second tries, records kept back.  Where fences
 * are lost with an overflow or cannot be put, it takes that much longer. */
void rn_tracker_barrier_begin(struct rn_tracker *tracker);

/* The barrier is not waited for any more. */
void rn_tracker_barrier_cancel(struct rn_tracker *tracker);

/* Whether there is one that has not passed. */
bool rn_tracker_barrier_is_waited_for(const struct rn_tracker *tracker);

/* What keeps it from passing, or 0: a fence that it waits for cannot be put for
 * want of memory (-ENOMEM), of a watch (-ENOSPC) or of /proc (-ENOSYS).  After
 * rn_tracker_end_turn(). */
int rn_tracker_barrier_error(const struct rn_tracker *tracker);

/* Whether the barrier has passed: then it is over.  After
 * rn_tracker_end_turn(). */
bool rn_tracker_barrier_passed(struct rn_tracker *tracker);

/* ---- watches ---- */

struct rn_addition {
  struct rn_bytes path;        /* as given */
  struct rn_bytes access_path; /* absolute */
  uint32_t mask;               /* with modifiers */
  bool recursive;
  bool partial;         /* a limit ends the walk, not the watch */
  int64_t pair_wait_ns; /* how long half of a rename is held for the other; 0:
                           not at all */
  int64_t settle_ns;    /* how long an entry has to be quiet to be told as
                           settled; 0: it is not told */
  bool persistent;      /* the root follows the path; it need not be there */
  bool fixed;           /* no directories but those that are there */
  bool recover;         /* keep an index, and repair losses by it */
  struct rn_filter *filter; /* without its mask; taken over, what is left is
                               empty; or NULL: the mask alone */
  struct rn_owned_target *target; /* or NULL */
};

/* Watch a path.  A recursive one is walked by rn_tracker_walk(RN_WALK_ADDED)
 * afterwards; one addition at a time.
 *
 * Returns    0; -ENOMEM; -ENOTDIR an index of what is no directory was asked
 *            for; what inotify_add_watch(2) gave: nothing was done. */
int rn_tracker_add(struct rn_tracker *tracker,
                   const struct rn_addition *addition, struct rn_root **root);

/* What ended the walk of the addition early: 0, -ENOSPC, -ENOMEM, -EMFILE, ...
 */
int rn_tracker_walk_error(const struct rn_tracker *tracker);

/* End a root's watches; it goes when their IN_IGNORED have been read. */
void rn_tracker_remove(struct rn_tracker *tracker, struct rn_root *root);

/* The same for one whose addition failed: nothing is told of it any more. */
void rn_tracker_abandon(struct rn_tracker *tracker, struct rn_root *root);

/* What of a root is to be otherwise. */
struct rn_root_change {
  uint32_t mask; /* event bits, perhaps IN_MASK_ADD; 0: as it is */
  bool recursive, fixed;
};

/* Change a root.  Where directories are to be watched that were not, they are
 * walked by rn_tracker_walk(RN_WALK_ADDED) afterwards, as with an addition.
 *
 * Returns    0; -EOPNOTSUPP the root cannot be so; the first error that the
 *            kernel gave for the mask: then nothing is changed. */
int rn_tracker_update(struct rn_tracker *tracker, struct rn_root *root,
                      const struct rn_root_change *change);

/* The handler of a root is another from now on. */
void rn_tracker_set_target(struct rn_tracker *tracker, struct rn_root *root,
                           struct rn_owned_target *target);

/* ---- look-ups: lookup.c ---- */

/* The live node that a handle names, or NULL. */
struct rn_node *rn_tracker_live_node(struct rn_tracker *tracker,
                                     struct rn_watch watch);

/* The handle of a node, as events give it. */
struct rn_watch rn_tracker_handle_of(const struct rn_node *node);

/* Find the watch that has this path.
 *
 * Returns    0; -ENOENT. */
int rn_tracker_find(struct rn_tracker *tracker, struct rn_bytes path,
                    struct rn_watch *watch);

/* The next root that the user added, from NULL on, the last one first; those
 * that end are left out.  NULL: no more. */
struct rn_root *rn_tracker_next_root(struct rn_tracker *tracker,
                                     const struct rn_root *root);

/* The next live node of a root below `node`, from NULL on. */
struct rn_node *rn_tracker_next_node(const struct rn_root *root,
                                     const struct rn_node *node);

/* Entries in the index of a root, those between two places among them; 0: it
 * has none. */
uint32_t rn_tracker_index_size(const struct rn_root *root);

/* ---- the end ---- */

/* Tell of an event that the user makes up.  Only told: tree and index stay as
 * they are.
 *
 * watch      of a root or of a directory below one.
 * mask       one event bit, perhaps IN_ISDIR.
 * Returns    0; -ENOENT no such watch now; -ENOTDIR a name in what is no
 *            directory; -EAGAIN its directory is being renamed. */
int rn_tracker_append(struct rn_tracker *tracker, struct rn_watch watch,
                      uint32_t mask, struct rn_bytes name);

/* The handle of a root: that of its top, or for a persistent one, which may
 * have none, {0, a generation}. */
struct rn_watch rn_tracker_handle(const struct rn_root *root);

/* Whether a root goes on when what is at its path ends. */
bool rn_tracker_goes_on(const struct rn_root *root);

/* The root that a handle names, or NULL when it has ended. */
struct rn_root *rn_tracker_root(struct rn_tracker *tracker,
                                struct rn_watch watch);

/* The node of any directory that a handle names, for what was told of it
 * earlier.
 *
 * moving     out: it, or a directory above it, has left its place, and it is
 *            not known yet where it is.
 * Returns    NULL: it is gone, or was told as deleted. */
struct rn_node *rn_tracker_node(struct rn_tracker *tracker,
                                struct rn_watch watch, bool *moving);

/* All roots, linked by `next`. */
struct rn_root *rn_tracker_roots(struct rn_tracker *tracker);

/* Watch descriptors in use. */
uint32_t rn_tracker_watch_count(const struct rn_tracker *tracker);

/* What is left to be listed is not waited for: tell that events are missing. */
void rn_tracker_break_off(struct rn_tracker *tracker);

/* Nothing more will be read: tell halves of renames that are held, settle the
 * account of records kept back. */
void rn_tracker_finish(struct rn_tracker *tracker);

struct rn_track_counts rn_tracker_counts(const struct rn_tracker *tracker);

#endif
