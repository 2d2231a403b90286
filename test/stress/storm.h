#ifndef TEST_STRESS_STORM_H_
#define TEST_STRESS_STORM_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace rn {

// Processes that wait for a word to begin.
//
// Make them before the threads: a child that was forked beside other threads
// may not allocate, at least under a sanitizer.
class Processes {
 public:
  Processes(int count, const std::function<void(int index)> &work);
  ~Processes();
  Processes(const Processes &) = delete;
  Processes &operator=(const Processes &) = delete;

  // Lets them begin, all at once, and waits for them.  Returns false when one
  // of them failed.
  [[nodiscard]] bool Run();

 private:
  std::vector<pid_t> children_;
  int hold_ = -1;  // while it is open, they wait
};

// Chains of directories with a file in each: DIR/NAME0/0/1/2, DIR/NAME1/...
void MakeChains(const std::string &dir, const std::string &name, int count,
                int depth);

// Random creations and removals on a few names that all processes share.
// Failures are part of it.
void Churn(const std::string &dir, uint32_t seed, int steps);

// Random renames of directories and files among a few names.
void RenameAround(const std::string &dir, uint32_t seed, int steps);

}  // namespace rn

#endif  // TEST_STRESS_STORM_H_
