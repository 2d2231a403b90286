// A notifier under attack, held against its bounds.
//
//   bazel run -c opt //test/stress:hostile_check -- --seeds 1..50 --dir
//   /dev/shm
//
// Its figures of time are for a build with -c opt on a machine that has nothing
// else to do.

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "test/stress/hostile_run.h"
#include "test/stress/seeds.h"

namespace rn {
namespace {

constexpr char kHelp[] =
    "Usage: hostile_check [OPTION]...\n"
    "\n"
    "  --seeds A..B  one run a seed; default 1..10\n"
    "  --ms N        how long a run takes, in milliseconds; default 4000\n"
    "  --dir DIR     where the trees are made; default /dev/shm\n";

struct Options {
  Seeds seeds;
  std::string dir = "/dev/shm";
  HostilePlan plan;
};

[[noreturn]] void End(FILE *to, int code) {
  fputs(kHelp, to);
  exit(code);
}

Options Parse(int argc, char **argv) {
  static const option known[] = {
      {"seeds", required_argument, nullptr, 's'},
      {"ms", required_argument, nullptr, 'm'},
      {"dir", required_argument, nullptr, 'd'},
      {"help", no_argument, nullptr, 'h'},
      {nullptr, 0, nullptr, 0},
  };
  Options options;
  for (int option;
       (option = getopt_long(argc, argv, "h", known, nullptr)) != -1;) {
    if (option == 's')
      options.seeds = ParseSeeds(optarg);
    else if (option == 'm')
      options.plan.ms = atoi(optarg);
    else if (option == 'd')
      options.dir = optarg;
    else if (option == 'h')
      End(stdout, 0);
    else
      End(stderr, 64);
  }
  return options;
}

// Returns whether the seed went well.
bool RunSeed(const Options &options, uint32_t seed) {
  HostilePlan plan = options.plan;
  plan.seed = seed;
  plan.base = options.dir + "/hostile-" + std::to_string(getpid()) + "-" +
              std::to_string(seed);
  std::filesystem::create_directory(plan.base);
  const HostileVerdict verdict = RunHostile(plan);
  printf(
      "seed %u: %s (turn %.1f ms of the processor, %llu by the clock; calls "
      "%lld ms, stop %lld ms; %zu MiB; %llu read, %llu overflows) %s | %s\n",
      seed, verdict.faults.empty() ? "OK" : "FAILED", verdict.turn_cpu_ms,
      static_cast<unsigned long long>(verdict.turn_ms),
      static_cast<long long>(verdict.longest_call_ms),
      static_cast<long long>(verdict.stop_ms), verdict.memory >> 20,
      static_cast<unsigned long long>(verdict.read),
      static_cast<unsigned long long>(verdict.overflows), verdict.acts.c_str(),
      verdict.how.c_str());
  for (const std::string &fault : verdict.faults)
    printf("  %s\n", fault.c_str());
  fflush(stdout);
  std::error_code ignored;
  std::filesystem::remove_all(plan.base, ignored);
  return verdict.faults.empty();
}

int Main(int argc, char **argv) {
  const Options options = Parse(argc, argv);
  return RunSeeds(options.seeds,
                  [&](uint32_t seed) { return RunSeed(options, seed); });
}

}  // namespace
}  // namespace rn

int main(int argc, char **argv) { return rn::Main(argc, argv); }
