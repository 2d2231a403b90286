/* The harness as a program of its own, for `bazel run -c opt //bench`. */

#include <signal.h>

#include "bench/bench.h"

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN); /* a reader who leaves shows as EPIPE */
  return rn_bench_main(argc, argv);
}
