/* Windows: what was told of a directory ahead of its records.
 *
 * From its listing until the fence behind it a new directory has the set of the
 * names that were told.  In that time an arrival of a known name is dropped, a
 * departure of an unknown one too: it came and went unseen.  An old directory
 * has such a set, in part, for names that were told before their records came;
 * names that are not in it are the records' business alone.
 *
 * A name is in doubt when its records can mean two things: the first record of
 * it, or a look at the directory, decides. */

#include <errno.h>

#include "lib/track/recover.h"
#include "lib/track/tracker.h"

static struct rn_bytes bytes_of(const struct rn_name *name) {
  return (struct rn_bytes){name->data, name->size};
}

/* ---- the set ---- */

/* The node's set of names, made when there is none: one in part.  NULL: no
 * memory. */
static struct rn_names *names_of(struct rn_node *node) {
  struct rn_passage *passage = rn_node_passage(node);
  if (passage == NULL) return NULL;
  if (!passage->has_known) {
    rn_names_init(&passage->known, node->root->key);
    passage->has_known = true;
    passage->known_part = true;
  }
  return &passage->known;
}

/* Without memory a name is not remembered, and may be told once more. */
static void remember(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name, bool is_dir) {
  if (rn_window_add(node, name, is_dir) < 0)
    rn_tell_error(t, node, rn_bytes_of(""), -ENOMEM);
}

int rn_window_open(struct rn_node *node) {
  struct rn_passage *passage = rn_node_passage(node);
  if (passage == NULL) return -ENOMEM;
  if (passage->has_known) rn_names_fini(&passage->known);
  rn_names_init(&passage->known, node->root->key);
  passage->has_known = true;
  passage->known_part = false;
  passage->taken_back = false;
  return 0;
}

void rn_window_keep_doubts(struct rn_node *node) {
  struct rn_passage *passage = node->passage;
  if (!passage->has_known) return;
  struct rn_names doubts;
  rn_names_init(&doubts, node->root->key);
  uint32_t at = 0;
  const struct rn_name *name;
  while ((name = rn_names_next(&passage->known, &at)) != NULL) {
    if (!name->doubted) continue;
    if (rn_names_add(&doubts, bytes_of(name), false) < 0) {
      rn_names_fini(&doubts); /* no memory: all is remembered */
      return;
    }
    rn_names_find(&doubts, bytes_of(name))->doubted = true;
  }
  rn_names_fini(&passage->known);
  passage->known = doubts;
  passage->known_part = true;
  passage->has_known = doubts.index.count > 0;
}

bool rn_window_is_open(const struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  return passage != NULL && passage->has_known && !passage->known_part;
}

bool rn_window_shows_dir(const struct rn_node *node, struct rn_bytes name) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return false;
  const struct rn_name *known = rn_names_find(&passage->known, name);
  return known != NULL && !known->doubted && known->is_dir;
}

void rn_window_correct(struct rn_node *node, const struct rn_entry *entry) {
  struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return;
  struct rn_name *known = rn_names_find(&passage->known, entry->name);
  if (known != NULL && !known->doubted) known->is_dir = entry->is_dir;
}

int rn_window_add(struct rn_node *node, struct rn_bytes name, bool is_dir) {
  struct rn_names *names = names_of(node);
  if (names == NULL) return -ENOMEM;
  const int err = rn_names_add(names, name, is_dir);
  return err < 0 ? err : 0;
}

void rn_window_forget(struct rn_node *node, struct rn_bytes name) {
  struct rn_passage *passage = node->passage;
  if (passage != NULL && passage->has_known)
    (void)rn_names_remove(&passage->known, name);
}

void rn_window_miss(struct rn_node *node, struct rn_bytes name) {
  if (!rn_window_doubts(node, name)) rn_window_forget(node, name);
}

bool rn_window_is_part(const struct rn_node *node) {
  const struct rn_passage *passage = node->passage;
  return passage != NULL && passage->has_known && passage->known_part;
}

void rn_window_forget_part(struct rn_node *node) {
  if (!rn_window_is_part(node)) return;
  rn_names_fini(&node->passage->known);
  node->passage->has_known = false;
}

/* ---- records ---- */

bool rn_window_is_past(const struct rn_node *node,
                       const struct rn_raw_event *raw) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return false;
  const struct rn_bytes name = {raw->name, raw->name_size};
  const struct rn_name *known = rn_names_find(&passage->known, name);
  const bool is_dir = (raw->mask & IN_ISDIR) != 0;
  return known != NULL && !known->doubted && known->is_dir != is_dir;
}

static bool admits_departure(struct rn_passage *passage, struct rn_bytes name) {
  const struct rn_name *known = rn_names_find(&passage->known, name);
  if (known == NULL) return passage->known_part;
  const bool told = !known->doubted;
  (void)rn_names_remove(&passage->known, name);
  return told;
}

