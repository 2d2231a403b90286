// Trees of more directories than the kernel queues records stop being watched:
// the library does not overflow the queue by its own doing.  With a short
// queue, where the limit can be set, and with that of the machine.

#include <errno.h>
#include <sys/inotify.h>

#include <memory>
#include <string>

#include "test/stress/memory_dir.h"
#include "test/support/fake_kernel.h"
#include "test/support/queue_limit.h"

namespace rn {
namespace {

constexpr uint32_t kUsual = 0;
constexpr int kInOne = 300;  // directories in one
constexpr int kSyncMs = 60000;

class LeaveStress : public StressFixture,
                    public testing::WithParamInterface<uint32_t> {
 protected:
  void SetUp() override {
    std::unique_ptr<QueueLimit> limit;
    if (GetParam() != kUsual) limit = std::make_unique<QueueLimit>(GetParam());
    if (limit != nullptr && !limit->refusal().empty())
      GTEST_SKIP() << limit->refusal();
    Make(kernel_.sys());
    rn_limit queue = {};
    ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &queue), 0);
    dirs_ = static_cast<int>(queue.value) + static_cast<int>(queue.value) / 4;
    MkDir("tree");
    MkDir("tree/in");
    for (int i = 0; i < dirs_; i++) {
      const std::string in = "tree/in/" + std::to_string(i / kInOne);
      if (i % kInOne == 0) MkDir(in);
      MkDir(in + "/" + std::to_string(i));
    }
  }

  void Begin() {
    ASSERT_EQ(Add("tree", IN_CREATE | IN_DELETE, RN_WATCH_RECURSIVE), 0);
    tree_ = watch_;
    ASSERT_EQ(Add("", IN_CREATE), 0);
    Start();
  }

  // Another watch has told what happened, and nothing was lost.
  void ExpectNothingLost() {
    for (int i = 0; i < 20; i++) {
      Touch("f" + std::to_string(i));
      ASSERT_EQ(rn_thread_notifier_sync(notifier_, kSyncMs), 0);
    }
    EXPECT_TRUE(WaitUntil([this] { return WatchesAgreeOn(watches_left_); }));
    ASSERT_EQ(rn_thread_notifier_sync(notifier_, kSyncMs), 0);
    EXPECT_EQ(Statistics().kernel_overflows, 0U);
  }

  bool WatchesAgreeOn(uint64_t count) const {
    return Statistics().watches == count;
  }

  rn_watch_manager *Manager() const {
    return rn_thread_notifier_manager(notifier_);
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  rn_watch tree_ = {};
  int dirs_ = 0;
  uint64_t watches_left_ = 1;
};

TEST_P(LeaveStress, MovedOut) {
  Begin();
  watches_left_ = 2;
  ASSERT_EQ(rename(Path("tree/in").c_str(), outside_.Path("in").c_str()), 0);
  ExpectNothingLost();
}

TEST_P(LeaveStress, Removed) {
  Begin();
  ASSERT_EQ(rn_watch_manager_remove(Manager(), tree_), 0);
  ExpectNothingLost();
}

TEST_P(LeaveStress, Flattened) {
  Begin();
  watches_left_ = 2;
  rn_watch_update update = Sized<rn_watch_update>();
  update.clear_flags = RN_WATCH_RECURSIVE;
  ASSERT_EQ(rn_watch_manager_update(Manager(), tree_, &update), 0);
  ExpectNothingLost();
}

TEST_P(LeaveStress, AdditionFailed) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();
  kernel_.FailNth(Call::kWatchAdd, static_cast<uint64_t>(dirs_), -ENOSPC);
  ASSERT_EQ(Add("tree", IN_CREATE, RN_WATCH_RECURSIVE), -ENOSPC);
  ExpectNothingLost();
}

TEST_P(LeaveStress, RemovedBeforeADrain) {
  Begin();
  ASSERT_EQ(rn_watch_manager_remove(Manager(), tree_), 0);
  Drain();
  EXPECT_EQ(Statistics().kernel_overflows, 0U);
  EXPECT_EQ(Texts(), Strings{"IGNORED tree"});
}

INSTANTIATE_TEST_SUITE_P(Queues, LeaveStress, testing::Values(64U, kUsual),
                         [](const auto &queue) {
                           return queue.param == kUsual ? "Usual" : "Short";
                         });

}  // namespace
}  // namespace rn
