#ifndef TEST_FAULT_PATIENT_H_
#define TEST_FAULT_PATIENT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rn {

// Tries a fault at one place after the other, each in a process of its own, so
// that whatever becomes of one, the next can be tried; two at a time, as they
// wait a lot.  With the number of a place in the
// environment variable RN_FAULT_PLACE it tries only that, in this process, for
// a debugger.
class Trial {
 public:
  // body    called in such a process with 1, 2, 3...; returns whether there was
  //         a fault.  The first without one is the last; `limit` at most.
  void Run(const std::string &what, const std::function<bool(uint64_t)> &body,
           uint64_t limit);

  // What went wrong, one a place; a few, then no more is tried.
  const std::vector<std::string> &faults() const { return faults_; }
  // Places where all was as expected.
  uint64_t count() const { return count_; }

 private:
  // Waits for the end of the process with the fault `nth`.  Returns whether it
  // had one.
  bool Note(const std::string &where, int pid, uint64_t nth);

  std::vector<std::string> faults_;
  uint64_t count_ = 0;
};

}  // namespace rn

#endif  // TEST_FAULT_PATIENT_H_
