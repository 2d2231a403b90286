// From the first step to the last probe.

#include "test/stress/storm_run.h"

#include <sys/stat.h>

#include "test/stress/judge.h"
#include "test/stress/mix.h"
#include "test/stress/storm.h"
#include "test/support/events/event_model.h"
#include "test/support/events/watch_table.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

std::string StepsFile(const std::string &base, int index) {
  return base + "/steps-" + std::to_string(index);
}

// Wait until exactly the directories that are there are watched.
std::string WaitForWatches(const Watcher &watcher, const std::string &root) {
  const auto agree = [&] { return watcher.Watched() == LiveDirectories(root); };
  if (WaitUntil(agree)) return "";
  return std::to_string(LiveDirectories(root).size()) + " directories, but " +
         std::to_string(watcher.Watched().size()) + " watches";
}

// A new file in each directory: who watches it has to tell.  Never more at once
// than the queue can hold.
std::vector<std::string> Probe(const std::string &root, Watcher *watcher) {
  std::vector<std::string> probes = {root + "/probe"};
  for (const auto &[path, is_dir] : EntriesOnDisk(root))
    if (is_dir) probes.push_back(root + "/" + path + "/probe");
  for (size_t i = 0; i < probes.size(); i++) {
    if (mknod(probes[i].c_str(), S_IFREG | 0644, 0) != 0) continue;
    if ((i + 1) % watcher->Room() == 0 && !watcher->WaitFor(probes[i])) break;
  }
  return probes;
}

}  // namespace

StormVerdict RunStorm(const StormPlan &plan, Watcher *watcher) {
  const std::string root = plan.base + "/T";
  Processes work(plan.processes, plan.work);
  Judge judge(plan.base, plan.demand);
  judge.Suspect(watcher->Start(root));
  if (!work.Run()) judge.Suspect("a process of the storm failed");
  judge.Suspect(WaitForWatches(*watcher, root));
  judge.Expect(Probe(root, watcher));
  judge.Suspect(watcher->Stop());
  for (int i = 0; i < plan.processes; i++)
    judge.AddSteps("process " + std::to_string(i),
                   ReadSteps(StepsFile(plan.base, i)));
  return judge.Verdict(watcher->Lines());
}

std::function<void(int)> MixedWork(const std::string &base, uint32_t seed,
                                   int operations) {
  // What is there when the watching begins.
  Mix(base, seed, 99).Run(operations / 10);
  return [=](int index) {
    Mix mix(base, seed, index);
    mix.Run(operations);
    WriteSteps(mix.steps(), StepsFile(base, index));
  };
}

}  // namespace rn
