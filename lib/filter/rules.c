/* What makes rules valid, and what to say of those that are not.
 *
 * A rule that could never decide anything is refused: whoever wrote it meant
 * something else. */

#include "lib/filter/rules.h"

#include <errno.h>
#include <stdio.h>

#include "lib/filter/pattern.h"

#define KNOWN                                                               \
  ((unsigned)(RN_RULE_WATCHING | RN_RULE_DELIVERY | RN_RULE_DIRECTORIES |   \
              RN_RULE_FILES | RN_RULE_NAME | RN_RULE_START | RN_RULE_FULL | \
              RN_RULE_CASELESS))
#define OF_REGEX ((unsigned)(RN_RULE_NAME | RN_RULE_START | RN_RULE_FULL))
#define SCOPES_AND_TYPES \
  (RN_RULE_WATCHING | RN_RULE_DELIVERY | RN_RULE_DIRECTORIES | RN_RULE_FILES)

enum { REASON_SIZE = 1024 };

static void say(char *text, size_t size, const char *reason) {
  if (text != NULL && size > 0) (void)snprintf(text, size, "%s", reason);
}

/* What is wrong with the fields of a rule, or NULL. */
static const char *fault_of(const struct rn_rule *rule) {
  const unsigned flags = rule->flags;
  if (rule->pattern == NULL) return "pattern is NULL: give it one";
  if ((unsigned)rule->action > RN_RULE_INCLUDE)
    return "action is none: use RN_RULE_EXCLUDE or RN_RULE_INCLUDE";
  if ((unsigned)rule->kind > RN_RULE_REGEX)
    return "kind is none: use RN_RULE_GLOB or RN_RULE_REGEX";
  if ((flags & ~KNOWN) != 0) return "flags has bits that are none of RN_RULE_*";
  if (rule->kind == RN_RULE_GLOB && (flags & OF_REGEX) != 0)
    return "flags has RN_RULE_NAME, _START or _FULL, which are for regexes: a "
           "glob matches the whole, of the path if there is a '/' in it";
  if ((flags & SCOPES_AND_TYPES) == (RN_RULE_WATCHING | RN_RULE_FILES))
    return "flags has RN_RULE_WATCHING with RN_RULE_FILES: only directories "
           "are watched";
  return NULL;
}

int rn_rule_is_valid(const struct rn_rule *rule, char *text, size_t size) {
  const char *fault = fault_of(rule);
  if (fault == NULL) return 0;
  say(text, size, fault);
  return -EINVAL;
}

/* Say which rule something is wrong with. */
static int fail(char *text, size_t size, size_t index, size_t count,
                const char *reason) {
  if (text != NULL && size > 0)
    (void)snprintf(text, size, "rule %zu of %zu: %s", index + 1, count, reason);
  return -EINVAL;
}

int rn_rules_are_valid(const struct rn_rule *rules, size_t count, char *text,
                       size_t size) {
  say(text, size, "");
  if (count > RN_RULES_MAX) {
    say(text, size, "more than 4096 rules: put some together");
    return -EINVAL;
  }
  if (rules == NULL && count > 0) {
    say(text, size, "rules is NULL with a count");
    return -EINVAL;
  }
  bool excludes = false; /* behind this one */
  for (size_t i = count; i-- > 0;) {
    const char *fault = fault_of(&rules[i]);
    if (fault == NULL && rules[i].action == RN_RULE_INCLUDE && !excludes)
      fault =
          "an inclusion without an exclusion behind it changes nothing: what "
          "no rule matches passes; exclude the rest after it";
    if (fault != NULL) return fail(text, size, i, count, fault);
    excludes |= rules[i].action == RN_RULE_EXCLUDE;
  }
  return 0;
}

int rn_rules_check(const struct rn_rule *rules, size_t count, char *text,
                   size_t size) {
  int err = rn_rules_are_valid(rules, count, text, size);
  for (size_t i = 0; i < count && err == 0; i++) {
    char reason[REASON_SIZE];
    struct rn_pattern pattern;
    err = rn_pattern_init(&pattern, &rules[i], reason, sizeof(reason));
    rn_pattern_fini(&pattern);
    if (err == -EINVAL) return fail(text, size, i, count, reason);
  }
  return err;
}
