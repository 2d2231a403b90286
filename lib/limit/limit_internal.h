#ifndef LIB_LIMIT_LIMIT_INTERNAL_H
#define LIB_LIMIT_LIMIT_INTERNAL_H

/* The limits as a kernel of the caller's choice tells them. */

#include "ringnotify/limit.h"

RN_BEGIN_DECLS

struct rn_sys;

/* As rn_limit_get().  RN_LIMIT_FILES is always this process's own. */
RN_CHECKED int rn_limit_get_on(const struct rn_sys *sys,
                               enum rn_limit_kind kind, struct rn_limit *limit);

/* As rn_limit_set().  RN_LIMIT_FILES is always this process's own. */
RN_CHECKED int rn_limit_set_on(const struct rn_sys *sys,
                               enum rn_limit_kind kind, uint64_t value);

/* As rn_limit_of(). */
RN_CHECKED int rn_limit_of_on(const struct rn_sys *sys, int error,
                              struct rn_limit *limit);

RN_END_DECLS

#endif
