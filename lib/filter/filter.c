/* What of a watch is wanted.
 *
 * Three things look at a name, each for itself, and an entry has to pass all of
 * them: the globs of the simple form, of which exclusion comes first, and
 * inclusion never hides a directory, or nothing below it could be found; the
 * rules, of which the first that matches decides; the user's predicate, asked
 * last, as it is the dearest.
 *
 * A rule that cannot be decided lets the entry pass: too much is told rather
 * than too little. */

#include "lib/filter/filter.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/filter/pattern.h"
#include "lib/filter/rules.h"

#define SCOPES ((unsigned)(RN_RULE_WATCHING | RN_RULE_DELIVERY))
#define TYPES ((unsigned)(RN_RULE_DIRECTORIES | RN_RULE_FILES))

/* A rule as it is kept, with its scopes and types spelt out. */
struct kept_rule {
  struct rn_pattern pattern;
  enum rn_rule_action action;
  unsigned flags;
};

struct rule_list {
  struct kept_rule *rules;
  size_t count;
};

struct rn_sieve {
  struct rule_list exclude, include; /* the globs */
  struct rule_list rules;
  rn_exclude_fn *predicate; /* or NULL */
  void *predicate_context;
  unsigned predicate_flags;
  struct rn_match_space space;
  uint64_t *undecided; /* or NULL */
};

/* ---- making ---- */

static unsigned spell_out(unsigned flags) {
  if ((flags & SCOPES) == 0) flags |= SCOPES;
  if ((flags & TYPES) == 0) flags |= TYPES;
  return flags;
}

static void free_list(struct rule_list *list) {
  for (size_t i = 0; i < list->count; i++)
    rn_pattern_fini(&list->rules[i].pattern);
  free(list->rules);
  *list = (struct rule_list){.rules = NULL};
}

static int make_list(struct rule_list *list, size_t count) {
  if (count == 0) return 0;
  list->rules = calloc(count, sizeof(*list->rules));
  return list->rules != NULL ? 0 : -ENOMEM;
}

static int add_rule(struct rule_list *list, const struct rn_rule *rule) {
  struct kept_rule *kept = &list->rules[list->count];
  const int err = rn_pattern_init(&kept->pattern, rule, NULL, 0);
  if (err < 0) return err;
  kept->action = rule->action;
  kept->flags = spell_out(rule->flags);
  list->count++;
  return 0;
}

/* globs: or NULL. */
static int copy_globs(struct rule_list *list, const char *const *globs) {
  size_t count = 0;
  while (globs != NULL && globs[count] != NULL) count++;
  int err = make_list(list, count);
  for (size_t i = 0; i < count && err == 0; i++) {
    const struct rn_rule rule = {.pattern = globs[i]};
    err = add_rule(list, &rule);
  }
  return err;
}

static int copy_rules(struct rule_list *list, const struct rn_rule *rules,
                      size_t count) {
  int err = rn_rules_are_valid(rules, count, NULL, 0);
  if (err == 0) err = make_list(list, count);
  for (size_t i = 0; i < count && err == 0; i++)
    err = add_rule(list, &rules[i]);
  return err;
}

static bool looks_at_names(const struct rn_watch_options *options) {
  return (options->exclude != NULL && options->exclude[0] != NULL) ||
         (options->include != NULL && options->include[0] != NULL) ||
         options->rule_count > 0 || options->exclude_filter != NULL;
}

static int fill_sieve(struct rn_sieve *sieve,
                      const struct rn_watch_options *options) {
  sieve->predicate = options->exclude_filter;
  sieve->predicate_context = options->exclude_context;
  sieve->predicate_flags = spell_out(options->exclude_flags);
  int err = copy_globs(&sieve->exclude, options->exclude);
  if (err == 0) err = copy_globs(&sieve->include, options->include);
  if (err == 0)
    err = copy_rules(&sieve->rules, options->rules, options->rule_count);
  if (err == 0 && sieve->rules.count > 0)
    err = rn_match_space_init(&sieve->space);
  return err;
}

static uint32_t looks_for_flags(unsigned flags) {
  const unsigned dir = RN_RULE_WATCHING | RN_RULE_DIRECTORIES;
  return ((flags & dir) == dir ? (uint32_t)RN_FILTER_NAMES_WATCHED : 0) |
         ((flags & RN_RULE_DELIVERY) != 0 ? (uint32_t)RN_FILTER_NAMES_TOLD : 0);
}

