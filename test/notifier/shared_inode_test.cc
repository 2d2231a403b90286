// Two watches on one inode are independent: each has its own mask, path and
// handler, and ends by itself.

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"
#include "test/support/events/watch_table.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

class SharedInode : public NotifierFixture {
 protected:
  void SetUp() override {
    dir_.MkDir("a/sub");
    Make();
  }
  Strings OtherTexts() const { return other_.Texts(dir_.path()); }

  EventLog other_;
  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(SharedInode, BothHandlersAreCalled) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE | IN_DELETE, 0, &other_), 0);
  Start();

  Touch("f");
  Remove("f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE f"});
  EXPECT_EQ(OtherTexts(), (Strings{"CREATE f", "DELETE f"}));
}

TEST_F(SharedInode, HandlesDiffer) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("", IN_CREATE), 0);

  EXPECT_EQ(watch_.wd, first.wd);
  EXPECT_NE(watch_.generation, first.generation);
}

TEST_F(SharedInode, RemovingOneLeavesTheOther) {
  ASSERT_EQ(Add("", IN_CREATE | IN_DELETE), 0);
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  Start();

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  Touch("f");
  Remove("f");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "DELETE f"}));
  EXPECT_EQ(OtherTexts(), Strings{"IGNORED ."});
  EXPECT_EQ(other_.Released(), 1);
}

// The watch of the outer path ends at once, that of what both cover when the
// fence is read: the outer one is told nothing behind its end.
TEST_F(SharedInode, EndOfAnOuterWatchIsTheLastThatItIsTold) {
  for (const unsigned flags : {0U, unsigned{RN_WATCH_RECURSIVE}}) {
    for (int i = 0; i < 20; i++) {
      ASSERT_EQ(Add("a/sub", IN_CREATE, flags), 0);
      const rn_watch inner = watch_;
      EventLog outer;
      ASSERT_EQ(Add("a", IN_CREATE, RN_WATCH_RECURSIVE, &outer), 0);
      if (i == 0 && flags == 0) Start();
      rn_watch_manager *const manager = rn_thread_notifier_manager(notifier_);

      MkDir("a/sub/before");
      ASSERT_EQ(rn_watch_manager_remove(manager, watch_), 0);
      MkDir("a/sub/after");
      ASSERT_EQ(rn_thread_notifier_sync(notifier_, 10000), 0);

      EXPECT_EQ(outer.Texts(dir_.path()),
                (Strings{"CREATE|ISDIR a/sub/before", "IGNORED a"}));
      EXPECT_EQ(outer.Released(), 1);
      EXPECT_TRUE(Has("CREATE|ISDIR a/sub/after"));
      ASSERT_EQ(rn_watch_manager_remove(manager, inner), 0);
      RmDir("a/sub/before");
      RmDir("a/sub/after");
      ASSERT_EQ(rn_thread_notifier_sync(notifier_, 10000), 0);
    }
  }
}

// What happens after the removal has returned lies behind the fence that ends
// the watch: here the fence is held up, and the removal must wait for it.
TEST_F(SharedInode, RemovalReturnsBehindItsFence) {
  Finish();
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  Start();
  std::atomic<bool> returned{false};
  std::atomic<bool> too_early{false};
  std::atomic<bool> first{true};
  kernel_.On(
      &KernelHooks::watch_add, [&](int fd, const char *path, uint32_t mask) {
        if (mask == IN_DELETE_SELF && first.exchange(false)) /* a fence */
          too_early = WaitUntil([&] { return returned.load(); },
                                std::chrono::milliseconds(200));
        const rn_sys *real = kernel_.beneath();
        return real->watch_add(real, fd, path, mask);
      });

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  returned = true;
  Drain();

  EXPECT_FALSE(first);
  EXPECT_FALSE(too_early);
}

TEST_F(SharedInode, RemovingBothEndsTheKernelsWatch) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  Start();

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), first), 0);

  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), first), 1);
}

TEST_F(SharedInode, RemovedBeforeTheStartIsToldAfterIt) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  Start();
  Drain();

  EXPECT_EQ(OtherTexts(), Strings{"IGNORED ."});
}

// The account balances for a notifier that never ran, too.
TEST_F(SharedInode, RemovedWithoutAStart) {
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  Finish();

  EXPECT_EQ(other_.Released(), 1);
}

TEST_F(SharedInode, EachToldByItsOwnPath) {
  rn_watch_options options = Watch(IN_CREATE);
  const rn_handler handler = other_.Handler();
  options.handler = &handler;
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  ASSERT_EQ(AddPath(dir_.path() + "//a/sub/..", options), 0);
  Start();

  Touch("a/f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a/f"});
  ASSERT_EQ(other_.Count(), 1U);
  EXPECT_EQ(other_.Events()[0].path, dir_.path() + "//a/sub/../f");
}

