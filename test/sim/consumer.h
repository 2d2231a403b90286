#ifndef TEST_SIM_CONSUMER_H_
#define TEST_SIM_CONSUMER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/sim/kind.h"
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
  bool of_itself = false;  // of the watched directory, without a name
  bool is_end = false;
  bool has_source = false;
  std::string source;
  // A root that is not where it was may have told of the source.
  bool source_may_be_wrong = false;
  // An error has named where it was: what was there need not be known.
  bool source_is_excused = false;
};

std::string ToldText(const Told &told);

// What exists below one root according to what was told.
//
// CREATE and MOVED_TO are arrivals, DELETE and MOVED_FROM departures.  A
// directory that leaves takes all below it along; when its arrival says that it
// comes from inside the root, all below it comes with it.  MOVED_TO over
// something replaces it; MOVED_FROM and MOVED_TO in one are both.
//
// A persistent root has one life after another: CREATE of its path begins one,
// IGNORED ends it, and with it all that is below.
class Consumer {
 public:
  // kind       of the root: a plain one hears of its own entries only, one that
  //            leaves something out never of that.
  // is_there   whether something is at the path.
  Consumer(std::string root, uint32_t kind, PathSet paths, bool is_there,
           const Processes *processes)
      : root_(std::move(root)),
        kind_(kind),
        paths_(std::move(paths)),
        is_there_(is_there),
        processes_(processes) {}

  // Returns what is wrong with it; "" nothing.
  std::string Take(const Told &told);

  const PathSet &paths() const { return paths_; }
  bool is_there() const { return is_there_; }

 private:
  // Below something that left: names behind its path, "" its own.
  struct Subtree {
    std::string from;
    PathSet names;
  };

  bool IsBelowRoot(const std::string &path) const;
  // What of its place is wrong.
  std::string CheckPlace(const Told &told) const;
  std::string TakeLife(const Told &told);
  std::string Arrive(const Told &told);
  std::string MoveOut(const Told &told);
  std::string MoveIn(const Told &told);
  std::string MoveAtOnce(const Told &told);
  // Whether something was told to be at the source of what has arrived.
  bool IsFromInside(const Told &told) const;
  std::string Put(const Told &told, const Subtree &subtree);
  std::string CheckParent(const std::string &path) const;
  Subtree TakeOut(const std::string &path);

  const std::string root_;
  const uint32_t kind_;
  PathSet paths_;
  bool is_there_;
  const Processes *const processes_;
  std::map<uint32_t, Subtree> moving_;  // by cookie
};

}  // namespace rn::sim

#endif  // TEST_SIM_CONSUMER_H_
