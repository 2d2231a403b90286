#ifndef TEST_SIM_SIMULATION_H_
#define TEST_SIM_SIMULATION_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test/batch/c11.h"
#include "test/sim/history.h"
#include "test/sim/model_kernel.h"
#include "test/sim/watched.h"

extern "C" {
#include "lib/track/track.h"
#include "test/sim/engine_in_c.h"
}

namespace rn::sim {

// One history: the library on a model kernel, with one thread that is reader,
// worker and user in turn, while the schedule changes the tree.
class Simulation {
 public:
  Simulation(const Setup &setup, Schedule *schedule, Trace *trace);
  ~Simulation();
  Simulation(const Simulation &) = delete;
  Simulation &operator=(const Simulation &) = delete;

  // Returns what is wrong; "" nothing.
  std::string Run();

 private:
  // Something the user has asked for, and has not been answered yet.
  struct Call {
    Op op;
    Watched *watched;  // or nullptr: it is about none
    engine_call *call;
    uint64_t changes;  // in the tree, until it was asked
    std::string name;  // of what is appended
  };

  void Begin();
  void End();
  // One turn of the reader, and what it told.  Returns false when it sleeps.
  bool Turn();
  // Turns, with nobody else about, until nothing is left to do.
  void Settle();
  bool IsQuiet() const;
  // Whether a process has changed the tree, and has records still to queue.
  bool IsBetweenRecords() const;
  void StartConsumers();

  // What the user does: user.cc.
  void User(const Op &op);
  void UserAdd(const Op &op);
  void UserUpdate(Watched *watched, const Op &op);
  void UserSwitch(Watched *watched, const Op &op);
  // Whether it was asked to suspend or to resume a root, and has not answered.
  bool IsSwitching(const Watched &watched) const;
  void UserAppend(Watched *watched, const Op &op);
  void Ask(const Op &op, Watched *watched, engine_call *call);
  // Takes the answers that have come.  Returns whether there were any.
  bool TakeAnswers();
  void Answer(const Call &call, int result);
  void AnswerAdd(Watched *watched, engine_call *call);
  void AnswerUpdate(Watched *watched, const Op &op, int result);
  void AnswerSync(const Call &call);
  // Whether it is an append to what has no such place, or may have had none.
  bool HasNoPlace(const Call &call, int result) const;
  // Whether it may give this where nothing is wrong.
  bool MayFail(const Watched &watched, int result) const;
  // The root that the user calls so, or nullptr.
  Watched *Find(const std::string &slot);
  // A file comes and goes: who is not to be told of it, or is.
  std::string Mark(const std::string &directory);
  void MarkAll(Watched *forbidden);
  void MarkFor(Watched *expected);

  // What has to be true at rest: checks.cc.
  void Check();
  void CheckModels();
  void CheckNodes(rn_root *root, const Watched *watched);
  void CheckWatches();
  void CheckMasks();
  void CheckProbes();
  void CheckAccount();
  // Which directories are watched for which root.
  void NoteNodes();
  // Directories of a root that have to be watched.
  PathSet DirsOf(const Watched &watched);
  Watched *WatchedOf(const rn_root *root);
  void Fault(const std::string &what);

  const Setup &setup_;
  Schedule *const schedule_;
  Trace *const trace_;
  ModelKernel kernel_;
  World world_;
  rn_thread_notifier *engine_ = nullptr;
  std::vector<std::unique_ptr<Watched>> roots_;  // all that there ever were
  std::vector<Call> calls_;
  bool busy_ = false;    // others are about
  bool frozen_ = false;  // until a barrier has passed
  int turns_ = 0;
  uint64_t changes_ = 0;        // in the tree
  uint64_t quiet_changes_ = 0;  // of them, all is read and done of these
  uint64_t marks_ = 0;
  // At rest: what every directory that is watched is watched for.
  std::map<const Inode *, uint32_t> live_;
  std::string fault_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_SIMULATION_H_