TEST_F(SharedInode, SourceOfARenameIsToldByItsOwnPath) {
  rn_watch_options options = Watch(IN_MOVE);
  const rn_handler handler = other_.Handler();
  options.handler = &handler;
  ASSERT_EQ(Add("a", IN_MOVE), 0);
  ASSERT_EQ(AddPath(dir_.path() + "//a", options), 0);
  Start();
  Touch("a/f");

  Move("a/f", "a/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM a/f", "MOVED_TO a/g <- a/f"}));
  ASSERT_EQ(other_.Count(), 2U);
  EXPECT_EQ(other_.Events()[1].src, dir_.path() + "//a/f");
}

TEST_F(SharedInode, RenamedDirectoryIsNotReportedAgain) {
  Touch("a/sub/f");
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE, &other_), 0);
  Start();

  Move("a/sub", "sub");
  EXPECT_TRUE(WatchesAgree());
  Drain();

  const Strings expected = {"MOVED_FROM|ISDIR a/sub",
                            "MOVED_TO|ISDIR sub <- a/sub"};
  EXPECT_EQ(Texts(), expected);
  EXPECT_EQ(OtherTexts(), expected);
}

TEST_F(SharedInode, MoveBetweenOverlappingTrees) {
  dir_.MkDir("b");
  Touch("a/sub/f");
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("b", kTreeMask, RN_WATCH_RECURSIVE, &other_), 0);
  Start();

  Move("a/sub", "b/sub");
  EXPECT_TRUE(WatchesAgree());
  ASSERT_TRUE(
      WaitUntil([&] { return other_.Has(dir_.path(), "CREATE b/sub/f"); }));
  Touch("b/sub/x");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"MOVED_FROM|ISDIR a/sub", "MOVED_TO|ISDIR b/sub <- a/sub",
                     "CREATE b/sub/x"}));
  EXPECT_EQ(OtherTexts().back(), "CREATE b/sub/x");
}

TEST_F(SharedInode, DeletedTreeEndsInBoth) {
  ASSERT_EQ(Add("a", kTreeMask, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("a/sub", kTreeMask, RN_WATCH_RECURSIVE, &other_), 0);
  Start();

  RmDir("a/sub");
  RmDir("a");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"DELETE|ISDIR a/sub", "IGNORED a"}));
  EXPECT_EQ(OtherTexts(), Strings{"IGNORED a/sub"});
  EXPECT_EQ(other_.Released(), 1);
}

TEST_F(SharedInode, OverlappingTreesBothSeeANewDirectory) {
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("a", kTreeMask, RN_WATCH_RECURSIVE, &other_), 0);
  Start();

  MkDir("a/new");
  Touch("a/new/f");
  EXPECT_TRUE(WatchesAgree());
  ASSERT_TRUE(WaitFor("CREATE a/new/f"));
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR a/new", "CREATE a/new/f"}));
  EXPECT_EQ(OtherTexts(), Texts());
}

// -- Two names ----------------------------------------------------------------

TEST_F(SharedInode, HardLinkIsToldUnderBothNames) {
  Touch("one");
  ASSERT_EQ(link(Path("one").c_str(), Path("two").c_str()), 0);
  ASSERT_EQ(Add("one", IN_CLOSE_WRITE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("two", IN_CLOSE_WRITE | IN_ATTRIB, 0, &other_), 0);
  EXPECT_EQ(watch_.wd, first.wd);
  Start();

  Touch("one");
  ASSERT_EQ(chmod(Path("one").c_str(), 0600), 0);
  Touch("two");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CLOSE_WRITE one", "CLOSE_WRITE one"}));
  EXPECT_EQ(OtherTexts(),
            (Strings{"CLOSE_WRITE two", "ATTRIB two", "CLOSE_WRITE two"}));
}

// One name goes, the file stays: for the kernel nothing has ended.
TEST_F(SharedInode, OneNameOfAHardLinkGoes) {
  Touch("one");
  ASSERT_EQ(link(Path("one").c_str(), Path("two").c_str()), 0);
  ASSERT_EQ(Add("one", IN_CLOSE_WRITE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("two", IN_CLOSE_WRITE, 0, &other_), 0);
  Start();
  Remove("one");
  Touch("two");
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, 10000), 0);

  EXPECT_EQ(SetMask(notifier_, first, IN_ATTRIB), 0);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), first), 0);
  Touch("two");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CLOSE_WRITE one", "IGNORED one"}));
  EXPECT_EQ(OtherTexts(), (Strings{"CLOSE_WRITE two", "CLOSE_WRITE two"}));
}

