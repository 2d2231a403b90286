// What is told adds up to what is there, whatever several processes do, through
// the command and through the library, in memory and on the disk.

#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "test/stress/memory_dir.h"
#include "test/stress/storm_run.h"
#include "test/stress/watchers.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

constexpr int kOperations = 1500;

class Mixed : public testing::TestWithParam<std::tuple<FileSystem, uint32_t>> {
 protected:
  void ExpectTruth(Watcher *watcher) {
    StormPlan plan;
    plan.base = dir_.path();
    plan.work = MixedWork(plan.base, std::get<1>(GetParam()), kOperations);
    const StormVerdict verdict = RunStorm(plan, watcher);
    EXPECT_EQ(verdict.fault, "") << verdict.history;
  }

  const TempDirsOn on_{std::get<0>(GetParam())};
  const TempDir dir_;
};

TEST_P(Mixed, ThroughTheLibrary) {
  LibraryWatcher watcher(0, 0);
  ExpectTruth(&watcher);
}

TEST_P(Mixed, ThroughTheCommand) {
  CommandWatcher watcher(dir_.Path("lines.jsonl"), {}, 0);
  ExpectTruth(&watcher);
}

INSTANTIATE_TEST_SUITE_P(Memory, Mixed,
                         testing::Combine(testing::Values(FileSystem::kMemory),
                                          testing::Range(1U, 9U)));
INSTANTIATE_TEST_SUITE_P(Disk, Mixed,
                         testing::Combine(testing::Values(FileSystem::kDisk),
                                          testing::Range(1U, 5U)));

}  // namespace
}  // namespace rn
