#ifndef TEST_STRESS_MEMORY_DIR_H_
#define TEST_STRESS_MEMORY_DIR_H_

#include "test/notifier/notifier_fixture.h"

namespace rn {

// From now on each TempDir is in memory where the system has a place for that:
// how fast the disk is does not matter.
class TempDirsInMemory {
 public:
  TempDirsInMemory();
};

// A thread notifier on a directory in memory.
class StressFixture : private TempDirsInMemory, public NotifierFixture {};

}  // namespace rn

#endif  // TEST_STRESS_MEMORY_DIR_H_
