#ifndef TEST_STRESS_STORM_RUN_H_
#define TEST_STRESS_STORM_RUN_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "test/stress/told.h"

namespace rn {

// What has to hold at the end of a storm.
enum class Demand {
  kTruth,     // nothing was lost, and what was told is what is there
  kRepair,    // the same, but losses of the kernel's queue were made good
  kLossTold,  // if something was lost that was told, and each directory that is
              // there is watched all the same
};

// What several processes do to a tree that is watched.
struct StormPlan {
  std::string base;  // an empty directory
  // What process `index` does to BASE/T, and to BASE/O that is not watched.
  std::function<void(int index)> work;
  int processes = 3;
  Demand demand = Demand::kTruth;
};

// One process that does a little to a tree, again and again: a round is work
// that is read late, more than the queue can hold, work whose records are lost,
// and work beside the repair.  Then each directory has to be watched.
struct RoundsPlan {
  std::string base;  // as above
  uint32_t seed = 1;
  int rounds = 10;
  uint32_t queue = 128;  // what the watcher's queue holds
  Demand demand = Demand::kLossTold;
};

struct StormVerdict {
  std::string fault;    // "" when all is as demanded
  std::string history;  // what led to it
  size_t events = 0;
  size_t overflows = 0;
  size_t directories = 0;
};

// Who watches: the command, or the library itself.
class Watcher {
 public:
  virtual ~Watcher() = default;

  // Watch a directory with all below it.  Each returns what went wrong, or "".
  virtual std::string Start(const std::string &root) = 0;
  // Go on until all was told, and end.
  virtual std::string Stop() = 0;

  // Let it read nothing for a while, if it can be kept from that.
  virtual void Hold() {}
  virtual void LetGo() {}
  // Wait until a loss that is told from now on is repaired.
  [[nodiscard]] virtual bool WaitForRepair() { return true; }

  // While it watches: the inodes that it watches.
  virtual std::multiset<ino_t> Watched() const = 0;
  // Wait until something was told of a path.
  [[nodiscard]] virtual bool WaitFor(const std::string &path,
                                     std::chrono::milliseconds deadline) = 0;
  // Files whose records its queue is sure to hold.
  virtual size_t Room() const = 0;

  // After the end: all that was told.
  virtual std::vector<ToldLine> Lines() const = 0;
};

// Run it: the watcher, the processes, at the end a new file in each directory
// that is there.  Then what was told is put together and held against the disk.
//
// BASE keeps T, O and the steps of each process (steps-INDEX).
StormVerdict RunStorm(const StormPlan &plan, Watcher *watcher);

StormVerdict RunRounds(const RoundsPlan &plan, Watcher *watcher);

// The work of a process of the random mix, with its steps taken down.
std::function<void(int)> MixedWork(const std::string &base, uint32_t seed,
                                   int operations);

}  // namespace rn

#endif  // TEST_STRESS_STORM_RUN_H_
