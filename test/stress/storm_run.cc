// From the first step to the last probe.

#include "test/stress/storm_run.h"

#include "test/stress/judge.h"
#include "test/stress/mix.h"
#include "test/stress/probes.h"
#include "test/stress/storm.h"

namespace rn {
namespace {

std::string StepsFile(const std::string &base, int index) {
  return base + "/steps-" + std::to_string(index);
}

}  // namespace

StormVerdict RunStorm(const StormPlan &plan, Watcher *watcher) {
  const std::string root = plan.base + "/T";
  Processes work(plan.processes, plan.work);
  Judge judge(plan.base, plan.demand);
  judge.Suspect(watcher->Start(root));
  const WatchCheck watches(*watcher, root);
  if (!work.Run()) judge.Suspect("a process of the storm failed");
  judge.Suspect(watches.Wait());
  judge.Expect(Probe(DirectoriesOf(root), "probe", watcher));
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
