// Where the stress tests make their files.

#include "test/stress/memory_dir.h"

#include <stdlib.h>
#include <unistd.h>

namespace rn {

TempDirsInMemory::TempDirsInMemory() {
  const char *memory = "/dev/shm";
  if (access(memory, R_OK | W_OK | X_OK) == 0) setenv("TEST_TMPDIR", memory, 1);
}

}  // namespace rn
