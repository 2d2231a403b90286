#ifndef LIB_DISPATCH_JOINT_H
#define LIB_DISPATCH_JOINT_H

/* An event that lies in every lane and is handled once.
 *
 * The reader puts a copy of it into each lane, all with the same number, which
 * grows from one such event to the next.  One of the workers handles its copy,
 * the others pass theirs over: a loss is the worker's that comes to it first,
 * and the others do not wait until it has handled it; a repair is the worker's
 * that comes to it last, when all of them have handled what lies before it. */

#include <stdbool.h>
#include <stdint.h>

/* How far the lanes of one notifier are with such events. */
struct rn_joint;

/* Returns    0; -ENOMEM. */
int rn_joint_new(uint32_t lane_count, struct rn_joint **joint);
void rn_joint_free(struct rn_joint *joint); /* or NULL */

/* A lane has come to the event.  Returns true for the one that is first.
 *
 * Threads    the lane's worker. */
bool rn_joint_is_first(struct rn_joint *joint, uint64_t number);

/* The same for the lane that is last: what the others' handlers did before is
 * seen by the caller.
 *
 * Threads    the lane's worker. */
bool rn_joint_is_last(struct rn_joint *joint, uint32_t lane, uint64_t number);

#endif
