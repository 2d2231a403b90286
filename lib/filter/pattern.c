/* One pattern: a glob or a regular expression.
 *
 * Globs are fnmatch(3)'s.  Regular expressions are PCRE2's, over bytes: a name
 * is no text in any encoding.  They are compiled to machine code where the
 * system allows that, and interpreted where not.
 *
 * A match is bounded, since the reader waits for it: by steps from each place
 * that it may begin at, which machine code and interpreter both count, and by
 * the memory that the interpreter takes.  Beyond that it is undecided.  With
 * 20000 steps "(a+)+$" is given up after some 50 microseconds of machine code.
 */

#include "lib/filter/pattern.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
  STEPS_MAX = 20000,     /* of one match from one place */
  MEMORY_KIB_MAX = 1024, /* of the interpreter */
  SHOWN_MAX = 200,       /* bytes of a pattern that a message shows */
};

/* ---- making ---- */

static int fail(char *text, size_t size, const struct rn_rule *rule,
                const char *reason) {
  if (text != NULL)
    (void)snprintf(text, size, "%s \"%.*s\" %s",
                   rule->kind == RN_RULE_GLOB ? "glob" : "regex", SHOWN_MAX,
                   rule->pattern, reason);
  return -EINVAL;
}

/* Tell why PCRE2 did not take a pattern. */
static int fail_to_compile(char *text, size_t size, const struct rn_rule *rule,
                           int error, size_t offset) {
  char why[128], reason[256];
  if (pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof(why)) ==
      PCRE2_ERROR_BADDATA)
    why[0] = '\0';
  (void)snprintf(reason, sizeof(reason),
                 "fails at byte %zu: %s; put \\ before a character that stands "
                 "for itself, see pcre2syntax(3)",
                 offset, why);
  return fail(text, size, rule, reason);
}

static uint32_t options_of(const struct rn_rule *rule) {
  uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
  if ((rule->flags & RN_RULE_START) != 0) options |= PCRE2_ANCHORED;
  if ((rule->flags & RN_RULE_FULL) != 0)
    options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  if ((rule->flags & RN_RULE_CASELESS) != 0) options |= PCRE2_CASELESS;
  return options;
}

static int compile(struct rn_pattern *pattern, const struct rn_rule *rule,
                   char *text, size_t size) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  if (context == NULL) return -ENOMEM;
  (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* however it was built */
  int error;
  PCRE2_SIZE offset;
  pcre2_code *code =
      pcre2_compile((PCRE2_SPTR)rule->pattern, PCRE2_ZERO_TERMINATED,
                    options_of(rule), &error, &offset, context);
  pcre2_compile_context_free(context);
  if (code == NULL && error == PCRE2_ERROR_HEAP_FAILED) return -ENOMEM;
  if (code == NULL) return fail_to_compile(text, size, rule, error, offset);
  /* Where there is no machine code to be had it is interpreted. */
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  pattern->code = code;
  pattern->by_path = (rule->flags & RN_RULE_NAME) == 0;
  return 0;
}

static int copy_glob(struct rn_pattern *pattern, const struct rn_rule *rule) {
  pattern->glob = strdup(rule->pattern);
  if (pattern->glob == NULL) return -ENOMEM;
  pattern->by_path = strchr(rule->pattern, '/') != NULL;
  pattern->how = (rule->flags & RN_RULE_CASELESS) != 0 ? FNM_CASEFOLD : 0;
  return 0;
}

int rn_pattern_init(struct rn_pattern *pattern, const struct rn_rule *rule,
                    char *text, size_t size) {
  *pattern = (struct rn_pattern){.glob = NULL};
  if (strnlen(rule->pattern, RN_PATTERN_SIZE_MAX) == RN_PATTERN_SIZE_MAX)
    return fail(text, size, rule,
                "is longer than 16383 bytes; make several rules of it");
  return rule->kind == RN_RULE_GLOB ? copy_glob(pattern, rule)
                                    : compile(pattern, rule, text, size);
}

void rn_pattern_fini(struct rn_pattern *pattern) {
  free(pattern->glob);
  pcre2_code_free(pattern->code);
  *pattern = (struct rn_pattern){.glob = NULL};
}

int rn_match_space_init(struct rn_match_space *space) {
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  pcre2_match_context *limits = pcre2_match_context_create(NULL);
  *space = (struct rn_match_space){data, limits};
  if (data == NULL || limits == NULL) {
    rn_match_space_fini(space);
    return -ENOMEM;
  }
  (void)pcre2_set_match_limit(limits, STEPS_MAX);
  (void)pcre2_set_heap_limit(limits, MEMORY_KIB_MAX);
  return 0;
}

void rn_match_space_fini(struct rn_match_space *space) {
  pcre2_match_data_free(space->data);
  pcre2_match_context_free(space->limits);
  *space = (struct rn_match_space){NULL, NULL};
}

/* ---- matching ---- */

static enum rn_match match_regex(const pcre2_code *code,
                                 const struct rn_match_space *space,
                                 const char *text) {
  const size_t size = strlen(text);
  int got = pcre2_match(code, (PCRE2_SPTR)text, size, 0, 0, space->data,
                        space->limits);
  if (got == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter has more room */
    got = pcre2_match(code, (PCRE2_SPTR)text, size, 0, PCRE2_NO_JIT,
                      space->data, space->limits);
  if (got >= 0) return RN_MATCH_YES; /* 0: there are groups, too */
  return got == PCRE2_ERROR_NOMATCH ? RN_MATCH_NO : RN_MATCH_UNDECIDED;
}

enum rn_match rn_pattern_match(const struct rn_pattern *pattern,
                               const struct rn_match_space *space,
                               const struct rn_subject *subject) {
  const char *text = pattern->by_path ? subject->path : subject->name;
  if (pattern->code != NULL) return match_regex(pattern->code, space, text);
  return fnmatch(pattern->glob, text, pattern->how) == 0 ? RN_MATCH_YES
                                                         : RN_MATCH_NO;
}
