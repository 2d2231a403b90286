/* The command line of `ringnotify watch`, by getopt_long(3): bundles,
 * abbreviations and options behind paths work as everywhere.
 *
 * getopt_long says only that something is wrong. What it was is found from the
 * word it stopped at, and said with the remedy, because most of those who read
 * the message mistyped one letter. */

#include "cmd/ringnotify/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ringnotify/event_list.h"
#include "cmd/ringnotify/nearest.h"

/* Options without a letter. */
enum {
  OPTION_JSON = 256,
  OPTION_TIMEOUT,
  OPTION_FAIL_ON_LOSS,
  OPTION_RECOVER,
  OPTION_PERSIST,
  OPTION_EXCLUDE,
  OPTION_INCLUDE,
  OPTION_OUTPUT,
  OPTION_ERRORS,
  OPTION_PID_FILE,
  OPTION_DAEMON,
};

static const char letters[] = ":re:0h";

static const struct option words[] = {
    {"recursive", no_argument, NULL, 'r'},
    {"events", required_argument, NULL, 'e'},
    {"exclude", required_argument, NULL, OPTION_EXCLUDE},
    {"include", required_argument, NULL, OPTION_INCLUDE},
    {"persist", no_argument, NULL, OPTION_PERSIST},
    {"json", no_argument, NULL, OPTION_JSON},
    {"print0", no_argument, NULL, '0'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"recover", no_argument, NULL, OPTION_RECOVER},
    {"fail-on-loss", no_argument, NULL, OPTION_FAIL_ON_LOSS},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"errors", required_argument, NULL, OPTION_ERRORS},
    {"pid-file", required_argument, NULL, OPTION_PID_FILE},
    {"daemon", no_argument, NULL, OPTION_DAEMON},
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

static void describe_unknown_letter(struct text *problem) {
  const int other = isupper(optopt) ? tolower(optopt) : toupper(optopt);
  text_add_format(problem, "unknown option '-%c'", optopt);
  if (is_known(other))
    text_add_format(problem, "; did you mean '-%c'?", other);
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
    describe_unknown_letter(problem);
}

static int refuse_empty(int option, const char *remedy, struct text *problem) {
  const struct option *word = words;
  while (word->val != option) word++;
  text_add_format(problem, "option '--%s' has the empty value ''; give %s",
                  word->name, remedy);
  return -EINVAL;
}

/* The field that an option without a value sets; NULL: it has a value. */
static bool *flag_of(int option, struct watch_options *options) {
  switch (option) {
    case 'r':
      return &options->recursive;
    case '0':
      return &options->null_separated;
    case OPTION_JSON:
      return &options->json;
    case OPTION_RECOVER:
      return &options->recover;
    case OPTION_PERSIST:
      return &options->persist;
    case OPTION_FAIL_ON_LOSS:
      return &options->fail_on_loss;
    case OPTION_DAEMON:
      return &options->daemon;
    default:
      return NULL;
  }
}

/* The field that an option sets to the path which is its value; or NULL. */
static const char **file_of(int option, struct watch_options *options) {
  switch (option) {
    case OPTION_OUTPUT:
      return &options->output;
    case OPTION_ERRORS:
      return &options->errors;
    case OPTION_PID_FILE:
      return &options->pid_file;
    default:
      return NULL;
  }
}

/* Add to a list as the library takes it: NULL-terminated; NULL while empty. */
static int add_glob(const char ***globs, int option, struct text *problem) {
  const char *glob = optarg;
  const size_t size = strlen(glob);
  if (size == 0) return refuse_empty(option, "a GLOB, as '*.o'", problem);
  if (size > 1 && glob[size - 1] == '/') {
    text_add_format(problem,
                    "the GLOB '%s' matches nothing, for no path ends with "
                    "'/'; give '%.*s'",
                    glob, (int)size - 1, glob);
    return -EINVAL;
  }
  size_t count = 0;
  while (*globs != NULL && (*globs)[count] != NULL) count++;
  const char **longer = realloc(*globs, (count + 2) * sizeof(**globs));
  if (longer == NULL) {
    text_add_string(problem, "there is no memory for the command line");
    return -ENOMEM;
  }
  longer[count] = glob;
  longer[count + 1] = NULL;
  *globs = longer;
  return 0;
}

