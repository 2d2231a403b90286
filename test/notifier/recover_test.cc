// RN_WATCH_RECOVER from outside: what it may be combined with, and what a
// handler is given after an overflow.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVE;
constexpr unsigned kTree = RN_WATCH_RECURSIVE | RN_WATCH_RECOVER;

class Recover : public NotifierFixture {
 protected:
  // The next read that brings records gives an overflow in their place; what
  // came before, the end of an addition's fence among it, is read by then.
  void LoseOnce() {
    ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);
    lose_ = true;
  }

  void MakeLosing() {
    kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
      const rn_sys *sys = kernel_.beneath();
      const ssize_t got = sys->read(sys, fd, buffer, size);
      if (got <= 0 || !lose_.exchange(false)) return got;
      const Bytes record = OverflowRecord();
      std::memcpy(buffer, record.data(), record.size());
      return static_cast<ssize_t>(record.size());
    });
    Make(kernel_.sys());
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> lose_{false};
};

TEST_F(Recover, NeedsADirectory) {
  Touch("f");
  Make();

  EXPECT_EQ(Add("f", kMask, RN_WATCH_RECOVER), -ENOTDIR);
  EXPECT_EQ(Add("f", kMask, kTree), -ENOTDIR);
}

TEST_F(Recover, TakesADirectoryAlone) {
  Make();

  EXPECT_EQ(Add("", kMask, RN_WATCH_RECOVER), 0);
}

// Without the flag as well: a watch whose IN_IGNORED was lost ends, one of a
// file that was renamed does not.
TEST_F(Recover, FindsAnEndThatWasLost) {
  MakeLosing();
  Touch("gone");
  Touch("renamed");
  EventLog gone;
  ASSERT_EQ(Add("gone", IN_MODIFY, 0, &gone), 0);
  ASSERT_EQ(Add("renamed", IN_MODIFY), 0);
  Start();
  LoseOnce();

  Move("renamed", "elsewhere");
  Remove("gone");

  EXPECT_TRUE(WaitUntil([&] { return gone.Released() == 1; }));
  EXPECT_EQ(gone.Texts(dir_.path()),
            (Strings{"OVERFLOW kernel", "IGNORED gone"}));
  dir_.Write("elsewhere", "more");
  EXPECT_TRUE(WaitFor("MODIFY renamed"));
  EXPECT_EQ(log_.Released(), 0);
}

TEST_F(Recover, IsNotForOneShot) {
  Make();

  EXPECT_EQ(Add("", kMask | IN_ONESHOT, RN_WATCH_RECOVER), -EINVAL);
}

TEST_F(Recover, TellsWhatWasLostAndThenTheRescan) {
  MkDir("d");
  MakeLosing();
  WatchAll(kMask, kTree);
  LoseOnce();

  MkDir("d/new");

  ASSERT_TRUE(WaitFor("RESCAN"));
  const Strings expected = {"OVERFLOW kernel", "CREATE|ISDIR d/new", "RESCAN"};
  EXPECT_EQ(Texts(), expected);
  EXPECT_EQ(log_.Events().back().path, dir_.path());
  EXPECT_EQ(Statistics().rescans, 1U);
  EXPECT_GE(Statistics().recovered, 1U);
}

// New and changed files, for who asks for what was written.
TEST_F(Recover, TellsOfFilesAsClosedWhereThatIsAskedFor) {
  dir_.Write("old", "text");
  MakeLosing();
  WatchAll(IN_CLOSE_WRITE, kTree);
  LoseOnce();

  dir_.Write("old", "longer text");
  ASSERT_TRUE(WaitFor("RESCAN"));
  LoseOnce();
  dir_.Write("new", "text");

  EXPECT_TRUE(WaitUntil([&] { return Statistics().rescans == 2; }));
  Drain();
  EXPECT_TRUE(Has("CLOSE_WRITE old"));
  EXPECT_TRUE(Has("CLOSE_WRITE new"));
}

TEST_F(Recover, CallsOnRescanWithWhatWasDone) {
  MakeLosing();
  std::atomic<uint64_t> changes{0};
  rn_handler handler = Sized<rn_handler>();
  handler.context = &changes;
  handler.on_rescan = [](const rn_event *event, void *context) {
    EXPECT_EQ(rn_event_kind(event), RN_EVENT_RESCAN);
    EXPECT_EQ(rn_event_mask(event), 0U);
    EXPECT_EQ(rn_event_src_path(event, nullptr), nullptr);
    EXPECT_EQ(rn_event_rescan_reason(event), RN_RESCAN_OVERFLOW);
    *static_cast<std::atomic<uint64_t> *>(context) =
        rn_event_rescan_changes(event);
    return 0;
  };
  rn_watch_options options = Watch(kMask, kTree);
  options.handler = &handler;
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();
  LoseOnce();

  Touch("new");

  EXPECT_TRUE(WaitUntil([&] { return changes == 1; }));
  Finish();
}

TEST_F(Recover, AStopThatDrainsRepairsFirst) {
  MakeLosing();
  WatchAll(kMask, kTree);
  LoseOnce();
  Touch("new");

  Drain();

  EXPECT_EQ(Texts(), (Strings{"OVERFLOW kernel", "CREATE new", "RESCAN"}));
}

// Whatever is read once the stop has begun is lost: the last repair as well.
TEST_F(Recover, AStopThatLeavesALossSaysSo) {
  rn_health health = Sized<rn_health>();
  MakeLosing();
  WatchAll(kMask, kTree);
  LoseOnce();
  Touch("first");
  ASSERT_TRUE(WaitFor("RESCAN"));
  kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, size);
    if (got <= 0 || rn_thread_notifier_state(notifier_) != RN_STATE_STOPPING)
      return got;
    const Bytes record = OverflowRecord();
    std::memcpy(buffer, record.data(), record.size());
    return static_cast<ssize_t>(record.size());
  });
  kernel_.On(&KernelHooks::queued, [this](int fd, size_t *size) {
    const rn_sys *sys = kernel_.beneath();
    *size = 16; /* a repair waits until the queue is empty */
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING
               ? sys->queued(sys, fd, size)
               : 0;
  });
  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(WaitUntil([&] {
    return rn_thread_notifier_health(notifier_, &health) == 0 &&
           health.recovering;
  }));
  Drain();

  ASSERT_EQ(rn_thread_notifier_health(notifier_, &health), 0);
  const Strings texts = Texts();
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "RESCAN"), 1);
  EXPECT_TRUE(health.recovering);
}

TEST_F(Recover, AStopAfterTheRepairSaysThatNothingIsLeft) {
  rn_health health = Sized<rn_health>();
  MakeLosing();
  WatchAll(kMask, kTree);
  LoseOnce();
  Touch("first");
  Drain();

  ASSERT_EQ(rn_thread_notifier_health(notifier_, &health), 0);
  EXPECT_TRUE(Has("RESCAN"));
  EXPECT_FALSE(health.recovering);
}

}  // namespace
}  // namespace rn
