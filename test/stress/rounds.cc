// Rounds: the reader stands still while half of the work is done, so that the
// loss lies where it is to be.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "test/stress/judge.h"
#include "test/stress/mix.h"
#include "test/stress/probes.h"
#include "test/stress/storm_run.h"

namespace rn {
namespace {

constexpr int kOperationsMax = 24;  // of each part of a round
constexpr size_t kProbesMax = 8;    // of a round
constexpr int kTriesMax = 20;       // of those

class Rounds {
 public:
  Rounds(const RoundsPlan &plan, Watcher *watcher)
      : plan_(plan),
        root_(plan.base + "/T"),
        watcher_(watcher),
        mix_(plan.base, plan.seed, 0),
        random_(plan.seed) {
    mix_.Run(2 * kOperationsMax);
  }

  StormVerdict Run() {
    Judge judge(plan_.base, plan_.demand);
    std::string fault = watcher_->Start(root_);
    const WatchCheck watches(*watcher_, root_);
    for (int round = 0; round < plan_.rounds && fault.empty(); round++)
      fault = RunOne(round, watches);
    std::vector<std::string> last =
        Probe(DirectoriesOf(root_), "probe", watcher_);
    probes_.insert(probes_.end(), last.begin(), last.end());
    judge.Suspect(fault);
    judge.Expect(probes_);
    judge.Suspect(watcher_->Stop());
    judge.AddSteps("work", mix_.steps());
    return judge.Verdict(watcher_->Lines());
  }

 private:
  void Work() { mix_.Run(static_cast<int>(random_() % kOperationsMax)); }

  void Flood() {
    const std::string path = root_ + "/flood";
    for (uint32_t i = 0; i <= plan_.queue / 2; i++)
      if (mknod(path.c_str(), S_IFREG | 0644, 0) == 0) unlink(path.c_str());
  }

  // Probes of some directories, which are told, and removed.  Without repair
  // nothing says when the tree was compared: until then a path may be wrong.
  std::string ProbeSome(int round) {
    std::vector<std::string> some = DirectoriesOf(root_);
    std::shuffle(some.begin(), some.end(), random_);
    some.resize(std::min(some.size(), kProbesMax));
    const bool repairs = plan_.demand == Demand::kRepair;
    std::string fault;
    for (int left = repairs ? 1 : kTriesMax; left > 0; left--) {
      const std::string name =
          "probe" + std::to_string(round) + "-" + std::to_string(left);
      fault = TryProbes(Probe(some, name, watcher_), left == 1);
      if (fault.empty()) break;
    }
    return fault;
  }

  std::string TryProbes(const std::vector<std::string> &probes, bool last) {
    using std::chrono::seconds;
    std::string fault;
    for (const std::string &probe : probes)
      if (fault.empty() &&
          !watcher_->WaitFor(probe, last ? seconds(60) : seconds(1)))
        fault = "never told: " + probe;
    for (const std::string &probe : probes) unlink(probe.c_str());
    if (fault.empty())
      probes_.insert(probes_.end(), probes.begin(), probes.end());
    return fault;
  }

  // A directory is renamed, unseen, into a new one that the reader cannot find
  // at once, and little else, so that nothing else makes the repair look again.
  void Nest() {
    const std::string made = mix_.MakeInARenamedOne();
    Flood();
    if (!made.empty()) mix_.MoveInto(made);
    watcher_->LetGo();
  }

  void Storm() {
    Work();
    Flood();
    Work();
    watcher_->LetGo();
    Work();
  }

  std::string RunOne(int round, const WatchCheck &watches) {
    watcher_->Hold();
    if (random_() % 2 == 0)
      Nest();
    else
      Storm();
    if (plan_.demand == Demand::kRepair && !watcher_->WaitForRepair())
      return "a loss is not repaired";
    const std::string fault = watches.Wait();
    return fault.empty() ? ProbeSome(round) : fault;
  }

  const RoundsPlan plan_;
  const std::string root_;
  Watcher *const watcher_;
  Mix mix_;
  std::mt19937 random_;
  std::vector<std::string> probes_;
};

}  // namespace

StormVerdict RunRounds(const RoundsPlan &plan, Watcher *watcher) {
  return Rounds(plan, watcher).Run();
}

}  // namespace rn
