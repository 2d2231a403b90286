/* Events that say what was said of the same entry just before.
 *
 * A slot is chosen by the hash of node and name, and holds the last event told
 * of one entry there; another entry of the same slot takes its place.  Names
 * are copied, for the reader's buffer is not the only place where they lie, and
 * compared whole.  Clearing is a count: a slot of an older turn is empty.
 *
 * An event that is never a repeat (a rename, a synthetic one) still takes the
 * slot: it is the last word.  One about a directory that comes or goes is about
 * all below it as well, and has the whole table forgotten. */

#include "lib/coalesce/coalesce.h"

#include <stdlib.h>

#include "ringnotify/mask.h"

_Static_assert((RN_COALESCE_SLOTS & (RN_COALESCE_SLOTS - 1)) == 0,
               "a slot is chosen by the low bits of a hash");

/* Events that may come again and mean no more than the last time. */
#define REPEATABLE                                                     \
  ((uint32_t)(IN_ACCESS | IN_MODIFY | IN_ATTRIB | IN_CLOSE | IN_OPEN | \
              IN_CREATE | IN_DELETE))

struct rn_coalescer *rn_coalescer_new(void) {
  struct rn_coalescer *made = calloc(1, sizeof(*made));
  if (made != NULL) made->turn = 1;
  return made;
}

void rn_coalescer_clear(struct rn_coalescer *c) {
  c->turn++;
  c->names_size = 0;
}

/* Whether an event is the last word about what lies below its entry, too:
 * directories that come, go and move, watches that end. */
static bool is_upheaval(uint32_t mask, bool is_dir) {
  const uint32_t of_directories = IN_CREATE | IN_DELETE | IN_MOVE;
  const uint32_t of_watches =
      IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW;
  return (mask & of_watches) != 0 || (is_dir && (mask & of_directories) != 0);
}

static struct rn_coalesce_slot *slot_of(struct rn_coalescer *c,
                                        const struct rn_coalesce_event *event) {
  const uint64_t hash = rn_bytes_hash(event->generation, event->name);
  return &c->slots[hash & (RN_COALESCE_SLOTS - 1)];
}

/* Whether a slot is this entry's. */
static bool is_of(const struct rn_coalescer *c,
                  const struct rn_coalesce_slot *slot,
                  const struct rn_coalesce_event *event) {
  const struct rn_bytes name = {c->names + slot->name, slot->name_size};
  return slot->turn == c->turn && slot->generation == event->generation &&
         rn_bytes_equal(name, event->name);
}

/* Give a slot to an entry.  Returns false when there is no room for its name:
 * then the slot is empty. */
static bool give(struct rn_coalescer *c, struct rn_coalesce_slot *slot,
                 const struct rn_coalesce_event *event) {
  slot->turn = 0;
  if (event->name.size > RN_COALESCE_NAMES - c->names_size) return false;
  memcpy(c->names + c->names_size, event->name.data, event->name.size);
  *slot = (struct rn_coalesce_slot){.turn = c->turn,
                                    .generation = event->generation,
                                    .name = c->names_size,
                                    .name_size = (uint32_t)event->name.size};
  c->names_size += (uint32_t)event->name.size;
  return true;
}

bool rn_coalescer_take(struct rn_coalescer *c,
                       const struct rn_coalesce_event *event) {
  if (is_upheaval(event->mask, event->is_dir)) {
    rn_coalescer_clear(c);
    return false;
  }
  const bool repeatable = event->plain && (event->mask & REPEATABLE) != 0;
  struct rn_coalesce_slot *slot = slot_of(c, event);
  if (!is_of(c, slot, event)) {
    if (!give(c, slot, event)) return false;
  } else if (repeatable && slot->mask == event->mask &&
             slot->is_dir == event->is_dir) {
    return true;
  }
  slot->mask = repeatable ? event->mask : 0;
  slot->is_dir = event->is_dir;
  return false;
}
