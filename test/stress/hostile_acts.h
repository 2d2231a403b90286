#ifndef TEST_STRESS_HOSTILE_ACTS_H_
#define TEST_STRESS_HOSTILE_ACTS_H_

#include <time.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rn {

// What a process may do that wants to hurt whoever watches a directory: all
// that the owner of a tree can choose.
class Hostility {
 public:
  // bad      a directory that is watched.
  // outside  one that is not, on the same file system.
  // ms       for how long, at most.
  Hostility(const std::string &bad, const std::string &outside, uint32_t seed,
            int ms);

  // Whether there is time left.
  bool Goes() const;

  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(random_() % bound);
  }
  // One of few names in the watched directory, and of the other.
  std::string Bad(const std::string &name) const { return bad_ + "/" + name; }
  std::string Outside(const std::string &name) const {
    return outside_ + "/" + name;
  }

 private:
  const std::string bad_, outside_;
  std::mt19937 random_;
  timespec end_;
};

struct HostileAct {
  const char *name;
  void (*run)(Hostility *hostility);
};

// All of them.
const std::vector<HostileAct> &HostileActs();

// What two of them find there: directories that are watched for themselves as
// well, and a mount point.  Returns the directories to be watched.
std::vector<std::string> PrepareHostileTree(const std::string &bad);

// Let mounts of this process be its own, and mount a file system on
// BAD/mounted.  Returns false where that is not allowed.
bool MountHostileTree(const std::string &bad);
void UnmountHostileTree(const std::string &bad);

}  // namespace rn

#endif  // TEST_STRESS_HOSTILE_ACTS_H_
