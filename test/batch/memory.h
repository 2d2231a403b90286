#ifndef TEST_BATCH_MEMORY_H_
#define TEST_BATCH_MEMORY_H_

#include <cstdint>

namespace rn {

// What the code under test takes from malloc(3) and its like: the linker leads
// calls of statically linked objects here.  What `new` takes is not counted.

// Blocks taken so far, and those of them that were not freed.
uint64_t TakenBlocks();
int64_t LiveBlocks();

// While it lives, this thread can take only `blocks` more.
class MemoryEnd {
 public:
  explicit MemoryEnd(int blocks);
  ~MemoryEnd();
  MemoryEnd(const MemoryEnd &) = delete;
  MemoryEnd &operator=(const MemoryEnd &) = delete;
};

}  // namespace rn

#endif  // TEST_BATCH_MEMORY_H_
