#ifndef TEST_LIMIT_LIMIT_IN_C_H
#define TEST_LIMIT_LIMIT_IN_C_H

#include "ringnotify/limit.h"

RN_BEGIN_DECLS

struct rn_sys;

/* rn_limit_get_on() with any number for a kind: in C++ an enum must not hold
 * one it does not name. */
int limit_get_number(const struct rn_sys *sys, int kind,
                     struct rn_limit *limit);

/* The same of rn_limit_set_on(). */
int limit_set_number(const struct rn_sys *sys, int kind, uint64_t value);

RN_END_DECLS

#endif
