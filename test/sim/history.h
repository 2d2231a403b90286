#ifndef TEST_SIM_HISTORY_H_
#define TEST_SIM_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/kind.h"
#include "test/sim/model_kernel.h"
#include "test/sim/op.h"

namespace rn::sim {

// Wait until the tracker is at rest.
constexpr uint32_t kRest = UINT32_MAX;

// An operation, and how many system calls of the tracker lie between the one
// before and it.  When the tracker is at rest it comes at once.
struct Step {
  uint32_t wait;
  Op op;
};

// A root that is there from the beginning; the user calls them "0", "1", ...
struct FirstRoot {
  std::string path;
  uint32_t kind = kRecursive;
};

// How a history begins.
struct Setup {
  KernelTraits traits;
  uint32_t mask = 0;        // what the roots are watched for
  size_t read_size = 4096;  // of the reader's buffer
  int pace = 0;             // entries listed, and watches ended, between two
                            // reads; 0: as usual
  bool recover = false;     // losses under the first roots are repaired
  bool busy_add = false;    // steps may come while the roots are added
  std::vector<FirstRoot> roots;
  std::vector<Op> before;  // what is there before
};

struct History {
  Setup setup;
  std::vector<Step> steps;
};

// Who decides what happens when.
class Schedule {
 public:
  virtual ~Schedule() = default;
  // The tracker makes a system call.
  virtual void Tick(ModelKernel *kernel) = 0;
  // The tracker is at rest.  Returns false when nothing is left to be done.
  virtual bool Rest(ModelKernel *kernel) = 0;
};

// Steps as they are written.
class Replay : public Schedule {
 public:
  explicit Replay(const std::vector<Step> *steps) : steps_(steps) {}
  void Tick(ModelKernel *kernel) override;
  bool Rest(ModelKernel *kernel) override;

 private:
  const std::vector<Step> *const steps_;
  size_t next_ = 0;
  uint32_t waited_ = 0;
};

}  // namespace rn::sim

#endif  // TEST_SIM_HISTORY_H_
