/* Halves of renames.
 *
 * The kernel tells a rename in two records that are joined by a cookie.  They
 * need not be neighbours, nor in one read; a half may be alone for ever when
 * the other end is outside.  The last halves are remembered in a small table,
 * the oldest making room for a new one: no timer, no growth.
 *
 * While a watched directory is between its two places, records from inside it
 * are kept, so that they come with the path that is true by then.  That ends
 * with the second half, or with the directory's own IN_MOVE_SELF, which the
 * kernel queues behind both. */

#include <errno.h>
#include <stdlib.h>

#include "lib/batch/batch.h"
#include "lib/track/tracker.h"

/* Write where an entry is now into the half.  Without memory the half has no
 * path. */
static void remember_path(struct rn_tracker *t, struct rn_move *move,
                          const struct rn_node *node, struct rn_bytes name) {
  move->path_size = 0;
  const ssize_t size = rn_node_path(node, t->path, RN_PATH_SIZE_MAX);
  if (size < 0) return;
  const size_t room = (size_t)size + name.size + 2;
  if (move->path_room < room) {
    char *path = realloc(move->path, room);
    if (path == NULL) return;
    move->path = path;
    move->path_room = room;
  }
  const struct rn_bytes directory = {t->path, (size_t)size};
  move->path_size = rn_path_join(move->path, directory, name);
}

void rn_move_begin(struct rn_tracker *t, struct rn_node *node,
                   const struct rn_raw_event *raw, struct rn_node *child,
                   struct rn_node *other) {
  struct rn_move *move = &t->moves[t->next_move++ % RN_MOVES];
  move->cookie = raw->cookie;
  move->root = node->root;
  move->child = child;
  move->other = other;
  remember_path(t, move, node, (struct rn_bytes){raw->name, raw->name_size});
}

const struct rn_move *rn_move_end(struct rn_tracker *t,
                                  const struct rn_root *root, uint32_t cookie) {
  struct rn_move *other = NULL;
  for (uint32_t i = 1; i <= RN_MOVES && cookie != 0; i++) {
    struct rn_move *move = &t->moves[(t->next_move - i) % RN_MOVES];
    if (move->cookie != cookie) continue;
    if (move->root != root) {
      other = move;
      continue;
    }
    move->cookie = 0;
    return move;
  }
  return other;
}

void rn_moves_forget_root(struct rn_tracker *t, const struct rn_root *root) {
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].root == root) t->moves[i].root = NULL;
}

void rn_move_forget(struct rn_tracker *t, const struct rn_node *child) {
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].child == child) t->moves[i].child = NULL;
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].other == child) t->moves[i].other = NULL;
}

void rn_move_settle(struct rn_tracker *t, const struct rn_node *node) {
  for (uint32_t i = 0; i < RN_MOVES; i++) {
    struct rn_move *move = &t->moves[i];
    if (move->other != node) continue;
    if (move->child != NULL) rn_resume(t, move->child);
    move->child = NULL;
    move->other = NULL;
  }
}

void rn_note_origin(struct rn_tracker *t, const struct rn_node *node) {
  const struct rn_bytes name = rn_node_name(node);
  t->origin = node->parent;
  memcpy(t->origin_name, name.data, name.size);
  t->origin_name_size = name.size;
}

void rn_moves_free(struct rn_tracker *t) {
  for (uint32_t i = 0; i < RN_MOVES; i++) free(t->moves[i].path);
  free(t->kept);
}

/* ---- records kept back ---- */

/* One of them, with its name behind it. */
struct kept_record {
  struct rn_raw_event raw; /* its name pointer is set when it is taken */
  uint32_t generation;     /* of the node it is for */
  size_t size;             /* of the whole, rounded up */
  char name[];
};

void rn_keep_record(struct rn_tracker *t, const struct rn_node *node,
                    const struct rn_raw_event *raw) {
  const size_t size = rn_round_up(
      sizeof(struct kept_record) + raw->name_size + 1, sizeof(uint64_t));
  if (t->kept_size + size > t->kept_room) {
    const size_t room = (t->kept_room + size) * 2;
    char *kept = realloc(t->kept, room);
    if (kept == NULL) { /* no memory: as if the kernel had lost it */
      rn_tell_overflow(t);
      return;
    }
    t->kept = kept;
    t->kept_room = room;
  }
  struct kept_record *record = (void *)(t->kept + t->kept_size);
  record->raw = *raw;
  record->generation = node->generation;
  record->size = size;
  memcpy(record->name, raw->name, raw->name_size);
  record->name[raw->name_size] = '\0';
  t->kept_size += size;
  t->passed++;
}

void rn_replay_kept(struct rn_tracker *t) {
  while (t->replay && t->kept_size > 0) {
    char *const records = t->kept;
    const size_t end = t->kept_size;
    t->kept = NULL;
    t->kept_size = 0;
    t->kept_room = 0;
    t->replay = false;
    for (size_t at = 0; at < end;) {
      struct kept_record *record = (void *)(records + at);
      record->raw.name = record->name;
      rn_take_kept(t, &record->raw, record->generation);
      at += record->size;
    }
    free(records);
  }
  t->replay = false;
}

uint64_t rn_drop_kept(struct rn_tracker *t) {
  uint64_t count = 0;
  for (size_t at = 0; at < t->kept_size; count++)
    at += ((const struct kept_record *)(const void *)(t->kept + at))->size;
  t->kept_size = 0;
  return count;
}
