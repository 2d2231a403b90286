// Watches that tell nothing for a while.

#include <sys/inotify.h>
#include <unistd.h>

#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class Suspend : public NotifierFixture {
 protected:
  rn_watch_manager *Manager() { return rn_thread_notifier_manager(notifier_); }
  int Off(const rn_watch *watch = nullptr) {
    return rn_watch_manager_suspend(Manager(), watch);
  }
  int On(const rn_watch *watch = nullptr) {
    return rn_watch_manager_resume(Manager(), watch);
  }
  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(Suspend, HidesWhatHappensMeanwhile) {
  WatchAll(IN_CREATE | IN_DELETE);
  Touch("before");
  ASSERT_EQ(Off(), 0);
  Touch("during");
  Remove("before");
  ASSERT_EQ(On(), 0);
  Touch("after");
  Sync();
  EXPECT_EQ(Texts(), (Strings{"CREATE before", "CREATE after"}));
}

TEST_F(Suspend, OfOneWatchLeavesOthersAlone) {
  MkDir("a");
  MkDir("b");
  Make();
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  const rn_watch a = watch_;
  ASSERT_EQ(Add("b", IN_CREATE), 0);
  Start();
  ASSERT_EQ(Off(&a), 0);
  Touch("a/f");
  Touch("b/f");
  ASSERT_EQ(On(&a), 0);
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE b/f"});
}

// Its one event is the first that is told.
TEST_F(Suspend, DoesNotUseUpTheOneShot) {
  WatchAll(IN_CREATE | IN_ONESHOT);
  ASSERT_EQ(Off(&watch_), 0);
  Touch("during");
  ASSERT_EQ(On(&watch_), 0);
  Touch("after");
  Sync();
  EXPECT_EQ(Texts(), (Strings{"CREATE after", "IGNORED ."}));
}

TEST_F(Suspend, OfAllAndOfOneAreApart) {
  WatchAll(IN_CREATE);
  ASSERT_EQ(Off(), 0);
  ASSERT_EQ(Off(&watch_), 0);
  ASSERT_EQ(On(), 0);
  Touch("a");
  ASSERT_EQ(On(&watch_), 0);
  Touch("b");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE b"});
}

TEST_F(Suspend, TwiceIsOnce) {
  WatchAll(IN_CREATE);
  EXPECT_EQ(On(), 1);
  EXPECT_EQ(Off(), 0);
  EXPECT_EQ(Off(), 1);
  EXPECT_EQ(On(), 0);
  EXPECT_EQ(On(&watch_), 1);
}

TEST_F(Suspend, SaysThatThereIsNoWatchForTheMoment) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  kernel_.FailAlways(Call::kWatchAdd, -ENOSPC);

  EXPECT_EQ(Off(), -ENOSPC);
  EXPECT_EQ(Off(&watch_), -ENOSPC);

  kernel_.FailAlways(Call::kWatchAdd, 0);
  Touch("a");
  ASSERT_EQ(Off(), 0);
  Touch("b");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE a"});
}

// Nor does a sync that waits for one hold it up, and what stands behind it.
TEST_F(Suspend, SaysThatThereIsNoWatchBehindASync) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  kernel_.FailAlways(Call::kWatchAdd, -ENOMEM);
  EXPECT_EQ(rn_thread_notifier_sync(notifier_, 10), -ETIMEDOUT);

  EXPECT_EQ(Off(), -ENOMEM);

  rn_watch found;
  EXPECT_EQ(rn_watch_manager_find(Manager(), dir_.path().c_str(), &found), 0);
  kernel_.FailAlways(Call::kWatchAdd, 0);
  Touch("a");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE a"});
}

// A record of a directory between its two places is kept; should nobody start
// the notifier, it was filtered.
TEST_F(Suspend, AccountsForWhatWasReadBeforeAStartThatDoesNotCome) {
  MkDir("d");
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  const int top = kernel_.Watches().begin()->first;
  const int below = kernel_.Watches().rbegin()->first;
  ASSERT_NE(top, below);
  bool read = false;
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t size) {
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, size);
    if (got <= 0 || read) return got;
    read = true;
    const Bytes more = Record(top, IN_MOVED_FROM | IN_ISDIR, 7, "d") +
                       Record(below, IN_CREATE, 0, "f");
    more.copy(static_cast<char *>(buffer) + got, more.size());
    return got + static_cast<ssize_t>(more.size());
  });

  EXPECT_EQ(Off(), 0);

  EXPECT_TRUE(read);
}

