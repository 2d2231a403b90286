#ifndef TEST_STRESS_HISTORY_H_
#define TEST_STRESS_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "test/stress/mix.h"

namespace rn {

// What was done and what was told, side by side, for somebody who has to find
// out why they differ.
class History {
 public:
  // paths    without the base, as in Step.
  void Add(int64_t time_ns, const std::string &who, const std::string &text,
           const std::vector<std::string> &paths);
  void AddSteps(const std::string &who, const std::vector<Step> &steps);

  // The last lines, by time, that touched `path`, what is above it or what is
  // below it, up to a moment; each with its time in microseconds.
  std::string Around(const std::string &path, int64_t until_ns) const;

 private:
  struct Line {
    int64_t time_ns;
    std::string text;
    std::vector<std::string> paths;
  };

  std::vector<Line> lines_;
};

}  // namespace rn

#endif  // TEST_STRESS_HISTORY_H_
