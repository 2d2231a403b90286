/* Entries that wait to be told as settled.
 *
 * Each root with a settle window has a list of its own (lib/settle), made when
 * the first of its entries waits.  What is told of such a root comes by here
 * behind the filter, whether or not it was wanted: an arrival or a change lets
 * the entry wait anew, a departure ends its waiting.
 *
 * An entry is known by its node and its name.  So a directory above it may be
 * renamed meanwhile: the path is put together when it is told.  A node that has
 * gone is not found any more, and takes with it what waits there.
 *
 * An entry is told only when all that happened before that moment has been
 * read; the reader sees to it. */

#include <stdlib.h>

#include "lib/notifier/notifier.h"
#include "lib/settle/settle.h"

enum {
  WAITING_MAX = 65536, /* entries of a root */
  PIECE = 1024,        /* entries told between two looks at the lanes */
  NS_PER_MS = 1000000,
};

/* What begins an entry's waiting, and what ends it. */
#define TOUCHES \
  ((uint32_t)(IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_TO))
#define DEPARTURES ((uint32_t)(IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF))

struct rn_settling {
  struct rn_settling *next, *previous; /* of the notifier's */
  struct rn_settle waits;
};

/* ---- lists ---- */

static struct rn_settling *settling_of(struct rn_thread_notifier *n,
                                       struct rn_root *root) {
  if (root->settling != NULL) return root->settling;
  struct rn_settling *made = calloc(1, sizeof(*made));
  if (made == NULL) return NULL;
  rn_settle_init(&made->waits, root->settle_ns, WAITING_MAX, root->key);
  made->next = n->settling;
  if (n->settling != NULL) n->settling->previous = made;
  n->settling = made;
  root->settling = made;
  return made;
}

void rn_settling_free(struct rn_thread_notifier *n,
                      struct rn_settling *settling) {
  if (settling == NULL) return;
  if (settling->next != NULL) settling->next->previous = settling->previous;
  if (settling->previous != NULL)
    settling->previous->next = settling->next;
  else
    n->settling = settling->next;
  rn_settle_fini(&settling->waits);
  free(settling);
}

void rn_settling_free_all(struct rn_thread_notifier *n) {
  while (n->settling != NULL) rn_settling_free(n, n->settling);
}

/* ---- telling ---- */

static void tell(struct rn_thread_notifier *n, struct rn_node *node,
                 struct rn_bytes name, bool is_dir) {
  const struct rn_change change = {.kind = RN_EVENT_SETTLED,
                                   .node = node,
                                   .name = name,
                                   .is_dir = is_dir,
                                   .synthetic = true};
  n->count[RN_COUNT_SYNTHETIC]++;
  rn_deliver_change(n, &change);
}

/* Tell of the one that has been quiet for the longest time.
 *
 * may_wait   where its directory is just being renamed, it begins anew: its
 *            path is not known now. */
static void tell_first(struct rn_thread_notifier *n, struct rn_settle *waits,
                       bool may_wait) {
  struct rn_waiting *first = waits->first;
  if (rn_settle_is_void(waits, first)) {
    rn_settle_remove(waits, first);
    return;
  }
  bool moving = false;
  struct rn_node *node = rn_tracker_node(n->tracker, first->node, &moving);
  if (moving && may_wait) {
    rn_settle_touch(waits, first, n->monotonic_ns);
    return;
  }
  if (node != NULL && !moving)
    tell(n, node, (struct rn_bytes){first->name, first->name_size},
         first->is_dir);
  rn_settle_remove(waits, first);
}

/* ---- changes ---- */

static struct rn_settle_key key_of(const struct rn_node *node,
                                   struct rn_bytes name) {
  return (struct rn_settle_key){{node->wd, node->generation}, name};
}

/* Let fewer wait, where there are more than `count`: two at most, as one step
 * adds one, and the first one may have to stay for now. */
