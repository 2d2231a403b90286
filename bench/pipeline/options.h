#ifndef BENCH_PIPELINE_OPTIONS_H
#define BENCH_PIPELINE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
  uint64_t events;
  uint32_t repeat;
  uint32_t files;
  uint32_t watches;
  bool help;
};

enum { EXIT_USAGE = 64 };

/* Read the command line.  On a mistake it is printed, and the exit code
 * returned; else 0. */
int options_read(int argc, char **argv, struct options *options);

void options_print_help(void);

#endif
