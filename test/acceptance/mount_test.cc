// Mounts, in a mount namespace of the test's own.

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "test/notifier/notifier_fixture.h"
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

class Acceptance : public NotifierFixture {
 protected:
  void SetUp() override {
    MkDir("m");
    int err = EnterNamespace();
    if (err == 0) {
      err = MountMemory();
      Unmount();
    }
    if (err != 0) GTEST_SKIP() << "mounting is not allowed: " << strerror(err);
  }
  void TearDown() override {
    NotifierFixture::TearDown();
    while (umount2(Path("m").c_str(), MNT_DETACH) == 0) continue;
  }

  int MountMemory() const {
    const char *const options = "size=1m";
    const int err = mount("tmpfs", Path("m").c_str(), "tmpfs", 0, options);
    return err == 0 ? 0 : errno;
  }
  void Unmount() const { umount2(Path("m").c_str(), 0); }

  size_t Times(const std::string &text) const {
    const Strings texts = Texts();
    return static_cast<size_t>(std::count(texts.begin(), texts.end(), text));
  }
};

TEST_F(Acceptance, Case44UnmountIsToldToEachWatch) {
  ASSERT_EQ(MountMemory(), 0);
  dir_.MkDir("m/a/b");
  dir_.MkDir("m/c");
  Make();
  ASSERT_EQ(Add("m", IN_CREATE | IN_UNMOUNT | IN_IGNORED, RN_WATCH_RECURSIVE),
            0);
  Start();
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);

  Unmount();
  ASSERT_TRUE(WaitUntil([&] { return log_.Count() >= 8; }));
  Drain();

  EXPECT_EQ(log_.Count(), 8U) << testing::PrintToString(Texts());
  for (const char *name : {"m", "m/a", "m/a/b", "m/c"}) {
    EXPECT_EQ(Times(std::string("UNMOUNT|ISDIR ") + name), 1U) << name;
    EXPECT_EQ(Times(std::string("IGNORED ") + name), 1U) << name;
  }
  EXPECT_TRUE(WatchedInodes().empty());
}

TEST_F(Acceptance, Case44WhatIsMountedOverIsNotTold) {
  Make();
  ASSERT_EQ(Add("m", IN_CREATE), 0);
  Start();
  Touch("m/before");
  ASSERT_EQ(MountMemory(), 0);
  Touch("m/silent");
  Unmount();
  Touch("m/after");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE m/before", "CREATE m/after"}));
}

}  // namespace
}  // namespace rn
