/* Events that lie in every lane and are handled once.
 *
 * Each lane has the same ones in the same order.  So who comes first needs no
 * more than the highest number that any lane has come to, and who comes last no
 * more than how far each lane is: no event has memory of its own. */

#include "lib/dispatch/joint.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/base.h"

struct rn_joint {
  uint32_t lane_count; /* const: from the making on */
  /* shared: w r each worker | relaxed | only who is first: the event itself
   * came by [edge ring.publish] */
  _Atomic uint64_t first;
  /* shared: w r each worker | relaxed | which of those that see all lanes there
   * handles the event */
  _Atomic uint64_t last;
  /* shared: w the lane's worker | r each worker | seq_cst [edge joint.last] |
   * in one order of all: the lane that is last in it sees all others there, and
   * what their handlers did before */
  _Atomic uint64_t passed[];
};

int rn_joint_new(uint32_t lane_count, struct rn_joint **joint) {
  struct rn_joint *made =
      calloc(1, sizeof(*made) + lane_count * sizeof(made->passed[0]));
  if (made == NULL) return -ENOMEM;
  made->lane_count = lane_count;
  *joint = made;
  return 0;
}

void rn_joint_free(struct rn_joint *joint) { free(joint); }

/* Raise a number.  Returns true for the one caller that does. */
static bool raise_to(_Atomic uint64_t *highest, uint64_t number) {
  uint64_t now = atomic_load_explicit(highest, memory_order_relaxed);
  while (now < number)
    if (atomic_compare_exchange_weak_explicit(
            highest, &now, number, memory_order_relaxed, memory_order_relaxed))
      return true;
  return false;
}

bool rn_joint_is_first(struct rn_joint *joint, uint64_t number) {
  return raise_to(&joint->first, number);
}

bool rn_joint_is_last(struct rn_joint *joint, uint32_t lane, uint64_t number) {
  RN_ASSERT(lane < joint->lane_count);
  /* release [edge joint.last] */
  atomic_store_explicit(&joint->passed[lane], number, memory_order_seq_cst);
  for (uint32_t i = 0; i < joint->lane_count; i++) {
    /* acquire [edge joint.last] */
    if (atomic_load_explicit(&joint->passed[i], memory_order_seq_cst) < number)
      return false;
  }
  return raise_to(&joint->last, number);
}
