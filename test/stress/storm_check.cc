// Holds `ringnotify watch -r --json` against the disk under random operations:
// what the lines add up to has to be what is there.
//
//   bazel run -c opt //test/stress:storm_check -- --seeds 1..50 --dir /dev/shm

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/stress/seeds.h"
#include "test/stress/storm_run.h"
#include "test/stress/watchers.h"

namespace rn {
namespace {

constexpr char kHelp[] =
    "Usage: storm_check [OPTION]... [-- OPTION OF ringnotify watch...]\n"
    "\n"
    "  --seeds A..B     one run a seed; default 1..10\n"
    "  --ops N          operations of each process; default 3000\n"
    "  --processes N    default 3\n"
    "  --rounds N       of one process instead: a little work each, with a\n"
    "                   loss in the middle, and a look at each directory; "
    "needs\n"
    "                   root\n"
    "  --dir DIR        where the trees are made; default /dev/shm\n"
    "  --queue LIMIT    max_queued_events of the command; needs root; default\n"
    "                   with --rounds 128\n"
    "  --recover        the command gets --recover; overflows are no fault\n"
    "  --keep           do not remove the directories of runs that fail\n";

struct Options {
  Seeds seeds;
  int operations = 3000;
  int rounds = 0;
  bool keep = false;
  std::string dir = "/dev/shm";
  StormPlan plan;
  uint32_t queue = 0;
  std::vector<std::string> command;  // more for it
};

[[noreturn]] void Refuse(const char *why) {
  fprintf(stderr, "storm_check: %s\n%s", why, kHelp);
  exit(64);
}

void Take(int option, Options *options) {
  switch (option) {
    case 's':
      options->seeds = ParseSeeds(optarg);
      return;
    case 'o':
      options->operations = atoi(optarg);
      return;
    case 'p':
      options->plan.processes = atoi(optarg);
      return;
    case 'n':
      options->rounds = atoi(optarg);
      return;
    case 'd':
      options->dir = optarg;
      return;
    case 'q':
      options->queue = static_cast<uint32_t>(strtoul(optarg, nullptr, 10));
      return;
    case 'r':
      options->command.push_back("--recover");
      options->plan.demand = Demand::kRepair;
      return;
    case 'k':
      options->keep = true;
      return;
    case 'h':
      fputs(kHelp, stdout);
      exit(0);
    default:
      Refuse("unknown option");
  }
}

Options Parse(int argc, char **argv) {
  static const option known[] = {
      {"seeds", required_argument, nullptr, 's'},
      {"ops", required_argument, nullptr, 'o'},
      {"processes", required_argument, nullptr, 'p'},
      {"rounds", required_argument, nullptr, 'n'},
      {"dir", required_argument, nullptr, 'd'},
      {"queue", required_argument, nullptr, 'q'},
      {"recover", no_argument, nullptr, 'r'},
      {"keep", no_argument, nullptr, 'k'},
      {"help", no_argument, nullptr, 'h'},
      {nullptr, 0, nullptr, 0},
  };
  Options options;
  for (int option;
       (option = getopt_long(argc, argv, "", known, nullptr)) != -1;)
    Take(option, &options);
  for (int i = optind; i < argc; i++) options.command.push_back(argv[i]);
  if (options.rounds > 0 && options.queue == 0) options.queue = 128;
  return options;
}

StormVerdict Run(const Options &options, const std::string &base,
                 uint32_t seed) {
  CommandWatcher watcher(base + "/lines.jsonl", options.command, options.queue);
  if (options.rounds == 0) {
    StormPlan plan = options.plan;
    plan.base = base;
    plan.work = MixedWork(base, seed, options.operations);
    return RunStorm(plan, &watcher);
  }
  RoundsPlan plan;
  plan.base = base;
  plan.seed = seed;
  plan.rounds = options.rounds;
  plan.queue = options.queue;
  if (options.plan.demand == Demand::kRepair) plan.demand = Demand::kRepair;
  return RunRounds(plan, &watcher);
}

// Returns whether the seed went well.
bool RunSeed(const Options &options, uint32_t seed) {
  const std::string base = options.dir + "/storm-check-" +
                           std::to_string(getpid()) + "-" +
                           std::to_string(seed);
  std::filesystem::create_directory(base);
  const StormVerdict verdict = Run(options, base, seed);
  const bool well = verdict.fault.empty();
  printf("seed %u: %s (%zu events, %zu overflows, %zu directories)\n", seed,
         well ? "OK" : verdict.fault.c_str(), verdict.events, verdict.overflows,
         verdict.directories);
  if (!well) printf("%s", verdict.history.c_str());
  if (well || !options.keep)
    std::filesystem::remove_all(base);
  else
    printf("  kept: %s\n", base.c_str());
  fflush(stdout);
  return well;
}

int Main(int argc, char **argv) {
  const Options options = Parse(argc, argv);
  return RunSeeds(options.seeds,
                  [&](uint32_t seed) { return RunSeed(options, seed); });
}

}  // namespace
}  // namespace rn

int main(int argc, char **argv) {
  int none = 1;  // what follows is not for GoogleTest
  testing::InitGoogleTest(&none, argv);
  return rn::Main(argc, argv);
}
