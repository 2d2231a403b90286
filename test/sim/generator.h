#ifndef TEST_SIM_GENERATOR_H_
#define TEST_SIM_GENERATOR_H_

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "test/sim/history.h"
#include "test/sim/random.h"

namespace rn::sim {

// What a process sets out to do: some operations.
enum class Plan : uint8_t {
  kCreate,
  kWrite,
  kChmod,
  kMkdir,
  kUnlink,
  kRmdir,
  kRmtree,
  kMoveDir,
  kMoveFile,
  kMoveAny,   // wherever it is, over what is there
  kMoveOut,   // of the roots
  kMoveIn,    // from outside
  kBuildOut,  // something to be moved in
  kExchange,
  kSwap,      // through a temporary name
  kDeepDirs,  // mkdir -p, with a file
  kRecreate,  // rmtree, and the same again
  kLink,
  kSymlink,
  kFifo,
  kHold,
  kRelease,
  kRemoveRoot,  // and perhaps make it again
  kMoveRoot,
  kNest,  // a new directory, below one that is renamed, takes another in
};
constexpr size_t kPlanCount = 25;

// Which histories are made.
struct Choice {
  uint64_t seed = 0;
  uint32_t without = 0;  // bits of the kinds of operations that are left out
  bool calm = false;     // no losses and no faults
  bool deaf = false;     // listings are not watched for: no OPEN, ACCESS, ...
  bool recover = false;  // every history has losses, and they are repaired
  bool wide = false;     // roots of every kind, and users who are at work
};

// How histories of a seed are: chosen by the seed.
struct Style {
  uint32_t weights[kPlanCount] = {};
  uint32_t density = 10;  // chance of an operation at a system call, in %
  uint32_t begin = 0;     // chance that one is only begun, in %
  uint32_t processes = 1;
  uint32_t names = 3;
  uint32_t depth = 3;
  uint32_t op_count = 20;
  uint32_t before_count = 5;
  uint32_t faults = 0;  // chance that a call is made to fail instead, in %
  uint32_t users = 0;   // chance that a user does something instead, in %
};

// Decides by random numbers what happens, and writes it down.
class Generator : public Schedule {
 public:
  explicit Generator(const Choice &choice);

  // To be made before the simulation.
  const Setup &setup() const { return setup_; }

  void Tick(ModelKernel *kernel) override;
  bool Rest(ModelKernel *kernel) override;

  // Told of each step before it is done; or none.
  std::function<void(const Step &)> on_step;

  // What the last operation gave.
  int last_result() const { return last_result_; }

  // What was done.
  const std::vector<Step> &steps() const { return steps_; }

 private:
  void ChooseStyle();
  void ChooseWidth();
  void ChooseWeights();
  void ChooseTraits();
  void MakeBefore();
  // Lets a process go on, or do its next operation.  Returns false: nothing is
  // left.
  bool Act(ModelKernel *kernel, uint32_t wait);
  bool NextOp(std::deque<Op> *ops, Op *op);
  void ChooseTrouble();
  void ChooseLosses();
  Op MakeTrouble();
  // Roots of every kind, and what users do about them: users.cc.
  void ChooseRoots();
  uint32_t MakeKind();
  std::string MakeRootPath();
  void PlanForUser(std::deque<Op> *ops);
  void PlanAddition(std::deque<Op> *ops);
  std::string Slot(bool in_use);
  void PlanFor(std::deque<Op> *ops);
  void Expand(Plan plan, std::deque<Op> *ops);
  void ExpandMove(Plan plan, std::deque<Op> *ops);
  // Two change places.
  void Swap(const std::string &top, bool dir, std::deque<Op> *ops);
  void RemoveTree(const std::string &path, std::deque<Op> *ops);
  void DeepDirs(const std::string &top, std::deque<Op> *ops);
  void Nest(const std::string &top, std::deque<Op> *ops);

  // Paths: of a directory, of a place in one, of something that is there.
  std::string Top();
  std::string Root();
  std::string Dir(const std::string &top);
  std::string Name();
  std::string NewPath(const std::string &top);
  std::string Existing(const std::string &top, bool dir);

  Random random_;
  const Choice choice_;
  Style style_;
  Setup setup_;
  std::vector<std::string> tops_;  // where most of it happens
  ModelFs *fs_ = nullptr;
  std::vector<Step> steps_;
  uint32_t waited_ = 0;
  uint32_t left_ = 0;
  int last_result_ = 0;
  std::deque<Op> planned_[kProcessCount];
  std::vector<std::string> held_;
  static constexpr uint32_t kSlots = 6;
  bool slots_[kSlots] = {};  // what the user calls its roots: in use
};

}  // namespace rn::sim

#endif  // TEST_SIM_GENERATOR_H_
