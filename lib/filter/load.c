/* Rules from files: one pattern a line.
 *
 * The patterns lie in one piece of memory each, so that the array of the rules
 * can grow while earlier ones stay what they are. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/filter/pattern.h"
#include "lib/filter/rules.h"
#include "lib/sys/sys.h"

enum {
  FILE_SIZE_MAX = 1024 * 1024,
  REASON_SIZE = 1024,
};

struct rn_rules {
  struct rn_rule *rules; /* their patterns are owned */
  size_t count, room;
};

/* Where to say what is wrong. */
struct report {
  const char *path;
  char *text; /* or NULL */
  size_t size;
};

/* line: from 1; 0: the file as a whole. */
static void tell(const struct report *report, size_t line, const char *reason) {
  if (report->text == NULL || report->size == 0) return;
  if (line > 0)
    (void)snprintf(report->text, report->size, "%s: line %zu: %s", report->path,
                   line, reason);
  else
    (void)snprintf(report->text, report->size, "%s: %s", report->path, reason);
}

/* ---- the file ---- */

/* Read to the end, or until the buffer is full.  Returns bytes read, or a
 * negative errno. */
static ssize_t read_all(int fd, char *buffer, size_t size) {
  size_t used = 0;
  while (used < size) {
    const ssize_t got =
        rn_sys_linux.read(&rn_sys_linux, fd, buffer + used, size - used);
    if (got < 0) return got;
    if (got == 0) break;
    used += (size_t)got;
  }
  return (ssize_t)used;
}

/* buffer: one byte more than may be used. */
static ssize_t read_file(const char *path, char *buffer) {
  const int fd = rn_sys_linux.dir_open(&rn_sys_linux, AT_FDCWD, path, O_RDONLY);
  if (fd < 0) return fd;
  ssize_t got = read_all(fd, buffer, FILE_SIZE_MAX + 1);
  (void)rn_sys_linux.close(&rn_sys_linux, fd);
  if (got > FILE_SIZE_MAX) got = -EFBIG;
  return got;
}

/* ---- lines ---- */

static bool is_space(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct rn_bytes strip(struct rn_bytes line) {
  while (line.size > 0 && is_space(line.data[0])) {
    line.data++;
    line.size--;
  }
  while (line.size > 0 && is_space(line.data[line.size - 1])) line.size--;
  return line;
}

/* The next line of `rest`, which it is cut from. */
static struct rn_bytes take_line(struct rn_bytes *rest) {
  const char *end = memchr(rest->data, '\n', rest->size);
  const size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
  const struct rn_bytes line = {rest->data, size};
  const size_t taken = size + (end != NULL ? 1 : 0);
  rest->data += taken;
  rest->size -= taken;
  return line;
}

/* Check a rule by itself: its fields, then its pattern. */
static int check(const struct rn_rule *rule, char *reason) {
  int err = rn_rule_is_valid(rule, reason, REASON_SIZE);
  if (err < 0) return err;
  struct rn_pattern pattern;
  err = rn_pattern_init(&pattern, rule, reason, REASON_SIZE);
  rn_pattern_fini(&pattern);
  return err;
}

/* Have room for one rule more. */
static int grow(struct rn_rules *rules, char *reason) {
  if (rules->count == RN_RULES_MAX) {
    (void)snprintf(reason, REASON_SIZE, "more than %d rules: put some together",
                   RN_RULES_MAX);
    return -EINVAL;
  }
  if (rules->count < rules->room) return 0;
  const size_t room = rules->room == 0 ? 16 : 2 * rules->room;
  struct rn_rule *grown = malloc(room * sizeof(*grown));
  if (grown == NULL) return -ENOMEM;
  if (rules->count > 0)
    memcpy(grown, rules->rules, rules->count * sizeof(*grown));
  free(rules->rules);
  rules->rules = grown;
  rules->room = room;
  return 0;
}

static int add_line(struct rn_rules *rules, struct rn_bytes line,
                    const struct rn_rule *form, char *reason) {
  if (memchr(line.data, '\0', line.size) != NULL) {
    (void)snprintf(reason, REASON_SIZE, "a NUL byte: this is no text file");
    return -EINVAL;
  }
  int err = grow(rules, reason);
  if (err < 0) return err;
  struct rn_rule rule = *form;
  char *pattern = malloc(line.size + 1);
  if (pattern == NULL) return -ENOMEM;
  memcpy(pattern, line.data, line.size);
  pattern[line.size] = '\0';
  rule.pattern = pattern;
  err = check(&rule, reason);
  if (err < 0) {
    free(pattern);
    return err;
  }
  rules->rules[rules->count++] = rule;
  return 0;
}

static int add_lines(struct rn_rules *rules, struct rn_bytes rest,
                     const struct rn_rule *form, const struct report *report) {
  for (size_t number = 1; rest.size > 0; number++) {
    const struct rn_bytes line = strip(take_line(&rest));
    if (line.size == 0 || line.data[0] == '#') continue;
    char reason[REASON_SIZE] = "there is no memory";
    const int err = add_line(rules, line, form, reason);
    if (err == 0) continue;
    tell(report, number, reason);
    return err;
  }
  return 0;
}

/* ---- the public functions ---- */

static int read_into(struct rn_rules *rules, char *buffer, const char *path,
                     const struct rn_rule *form, const struct report *report) {
  struct rn_rule any = *form;
  any.pattern = "";
  char reason[REASON_SIZE];
  const int err = rn_rule_is_valid(&any, reason, sizeof(reason));
  if (err < 0) {
    tell(report, 0, reason);
    return err;
  }
  const ssize_t size = read_file(path, buffer);
  if (size < 0) {
    const char *why = strerrordesc_np((int)-size);
    (void)snprintf(reason, sizeof(reason), "cannot be read: %s%s",
                   why != NULL ? why : "unknown error",
                   size == -EFBIG ? ": more than 1 MiB" : "");
    tell(report, 0, reason);
    return (int)size;
  }
  return add_lines(rules, (struct rn_bytes){buffer, (size_t)size}, form,
                   report);
}

int rn_rules_read(const char *path, const struct rn_rule *form,
                  struct rn_rules **rules, char *text, size_t size) {
  RN_UNCANCELLED;
  const struct report report = {path, text, size};
  if (text != NULL && size > 0) text[0] = '\0';
  char *buffer = malloc(FILE_SIZE_MAX + 1);
  if (*rules == NULL) *rules = calloc(1, sizeof(**rules));
  int err = -ENOMEM;
  if (buffer == NULL || *rules == NULL)
    tell(&report, 0, "there is no memory");
  else
    err = read_into(*rules, buffer, path, form, &report);
  free(buffer);
  return err;
}

const struct rn_rule *rn_rules_get(const struct rn_rules *rules,
                                   size_t *count) {
  *count = rules != NULL ? rules->count : 0;
  return *count > 0 ? rules->rules : NULL;
}

void rn_rules_free(struct rn_rules *rules) {
  if (rules == NULL) return;
  for (size_t i = 0; i < rules->count; i++)
    free((char *)(uintptr_t)rules->rules[i].pattern);
  free(rules->rules);
  free(rules);
}
