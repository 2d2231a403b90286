#ifndef TEST_SIM_CONSUMER_H_
#define TEST_SIM_CONSUMER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "test/sim/processes.h"

namespace rn::sim {

// Absolute paths, and whether each is a directory's.
using PathSet = std::map<std::string, bool>;

// One change as it was told.
struct Told {
  uint32_t mask = 0;
  uint32_t cookie = 0;
  std::string path;
  bool is_dir = false;
  bool synthetic = false;
  bool has_source = false;
  std::string source;
};

std::string ToldText(const Told &told);

// What exists below one root according to what was told.
//
// CREATE and MOVED_TO are arrivals, DELETE and MOVED_FROM departures.  A
// directory that leaves takes all below it along; when its arrival says that it
// comes from inside the root, all below it comes with it.  MOVED_TO over
// something replaces it.
class Consumer {
 public:
  Consumer(std::string root, PathSet paths, const Processes *processes)
      : root_(std::move(root)),
        paths_(std::move(paths)),
        processes_(processes) {}

  // Returns what is wrong with it; "" nothing.
  std::string Take(const Told &told);

  const PathSet &paths() const { return paths_; }

 private:
  // Below something that left: names behind its path, "" its own.
  struct Subtree {
    std::string from;
    PathSet names;
  };

  bool IsBelowRoot(const std::string &path) const;
  std::string Arrive(const Told &told);
  std::string MoveOut(const Told &told);
  std::string MoveIn(const Told &told);
  std::string CheckParent(const std::string &path) const;
  Subtree TakeOut(const std::string &path);

  const std::string root_;
  PathSet paths_;
  const Processes *const processes_;
  std::map<uint32_t, Subtree> moving_;  // by cookie
};

}  // namespace rn::sim

#endif  // TEST_SIM_CONSUMER_H_
