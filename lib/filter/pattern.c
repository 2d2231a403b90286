/* One pattern: a glob or a regular expression.
 *
 * Globs are fnmatch(3)'s.  Regular expressions are PCRE2's, over bytes: a name
 * is no text in any encoding.  They are compiled to machine code where the
 * system allows that, and interpreted where not.
 *
 * A match is bounded, since the reader waits for it, and who makes directories
 * chooses the path: by steps, all together, wherever it may begin, and by the
 * memory that the interpreter takes.  Beyond that it is undecided.
 *
 * PCRE2's own limit of steps is one for each place that a match may begin at,
 * and a path has thousands of them; nor does it count what a single repeat runs
 * over.  So the pattern is compiled with a callout before each of its items,
 * which counts: some 5 ns of machine code, 15 interpreted. */

#include "lib/filter/pattern.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
  STEPS_MAX = 20000,     /* of one match */
  STEPS_A_BYTE = 4,      /* and so many more for each byte of the path */
  BYTES_A_STEP = 32,     /* that a repeat ran over */
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

static pcre2_code *compile_as(const struct rn_rule *rule, uint32_t more,
                              pcre2_compile_context *context, int *error,
                              PCRE2_SIZE *offset) {
  return pcre2_compile((PCRE2_SPTR)rule->pattern, PCRE2_ZERO_TERMINATED,
                       options_of(rule) | more, error, offset, context);
}

static int compile(struct rn_pattern *pattern, const struct rn_rule *rule,
                   char *text, size_t size) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  pattern->text = strdup(rule->pattern);
  if (context == NULL || pattern->text == NULL) {
    pcre2_compile_context_free(context);
    return -ENOMEM;
  }
  (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* however it was built */
  int error;
  PCRE2_SIZE offset;
  pcre2_code *code =
      compile_as(rule, PCRE2_AUTO_CALLOUT, context, &error, &offset);
  pattern->counts = code != NULL;
  if (code == NULL) /* with callouts it may be too large */
    code = compile_as(rule, 0, context, &error, &offset);
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
  const int err = rule->kind == RN_RULE_GLOB
                      ? copy_glob(pattern, rule)
                      : compile(pattern, rule, text, size);
  if (err < 0) rn_pattern_fini(pattern);
  return err;
}

void rn_pattern_fini(struct rn_pattern *pattern) {
  free(pattern->glob);
  free(pattern->text);
  pcre2_code_free(pattern->code);
  *pattern = (struct rn_pattern){.glob = NULL};
}

int rn_match_space_init(struct rn_match_space *space) {
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  pcre2_match_context *limits = pcre2_match_context_create(NULL);
  *space = (struct rn_match_space){.data = data, .limits = limits};
  if (data == NULL || limits == NULL) {
    rn_match_space_fini(space);
    return -ENOMEM;
  }
  (void)pcre2_set_heap_limit(limits, MEMORY_KIB_MAX);
  return 0;
}

void rn_match_space_fini(struct rn_match_space *space) {
  pcre2_match_data_free(space->data);
  pcre2_match_context_free(space->limits);
  *space = (struct rn_match_space){.data = NULL};
}

/* ---- matching ---- */

/* A match that is going on. */
struct budget {
  const char *pattern;
  size_t steps, steps_max;
  size_t position; /* in the path, at the last step */
};

static bool begins_with(struct rn_bytes item, const char *text) {
  const size_t size = strlen(text);
  return item.size >= size && memcmp(item.data, text, size) == 0;
}

/* Whether an item may run over much and leave nothing to see of that: a repeat
 * with a least number, or what a group has matched. */
static bool is_long(struct rn_bytes item) {
  if (item.size < 2) return false;
  if (begins_with(item, "(?P=") || memchr(item.data, '{', item.size) != NULL)
    return true;
  return item.data[0] == '\\' && strchr("123456789gk", item.data[1]) != NULL;
}

/* An item of the pattern is about to be tried. */
static int count_step(pcre2_callout_block *block, void *context) {
  struct budget *budget = context;
  const size_t position = block->current_position;
  const struct rn_bytes item = {budget->pattern + block->pattern_position,
                                block->next_item_length};
  size_t run = position > budget->position ? position - budget->position : 0;
  if (is_long(item)) run += block->subject_length - position;
  budget->position = position;
  budget->steps += 1 + run / BYTES_A_STEP;
  return budget->steps > budget->steps_max ? PCRE2_ERROR_CALLOUT : 0;
}

static enum rn_match match_regex(const struct rn_pattern *pattern,
                                 const struct rn_match_space *space,
                                 const char *text) {
  const size_t size = strlen(text);
  struct budget budget = {.pattern = pattern->text,
                          .steps_max = STEPS_MAX + size * STEPS_A_BYTE};
  /* What cannot count has its share at each place. */
  const size_t places = pattern->counts ? 1 : size + 1;
  (void)pcre2_set_match_limit(space->limits,
                              (uint32_t)(budget.steps_max / places));
  (void)pcre2_set_callout(space->limits, count_step, &budget);
  int got = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, 0,
                        space->data, space->limits);
  if (got == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter has more room */
    got = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, PCRE2_NO_JIT,
                      space->data, space->limits);
  if (space->steps != NULL) *space->steps += budget.steps;
  if (got >= 0) return RN_MATCH_YES; /* 0: there are groups, too */
  return got == PCRE2_ERROR_NOMATCH ? RN_MATCH_NO : RN_MATCH_UNDECIDED;
}

enum rn_match rn_pattern_match(const struct rn_pattern *pattern,
                               const struct rn_match_space *space,
                               const struct rn_subject *subject) {
  const char *text = pattern->by_path ? subject->path : subject->name;
  if (pattern->code != NULL) return match_regex(pattern, space, text);
  return fnmatch(pattern->glob, text, pattern->how) == 0 ? RN_MATCH_YES
                                                         : RN_MATCH_NO;
}
