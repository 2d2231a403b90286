/* The command line of `ringnotify watch`, by getopt_long(3): bundles,
 * abbreviations and options behind paths work as everywhere.
 *
 * getopt_long says only that something is wrong. What it was is found from the
 * word it stopped at, and said with the remedy, because most of those who read
 * the message mistyped one letter. */

#include "cmd/ringnotify/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ringnotify/event_list.h"
#include "cmd/ringnotify/nearest.h"

/* Options without a letter. */
enum { OPTION_JSON = 256, OPTION_TIMEOUT, OPTION_FAIL_ON_LOSS, OPTION_RECOVER };

static const char letters[] = ":re:0h";

static const struct option words[] = {
    {"recursive", no_argument, NULL, 'r'},
    {"events", required_argument, NULL, 'e'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"print0", no_argument, NULL, '0'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"recover", no_argument, NULL, OPTION_RECOVER},
    {"fail-on-loss", no_argument, NULL, OPTION_FAIL_ON_LOSS},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const double timeout_max_s = 1e9; /* 31 years; fits in ns */

static int parse_timeout(const char *argument, uint64_t *timeout_ns,
                         struct text *problem) {
  char *end;
  const double seconds = strtod(argument, &end);
  if (end == argument || *end != '\0' || !(seconds > 0) ||
      seconds > timeout_max_s) {
    text_add_format(problem,
                    "'%s' is not a time: give seconds above 0, as 2 or 0.5",
                    argument);
    return -EINVAL;
  }
  const double nanoseconds = seconds * 1e9;
  *timeout_ns = nanoseconds < 1 ? 1 : (uint64_t)nanoseconds;
  return 0;
}

static bool is_known(int value) {
  for (const struct option *word = words; word->name != NULL; word++)
    if (word->val == value) return true;
  return false;
}

static void describe_unknown_word(const char *typed, struct text *problem) {
  const size_t size = strcspn(typed, "=");
  text_add_format(problem, "unknown option '%.*s'", (int)size, typed);
  struct nearest nearest = nearest_begin(typed + 2, size - 2);
  for (const struct option *word = words; word->name != NULL; word++)
    nearest_offer(&nearest, word->name);
  if (nearest.best != NULL)
    text_add_format(problem, "; did you mean '--%s'?", nearest.best);
  else
    text_add_string(problem, "; see 'ringnotify watch --help'");
}

/* Say why getopt_long returned '?' at the word `typed`. */
static void describe_bad_option(const char *typed, struct text *problem) {
  if (optopt == 0)
    describe_unknown_word(typed, problem);
  else if (is_known(optopt))
    text_add_format(problem, "option '%.*s' takes no value",
                    (int)strcspn(typed, "="), typed);
  else
    text_add_format(
        problem, "unknown option '-%c'; see 'ringnotify watch --help'", optopt);
}

static int take_option(int option, const char *typed,
                       struct watch_options *options, struct text *problem) {
  switch (option) {
    case 'r':
      options->recursive = true;
      return 0;
    case 'e':
      return event_list_add(optarg, &options->mask, problem);
    case '0':
      options->null_separated = true;
      return 0;
    case OPTION_JSON:
      options->json = true;
      return 0;
    case OPTION_TIMEOUT:
      return parse_timeout(optarg, &options->timeout_ns, problem);
    case OPTION_RECOVER:
      options->recover = true;
      return 0;
    case OPTION_FAIL_ON_LOSS:
      options->fail_on_loss = true;
      return 0;
    case ':':
      text_add_format(problem, "option '%s' needs a value", typed);
      return -EINVAL;
    default:
      describe_bad_option(typed, problem);
      return -EINVAL;
  }
}

/* What can only be said when all options were seen. */
static int check(struct watch_options *options, struct text *problem) {
  if (options->json && options->null_separated) {
    text_add_string(problem,
                    "--json and -0 exclude each other; choose one of them");
    return -EINVAL;
  }
  if (options->path_count == 0) {
    text_add_string(problem,
                    "nothing to watch: name a PATH, '.' for this directory");
    return -EINVAL;
  }
  if (options->mask == 0) options->mask = event_list_default();
  return event_list_check(options->mask, problem);
}

int watch_options_parse(int argc, char **argv, struct watch_options *options,
                        struct text *problem) {
  struct watch_options parsed = {0};
  opterr = 0;
  optind = 0; /* glibc: begin anew */
  for (;;) {
    const int option = getopt_long(argc, argv, letters, words, NULL);
    if (option == -1) break;
    if (option == 'h') {
      *options = (struct watch_options){.help = true};
      return 0;
    }
    const int err = take_option(option, argv[optind - 1], &parsed, problem);
    if (err != 0) return err;
  }
  parsed.paths = argv + optind;
  parsed.path_count = (size_t)(argc - optind);
  const int err = check(&parsed, problem);
  if (err == 0) *options = parsed;
  return err;
}
