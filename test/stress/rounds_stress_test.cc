// A little work, a loss in the middle of it, and a look at each directory,
// again and again: none may be deaf, and where losses are repaired what was
// told is what is there.

#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "test/stress/memory_dir.h"
#include "test/stress/storm_run.h"
#include "test/stress/watchers.h"
#include "test/support/queue_limit.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

class Rounds : public testing::TestWithParam<std::tuple<FileSystem, uint32_t>> {
 protected:
  void SetUp() override {
    const QueueLimit limit(plan_.queue);
    if (!limit.refusal().empty()) GTEST_SKIP() << limit.refusal();
  }

  void Expect(Demand demand, const std::vector<std::string> &options) {
    plan_.base = dir_.path();
    plan_.seed = std::get<1>(GetParam());
    plan_.demand = demand;
    CommandWatcher watcher(dir_.Path("lines.jsonl"), options, plan_.queue);
    const StormVerdict verdict = RunRounds(plan_, &watcher);
    EXPECT_EQ(verdict.fault, "") << verdict.history;
    EXPECT_GE(verdict.overflows, static_cast<size_t>(plan_.rounds));
  }

  RoundsPlan plan_;
  const TempDirsOn on_{std::get<0>(GetParam())};
  const TempDir dir_;
};

TEST_P(Rounds, NoDirectoryIsDeaf) { Expect(Demand::kLossTold, {}); }

TEST_P(Rounds, NoDirectoryBelowAPersistentPathIsDeaf) {
  Expect(Demand::kLossTold, {"--persist"});
}

TEST_P(Rounds, LossesAreRepaired) { Expect(Demand::kRepair, {"--recover"}); }

INSTANTIATE_TEST_SUITE_P(Memory, Rounds,
                         testing::Combine(testing::Values(FileSystem::kMemory),
                                          testing::Range(1U, 6U)));
INSTANTIATE_TEST_SUITE_P(Disk, Rounds,
                         testing::Combine(testing::Values(FileSystem::kDisk),
                                          testing::Range(6U, 9U)));

}  // namespace
}  // namespace rn
