// A recursive addition while the tree under it changes: each piece of the walk
// is met by a change at just that place.

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class WalkRace : public NotifierFixture {
 protected:
  static std::string Deep(int depth) {
    std::string path = "top";
    for (int i = 1; i < depth; i++) path += "/" + std::to_string(i);
    return path;
  }

  void RemoveTop() const {
    std::error_code ignored;
    std::filesystem::remove_all(Path("top"), ignored);
  }

  // Add top/ from another thread, with a handler of its own.
  std::future<int> AddTop(uint32_t mask) {
    return std::async(std::launch::async, [this, mask] {
      return Add("top", mask, RN_WATCH_RECURSIVE, &own_);
    });
  }

  // What that one was told, but for losses: they concern all handlers.
  Strings Told() const {
    Strings told = own_.Texts(dir_.path());
    told.erase(std::remove(told.begin(), told.end(), "OVERFLOW kernel"),
               told.end());
    return told;
  }

  EventLog own_;
  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

class Deleted : public WalkRace, public testing::WithParamInterface<int> {};

// Deeper than a walk keeps directories open, so that the top can go.
TEST_P(Deleted, AtAnyPieceTheAdditionEnds) {
  dir_.MkDir(Deep(60));
  std::atomic<int> turns{-1};
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t size) {
    if (turns >= 0 && ++turns == GetParam()) RemoveTop();
    return kernel_.beneath()->read(kernel_.beneath(), fd, buffer, size);
  });
  Make(kernel_.sys());
  Start();
  turns = 0;

  std::future<int> result = AddTop(IN_CREATE | IN_DELETE | IN_DELETE_SELF);

  if (!WaitUntil([&] {
        return result.wait_for(std::chrono::seconds(0)) ==
               std::future_status::ready;
      })) {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
    FAIL() << "the call does not return";
  }
  const int err = result.get();
  EXPECT_TRUE(err == 0 || err == -ENOENT) << err;
  RemoveTop();
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  kernel_.On(&KernelHooks::read, nullptr);
  /* Its end is told when the addition has succeeded, and only then. */
  EXPECT_TRUE(WaitUntil([&] { return own_.Released() == 1; }));
  if (err == 0)
    EXPECT_TRUE(own_.Has(dir_.path(), "IGNORED top"));
  else
    EXPECT_EQ(Told(), Strings{});
}

INSTANTIATE_TEST_SUITE_P(Turn, Deleted, testing::Range(1, 12));

// A tree that is busy, and a limit that is met when most of it is watched.
TEST_F(WalkRace, OfAnAdditionThatFailsNothingIsTold) {
  for (int i = 0; i < 300; i++) dir_.MkDir("top/" + std::to_string(i));
  Make(kernel_.sys());
  Start();
  for (int round = 0; round < 10; round++) {
    std::atomic<int> left{200};
    kernel_.On(&KernelHooks::watch_add,
               [&](int fd, const char *path, uint32_t mask) {
                 if (mask != IN_DELETE_SELF && --left < 0) return -ENOSPC;
                 if (left % 20 == 0) {
                   Touch("top/f");
                   Remove("top/f");
                 }
                 const rn_sys *beneath = kernel_.beneath();
                 return beneath->watch_add(beneath, fd, path, mask);
               });

    EXPECT_EQ(AddTop(IN_CREATE | IN_DELETE).get(), -ENOSPC);

    kernel_.On(&KernelHooks::watch_add, nullptr);
    EXPECT_TRUE(WaitUntil([&] { return own_.Released() == round + 1; }));
    EXPECT_EQ(Told(), Strings{});
  }
}

TEST_F(WalkRace, OfOneThatSucceedsNothingIsLost) {
  for (int i = 0; i < 300; i++) dir_.MkDir("top/" + std::to_string(i));
  std::atomic<int> made{0};
  kernel_.On(&KernelHooks::watch_add,
             [&](int fd, const char *path, uint32_t mask) {
               const rn_sys *beneath = kernel_.beneath();
               const int wd = beneath->watch_add(beneath, fd, path, mask);
               if (mask != IN_DELETE_SELF && made < 100)
                 Touch("top/f" + std::to_string(made++));
               return wd;
             });
  Make(kernel_.sys());
  Start();

  EXPECT_EQ(AddTop(IN_CREATE).get(), 0);
  Drain();

  kernel_.On(&KernelHooks::watch_add, nullptr);
  for (int i = 1; i < made; i++)
    EXPECT_TRUE(own_.Has(dir_.path(), "CREATE top/f" + std::to_string(i))) << i;
}

// The full mask is what the caller may rely on when the call returns.
TEST_F(WalkRace, MaskIsFullWhenTheCallReturns) {
  MkDir("top");
  std::atomic<bool> returned{false};
  std::atomic<bool> late{false};
  kernel_.On(&KernelHooks::watch_add,
             [&](int fd, const char *path, uint32_t mask) {
               if ((mask & IN_OPEN) != 0)
                 late = WaitUntil([&] { return returned.load(); },
                                  std::chrono::milliseconds(200));
               const rn_sys *beneath = kernel_.beneath();
               return beneath->watch_add(beneath, fd, path, mask);
             });
  Make(kernel_.sys());
  Start();

  EXPECT_EQ(Add("top", IN_ALL_EVENTS, RN_WATCH_RECURSIVE), 0);
  returned = true;

  EXPECT_NE(WatchedMask(Path("top")) & IN_OPEN, 0U);
  Drain();
  EXPECT_FALSE(late);
  kernel_.On(&KernelHooks::watch_add, nullptr);
}

// A directory deep in the tree, queued for its listing, is renamed before it.
TEST_F(WalkRace, AllIsWatchedWhenTheCallReturns) {
  const std::string deep = Deep(26);
  dir_.MkDir(deep + "/x/y/z");
  std::atomic<bool> moved{false};
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) {
               if (dir_fd == AT_FDCWD &&
                   std::string(path).size() > Path(deep).size() - 8 &&
                   !moved.exchange(true))
                 rename(Path("top/1/2").c_str(), Path("top/1/two").c_str());
               const rn_sys *beneath = kernel_.beneath();
               return beneath->dir_open(beneath, dir_fd, path, flags);
             });
  Make(kernel_.sys());
  Start();

  EXPECT_EQ(Add("top", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  const auto watched = WatchedInodes();  // a fence's may be among them

  EXPECT_TRUE(moved);
  for (const ino_t inode : LiveDirectories(Path("top")))
    EXPECT_EQ(watched.count(inode), 1U) << inode;
  kernel_.On(&KernelHooks::dir_open, nullptr);
}

}  // namespace
}  // namespace rn
