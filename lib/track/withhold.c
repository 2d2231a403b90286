/* What a root that is being added would tell.
 *
 * An addition in pieces may fail at its end, and then its handler is to have
 * heard nothing of a watch that nobody got.  So until the walk is over the
 * records of its nodes are kept, as if the reader had not come to them yet: for
 * the walk that is nothing new, before the start nothing is read either.  Then
 * they are taken in, a piece a turn, and those that are read meanwhile behind
 * them; or they are dropped.
 *
 * A fence that is read while records in front of it are kept proves nothing for
 * the nodes of such a root: they wait for another (pass_fence()).  With a loss
 * the kept records count as lost, too: what was lost may be the rest of them,
 * and the root is compared, or its index repaired, in any case. */

#include <errno.h>

#include "lib/track/tracker.h"

/* Bytes of records told in a turn, beside as many as came since the last. */
enum { PIECE_SIZE = 128 << 10 };

void rn_withhold(struct rn_tracker *t, struct rn_root *root) {
  RN_ASSERT(t->withheld.root == NULL);
  t->withheld = (struct rn_withheld){.root = root};
  t->suspended_count++;
}

bool rn_withheld_take(struct rn_tracker *t, const struct rn_node *node,
                      const struct rn_raw_event *raw) {
  struct rn_withheld *withheld = &t->withheld;
  if (node->root != withheld->root || withheld->is_open) return false;
  if (node->parent == NULL && (raw->mask & IN_IGNORED) != 0)
    withheld->ended = true;
  rn_keep_record(t, &withheld->kept, node, raw);
  return true;
}

static void drop(struct rn_tracker *t, struct rn_kept *kept) {
  t->counts.filtered += rn_kept_drop(kept);
  rn_kept_free(kept);
  *kept = (struct rn_kept){.records = NULL};
}

/* Nothing is withheld any more. */
static void end(struct rn_tracker *t) {
  drop(t, &t->withheld.kept);
  t->withheld.root = NULL;
  t->suspended_count--;
}

/* Whether the addition has succeeded. */
static bool has_succeeded(struct rn_tracker *t) {
  const struct rn_withheld *withheld = &t->withheld;
  if (t->walk_error == 0 && withheld->ended && withheld->root->follow == NULL)
    t->walk_error = -ENOENT;
  return t->walk_error == 0;
}

/* While a piece is told the root may end, or records may be lost: then the rest
 * is not told. */
static void tell_piece(struct rn_tracker *t) {
  struct rn_withheld *withheld = &t->withheld;
  struct rn_kept kept = withheld->kept;
  withheld->kept = (struct rn_kept){.records = NULL};
  const size_t came = kept.size - withheld->left;
  size_t size = came + PIECE_SIZE; /* so there is an end, whatever comes */
  if (size > kept.size) size = kept.size;
  withheld->is_open = true;
  const size_t taken = rn_kept_take(t, kept.records, size);
  kept.size -= taken;
  memmove(kept.records, kept.records + taken, kept.size);
  if (withheld->root == NULL || !withheld->is_open)
    drop(t, &kept);
  else
    withheld->kept = kept;
  withheld->left = withheld->kept.size;
  withheld->is_open = false;
}

bool rn_withheld_advance(struct rn_tracker *t) {
  struct rn_withheld *withheld = &t->withheld;
  if (withheld->root == NULL) return true;
  if (!withheld->is_told && !has_succeeded(t)) {
    withheld->root->mute |= RN_MUTE_ABANDONED;
    end(t);
    return true;
  }
  if (!withheld->is_told) withheld->left = withheld->kept.size;
  withheld->is_told = true;
  if (withheld->kept.size > 0) tell_piece(t);
  if (withheld->root != NULL && withheld->kept.size > 0) return false;
  if (withheld->root != NULL) end(t);
  return true;
}

void rn_withheld_lose(struct rn_tracker *t) {
  drop(t, &t->withheld.kept);
  t->withheld.left = 0;
  t->withheld.is_open = false;
}

void rn_withheld_forget(struct rn_tracker *t, const struct rn_root *root) {
  if (t->withheld.root == root) end(t);
}
