// Events have the time at which the reader got them, so they come behind the
// steps that led to them.

#include "test/stress/history.h"

#include <algorithm>

namespace rn {
namespace {

constexpr size_t kLines = 60;
constexpr int64_t kWrapUs = 1000000000;  // nobody needs the year

bool IsOrIsBelow(const std::string &path, const std::string &top) {
  return path == top || path.rfind(top + "/", 0) == 0;
}

}  // namespace

void History::Add(int64_t time_ns, const std::string &who,
                  const std::string &text,
                  const std::vector<std::string> &paths) {
  lines_.push_back({time_ns, who + ": " + text, paths});
}

void History::AddSteps(const std::string &who, const std::vector<Step> &steps) {
  for (const Step &step : steps) Add(step.time_ns, who, step.text, step.paths);
}

std::string History::Around(const std::string &path, int64_t until_ns) const {
  std::vector<const Line *> found;
  for (const Line &line : lines_) {
    const auto touches = [&](const std::string &touched) {
      return IsOrIsBelow(touched, path) || IsOrIsBelow(path, touched);
    };
    if (line.time_ns <= until_ns &&
        std::any_of(line.paths.begin(), line.paths.end(), touches))
      found.push_back(&line);
  }
  std::stable_sort(
      found.begin(), found.end(),
      [](const Line *a, const Line *b) { return a->time_ns < b->time_ns; });
  std::string text;
  for (size_t i = found.size() - std::min(found.size(), kLines);
       i < found.size(); i++)
    text += "  " + std::to_string(found[i]->time_ns / 1000 % kWrapUs) + "  " +
            found[i]->text + "\n";
  return text;
}

}  // namespace rn