static void make_room(struct rn_thread_notifier *n, struct rn_settle *waits,
                      uint32_t count) {
  for (int i = 0; i < 2 && waits->count > count; i++)
    tell_first(n, waits, true);
}

/* Let the entry of a change wait that did not.  Returns false when there is no
 * room for it. */
static bool begin(struct rn_thread_notifier *n, struct rn_settle *waits,
                  const struct rn_change *change) {
  const struct rn_settle_key key = key_of(change->node, change->name);
  make_room(n, waits, waits->count_max - 1);
  return rn_settle_add(waits, &key, change->is_dir, n->monotonic_ns) == 0;
}

static void touch(struct rn_thread_notifier *n,
                  const struct rn_change *change) {
  struct rn_settling *settling = settling_of(n, change->node->root);
  const struct rn_settle_key key = key_of(change->node, change->name);
  struct rn_waiting *waiting =
      settling != NULL ? rn_settle_find(&settling->waits, &key) : NULL;
  if (waiting != NULL) {
    waiting->is_dir = change->is_dir;
    rn_settle_touch(&settling->waits, waiting, n->monotonic_ns);
    return;
  }
  if (!rn_deliver_passes(n, change)) return;
  if (settling == NULL || !begin(n, &settling->waits, change))
    tell(n, change->node, change->name, change->is_dir);
}

void rn_settling_end(struct rn_thread_notifier *n, struct rn_node *node,
                     struct rn_bytes name) {
  (void)n;
  struct rn_settling *settling = node->root->settling;
  if (settling == NULL) return;
  const struct rn_settle_key key = key_of(node, name);
  struct rn_waiting *waiting = rn_settle_find(&settling->waits, &key);
  if (waiting != NULL) rn_settle_remove(&settling->waits, waiting);
}

void rn_settling_empty(struct rn_thread_notifier *n, struct rn_node *node) {
  struct rn_settling *settling = node->root->settling;
  if (settling == NULL) return;
  struct rn_settle *waits = &settling->waits;
  rn_settle_empty(waits, (struct rn_watch){node->wd, node->generation},
                  n->monotonic_ns);
  make_room(n, waits, waits->count_max);
}

void rn_settling_note(struct rn_thread_notifier *n,
                      const struct rn_change *change) {
  const struct rn_node *node = change->node;
  if (change->kind != RN_EVENT_CHANGE || change->appended) return;
  if ((node->root->mute & RN_MUTE_ABANDONED) != 0) return;
  /* Of a directory below the top the one above it says the same. */
  if (change->name.size == 0 && node->parent != NULL) return;
  if ((change->mask & TOUCHES) != 0)
    touch(n, change);
  else if ((change->mask & DEPARTURES) != 0)
    rn_settling_end(n, change->node, change->name);
}

/* ---- time ---- */

void rn_settling_tell(struct rn_thread_notifier *n, int64_t read_ns) {
  int left = PIECE;
  for (struct rn_settling *at = n->settling; at != NULL; at = at->next) {
    struct rn_settle *waits = &at->waits;
    for (; left > 0 && rn_settle_due(waits, read_ns) != NULL; left--)
      tell_first(n, waits, true);
  }
}

int rn_settling_expires_in_ms(const struct rn_thread_notifier *n) {
  if (n->settling == NULL) return -1;
  const int64_t now = n->sys->monotonic_ns(n->sys);
  int64_t least = -1;
  for (struct rn_settling *at = n->settling; at != NULL; at = at->next) {
    const int64_t left = rn_settle_left_ns(&at->waits, now);
    if (left >= 0 && (least < 0 || left < least)) least = left;
  }
  return least < 0 ? -1 : (int)((least + NS_PER_MS - 1) / NS_PER_MS);
}

bool rn_settling_tell_early(struct rn_thread_notifier *n) {
  int left = PIECE;
  for (struct rn_settling *at = n->settling; at != NULL; at = at->next)
    for (; left > 0 && at->waits.first != NULL; left--)
      tell_first(n, &at->waits, false);
  return left < PIECE;
}