static bool admits_arrival(struct rn_tracker *t, struct rn_node *node,
                           struct rn_bytes name, bool is_dir) {
  struct rn_passage *passage = node->passage;
  const struct rn_name *known = rn_names_find(&passage->known, name);
  if (known != NULL && !known->doubted) return false;
  if (known != NULL) (void)rn_names_remove(&passage->known, name);
  if (!passage->known_part) remember(t, node, name, is_dir);
  return true;
}

bool rn_window_admits(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_raw_event *raw) {
  struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return true;
  const struct rn_bytes name = {raw->name, raw->name_size};
  if ((raw->mask & (IN_CREATE | IN_MOVED_TO)) == 0)
    return admits_departure(passage, name);
  return admits_arrival(t, node, name, (raw->mask & IN_ISDIR) != 0);
}

/* ---- listings ---- */

/* A name in doubt is there. */
static void resolve(struct rn_name *known, const struct rn_entry *entry) {
  known->doubted = false;
  known->is_dir = entry->is_dir;
}

void rn_window_tell(struct rn_tracker *t, struct rn_node *node,
                    const struct rn_entry *entry) {
  const struct rn_names *names = names_of(node);
  struct rn_name *known =
      names == NULL ? NULL : rn_names_find(names, entry->name);
  if (known != NULL && !known->doubted) return;
  if (known == NULL)
    remember(t, node, entry->name, entry->is_dir);
  else
    resolve(known, entry);
  rn_tell_synthetic(t, node, IN_CREATE, entry->name, entry->is_dir);
}

void rn_window_settle(struct rn_tracker *t, struct rn_node *node,
                      const struct rn_entry *entry) {
  if (!rn_window_doubts(node, entry->name)) return;
  if (node->root->recover != NULL) rn_recover_make_way(t, node, entry);
  rn_window_tell(t, node, entry);
}

bool rn_window_doubts(const struct rn_node *node, struct rn_bytes name) {
  const struct rn_passage *passage = node->passage;
  if (passage == NULL || !passage->has_known) return false;
  const struct rn_name *known = rn_names_find(&passage->known, name);
  return known != NULL && known->doubted;
}

void rn_window_doubt(struct rn_tracker *t, struct rn_node *node,
                     struct rn_bytes name) {
  struct rn_names *names = names_of(node);
  if (names == NULL || rn_names_add(names, name, false) < 0) {
    rn_tell_error(t, node, rn_bytes_of(""), -ENOMEM);
    return;
  }
  rn_names_find(names, name)->doubted = true;
  rn_look_again(t, node);
}

/* ---- what is void ---- */

/* What was told of the content of directories is of no worth any more. */
static void forget_told(struct rn_node *top) {
  for (struct rn_node *node = rn_deepest_first(top); node != NULL;
       node = rn_deepest_next(top, node))
    if (rn_window_is_open(node)) {
      rn_names_fini(&node->passage->known);
      rn_names_init(&node->passage->known, node->root->key);
      node->passage->taken_back = true;
    }
}

void rn_retract(struct rn_tracker *t, struct rn_node *top) {
  if (top->root->recover != NULL) rn_recover_take_back(t, top);
  for (struct rn_node *node = rn_deepest_first(top); node != NULL;
       node = rn_deepest_next(top, node)) {
    if (!rn_window_is_open(node)) continue;
    uint32_t at = 0;
    const struct rn_name *name;
    while ((name = rn_names_next(&node->passage->known, &at)) != NULL)
      if (!name->doubted)
        rn_tell_synthetic(t, node, IN_DELETE, bytes_of(name), name->is_dir);
  }
  forget_told(top);
}

void rn_take_leave(struct rn_tracker *t, struct rn_node *node) {
  forget_told(node);
  rn_suspend(t, node, RN_NODE_GONE);
  rn_wait_for_fence(t, node);
  if (node->passage != NULL) node->passage->taken_back = true;
}

/* Below one that died its own are not silent of themselves. */
void rn_silence_below(struct rn_tracker *t, struct rn_node *node) {
  struct rn_node *at = node->first_child;
  while (at != NULL) {
    const bool died = (at->flags & RN_NODE_GHOST) != 0;
    if (died && at->first_child != NULL) {
      at = at->first_child;
      continue;
    }
    if (!died) rn_take_leave(t, at);
    while (at != node && at->next_sibling == NULL) at = at->parent;
    at = at == node ? NULL : at->next_sibling;
  }
}

void rn_empty(struct rn_tracker *t, struct rn_node *node) {
  rn_silence_below(t, node);
  if (node->root->settle_ns > 0) t->sink.emptied(t->sink.context, node);
}

int rn_begin_report(struct rn_tracker *t, struct rn_node *node) {
  if (node->root->recover != NULL) rn_recover_take_back(t, node);
  const int err = rn_window_open(node);
  if (err < 0) return err;
  rn_empty(t, node);
  return 0;
}
