/* A caller in C, who may hand over what is no kind. */

#include "test/limit/limit_in_c.h"

#include "lib/limit/limit_internal.h"

int limit_get_number(const struct rn_sys *sys, int kind,
                     struct rn_limit *limit) {
  return rn_limit_get_on(sys, (enum rn_limit_kind)kind, limit);
}

int limit_set_number(const struct rn_sys *sys, int kind, uint64_t value) {
  return rn_limit_set_on(sys, (enum rn_limit_kind)kind, value);
}
