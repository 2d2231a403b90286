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
 * kernel queues behind both.
 *
 * An exchange (RENAME_EXCHANGE of renameat2(2)) is two renames, A to B and B to
 * A, and looks like one over something and back.  For whoever puts the records
 * together B is empty afterwards: so a look is taken at what is there. */

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

/* A place in the tree as a number: that of an entry in the directory whose node
 * has, or had, this generation.  Should two places have the same, a directory
 * is looked at in vain. */
static uint64_t key_in(const struct rn_root *root, uint32_t generation,
                       const struct rn_raw_event *raw) {
  const struct rn_bytes name = {raw->name, raw->name_size};
  return rn_hash_bytes(root->key, generation, name) | 1;
}

static uint64_t key_of(const struct rn_node *node,
                       const struct rn_raw_event *raw) {
  return key_in(node->root, node->generation, raw);
}

struct rn_move *rn_move_arrival(struct rn_tracker *t,
                                const struct rn_node *node,
                                const struct rn_raw_event *raw) {
  const uint64_t place = key_of(node, raw);
  for (uint32_t i = 1; i <= RN_MOVES; i++) {
    struct rn_move *move = &t->moves[(t->next_move - i) % RN_MOVES];
    if (move->root == NULL) continue;
    if (move->to == place) return move;
    if (move->from == place) return NULL;
  }
  return NULL;
}

bool rn_move_is_of_type(const struct rn_move *move,
                        const struct rn_raw_event *raw) {
  return move->is_dir == ((raw->mask & IN_ISDIR) != 0);
}

const struct rn_move *rn_move_before(struct rn_tracker *t,
                                     const struct rn_node *node,
                                     const struct rn_raw_event *raw) {
  const struct rn_move *move = rn_move_arrival(t, node, raw);
  if (move == NULL || !rn_move_is_of_type(move, raw)) return move;
  return raw->cookie - move->number <= RN_EXCHANGE_COOKIES ? move : NULL;
}

/* A free entry of the table, for something that the root of a node saw. */
static struct rn_move *take_entry(struct rn_tracker *t,
                                  const struct rn_node *node,
                                  const struct rn_raw_event *raw) {
  struct rn_move *move = &t->moves[t->next_move++ % RN_MOVES];
  if (move->held.node != NULL) rn_held_tell(t, move); /* there is no room */
  *move = (struct rn_move){
      .number = raw->cookie,
      .root = node->root,
      .is_dir = (raw->mask & IN_ISDIR) != 0,
      .path = move->path,
      .path_room = move->path_room,
  };
  return move;
}

struct rn_move *rn_move_begin(struct rn_tracker *t, struct rn_node *node,
                              const struct rn_raw_event *raw,
                              const struct rn_move *before, bool news) {
  struct rn_move_back back = {.place = 0};
  if (before != NULL)
    back = (struct rn_move_back){before->from, before->wd, before->generation};
  const bool may_be_back = before != NULL && back.place == 0 &&
                           !before->is_first && rn_move_is_of_type(before, raw);
  struct rn_move *move = take_entry(t, node, raw);
  move->cookie = raw->cookie;
  move->from = key_of(node, raw);
  move->back = back;
  move->may_be_back = may_be_back;
  move->astray = rn_root_is_astray(node->root);
  move->wd = node->wd;
  move->generation = node->generation;
  move->name_size = raw->name_size;
  if (news)
    remember_path(t, move, node, (struct rn_bytes){raw->name, raw->name_size});
  return move;
}

static struct rn_node *find_node(struct rn_tracker *t, int wd,
                                 uint32_t generation) {
  struct rn_node *node = rn_tree_find(&t->tree, wd);
  while (node != NULL && node->generation != generation)
    node = rn_node_same_wd(node);
  return node;
}

/* The directory that an entry has left, or NULL: it is gone. */
static struct rn_node *place_of(struct rn_tracker *t,
                                const struct rn_move *move) {
  return find_node(t, move->wd, move->generation);
}

/* Whether a root watches the place that another root's half is of, or will when
 * it has listed what is above: if it was not told that anything has left it, it
 * knows nothing of what was there. */
static bool knows_place(struct rn_tracker *t, const struct rn_root *root,
                        const struct rn_move *move) {
  const struct rn_node *below = NULL;
  for (const struct rn_node *at = place_of(t, move); at != NULL;
       below = at, at = at->parent) {
    const struct rn_node *own = rn_tree_find_in(&t->tree, root, at->wd);
    if (own == NULL) continue;
    if (below == NULL) return true;
    return root->recursive && !root->fixed &&
           rn_entry_is_watched(t, own, rn_node_name(below));
  }
  return false;
}

