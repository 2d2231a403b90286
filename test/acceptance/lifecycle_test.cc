// Stopping: how fast, with what, and that nothing is touched afterwards.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

using Clock = std::chrono::steady_clock;

class Acceptance : public NotifierFixture {};

// The best of several: a machine that is busy makes some of them late.
TEST_F(Acceptance, Case35StopOfAnIdleReaderIsQuick) {
  Clock::duration best = Clock::duration::max();
  for (int i = 0; i < 20; i++) {
    WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);
    ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);
    const Clock::time_point before = Clock::now();
    ASSERT_EQ(rn_thread_notifier_stop(
                  notifier_, i % 2 == 0 ? RN_STOP_DRAIN : RN_STOP_DISCARD),
              0);
    best = std::min(best, Clock::now() - before);
    Finish();
  }
  EXPECT_LT(best, std::chrono::milliseconds(100));
}

// -- Full load ----------------------------------------------------------------

// Threads that make files all the time, no faster than they are read.
class AcceptanceLoad : public Acceptance {
 protected:
  void SetUp() override {
    options_.worker_count = 2;
    WatchAll(IN_CREATE);
    for (int i = 0; i < 2; i++)
      makers_.emplace_back([this, i] { MakeFiles(std::to_string(i)); });
    ASSERT_TRUE(WaitUntil([this] { return log_.Count() > 1000; }));
  }
  void TearDown() override {
    making_ = false;
    for (std::thread &maker : makers_) maker.join();
    Acceptance::TearDown();
  }

  // By turns, so that the kernel merges none.
  void MakeFiles(const std::string &name) {
    for (int i = 0; making_; i++) {
      const std::string turn = name + (i % 2 == 0 ? "a" : "b");
      Touch(turn);
      Remove(turn);
      made_++;
      while (making_ && made_ > Statistics().read + 4096)
        std::this_thread::yield();
    }
  }

  std::atomic<bool> making_{true};
  std::atomic<uint64_t> made_{0};
  std::vector<std::thread> makers_;
};

TEST_F(AcceptanceLoad, Case35DrainHandlesWhatHappenedBefore) {
  constexpr int kOwn = 500;
  const uint64_t before = made_;
  for (int i = 0; i < kOwn; i++) Touch("own " + std::to_string(i));

  Drain();

  EXPECT_GE(log_.Count(), before);
  const Strings texts = Texts();
  const std::set<std::string> told(texts.begin(), texts.end());
  for (int i = 0; i < kOwn; i++)
    EXPECT_EQ(told.count("CREATE own " + std::to_string(i)), 1U) << i;
  const rn_statistics s = Statistics();
  EXPECT_EQ(s.dropped, 0U);
  EXPECT_EQ(s.kernel_overflows, 0U);
  EXPECT_EQ(s.delivered, log_.Count());
}

// A handler is held, so there is something to discard.
TEST_F(AcceptanceLoad, Case35DiscardCountsTheRest) {
  log_.Hold();
  ASSERT_TRUE(WaitUntil([this] { return log_.Held() > 0; }));
  const uint64_t read = Statistics().read;
  ASSERT_TRUE(WaitUntil([&] { return Statistics().read > read + 1000; }));

  std::thread stopper([this] {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
  });
  EXPECT_TRUE(WaitUntil([this] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));
  log_.Let();
  stopper.join();

  const rn_statistics s = Statistics();
  EXPECT_EQ(s.delivered, log_.Count());
  EXPECT_GE(s.dropped, 1000U);
  EXPECT_EQ(s.read + s.synthetic, s.delivered + s.filtered + s.dropped);
}

// -- Afterwards ---------------------------------------------------------------

// Whoever opens descriptors after a stop gets its numbers.
TEST_F(Acceptance, Case36AStoppedNotifierLeavesRecycledDescriptorsAlone) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  const rn_watch watch = watch_;
  Drain();
  rn_inotify *others[16];
  for (rn_inotify *&other : others) ASSERT_EQ(rn_inotify_open(0, &other), 0);

  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  EXPECT_EQ(Add("", IN_CREATE), -ESHUTDOWN);
  EXPECT_EQ(rn_watch_manager_remove(manager, watch), -ESHUTDOWN);
  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), -EALREADY);
  EXPECT_EQ(rn_thread_notifier_wait(notifier_, -1), 0);
  EXPECT_EQ(rn_thread_notifier_sync(notifier_, -1), -ESHUTDOWN);
  EXPECT_EQ(WatchedInodes().size(), 0U);
  Finish();  // it closes what is its own, and nothing else

  for (rn_inotify *other : others) {
    EXPECT_GT(rn_inotify_add_watch(other, dir_.path().c_str(), IN_CREATE), 0);
    Touch("f");
    Remove("f");
    rn_cursor events;
    EXPECT_GT(rn_inotify_read(other, 0, 0, &events), 0);
    rn_inotify_close(other);
  }
}

}  // namespace
}  // namespace rn
