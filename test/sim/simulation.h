#ifndef TEST_SIM_SIMULATION_H_
#define TEST_SIM_SIMULATION_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test/batch/c11.h"
#include "test/sim/consumer.h"
#include "test/sim/history.h"
#include "test/sim/model_kernel.h"

extern "C" {
#include "lib/track/track.h"
}

namespace rn::sim {

// One history: a tracker on a model kernel, turned as the reader turns it,
// while the schedule changes the tree.
class Simulation {
 public:
  Simulation(const Setup &setup, Schedule *schedule, Trace *trace);
  ~Simulation();
  Simulation(const Simulation &) = delete;
  Simulation &operator=(const Simulation &) = delete;

  // Returns what is wrong; "" nothing.
  std::string Run();

 private:
  struct Watched {
    std::string path;
    const Inode *inode = nullptr;
    // From when its addition is over; none from a loss until all is at rest.
    std::unique_ptr<Consumer> consumer;
    bool unrepaired = false;  // losses were told, and not that all is well
  };

  void Begin();
  void Add(const std::string &path);
  // One turn of the reader.  Returns false when it would sleep.
  bool Turn();
  void AdvanceAdding();
  ssize_t ReadSome();
  bool Feed(const std::vector<char> &buffer, ssize_t size);
  // Turns, with nobody else about, until nothing is left to do.
  void Settle();
  // Lets time go by when the tracker waits for that.  Returns whether it did.
  bool Sleep();
  bool IsQuiet() const;
  // Begins to hold what is told against what is there, where that was given up.
  void StartConsumers();
  void End();

  // What has to be true at rest.
  void Check();
  void CheckModels();
  void CheckModel(const Watched &watched);
  void CheckNodes(rn_root *root, std::map<const Inode *, bool> *live);
  void CheckWatches();
  void CheckProbes();
  void CheckAccount();
  void CheckOverflows();
  // Whether an error said that this directory, or one above it, may be missed.
  bool IsExcused(const std::string &path);
  void MoveExcuses(const std::string &from, const std::string &to);
  // Whether a root was renamed or removed: it is no more where it was added.
  static bool IsAdrift(const Watched &watched);
  bool AnyAdrift() const;
  void Excuse(const std::string &path, int error);
  // Directories of a root that have to be watched.
  PathSet DirsOf(const Watched &watched);
  PathSet PathsBelow(const std::string &root, bool dirs_only);
  void Fault(const std::string &what);

  void Take(const rn_change &change);
  static void OnChange(void *context, const rn_change *change);
  static void OnPlain(void *context, rn_node *node, const rn_raw_event *raw);
  static void OnNothing(void *) {}
  static void OnOverflow(void *context);
  static void OnRecovered(void *context, const rn_recovery *recovery);
  static void OnEnded(void *context, rn_root *root);
  static void OnFailed(void *context, const rn_node *directory, rn_bytes name,
                       int error);

  const Setup &setup_;
  Schedule *const schedule_;
  Trace *const trace_;
  ModelKernel kernel_;
  rn_tracker *tracker_ = nullptr;
  std::map<const rn_root *, Watched> roots_;
  bool busy_ = false;  // others are about
  bool adding_ = false;
  int extra_turns_ = 0;
  int turns_ = 0;
  int sleeps_ = 0;  // in a row
  uint64_t overflows_ = 0;
  std::set<std::string> excused_paths_;
  std::set<const Inode *> excused_;
  bool root_ended_ = false;
  uint64_t told_ = 0;
  std::vector<std::string> probes_;  // paths of probes that were told
  std::string fault_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_SIMULATION_H_
