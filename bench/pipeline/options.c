/* The command line, checked. */

#include "bench/pipeline/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void options_print_help(void) {
  puts(
      "Usage: pipeline [options]\n"
      "\n"
      "Fills a kernel inotify queue, then drains it: by a raw read loop, and by"
      "\n"
      "the library with one and with two workers, in turns. Prints how long "
      "an\n"
      "event took.\n"
      "\n"
      "  --events N    events in a queue; default 1000000. Where the kernel's\n"
      "                queue is shorter and may not be made longer (that "
      "takes\n"
      "                root), several queues are filled and drained instead\n"
      "  --repeat R    measurements of each kind, after one to warm up; default"
      "\n"
      "                5\n"
      "  --files F     files that are written to in turn; at least 2, so that\n"
      "                no event is merged with its neighbour; default 256\n"
      "  --watches W   watched directories that the files are in; default 16\n"
      "  --help        this text");
}

static int usage_error(const char *name, const char *value, const char *why) {
  fprintf(stderr, "pipeline: error: --%s %s: %s\n", name, value, why);
  return EXIT_USAGE;
}

/* Read a number from `least` to `most`.  Returns 0 or the exit code. */
static int read_number(const char *name, const char *text, uint64_t least,
                       uint64_t most, uint64_t *number) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0')
    return usage_error(name, text, "not a number");
  if (errno == ERANGE || value < least || value > most) {
    char why[80];
    snprintf(why, sizeof(why), "not from %" PRIu64 " to %" PRIu64, least, most);
    return usage_error(name, text, why);
  }
  *number = value;
  return 0;
}

static int check(const struct options *options) {
  if (options->watches <= options->files) return 0;
  fprintf(stderr,
          "pipeline: error: %u watches for %u files: some would have no event;"
          " give more --files or fewer --watches\n",
          options->watches, options->files);
  return EXIT_USAGE;
}

/* Take one option.  Returns 0 or the exit code. */
static int take(int option, const char *name, struct options *options) {
  uint64_t number = 0;
  int code = 0;
  switch (option) {
    case 'e':
      return read_number(name, optarg, 1, 100000000, &options->events);
    case 'r':
      code = read_number(name, optarg, 1, 1000, &number);
      options->repeat = (uint32_t)number;
      return code;
    case 'f':
      code = read_number(name, optarg, 2, 1000000, &number);
      options->files = (uint32_t)number;
      return code;
    case 'w':
      code = read_number(name, optarg, 1, 100000, &number);
      options->watches = (uint32_t)number;
      return code;
    case 'h':
      options->help = true;
      return 0;
    default: /* getopt has said what is wrong */
      fprintf(stderr, "pipeline: note: --help lists the options\n");
      return EXIT_USAGE;
  }
}

int options_read(int argc, char **argv, struct options *options) {
  static const struct option known[] = {
      {"events", required_argument, NULL, 'e'},
      {"repeat", required_argument, NULL, 'r'},
      {"files", required_argument, NULL, 'f'},
      {"watches", required_argument, NULL, 'w'},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  static char name[] = "pipeline";
  argv[0] = name; /* getopt's messages begin with it */
  *options = (struct options){
      .events = 1000000, .repeat = 5, .files = 256, .watches = 16};
  int option;
  int index = 0;
  while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
    const int code = take(option, known[index].name, options);
    if (code != 0) return code;
  }
  if (optind < argc) {
    fprintf(stderr, "pipeline: error: '%s': no argument is wanted\n",
            argv[optind]);
    return EXIT_USAGE;
  }
  return options->help ? 0 : check(options);
}
