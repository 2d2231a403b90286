/* Entries of which something was told, and that have to be quiet for a while.
 *
 * A list in the order of the last touch, and an index by node and name.  What
 * departs with its node is not looked for: a mark is put into the list as an
 * entry of the node, and is there as long as any that was touched before. */

#include "lib/settle/settle.h"

#include <errno.h>
#include <stdlib.h>

static struct rn_bytes name_of(const struct rn_waiting *waiting) {
  return (struct rn_bytes){waiting->name, waiting->name_size};
}

/* A generation is given to one node only. */
static uint64_t hash_waiting(const struct rn_hash_key *key, const void *item) {
  const struct rn_waiting *waiting = item;
  return rn_hash_bytes(key, waiting->node.generation, name_of(waiting));
}

static bool equals_key(const void *item, const void *other) {
  const struct rn_waiting *waiting = item;
  const struct rn_settle_key *key = other;
  return waiting->node.generation == key->node.generation &&
         rn_bytes_equal(name_of(waiting), key->name);
}

/* ---- the list ---- */

static void link_last(struct rn_settle *s, struct rn_waiting *waiting) {
  waiting->next = NULL;
  waiting->previous = s->last;
  if (s->last != NULL)
    s->last->next = waiting;
  else
    s->first = waiting;
  s->last = waiting;
}

static void take_out(struct rn_settle *s, struct rn_waiting *waiting) {
  if (waiting->next != NULL)
    waiting->next->previous = waiting->previous;
  else
    s->last = waiting->previous;
  if (waiting->previous != NULL)
    waiting->previous->next = waiting->next;
  else
    s->first = waiting->next;
}

/* ---- the window ---- */

void rn_settle_init(struct rn_settle *s, int64_t window_ns, uint32_t count_max,
                    const struct rn_hash_key *key) {
  RN_ASSERT(window_ns > 0 && count_max > 0);
  *s = (struct rn_settle){.window_ns = window_ns, .count_max = count_max};
  rn_index_init(&s->by_key, hash_waiting, key);
}

void rn_settle_fini(struct rn_settle *s) {
  while (s->first != NULL) {
    struct rn_waiting *waiting = s->first;
    s->first = waiting->next;
    free(waiting);
  }
  s->last = NULL;
  s->count = 0;
  rn_index_fini(&s->by_key);
}

struct rn_waiting *rn_settle_find(const struct rn_settle *s,
                                  const struct rn_settle_key *key) {
  const uint64_t hash =
      rn_hash_bytes(s->by_key.key, key->node.generation, key->name);
  return rn_index_find(&s->by_key, hash, equals_key, key);
}

static int add(struct rn_settle *s, const struct rn_settle_key *key,
               bool is_dir, int64_t now_ns) {
  const int err = rn_index_reserve(&s->by_key, 1);
  if (err < 0) return err;
  struct rn_waiting *made = malloc(sizeof(*made) + key->name.size + 1);
  if (made == NULL) return -ENOMEM;
  *made = (struct rn_waiting){.touched_ns = now_ns,
                              .touch = ++s->touches,
                              .node = key->node,
                              .name_size = (uint32_t)key->name.size,
                              .is_dir = is_dir};
  memcpy(made->name, key->name.data, key->name.size);
  made->name[key->name.size] = '\0';
  link_last(s, made);
  rn_index_add(&s->by_key, made);
  s->count++;
  return 0;
}

int rn_settle_add(struct rn_settle *s, const struct rn_settle_key *key,
                  bool is_dir, int64_t now_ns) {
  if (s->count >= s->count_max) return -ENOBUFS;
  return add(s, key, is_dir, now_ns);
}

void rn_settle_touch(struct rn_settle *s, struct rn_waiting *waiting,
                     int64_t now_ns) {
  waiting->touched_ns = now_ns;
  waiting->touch = ++s->touches;
  if (waiting == s->last) return;
  take_out(s, waiting);
  link_last(s, waiting);
}

void rn_settle_remove(struct rn_settle *s, struct rn_waiting *waiting) {
  rn_index_remove(&s->by_key, waiting);
  take_out(s, waiting);
  s->count--;
  free(waiting);
}

/* ---- what has departed ---- */

/* What was touched in a node before this was is void.  No entry has the name.
 */
static struct rn_settle_key mark_of(struct rn_watch node) {
  return (struct rn_settle_key){node, {"/", 1}};
}

static void remove_all(struct rn_settle *s, struct rn_watch node) {
  for (struct rn_waiting *at = s->first, *next; at != NULL; at = next) {
    next = at->next;
    if (at->node.generation == node.generation) rn_settle_remove(s, at);
  }
}

void rn_settle_empty(struct rn_settle *s, struct rn_watch node,
                     int64_t now_ns) {
  if (s->count == 0) return;
  const struct rn_settle_key key = mark_of(node);
  struct rn_waiting *mark = rn_settle_find(s, &key);
  if (mark != NULL)
    rn_settle_touch(s, mark, now_ns);
  else if (add(s, &key, true, now_ns) < 0)
    remove_all(s, node); /* no memory for a mark */
}

bool rn_settle_is_void(const struct rn_settle *s,
                       const struct rn_waiting *waiting) {
  const struct rn_settle_key key = mark_of(waiting->node);
  const struct rn_waiting *mark = rn_settle_find(s, &key);
  return mark != NULL && mark->touch >= waiting->touch;
}

/* ---- time ---- */

struct rn_waiting *rn_settle_due(const struct rn_settle *s, int64_t now_ns) {
  return rn_settle_left_ns(s, now_ns) == 0 ? s->first : NULL;
}

int64_t rn_settle_left_ns(const struct rn_settle *s, int64_t now_ns) {
  if (s->first == NULL) return -1;
  const int64_t left = s->first->touched_ns + s->window_ns - now_ns;
  return left > 0 ? left : 0;
}
