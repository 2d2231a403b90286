// /proc, by which a descriptor is watched: of a process whose first thread has
// ended, and where it is not mounted.

#include <errno.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <thread>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

constexpr int kNotAllowed = 77;

// What a child process does ends with how many things were wrong there.
class Proc : public NotifierFixture {
 protected:
  using Work = std::function<int()>;

  static int InChild(const Work &work) {
    const pid_t pid = fork();
    if (pid == 0) _exit(work());
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
  }

  // The same on a thread that goes on when the first has ended.
  static int BehindTheFirstThread(const Work &work) {
    return InChild([&work] {
      std::thread([&work] {
        const bool ended =
            WaitUntil([] { return access("/proc/self/fd/2", F_OK) != 0; });
        _exit(ended ? work() : kNotAllowed);
      }).detach();
      return static_cast<int>(syscall(SYS_exit, 0));
    });
  }

  // The same where the process may mount.
  static int WhereItMayMount(const Work &work) {
    return InChild([&work] {
      const unsigned user = getuid();
      if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) return kNotAllowed;
        std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
      }
      const unsigned how = MS_REC | MS_PRIVATE;
      if (mount("none", "/", nullptr, how, nullptr) != 0) return kNotAllowed;
      return work();
    });
  }
  static bool HideProc() {
    return mount("tmpfs", "/proc", "tmpfs", 0, "size=1m") == 0;
  }

  int AddDir(const char *name) { return Add(name, IN_CREATE, kRecursive); }
  rn_watch_manager *Manager() { return rn_thread_notifier_manager(notifier_); }

  static constexpr unsigned kRecursive = RN_WATCH_RECURSIVE;
};

TEST_F(Proc, IsThatOfTheThreadThatAsks) {
  MkDir("other");
  const int wrong = BehindTheFirstThread([this] {
    WatchAll(IN_CREATE, kRecursive);
    int count = 0;
    const auto expect = [&](bool right) { count += right ? 0 : 1; };
    MkDir("new");
    expect(rn_thread_notifier_sync(notifier_, 10000) == 0);
    Touch("new/file");
    expect(rn_thread_notifier_sync(notifier_, 10000) == 0);
    expect(Texts() == (Strings{"CREATE|ISDIR new", "CREATE new/file"}));
    expect(AddDir("other") == 0);
    expect(rn_watch_manager_suspend(Manager(), nullptr) == 0);
    return count;
  });

  EXPECT_EQ(wrong, 0);
}

TEST_F(Proc, IsNeededToBegin) {
  const int wrong = WhereItMayMount([] {
    if (!HideProc()) return kNotAllowed;
    rn_thread_notifier *notifier = nullptr;
    rn_notifier *single = nullptr;
    int count = rn_thread_notifier_new(nullptr, &notifier) != -ENOENT;
    count += rn_notifier_new(nullptr, &single) != -ENOENT;
    return count;
  });
  if (wrong == kNotAllowed) GTEST_SKIP() << "mounting is not allowed";

  EXPECT_EQ(wrong, 0);
}

TEST_F(Proc, ThatGoesLaterIsTold) {
  MkDir("other");
  const int wrong = WhereItMayMount([this] {
    WatchAll(IN_CREATE, kRecursive);
    int count = 0;
    const auto expect = [&](bool right) { count += right ? 0 : 1; };
    if (!HideProc()) return kNotAllowed;
    MkDir("new");
    expect(WaitFor("ERROR -38 new"));
    expect(AddDir("other") == -ENOSYS);
    expect(rn_watch_manager_suspend(Manager(), nullptr) == -ENOSYS);
    if (umount("/proc") != 0) return kNotAllowed;
    expect(AddDir("other") == 0);
    expect(rn_watch_manager_suspend(Manager(), nullptr) == 0);
    return count;
  });
  if (wrong == kNotAllowed) GTEST_SKIP() << "mounting is not allowed";

  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace rn
