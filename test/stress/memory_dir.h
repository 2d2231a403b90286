#ifndef TEST_STRESS_MEMORY_DIR_H_
#define TEST_STRESS_MEMORY_DIR_H_

#include "test/notifier/notifier_fixture.h"

namespace rn {

enum class FileSystem { kMemory, kDisk };

// From now on each TempDir is in memory where the system has a place for that
// (then how fast the disk is does not matter), or where it would be anyhow.
class TempDirsOn {
 public:
  explicit TempDirsOn(FileSystem file_system);
};

class TempDirsInMemory : public TempDirsOn {
 public:
  TempDirsInMemory() : TempDirsOn(FileSystem::kMemory) {}
};

// A thread notifier on a directory in memory.
class StressFixture : private TempDirsInMemory, public NotifierFixture {};

}  // namespace rn

#endif  // TEST_STRESS_MEMORY_DIR_H_
