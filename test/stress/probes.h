#ifndef TEST_STRESS_PROBES_H_
#define TEST_STRESS_PROBES_H_

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "test/stress/storm_run.h"

namespace rn {

// Whether exactly the directories of a tree are watched, besides what is
// watched for the way to it: made when nothing happens.
class WatchCheck {
 public:
  WatchCheck(const Watcher &watcher, const std::string &root);

  // Waits until it is so.  Returns what is wrong; "" nothing.
  std::string Wait() const;

 private:
  bool Agree() const;

  const Watcher &watcher_;
  const std::string root_;
  const std::multiset<ino_t> way_;
};

// A directory and all below it.
std::vector<std::string> DirectoriesOf(const std::string &root);

// A new file in each directory: who watches it has to tell.  Never more at once
// than the queue can hold.  Returns their paths.
std::vector<std::string> Probe(const std::vector<std::string> &directories,
                               const std::string &name, Watcher *watcher);

}  // namespace rn

#endif  // TEST_STRESS_PROBES_H_
