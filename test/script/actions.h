#ifndef TEST_SCRIPT_ACTIONS_H_
#define TEST_SCRIPT_ACTIONS_H_

#include <map>
#include <string>

#include "test/script/case_file.h"

namespace rn {

// What a command makes takes a right that this process has not.
struct NotPermitted {
  std::string path;
};

// The commands of a case that change the file system or look at it.
//
// Each makes the system calls that script_test.cc names, and no other, so that
// the events of a command are known.
class Actions {
 public:
  Actions() = default;
  ~Actions();
  Actions(const Actions &) = delete;
  Actions &operator=(const Actions &) = delete;

  // Run a command.  Throws std::system_error with the path when it fails, or
  // NotPermitted.
  // Returns false when it is no command of this kind.
  bool Run(const ScriptCommand &command);

 private:
  bool RunOnFile(const ScriptCommand &command);
  bool RunOnNames(const ScriptCommand &command);

  std::map<std::string, int> open_;  // descriptors, by path
};

}  // namespace rn

#endif  // TEST_SCRIPT_ACTIONS_H_
