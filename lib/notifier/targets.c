/* Handlers from their adding until every lane was told that they get no more.
 *
 * Those that go on are in one list, in no order; those that have ended are in
 * another, in the order in which the lanes are told. */

#include <stdlib.h>

#include "lib/notifier/notifier.h"

void rn_targets_keep(struct rn_thread_notifier *n,
                     struct rn_owned_target *target) {
  if (target == NULL) return;
  target->previous = NULL;
  target->next = n->targets;
  if (n->targets != NULL) n->targets->previous = target;
  n->targets = target;
}

void rn_targets_append(struct rn_thread_notifier *n,
                       struct rn_owned_target *target) {
  target->ended = true;
  target->next = NULL;
  if (n->ended != NULL)
    n->last_ended->next = target;
  else
    n->ended = target;
  n->last_ended = target;
  n->targets_ended = true;
}

void rn_targets_end(struct rn_thread_notifier *n,
                    struct rn_owned_target *target) {
  if (target->next != NULL) target->next->previous = target->previous;
  if (target->previous != NULL)
    target->previous->next = target->next;
  else
    n->targets = target->next;
  rn_targets_append(n, target);
}

struct rn_owned_target *rn_targets_next(const struct rn_thread_notifier *n,
                                        const struct rn_owned_target *target) {
  if (target == NULL) return n->targets != NULL ? n->targets : n->ended;
  return target->next != NULL || target->ended ? target->next : n->ended;
}

void rn_targets_end_all(struct rn_thread_notifier *n) {
  struct rn_owned_target *lists[] = {n->ended, n->targets};
  n->ended = n->targets = NULL;
  for (int i = 0; i < 2; i++)
    while (lists[i] != NULL) {
      struct rn_owned_target *target = lists[i];
      lists[i] = target->next;
      rn_target_end(target->target);
      free(target);
    }
}