TEST_F(SharedInode, LastNameOfAHardLinkEndsBoth) {
  Touch("one");
  ASSERT_EQ(link(Path("one").c_str(), Path("two").c_str()), 0);
  ASSERT_EQ(Add("one", IN_CLOSE_WRITE), 0);
  ASSERT_EQ(Add("two", IN_CLOSE_WRITE, 0, &other_), 0);
  Start();

  Remove("one");
  Remove("two");
  Drain();

  EXPECT_EQ(Texts(), Strings{"IGNORED one"});
  EXPECT_EQ(OtherTexts(), Strings{"IGNORED two"});
  EXPECT_EQ(other_.Released(), 1);
}

TEST_F(SharedInode, LinkAndItsTarget) {
  ASSERT_EQ(symlink("a", Path("l").c_str()), 0);
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("l", IN_DELETE, 0, &other_), 0);
  EXPECT_EQ(watch_.wd, first.wd);
  Start();

  Touch("a/f");
  Remove("l/f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a/f"});
  EXPECT_EQ(OtherTexts(), Strings{"DELETE l/f"});
}

// The link itself is an inode of its own.
TEST_F(SharedInode, LinkItselfAndItsTarget) {
  ASSERT_EQ(symlink("a", Path("l").c_str()), 0);
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("l", IN_DELETE_SELF | IN_DONT_FOLLOW, 0, &other_), 0);
  EXPECT_NE(watch_.wd, first.wd);
  Start();

  Touch("a/f");
  Remove("l");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a/f"});
  EXPECT_EQ(OtherTexts(), (Strings{"DELETE_SELF l", "IGNORED l"}));
}

// -- Modifiers ----------------------------------------------------------------

TEST_F(SharedInode, OneShotEndsAlone) {
  ASSERT_EQ(Add("a", IN_CREATE | IN_ONESHOT, 0, &other_), 0);
  ASSERT_EQ(Add("a", IN_CREATE | IN_DELETE), 0);
  Start();

  Touch("a/f");
  Remove("a/f");
  Touch("a/g");
  Drain();

  EXPECT_EQ(OtherTexts(), (Strings{"CREATE a/f", "IGNORED a"}));
  EXPECT_EQ(Texts(), (Strings{"CREATE a/f", "DELETE a/f", "CREATE a/g"}));
  EXPECT_EQ(other_.Released(), 1);
}

TEST_F(SharedInode, TwoOneShotsHaveOneEventEach) {
  ASSERT_EQ(Add("a", IN_CREATE | IN_ONESHOT, 0, &other_), 0);
  ASSERT_EQ(Add("a", IN_DELETE | IN_ONESHOT), 0);
  Start();

  Touch("a/f");
  Remove("a/f");
  Touch("a/g");
  Remove("a/g");
  Drain();

  EXPECT_EQ(OtherTexts(), (Strings{"CREATE a/f", "IGNORED a"}));
  EXPECT_EQ(Texts(), (Strings{"DELETE a/f", "IGNORED a"}));
}

TEST_F(SharedInode, MaskCreateLeavesTheFirstAsItIs) {
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  const uint32_t before = WatchedMask(Path("a"));
  EXPECT_EQ(Add("a", IN_DELETE | IN_MASK_CREATE, 0, &other_), -EEXIST);
  EXPECT_EQ(other_.Released(), 1);
  EXPECT_EQ(WatchedMask(Path("a")), before);
  Start();

  Touch("a/f");
  Remove("a/f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a/f"});
  EXPECT_EQ(OtherTexts(), Strings{});
}

// The kernel is asked for what is left when one of them goes.
TEST_F(SharedInode, MaskIsThatOfAllTogether) {
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  ASSERT_EQ(Add("a", IN_ATTRIB, 0, &other_), 0);
  EXPECT_EQ(WatchedMask(Path("a")) & IN_ALL_EVENTS,
            uint32_t{IN_CREATE | IN_ATTRIB});
  Start();

  ASSERT_EQ(SetMask(notifier_, watch_, IN_OPEN), 0);
  EXPECT_EQ(WatchedMask(Path("a")) & IN_ALL_EVENTS,
            uint32_t{IN_CREATE | IN_OPEN});
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  EXPECT_TRUE(WaitUntil(
      [&] { return (WatchedMask(Path("a")) & IN_ALL_EVENTS) == IN_CREATE; }));
}

}  // namespace
}  // namespace rn