static int take_option(int option, const char *typed,
                       struct watch_options *options, struct text *problem) {
  bool *flag = flag_of(option, options);
  if (flag != NULL) {
    *flag = true;
    return 0;
  }
  const char **file = file_of(option, options);
  if (file != NULL) {
    if (*optarg == '\0')
      return refuse_empty(option, "the path of a file", problem);
    *file = optarg;
    return 0;
  }
  switch (option) {
    case 'e':
      return event_list_add(optarg, &options->mask, problem);
    case OPTION_EXCLUDE:
      return add_glob(&options->exclude, option, problem);
    case OPTION_INCLUDE:
      return add_glob(&options->include, option, problem);
    case OPTION_TIMEOUT:
      return parse_timeout(optarg, &options->timeout_ns, problem);
    case ':':
      text_add_format(problem, "option '%s' needs a value", typed);
      return -EINVAL;
    default:
      describe_bad_option(typed, problem);
      return -EINVAL;
  }
}

static int refuse(struct text *problem, const char *reason) {
  text_add_string(problem, reason);
  return -EINVAL;
}

/* What can only be said when all options were seen. */
static int check(struct watch_options *options, struct text *problem) {
  if (options->json && options->null_separated)
    return refuse(problem,
                  "--json and -0 exclude each other; choose one of them");
  if (options->persist && options->recover)
    return refuse(
        problem,
        "--persist and --recover exclude each other; choose one of them");
  if (options->daemon && options->output == NULL)
    return refuse(problem,
                  "--daemon needs --output FILE: in the background there is "
                  "no stdout to write to");
  if (options->path_count == 0)
    return refuse(problem,
                  "nothing to watch: name a PATH, '.' for this directory");
  if (options->mask == 0) options->mask = event_list_default();
  return event_list_check(options->mask, problem);
}

static int compare_paths(const void *one, const void *other) {
  return strcmp(one, other);
}

static void keep_path(void *path) { (void)path; }

/* Leave out what was given before, as `watch a* *` does: it would be written
 * twice. */
static void drop_repeats(char **paths, struct watch_options *options) {
  void *seen = NULL;
  size_t kept = 0;
  for (size_t i = 0; i < options->path_count; i++) {
    char *const *first = tsearch(paths[i], &seen, compare_paths);
    if (first != NULL && *first != paths[i])
      options->repeated = paths[i];
    else
      paths[kept++] = paths[i];
  }
  options->path_count = kept;
  tdestroy(seen, keep_path);
}

static int parse(int argc, char **argv, struct watch_options *options,
                 struct text *problem) {
  opterr = 0;
  optind = 0; /* glibc: begin anew */
  for (;;) {
    const int option = getopt_long(argc, argv, letters, words, NULL);
    if (option == -1) break;
    if (option == 'h') {
      options->help = true;
      return 0;
    }
    const int err = take_option(option, argv[optind - 1], options, problem);
    if (err != 0) return err;
  }
  options->paths = argv + optind;
  options->path_count = (size_t)(argc - optind);
  drop_repeats(argv + optind, options);
  return check(options, problem);
}

int watch_options_parse(int argc, char **argv, struct watch_options *options,
                        struct text *problem) {
  struct watch_options parsed = {0};
  const int err = parse(argc, argv, &parsed, problem);
  if (err == 0)
    *options = parsed;
  else
    watch_options_fini(&parsed);
  return err;
}

void watch_options_fini(struct watch_options *options) {
  free(options->exclude);
  free(options->include);
  *options = (struct watch_options){0};
}
