/* getopt_long(3) says only that something is wrong; what it was is found from
 * the word it stopped at. */

#include "bench/core/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/figures.h"
#include "cmd/ringnotify/nearest.h"

enum {
  DEFAULT_EVENTS = 1000000,
  DEFAULT_REPEAT = 5,
  QUICK_EVENTS = 50000,
  QUICK_REPEAT = 3,
  EVENTS_MAX = 100000000,
};

enum {
  OPTION_QUICK = 256,
  OPTION_REPEAT,
  OPTION_EVENTS,
  OPTION_DIR,
  OPTION_JSON,
  OPTION_PEERS,
  OPTION_NO_PEERS,
  OPTION_ANY_BUILD,
  OPTION_LIST,
  OPTION_ADVISE,
  OPTION_FROM,
};

static const struct option words[] = {
    {"quick", no_argument, NULL, OPTION_QUICK},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"events", required_argument, NULL, OPTION_EVENTS},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"json", required_argument, NULL, OPTION_JSON},
    {"peers", required_argument, NULL, OPTION_PEERS},
    {"no-peers", no_argument, NULL, OPTION_NO_PEERS},
    {"any-build", no_argument, NULL, OPTION_ANY_BUILD},
    {"list", no_argument, NULL, OPTION_LIST},
    {"advise", required_argument, NULL, OPTION_ADVISE},
    {"from", required_argument, NULL, OPTION_FROM},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

const char options_help[] =
    "Options:\n"
    "      --quick       fewer points, shorter: all of drain in under 40 s\n"
    "      --repeat N    measurements of each point, after one to warm up;\n"
    "                    default 5, with --quick 3\n"
    "      --events N    events of a measurement; default 1000000, with "
    "--quick\n"
    "                    50000\n"
    "      --dir PATH    make the work folder there; default $TMPDIR, else "
    "/tmp\n"
    "      --json FILE   also write the report to FILE\n"
    "      --peers DIR   where the programs that drive the peers are\n"
    "      --no-peers    measure the raw loop and ringnotify only\n"
    "      --any-build   run although the build is not optimised, to try the\n"
    "                    harness itself: the figures say nothing\n"
    "      --list        show the scenarios and what each needs\n"
    "  -h, --help        show this page\n"
    "\n"
    "Advice:\n"
    "      --advise RATE,COST,BURST\n"
    "                    measure nothing but what this takes, a second or two, "
    "and\n"
    "                    show the options of the library for events at that "
    "rate, a\n"
    "                    handler of that cost, and bursts of so many events, "
    "as\n"
    "                    200000/s,2us,1000000\n"
    "      --from FILE   take the figures from a report of --json instead\n";

static const char *word_of(int value) {
  for (const struct option *word = words; word->name != NULL; word++)
    if (word->val == value) return word->name;
  return NULL;
}

/* Read a number from 1 to `most`. */
static int read_number(int option, uint64_t most, uint64_t *number,
                       struct text *problem) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(optarg, &end, 10);
  const bool is_number = *optarg >= '0' && *optarg <= '9' && *end == '\0';
  if (!is_number || errno == ERANGE || value < 1 || value > most) {
    text_add_format(problem,
                    "--%s '%s' is no such number: give one from 1 to %" PRIu64,
                    word_of(option), optarg, most);
    return -EINVAL;
  }
  *number = value;
  return 0;
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
    text_add_string(problem, "; --help lists the options");
}

/* Say why getopt_long returned '?' at the word `typed`. */
static void describe_bad_option(const char *typed, struct text *problem) {
  if (optopt == 0)
    describe_unknown_word(typed, problem);
  else if (word_of(optopt) != NULL)
    text_add_format(problem, "option '%.*s' takes no value",
                    (int)strcspn(typed, "="), typed);
  else
    text_add_format(problem, "unknown option '-%c'; --help lists the options",
                    optopt);
}

static int take_repeat(struct options *options, struct text *problem) {
  uint64_t number;
  const int err = read_number(OPTION_REPEAT, SAMPLES_MAX, &number, problem);
  if (err == 0) options->repeat = (uint32_t)number;
  return err;
}

static int take(int option, const char *typed, struct options *options,
                struct text *problem) {
  switch (option) {
    case OPTION_QUICK:
      options->quick = true;
      return 0;
    case OPTION_REPEAT:
      return take_repeat(options, problem);
    case OPTION_EVENTS:
      return read_number(option, EVENTS_MAX, &options->events, problem);
    case OPTION_DIR:
      options->dir = optarg;
      return 0;
    case OPTION_JSON:
      options->json = optarg;
      return 0;
    case OPTION_PEERS:
      options->peers_dir = optarg;
      return 0;
    case OPTION_NO_PEERS:
      options->no_peers = true;
      return 0;
    case OPTION_ANY_BUILD:
      options->any_build = true;
      return 0;
    case OPTION_LIST:
      options->list = true;
      return 0;
    case OPTION_ADVISE:
      options->advise = optarg;
      return 0;
    case OPTION_FROM:
      options->from = optarg;
      return 0;
    case 'h':
      options->help = true;
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
static int check(const struct options *options, struct text *problem) {
  if (options->from != NULL && options->advise == NULL)
    text_add_string(problem, "--from is for --advise: give both or neither");
  else if (options->advise != NULL && options->name_count > 0)
    text_add_format(problem,
                    "--advise takes no SCENARIO: leave out '%s', or --advise",
                    options->names[0]);
  else if (options->advise != NULL && options->json != NULL)
    text_add_string(problem,
                    "--advise writes no report: leave out --json, or use "
                    "--from with a report that is there");
  else
    return 0;
  return -EINVAL;
}

int options_read(int argc, char **argv, struct options *options,
                 struct text *problem) {
  struct options read = {0};
  opterr = 0;
  optind = 0; /* glibc: begin anew */
  for (;;) {
    const int option = getopt_long(argc, argv, ":h", words, NULL);
    if (option == -1) break;
    const int err = take(option, argv[optind - 1], &read, problem);
    if (err < 0) return err;
  }
  read.names = argv + optind;
  read.name_count = (size_t)(argc - optind);
  if (read.repeat == 0)
    read.repeat = read.quick ? QUICK_REPEAT : DEFAULT_REPEAT;
  if (read.events == 0)
    read.events = read.quick ? QUICK_EVENTS : DEFAULT_EVENTS;
  const int err = read.help ? 0 : check(&read, problem);
  if (err == 0) *options = read;
  return err;
}

bool options_want(const struct options *options, const char *name) {
  for (size_t i = 0; i < options->name_count; i++)
    if (strcmp(options->names[i], name) == 0) return true;
  return options->name_count == 0;
}
