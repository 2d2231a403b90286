#ifndef LIB_FILTER_RULES_H
#define LIB_FILTER_RULES_H

/* What makes an array of rules valid, apart from the patterns. */

#include "lib/base/base.h"
#include "ringnotify/filter.h"

enum { RN_RULES_MAX = 4096 };

/* Check all but the patterns of regexes, which shows when they are compiled.
 *
 * text       out or NULL: what is wrong.
 * Returns    0; -EINVAL. */
int rn_rules_are_valid(const struct rn_rule *rules, size_t count, char *text,
                       size_t size);

/* The same for one rule by itself: an inclusion may be the last one. */
int rn_rule_is_valid(const struct rn_rule *rule, char *text, size_t size);

#endif
