// stop(drain) handles everything that happened before the call; stop(discard)
// counts what it drops.

#include <sys/inotify.h>

#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

class Stop : public NotifierFixture {
 protected:
  // Everything happens before the reader's first turn.
  void StartAndDrain() {
    Start();
    Drain();
    EventModel model(dir_.path());
    for (const LoggedEvent &event : log_.Events()) model.Apply(event);
    EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
    EXPECT_EQ(model.faults(), Strings{});
  }
  void MakeTree() {
    Make();
    ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  }
};

TEST_F(Stop, DrainReadsWhatIsQueued) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  for (int i = 0; i < 3000; i++) Touch("f" + std::to_string(i));

  Start();
  Drain();

  EXPECT_EQ(log_.Count(), 3000U);
}

TEST_F(Stop, DrainWaitsForASlowHandler) {
  WatchAll(IN_CREATE);
  log_.Hold();
  for (int i = 0; i < 100; i++) Touch("f" + std::to_string(i));
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));

  std::thread stopper([&] { Drain(); });
  ASSERT_TRUE(WaitUntil([&] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));
  log_.Let();
  stopper.join();

  EXPECT_EQ(log_.Count(), 100U);
}

TEST_F(Stop, DrainTellsTheContentOfANewTree) {
  MakeTree();
  dir_.MkDir("a/b/c");
  Touch("a/f");
  Touch("a/b/c/f");

  StartAndDrain();
}

TEST_F(Stop, DrainTellsTheContentOfADeepNewTree) {
  MakeTree();
  std::string path = "0";
  for (int i = 1; i < 60; i++) path += "/" + std::to_string(i);
  dir_.MkDir(path);

  StartAndDrain();
}

TEST_F(Stop, DrainTellsTheContentOfALargeNewDirectory) {
  MakeTree();
  MkDir("a");
  for (int i = 0; i < 5000; i++) Touch("a/" + std::to_string(i));

  StartAndDrain();
}

// The way to the new directory leads through a name that has gone.
TEST_F(Stop, DrainTellsWhatIsBelowARenamedParent) {
  dir_.MkDir("p");
  Make();
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  dir_.MkDir("p/new/er");
  Touch("p/new/f");
  Move("p", "q");

  Start();
  Drain();

  EXPECT_TRUE(Has("CREATE|ISDIR q/new/er"));
  EXPECT_TRUE(Has("CREATE q/new/f"));
}

TEST_F(Stop, DiscardCountsWhatItDrops) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  for (int i = 0; i < 3000; i++) Touch("f" + std::to_string(i));
  log_.Hold();
  Start();
  ASSERT_TRUE(
      WaitUntil([&] { return Statistics().read == 3000 && log_.Held() == 1; }));

  std::thread stopper([&] {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
  });
  ASSERT_TRUE(WaitUntil([&] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));
  log_.Let();
  stopper.join();

  EXPECT_EQ(log_.Count(), 1U);
  EXPECT_EQ(Statistics().delivered, 1U);
  EXPECT_EQ(Statistics().dropped, 2999U);
}

TEST_F(Stop, DiscardCutsADrainShort) {
  WatchAll(IN_CREATE);
  log_.Hold();
  for (int i = 0; i < 1000; i++) Touch("f" + std::to_string(i));
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  std::thread drainer(
      [&] { EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0); });
  ASSERT_TRUE(WaitUntil([&] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));

  log_.OnEvent([this](const rn_event *) {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD),
              -EINPROGRESS);
  });
  log_.Let();
  drainer.join();

  EXPECT_EQ(log_.Count(), 2U);
}

TEST_F(Stop, EndsTheWatches) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  Drain();

  EXPECT_EQ(log_.Released(), 1);
}

}  // namespace
}  // namespace rn
