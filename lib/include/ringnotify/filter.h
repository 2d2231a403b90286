#ifndef RINGNOTIFY_FILTER_H
#define RINGNOTIFY_FILTER_H

/* Rules: which entries below a watch are watched, and which are told.
 *
 *     const struct rn_rule rules[] = {
 *         {"keep.tmp", RN_RULE_INCLUDE, RN_RULE_GLOB, 0},
 *         {"[.](tmp|swp)$", RN_RULE_EXCLUDE, RN_RULE_REGEX, 0},
 *     };
 *
 * The rules of a watch are asked in their order, and the first one that an
 * entry matches decides; an entry that none matches passes.  So exceptions
 * stand before what they are exceptions from, and "nothing but" is the last
 * rule: to exclude all files, {"*", RN_RULE_EXCLUDE, RN_RULE_GLOB,
 * RN_RULE_FILES}.
 *
 * - The path that was added is never asked about: it is watched, and what it
 *   says of itself is told.
 * - What is below a directory that is not watched is not found, whatever a rule
 *   says of it; the directory is not even opened.
 * - A directory is asked about when it comes to be known: by the walk of the
 *   addition, when it is made, when it is renamed.  When one further up is
 *   renamed, those below stay watched or unwatched; their events are asked
 *   about with their new paths.
 * - A directory that was not watched and is renamed to a name that is, is told
 *   with its content, like one that came from outside.  One that was and is
 *   renamed to a name that is not, leaves with all below it: where both halves
 *   of that rename are told, they are so without a source and apart.
 * - An entry is told only if it passes the rules, the globs of the watch
 *   (`exclude`, `include`) and its exclude_filter: each of the three. */

#include <stdbool.h>

#include "ringnotify/base.h"

RN_BEGIN_DECLS

enum rn_rule_action {
  RN_RULE_EXCLUDE, /* what matches is not watched, or not told */
  RN_RULE_INCLUDE, /* what matches is, whatever the rules behind this one say;
                      of which one has to be an exclusion (-EINVAL) */
};

enum rn_rule_kind {
  /* fnmatch(3) without flags: with a '/' in it, held against the whole path,
   * '*' going over slashes; without, against the last name. */
  RN_RULE_GLOB,
  /* PCRE2, pcre2pattern(3), over bytes; (*UTF) is refused.  Held against the
   * whole path, in which it may match anywhere.  Python's `re` reads nearly all
   * patterns in the same way. */
  RN_RULE_REGEX,
};

enum {
  /* What it decides; neither: both. */
  RN_RULE_WATCHING = 1U << 0, /* whether a directory is watched and walked */
  RN_RULE_DELIVERY = 1U << 1, /* whether events of the entry are told: of its
                                 name in its directory, and what a directory
                                 says of itself; not those of what is in it */
  /* What it is asked about; neither: both.  Nothing but a directory is watched:
   * RN_RULE_WATCHING of RN_RULE_FILES alone is -EINVAL. */
  RN_RULE_DIRECTORIES = 1U << 2,
  RN_RULE_FILES = 1U << 3, /* all that is no directory */
  /* How it matches.  The first three: with RN_RULE_REGEX only (-EINVAL). */
  RN_RULE_NAME = 1U << 4,  /* the last name, not the whole path */
  RN_RULE_START = 1U << 5, /* from the start, as Python's re.match(): the end
                              stays open, "/data" matches "/data2" */
  RN_RULE_FULL = 1U << 6,  /* from start to end, as Python's re.fullmatch() */
  RN_RULE_CASELESS = 1U << 7, /* letters of both cases are the same: those of
                                 ASCII; in a glob those of the locale */
};

/* One rule.  Zero in all but the pattern: a glob for what is neither watched
 * nor told.  An array of these has no room for fields to come: there are none.
 *
 * A regex is given up where it takes more than 20000 steps and 4 for each byte
 * of the path, or more than 1 MiB of memory: patterns like "(a+)+$" do, and on
 * paths of many thousand bytes some that look harmless.  A step is an item of
 * the pattern that is tried at a place.  Then no further rule is asked, the
 * entry passes, so that nothing is hidden, and rn_statistics.undecided counts
 * it.  Nesting repeats is what to avoid. */
struct rn_rule {
  const char *pattern; /* at most 16383 bytes */
  enum rn_rule_action action;
  enum rn_rule_kind kind;
  unsigned flags; /* RN_RULE_* or 0 */
};

/* A predicate of the user's: returns true for what is excluded.
 *
 * It is asked again and again, of a directory and of each event of an entry,
 * and has to say the same of a path each time.
 *
 * path       as events say it: the watch's path as given, then the names below.
 * is_dir     whether it is a directory.
 * Threads    the reader; before the start the one that adds the watch.  Of a
 *            notifier without threads whoever drives it, or calls its watch
 *            manager.  One at a time.  It must not wait for anything, as the
 *            kernel's queue grows meanwhile, and call no function of the
 *            notifier: a dead-lock.  Nor may it want a lock that a thread in
 *            rn_watch_manager_add() holds, such as that of an interpreter: a
 *            binding lets go of it around the call. */
typedef bool rn_exclude_fn(const char *path, bool is_dir, void *context);

/* Check rules as the addition of a watch would, and say what is wrong.
 *
 * rules      or NULL with `count` 0.
 * count      at most 4096.
 * text       out or NULL with `size` 0: for a person: which rule, which
 *            pattern, what is wrong with it at which byte, what to do.  Cut to
 *            `size`; "" where nothing is wrong.
 * Returns    0; -EINVAL; -ENOMEM.
 * Threads    any. */
RN_API RN_CHECKED int rn_rules_check(const struct rn_rule *rules, size_t count,
                                     char *text, size_t size);

/* Rules that were read from files. */
struct rn_rules;

/* Read rules from a file, one pattern a line.
 *
 * White space at both ends of a line is no part of the pattern; lines that are
 * empty then, or begin with '#', are passed over: the format of pyinotify's
 * ExcludeFilter, whose rules are made with {.kind = RN_RULE_REGEX, .flags =
 * RN_RULE_START | RN_RULE_WATCHING}.
 *
 * The reading ends at the first line that makes no rule.  The rules of the
 * lines before it, and all that `rules` held before, are kept.
 *
 * path       at most 1 MiB of text.
 * form       what the rules of this file have but the pattern, which is not
 *            read.  It is not looked for an exclusion behind an inclusion.
 * rules      in: NULL, or what an earlier call gave; out: that with the rules
 *            added at the end, also on failure.
 * text       out or NULL with `size` 0: file, line, reason, what to do; cut to
 *            `size`; "" with 0.
 * Returns    0; -EINVAL a line or `form` makes no rule, or there are more than
 *            4096; -EFBIG the file is larger; -ENOMEM; what opening or reading
 *            it gave.
 * Ownership  the caller's, until rn_rules_free().
 * Threads    any, one at a time for one `rules`. */
RN_API RN_CHECKED int rn_rules_read(const char *path,
                                    const struct rn_rule *form,
                                    struct rn_rules **rules, char *text,
                                    size_t size);

/* The rules, for rn_watch_options or to be copied among others.
 *
 * rules      or NULL: none.
 * Returns    an array, or NULL with `count` 0; valid until rn_rules_free() or
 *            the next rn_rules_read() into them. */
RN_API const struct rn_rule *rn_rules_get(const struct rn_rules *rules,
                                          size_t *count);

/* rules      or NULL.  Watches keep copies of their own. */
RN_API void rn_rules_free(struct rn_rules *rules);

RN_END_DECLS

#endif
