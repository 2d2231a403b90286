#ifndef TEST_SCRIPT_CASE_FILE_H_
#define TEST_SCRIPT_CASE_FILE_H_

// A case: commands, then the output that is expected of them.  The format is
// described in script_test.cc.

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace rn {

// A command with its words taken apart.
struct ScriptCommand {
  int line;
  std::string name;
  std::map<char, std::string> options;  // by letter; "" where it takes no value
  std::vector<std::string> operands;

  bool Has(char option) const { return options.count(option) != 0; }
};

struct CaseFile {
  std::string name;  // of the file, for messages
  std::vector<ScriptCommand> commands;
  std::vector<std::string> output;  // one blank between words
  bool any_order;                   // of the lines between two sync-points
};

// What is wrong with a case, as "file:line: message".
class CaseError : public std::runtime_error {
 public:
  CaseError(const std::string &name, int line, const std::string &message)
      : std::runtime_error(name + ":" + std::to_string(line) + ": " + message) {
  }
};

// Read a case, or throw CaseError.
CaseFile ParseCase(const std::string &name, const std::string &text);

// Whether the kernel may merge two such lines, or not: then a line that repeats
// the one before it says nothing.
bool MayMerge(const std::string &line);

// The line in the output that stands for a sync-point.
inline constexpr char kSyncPointLine[] = "---";

}  // namespace rn

#endif  // TEST_SCRIPT_CASE_FILE_H_
