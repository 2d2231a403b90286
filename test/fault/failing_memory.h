#ifndef TEST_FAULT_FAILING_MEMORY_H_
#define TEST_FAULT_FAILING_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace rn {

// Memory that the C code linked into this program takes, and threads that it
// makes: what it gets can be made to fail.  C++ takes its memory elsewhere, so
// tests and GoogleTest are not touched.
//
// Threads: any.
class FailingMemory {
 public:
  // Let the nth of the takings from now on fail; 1 is the next.  `lasting`: all
  // later ones, too.
  static void FailNth(uint64_t nth, bool lasting);

  // From now on nothing fails.
  static void Mend();

  // Whether one failed since FailNth().
  static bool HasFailed();

  // Where the last one failed, as addr2line(1) takes it.
  static std::string Site();

  // How often it was asked since FailNth(), from how many places.
  static uint64_t Count();
  static size_t SiteCount();

  // Pieces of memory taken and not given back.
  static size_t LiveCount();
};

}  // namespace rn

#endif  // TEST_FAULT_FAILING_MEMORY_H_
