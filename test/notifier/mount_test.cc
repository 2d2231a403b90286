// Mounts: what is unmounted under a watch, and one inode at two places.
//
// The tests run where mounting is allowed, in a mount namespace of their own,
// so that nothing of it is left whatever happens.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "test/notifier/persistent_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

// Returns 0, or why there is no mount namespace of our own.
int EnterNamespace() {
  static const int result = [] {
    const unsigned user = getuid();
    if (unshare(CLONE_NEWNS) != 0) {
      if (unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) return errno;
      std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    }
    const unsigned how = MS_REC | MS_PRIVATE;
    return mount("none", "/", nullptr, how, nullptr) == 0 ? 0 : errno;
  }();
  return result;
}

class Mount : public PersistentFixture {
 protected:
  void SetUp() override {
    int err = EnterNamespace();
    MkDir("m");
    if (err == 0) err = MountMemory();
    if (err != 0) GTEST_SKIP() << "mounting is not allowed: " << strerror(err);
  }
  void TearDown() override {
    PersistentFixture::TearDown();
    while (umount2(Path("m").c_str(), MNT_DETACH) == 0) continue;
    while (umount2(Path("b").c_str(), MNT_DETACH) == 0) continue;
  }

  int MountMemory() const {
    const char *const options = "size=1m";
    return mount("tmpfs", Path("m").c_str(), "tmpfs", 0, options) == 0 ? 0
                                                                       : errno;
  }
  void Bind(const std::string &from, const std::string &to) const {
    ASSERT_EQ(
        mount(Path(from).c_str(), Path(to).c_str(), nullptr, MS_BIND, nullptr),
        0)
        << strerror(errno);
  }
  void Unmount(const std::string &name) const {
    ASSERT_EQ(umount2(Path(name).c_str(), MNT_DETACH), 0) << strerror(errno);
  }
};

// -- Unmount ------------------------------------------------------------------

TEST_F(Mount, UnmountEndsTheWatch) {
  EventLog own;
  Make();
  ASSERT_EQ(Add("m", kMask, 0, &own), 0);
  Start();

  Unmount("m");
  ASSERT_TRUE(WaitUntil([&] { return own.Released() == 1; }));

  EXPECT_EQ(own.Texts(dir_.path()), (Strings{"UNMOUNT|ISDIR m", "IGNORED m"}));
  EXPECT_TRUE(own.Events().back().is_end);
  EXPECT_EQ(SetMask(notifier_, watch_, IN_CREATE), -ENOENT);
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      1);
  EXPECT_TRUE(WatchedInodes().empty());
}

// In whatever order the kernel takes the directories.
TEST_F(Mount, UnmountEndsTheWholeTree) {
  dir_.MkDir("m/a/b/c");
  dir_.MkDir("m/d");
  EventLog own;
  Make();
  ASSERT_EQ(Add("m", kMask, RN_WATCH_RECURSIVE, &own), 0);
  Start();

  Unmount("m");
  ASSERT_TRUE(WaitUntil([&] { return own.Released() == 1; }));

  EXPECT_TRUE(own.Has(dir_.path(), "UNMOUNT|ISDIR m"));
  EXPECT_TRUE(own.Has(dir_.path(), "IGNORED m"));
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  EXPECT_TRUE(WatchedInodes().empty());
}

TEST_F(Mount, UnmountBelowARecursiveWatchLeavesTheRest) {
  dir_.MkDir("m/a");
  MkDir("beside");
  WatchAll(kMask | IN_UNMOUNT | IN_IGNORED, RN_WATCH_RECURSIVE);

  Unmount("m");
  ASSERT_TRUE(WaitFor("IGNORED m"));
  MakeFile("beside/f");
  Drain();

  EXPECT_TRUE(Has("UNMOUNT|ISDIR m"));
  EXPECT_TRUE(Has("CREATE beside/f"));
  for (const LoggedEvent &event : log_.Events()) EXPECT_FALSE(event.is_end);
}

// The directory beneath has the name now.
TEST_F(Mount, PersistentTakesWhatIsBeneath) {
  Unmount("m");
  MakeFile("m/beneath");
  ASSERT_EQ(MountMemory(), 0);
  dir_.MkDir("m/a/b");
  Follow("m", RN_WATCH_RECURSIVE);

  Unmount("m");
  ASSERT_TRUE(WaitFor("CREATE m/beneath"));
  MakeFile("m/f");
  ASSERT_TRUE(WaitFor("CREATE m/f"));
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  Drain();

  const Strings told = Texts();
  const auto ignored = std::find(told.begin(), told.end(), "IGNORED m");
  const auto created = std::find(told.begin(), told.end(), "CREATE|ISDIR m");
  EXPECT_LT(ignored, created);
  EXPECT_LT(created, told.end());
}

TEST_F(Mount, PersistentFileOnIt) {
  MakeFile("m/f");
  Follow("m/f");

  Unmount("m");
  ASSERT_TRUE(WaitFor("IGNORED m/f"));
  MakeFile("m/f");
  ASSERT_TRUE(WaitFor("CREATE m/f"));
  Drain();

  EXPECT_EQ(TextsButForTheEnd(), (Strings{"IGNORED m/f", "CREATE m/f"}));
}

// -- Bind mounts --------------------------------------------------------------

TEST_F(Mount, BoundDirectoryIsToldUnderBothPaths) {
  MkDir("b");
  Bind("m", "b");
  EventLog other;
  Make();
  ASSERT_EQ(Add("m", IN_CREATE), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("b", IN_CREATE | IN_DELETE, 0, &other), 0);
  EXPECT_EQ(watch_.wd, first.wd);
  Start();

  MakeFile("m/f");
  Remove("b/f");
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), first), 0);
  MakeFile("m/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE m/f", "IGNORED m"}));
  EXPECT_EQ(other.Texts(dir_.path()),
            (Strings{"CREATE b/f", "DELETE b/f", "CREATE b/g"}));
}

// The file system is still mounted at the other place: nothing has ended.
TEST_F(Mount, BoundDirectoryIsUnmountedAtOnePlace) {
  MkDir("b");
  Bind("m", "b");
  EventLog other;
  Make();
  ASSERT_EQ(Add("m", IN_CREATE), 0);
  ASSERT_EQ(Add("b", IN_CREATE, 0, &other), 0);
  Start();

  Unmount("b");
  MakeFile("m/f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE m/f"});
  EXPECT_EQ(other.Texts(dir_.path()), Strings{"CREATE b/f"});
}

TEST_F(Mount, BoundFileIsToldUnderBothPaths) {
  MakeFile("m/f");
  MakeFile("b");
  Bind("m/f", "b");
  EventLog other;
  Make();
  ASSERT_EQ(Add("m/f", IN_ATTRIB), 0);
  ASSERT_EQ(Add("b", IN_ATTRIB, 0, &other), 0);
  Start();

  ASSERT_EQ(chmod(Path("b").c_str(), 0600), 0);
  Drain();

  EXPECT_EQ(Texts(), Strings{"ATTRIB m/f"});
  EXPECT_EQ(other.Texts(dir_.path()), Strings{"ATTRIB b"});
}

}  // namespace
}  // namespace rn