TEST_F(Suspend, HoldsForWatchesToCome) {
  MkDir("a");
  Make();
  ASSERT_EQ(Off(), 0);
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  Start();
  Touch("a/f");
  ASSERT_EQ(On(), 0);
  Touch("a/g");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE a/g"});
}

// Nobody reads before the start: what happened then is told apart all the same.
TEST_F(Suspend, BeforeTheStart) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Touch("before");
  ASSERT_EQ(Off(), 0);
  MkDir("d");
  Touch("d/f");
  ASSERT_EQ(On(), 0);
  Touch("d/g");
  Start();
  Sync();
  EXPECT_EQ(Texts(), (Strings{"CREATE before", "CREATE d/g"}));
}

TEST_F(Suspend, FollowsRenamesAndIndex) {
  MkDir("a");
  WatchAll(IN_CREATE | IN_DELETE | IN_MOVE,
           RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);
  ASSERT_EQ(Off(), 0);
  Move("a", "b");
  MkDir("b/c");
  ASSERT_EQ(On(), 0);
  Touch("b/c/f");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE b/c/f"});
}

TEST_F(Suspend, TellsTheEndOfAWatch) {
  MkDir("a");
  Make();
  ASSERT_EQ(Add("a", IN_DELETE_SELF), 0);
  Start();
  ASSERT_EQ(Off(), 0);
  RmDir("a");
  Sync();
  EXPECT_EQ(Texts(), Strings{"IGNORED a"});
  EXPECT_EQ(On(&watch_), -ENOENT);
}

TEST_F(Suspend, RefusesWhatIsNoWatch) {
  MkDir("a");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  rn_watch below;
  ASSERT_EQ(rn_watch_manager_find(Manager(), Path("a").c_str(), &below), 0);
  EXPECT_EQ(Off(&below), -EOPNOTSUPP);
  const rn_watch none = {12345, 1};
  EXPECT_EQ(Off(&none), -ENOENT);
  Drain();
  EXPECT_EQ(Off(), -ESHUTDOWN);
}

// A handler writes into the directory it is told of, and does not hear of it.
TEST_F(Suspend, FromAHandler) {
  log_.OnEvent([&](const rn_event *) {
    EXPECT_EQ(Off(), 0);
    Touch("own");
    EXPECT_EQ(On(), 0);
  });
  WatchAll(IN_CREATE);
  Touch("theirs");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE theirs"});
}

TEST_F(Suspend, BesideSyncsAndOtherRequests) {
  WatchAll(IN_CREATE);
  constexpr int kRounds = 50;
  std::thread syncs([&] {
    for (int i = 0; i < kRounds; i++)
      EXPECT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);
  });
  std::thread looks([&] {
    rn_watch found;
    for (int i = 0; i < kRounds; i++)
      EXPECT_EQ(rn_watch_manager_find(Manager(), Path("").c_str(), &found), 0);
  });
  for (int i = 0; i < kRounds; i++) {
    EXPECT_EQ(Off(), 0);
    Touch("hidden" + std::to_string(i));
    EXPECT_EQ(On(), 0);
    Touch("seen" + std::to_string(i));
  }
  syncs.join();
  looks.join();
  Sync();
  EXPECT_EQ(log_.Count(), static_cast<size_t>(kRounds));
  for (const std::string &text : Texts())
    EXPECT_EQ(text.find("hidden"), std::string::npos) << text;
}

TEST_F(Suspend, EndsWithAStop) {
  WatchAll(IN_CREATE);
  ASSERT_EQ(Off(), 0);
  Touch("hidden");
  Drain();
  EXPECT_EQ(Texts(), Strings{});
}

}  // namespace
}  // namespace rn
