// A queue of the kernel that is sure to be too small, that may be, and that is
// as usual.  Losses are told and every directory is watched all the same; where
// they are to be repaired, what was told is what is there.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/stress/memory_dir.h"
#include "test/stress/storm_run.h"
#include "test/stress/watchers.h"
#include "test/support/queue_limit.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

constexpr int kOperations = 1500;
constexpr uint32_t kSurelyTooSmall = 16;

class Queue : public testing::TestWithParam<
                  std::tuple<FileSystem, uint32_t, uint32_t>> {
 protected:
  void SetUp() override {
    const QueueLimit limit(queue_);
    if (!limit.refusal().empty()) GTEST_SKIP() << limit.refusal();
  }

  void Expect(Demand demand, Watcher *watcher) {
    StormPlan plan;
    plan.base = dir_.path();
    plan.demand = demand;
    plan.work = MixedWork(plan.base, std::get<2>(GetParam()), kOperations);
    const StormVerdict verdict = RunStorm(plan, watcher);
    EXPECT_EQ(verdict.fault, "") << verdict.history;
    EXPECT_TRUE(queue_ != kSurelyTooSmall || verdict.overflows > 0);
  }

  const TempDirsOn on_{std::get<0>(GetParam())};
  const uint32_t queue_ = std::get<1>(GetParam());
  const TempDir dir_;
};

TEST_P(Queue, LossIsToldByTheLibrary) {
  LibraryWatcher watcher(0, queue_);
  Expect(Demand::kLossTold, &watcher);
}

TEST_P(Queue, LossIsToldByTheCommand) {
  CommandWatcher watcher(dir_.Path("lines.jsonl"), {}, queue_);
  Expect(Demand::kLossTold, &watcher);
}

TEST_P(Queue, LossIsRepairedByTheLibrary) {
  LibraryWatcher watcher(RN_WATCH_RECOVER, queue_);
  Expect(Demand::kRepair, &watcher);
}

TEST_P(Queue, LossIsRepairedByTheCommand) {
  CommandWatcher watcher(dir_.Path("lines.jsonl"), {"--recover"}, queue_);
  Expect(Demand::kRepair, &watcher);
}

// Whoever changes the limit of a machine gives it back, whatever becomes of it.
TEST(QueueLimit, IsRestoredAfterADeathBySignal) {
  rn_limit before;
  ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &before), 0);
  const std::string refusal = QueueLimit(before.value).refusal();
  if (!refusal.empty()) GTEST_SKIP() << refusal;
  const pid_t pid = fork();
  if (pid == 0) {
    const QueueLimit limit(before.value + 77);
    rn_limit now;
    if (rn_limit_get(RN_LIMIT_QUEUE, &now) != 0 ||
        now.value != before.value + 77)
      _exit(1);
    raise(SIGKILL);
  }
  int status;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));

  { const QueueLimit next(kSurelyTooSmall); }  // when the other is undone
  rn_limit after;
  ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &after), 0);
  EXPECT_EQ(after.value, before.value);
}

constexpr uint32_t kQueues[] = {kSurelyTooSmall, 128, 16384};

INSTANTIATE_TEST_SUITE_P(Memory, Queue,
                         testing::Combine(testing::Values(FileSystem::kMemory),
                                          testing::ValuesIn(kQueues),
                                          testing::Range(1U, 5U)));
INSTANTIATE_TEST_SUITE_P(Disk, Queue,
                         testing::Combine(testing::Values(FileSystem::kDisk),
                                          testing::ValuesIn(kQueues),
                                          testing::Range(1U, 3U)));

}  // namespace
}  // namespace rn
