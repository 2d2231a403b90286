// Where the stress tests make their files.

#include "test/stress/memory_dir.h"

#include <stdlib.h>
#include <unistd.h>

namespace rn {
namespace {

constexpr char kVariable[] = "TEST_TMPDIR";

// What the variable was when it was looked at first.
const std::string &Before() {
  static const std::string before =
      getenv(kVariable) == nullptr ? "" : getenv(kVariable);
  return before;
}

}  // namespace

TempDirsOn::TempDirsOn(FileSystem file_system) {
  const std::string disk = Before();
  const char *const memory = "/dev/shm";
  if (file_system == FileSystem::kMemory &&
      access(memory, R_OK | W_OK | X_OK) == 0)
    setenv(kVariable, memory, 1);
  else if (disk.empty())
    unsetenv(kVariable);
  else
    setenv(kVariable, disk.c_str(), 1);
}

}  // namespace rn