static uint32_t looks_of(const struct rn_sieve *sieve) {
  uint32_t looks = 0;
  if (sieve->exclude.count > 0) looks |= looks_for_flags(SCOPES | TYPES);
  if (sieve->include.count > 0) looks |= RN_FILTER_NAMES_TOLD;
  for (size_t i = 0; i < sieve->rules.count; i++)
    looks |= looks_for_flags(sieve->rules.rules[i].flags);
  if (sieve->predicate != NULL)
    looks |= looks_for_flags(sieve->predicate_flags);
  return looks;
}

int rn_filter_init(struct rn_filter *filter,
                   const struct rn_watch_options *options) {
  *filter = (struct rn_filter){.mask = 0};
  if ((options->flags & RN_WATCH_FILES_ONLY) != 0)
    filter->looks |= RN_FILTER_NO_DIRECTORIES;
  if ((options->flags & RN_WATCH_DIRECTORIES_ONLY) != 0)
    filter->looks |= RN_FILTER_NO_FILES;
  if (!looks_at_names(options)) return 0;
  filter->sieve = calloc(1, sizeof(*filter->sieve));
  const int err =
      filter->sieve == NULL ? -ENOMEM : fill_sieve(filter->sieve, options);
  if (err < 0)
    rn_filter_fini(filter);
  else
    filter->looks |= looks_of(filter->sieve);
  return err;
}

void rn_filter_fini(struct rn_filter *filter) {
  struct rn_sieve *sieve = filter->sieve;
  *filter = (struct rn_filter){.mask = 0};
  if (sieve == NULL) return;
  free_list(&sieve->exclude);
  free_list(&sieve->include);
  free_list(&sieve->rules);
  rn_match_space_fini(&sieve->space);
  free(sieve);
}

void rn_filter_count(const struct rn_filter *filter, uint64_t *undecided) {
  if (filter->sieve != NULL) filter->sieve->undecided = undecided;
}

/* ---- asking ---- */

/* Globs are always decided. */
static bool matches_one(const struct rn_sieve *sieve,
                        const struct rule_list *globs,
                        const struct rn_subject *subject) {
  for (size_t i = 0; i < globs->count; i++)
    if (rn_pattern_match(&globs->rules[i].pattern, &sieve->space, subject) ==
        RN_MATCH_YES)
      return true;
  return false;
}

static bool globs_pass(const struct rn_sieve *sieve,
                       const struct rn_subject *subject, bool is_dir) {
  if (matches_one(sieve, &sieve->exclude, subject)) return false;
  if (sieve->include.count == 0 || is_dir) return true;
  return matches_one(sieve, &sieve->include, subject);
}

/* `asked`: one scope and one type. */
static bool rules_pass(const struct rn_sieve *sieve,
                       const struct rn_subject *subject, unsigned asked) {
  for (size_t i = 0; i < sieve->rules.count; i++) {
    const struct kept_rule *rule = &sieve->rules.rules[i];
    if ((rule->flags & asked) != asked) continue;
    const enum rn_match match =
        rn_pattern_match(&rule->pattern, &sieve->space, subject);
    if (match == RN_MATCH_NO) continue;
    if (match == RN_MATCH_YES) return rule->action == RN_RULE_INCLUDE;
    if (sieve->undecided != NULL) ++*sieve->undecided;
    return true;
  }
  return true;
}

static bool passes(const struct rn_sieve *sieve, unsigned scope,
                   const struct rn_subject *subject, bool is_dir) {
  const unsigned asked =
      scope | (unsigned)(is_dir ? RN_RULE_DIRECTORIES : RN_RULE_FILES);
  if (!globs_pass(sieve, subject, is_dir)) return false;
  if (!rules_pass(sieve, subject, asked)) return false;
  if (sieve->predicate == NULL || (sieve->predicate_flags & asked) != asked)
    return true;
  return !sieve->predicate(subject->path, is_dir, sieve->predicate_context);
}

bool rn_filter_watches(const struct rn_filter *filter, const char *path,
                       const char *name) {
  if (!rn_filter_looks_for_watching(filter)) return true;
  const struct rn_subject subject = {path, name};
  return passes(filter->sieve, RN_RULE_WATCHING, &subject, true);
}

bool rn_filter_tells(const struct rn_filter *filter, const char *path,
                     const char *name, bool is_dir) {
  if (!rn_filter_looks_for_telling(filter)) return true;
  const struct rn_subject subject = {path, name};
  return passes(filter->sieve, RN_RULE_DELIVERY, &subject, is_dir);
}