/* Whether a root watches what is at a path below its own, or would if anything
 * was: `rest`, in t->path, is behind its own. */
static bool watches_path(struct rn_tracker *t, const struct rn_root *root,
                         struct rn_bytes rest) {
  const struct rn_node *node = root->top;
  for (;;) {
    while (rest.size > 0 && rest.data[0] == '/') rest.data++, rest.size--;
    if (rest.size == 0) return true;
    const char *slash = memchr(rest.data, '/', rest.size);
    const size_t size = slash != NULL ? (size_t)(slash - rest.data) : rest.size;
    const struct rn_bytes name = {rest.data, size};
    const struct rn_node *child = rn_tree_child(&t->tree, node, name);
    if (child == NULL) {
      char copy[RN_NAME_SIZE_MAX]; /* t->path is written to */
      memcpy(copy, name.data, size);
      return root->recursive && !root->fixed &&
             rn_entry_is_watched(t, node, (struct rn_bytes){copy, size});
    }
    node = child;
    rest = (struct rn_bytes){rest.data + size, rest.size - size};
  }
}

/* Whether another root's half says a path where this root, which does not have
 * that directory, would have it: so the other root, or what is above it, was
 * renamed, and it does not know. */
static bool is_misplaced(struct rn_tracker *t, const struct rn_root *root,
                         const struct rn_move *move) {
  const struct rn_node *place = place_of(t, move);
  if (place == NULL || root->top == NULL ||
      rn_tree_find_in(&t->tree, root, place->wd) != NULL)
    return false;
  const ssize_t got = rn_node_access_path(place, t->path, RN_PATH_SIZE_MAX);
  size_t size = root->access_path_size;
  while (size > 0 && root->access_path[size - 1] == '/') size--;
  if (got < 0 || (size_t)got < size ||
      memcmp(t->path, root->access_path, size) != 0)
    return false;
  const struct rn_bytes rest = {t->path + size, (size_t)got - size};
  if (rest.size > 0 && rest.data[0] != '/') return false;
  return watches_path(t, root, rest);
}

struct rn_move *rn_move_end(struct rn_tracker *t, const struct rn_node *node,
                            const struct rn_raw_event *raw) {
  struct rn_move *other = NULL;
  for (uint32_t i = 1; i <= RN_MOVES && raw->cookie != 0; i++) {
    struct rn_move *move = &t->moves[(t->next_move - i) % RN_MOVES];
    if (move->cookie != raw->cookie) continue;
    if (move->root != node->root) {
      if (!move->astray && !is_misplaced(t, node->root, move)) other = move;
      continue;
    }
    move->cookie = 0;
    move->to = key_of(node, raw);
    return move;
  }
  const bool knows = other != NULL && knows_place(t, node->root, other);
  return knows ? NULL : other;
}

bool rn_move_was_given_up(const struct rn_tracker *t, uint32_t cookie) {
  for (uint32_t i = 0; i < RN_MOVES && cookie != 0; i++)
    if (t->moves[i].number == cookie && t->moves[i].root == NULL) return true;
  return false;
}

void rn_move_arrived(struct rn_tracker *t, struct rn_move *move,
                     const struct rn_node *node, const struct rn_raw_event *raw,
                     bool news, bool is_first) {
  if (move == NULL || move->root != node->root) {
    move = take_entry(t, node, raw);
    move->to = key_of(node, raw);
  }
  move->news = news;
  move->is_first = is_first;
}

bool rn_move_is_swap(struct rn_tracker *t, const struct rn_move *move,
                     const struct rn_node *node,
                     const struct rn_raw_event *raw) {
  const struct rn_move_back *back = &move->back;
  if (back->place == 0) return move->may_be_back;
  if (back->place == move->to) return true;
  const struct rn_node *before = find_node(t, back->wd, back->generation);
  return (before == NULL || rn_node_has_left(before)) &&
         back->place == key_in(node->root, back->generation, raw);
}

void rn_moves_forget_root(struct rn_tracker *t, const struct rn_root *root) {
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].root == root) t->moves[i].root = NULL;
}

void rn_move_forget(struct rn_tracker *t, const struct rn_node *child) {
  rn_held_tell_moved(t, child);
  for (uint32_t i = 0; i < RN_MOVES; i++)
    if (t->moves[i].child == child) t->moves[i].child = NULL;
}

void rn_moves_free(struct rn_tracker *t) {
  for (uint32_t i = 0; i < RN_MOVES; i++) free(t->moves[i].path);
  rn_kept_free(&t->kept);
}
