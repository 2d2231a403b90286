#ifndef TEST_STRESS_TOLD_H_
#define TEST_STRESS_TOLD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "test/support/events/event_log.h"

namespace rn {

// One line of `ringnotify watch --json`, or an event of the library as if it
// were one.
struct ToldLine {
  ToldLine() = default;
  explicit ToldLine(const LoggedEvent &event);

  std::string type;  // "event", "overflow", ...
  std::string text;  // for people
  uint32_t mask = 0;
  uint32_t cookie = 0;
  int64_t time_ns = 0;
  std::string path;  // the exact bytes
  std::string source;
  bool has_source = false;
};

// All lines of a file.  One that is not an object fails the test.
std::vector<ToldLine> ReadToldLines(const std::string &path);

// MOVED_TO names the source when its MOVED_FROM was told, and then the right
// one.
class SourceCheck {
 public:
  // Returns what is wrong with a line, or "".
  std::string Take(const ToldLine &line);

 private:
  std::map<uint32_t, std::string> sources_;  // by cookie
};

}  // namespace rn

#endif  // TEST_STRESS_TOLD_H_
