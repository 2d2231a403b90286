// sim: runs histories of the simulator.
//
//   sim --seeds A..B [WHICH] [--stop-after N] [--shrink N]
//   sim --seed N [WHICH] [--verbose | --raw]
//   sim --script FILE [--verbose] [--shrink 2]
//   sim --seeds A..B | --seed N | --script FILE [WHICH] --digest [--verbose]
//
// WHICH histories: --calm no losses, no faults; --recover losses, repaired;
// --wide roots of every kind, users at work; --deaf no watching for OPEN,
// ACCESS, CLOSE; --without OPERATION ... none of them.
//
// Prints what fails, each with a script; the exit status tells whether any did.
//
// --digest prints a number instead that depends on every system call, its
// arguments and what it gave, and on every word that was told: the same before
// and after a change that claims to change nothing.  With --verbose it is one a
// seed: the first that differs is where to look.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "test/sim/op.h"
#include "test/sim/random.h"
#include "test/sim/run.h"
#include "test/sim/script.h"
#include "test/sim/shrink.h"

namespace rn::sim {
namespace {

struct Options {
  uint64_t first = 0, last = 0;
  bool seeds = false;
  std::string script;
  uint64_t stop_after = 10;  // failing seeds
  uint64_t shrink = 1;       // of them
  Choice choice;
  bool verbose = false;
  bool raw = false;
  bool digest = false;
};

// What the process that runs seeds shares with the one that watches it.
struct Progress {
  uint64_t next;  // seed that is run, or is to be
  uint64_t fail_count;
};

Choice ChoiceOf(const Options &options, uint64_t seed) {
  Choice choice = options.choice;
  choice.seed = seed;
  return choice;
}

void PrintShrunk(const History &history) {
  const std::string wrong = RunHistoryApart(history);
  if (!IsFault(wrong)) {
    std::printf("the script does not fail\n");
    return;
  }
  const Fails fails = [&wrong](const History &candidate) {
    const std::string now = RunHistoryApart(candidate);
    return IsFault(now) && KindOf(now) == KindOf(wrong);
  };
  const History shrunk = Shrink(history, fails);
  std::printf("# %s\n%s\n", RunHistoryApart(shrunk).c_str(),
              ScriptText(shrunk).c_str());
}

void PrintSeed(uint64_t seed, const std::string &wrong) {
  std::printf("seed %" PRIu64 ": %s\n", seed, wrong.c_str());
  std::fflush(stdout);
}

// Runs seeds until one crashes or all are done.
void RunSeeds(const Options &options, Progress *progress) {
  Trace silent;
  while (progress->next <= options.last &&
         progress->fail_count < options.stop_after) {
    const std::string wrong =
        RunSeed(ChoiceOf(options, progress->next), &silent, nullptr);
    if (!wrong.empty()) {
      PrintSeed(progress->next, wrong);
      progress->fail_count++;
      if (progress->fail_count <= options.shrink) {
        History history;
        RunSeedApart(ChoiceOf(options, progress->next), &history);
        PrintShrunk(history);
      }
    }
    progress->next++;
  }
}

int Seeds(const Options &options) {
  auto *progress = static_cast<Progress *>(
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  *progress = {options.first, 0};
  while (progress->next <= options.last &&
         progress->fail_count < options.stop_after) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      RunSeeds(options, progress);
      std::fflush(stdout);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) continue;
    PrintSeed(progress->next, strsignal(WTERMSIG(status)));
    if (++progress->fail_count <= options.shrink) {
      History history;
      RunSeedApart(ChoiceOf(options, progress->next), &history);
      PrintShrunk(history);
    }
    progress->next++;
  }
  std::printf("%" PRIu64 " seeds, %" PRIu64 " failed\n",
              progress->next - options.first, progress->fail_count);
  return progress->fail_count == 0 ? 0 : 1;
}

// -- Digests ------------------------------------------------------------------

std::string ReadScript(const Options &options, History *history) {
  std::ifstream file(options.script);
  std::stringstream text;
  text << file.rdbuf();
  return ParseScript(text.str(), history);
}

uint64_t DigestOf(const Options &options, uint64_t seed) {
  Trace trace = Trace::Digesting();
  RunSeed(ChoiceOf(options, seed), &trace, nullptr);
  return trace.digest();
}

int Digest(const Options &options) {
  uint64_t all = 0;
  for (uint64_t seed = options.first; seed <= options.last; seed++) {
    const uint64_t digest = DigestOf(options, seed);
    if (options.verbose)
      std::printf("seed %" PRIu64 ": %016" PRIx64 "\n", seed, digest);
    all = Mix(all ^ digest);
  }
  std::printf("%" PRIu64 " seeds: %016" PRIx64 "\n",
              options.last - options.first + 1, all);
  return 0;
}

int DigestScript(const Options &options) {
  History history;
  const std::string wrong = ReadScript(options, &history);
  Trace trace = Trace::Digesting();
  if (wrong.empty()) RunHistory(history, &trace);
  std::printf("%s: %016" PRIx64 "\n", options.script.c_str(), trace.digest());
  return wrong.empty() ? 0 : 1;
}

// -----------------------------------------------------------------------------

int Script(const Options &options) {
  History history;
  std::string wrong = ReadScript(options, &history);
  if (wrong.empty()) {
    Trace trace(options.verbose ? stdout : nullptr);
    wrong = options.verbose ? RunHistory(history, &trace)
                            : RunHistoryApart(history);
  }
  std::printf("%s: %s\n", options.script.c_str(),
              wrong.empty() ? "passed" : wrong.c_str());
  if (IsFault(wrong) && options.shrink > 1) PrintShrunk(history);
  return wrong.empty() ? 0 : 1;
}

int OneSeed(const Options &options) {
  History history;
  const Choice choice = ChoiceOf(options, options.first);
  if (options.verbose) {
    Trace trace(stdout);
    PrintSeed(options.first, RunSeed(choice, &trace, &history));
    return 0;
  }
  const std::string wrong = RunSeedApart(choice, &history);
  PrintSeed(options.first, wrong.empty() ? "passed" : wrong);
  if (options.raw) std::printf("%s\n", ScriptText(history).c_str());
  if (IsFault(wrong)) PrintShrunk(history);
  return wrong.empty() ? 0 : 1;
}

bool ParseOptions(int argc, char **argv, Options *options) {
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    if (word == "--verbose") {
      options->verbose = true;
    } else if (word == "--calm") {
      options->choice.calm = true;
    } else if (word == "--deaf") {
      options->choice.deaf = true;
    } else if (word == "--recover") {
      options->choice.recover = true;
    } else if (word == "--digest") {
      options->digest = true;
    } else if (word == "--wide") {
      options->choice.wide = true;
    } else if (word == "--raw") {
      options->raw = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (word == "--script") {
      options->script = argv[++i];
    } else if (word == "--without") {
      OpKind kind;
      if (!ParseOpKind(argv[++i], &kind)) return false;
      options->choice.without |= uint32_t{1} << static_cast<uint32_t>(kind);
    } else if (word == "--stop-after") {
      options->stop_after = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--shrink") {
      options->shrink = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seed") {
      options->first = options->last = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seeds") {
      char *end;
      options->seeds = true;
      options->first = std::strtoull(argv[++i], &end, 10);
      if (std::strncmp(end, "..", 2) != 0) return false;
      options->last = std::strtoull(end + 2, nullptr, 10);
    } else {
      return false;
    }
  }
  return argc > 1;
}

int Main(int argc, char **argv) {
  Options options;
  if (!ParseOptions(argc, argv, &options)) {
    std::fprintf(
        stderr,
        "usage: sim --seeds A..B [WHICH] [--stop-after N] [--shrink N]\n"
        "       sim --seed N [WHICH] [--verbose | --raw]\n"
        "       sim --script FILE [--verbose] [--shrink 2]\n"
        "       sim ... --digest [--verbose]\n"
        "WHICH: --calm | --recover, --wide, --deaf, --without OPERATION ...\n");
    return 2;
  }
  if (options.digest && !options.script.empty()) return DigestScript(options);
  if (options.digest) return Digest(options);
  if (!options.script.empty()) return Script(options);
  return options.seeds ? Seeds(options) : OneSeed(options);
}

}  // namespace
}  // namespace rn::sim

int main(int argc, char **argv) { return rn::sim::Main(argc, argv); }
