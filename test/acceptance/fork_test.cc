// A process that forks while its notifier runs.

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class Fork : public NotifierFixture {
 protected:
  rn_watch_manager *Manager() { return rn_thread_notifier_manager(notifier_); }

  // Fork; the child does this and ends with what it gives.  Returns that.
  static int InChild(const std::function<int()> &work) {
    const pid_t pid = fork();
    if (pid == 0) _exit(work());
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
  }

  // The same in a child that is the first process of a pid namespace.
  static int AsFirst(const std::function<int()> &work) {
    const unsigned long how = CLONE_NEWPID | SIGCHLD;
    long pid = syscall(SYS_clone, how, nullptr, nullptr, nullptr, nullptr);
    if (pid < 0)
      pid = syscall(SYS_clone, how | CLONE_NEWUSER, nullptr, nullptr, nullptr,
                    nullptr);
    if (pid < 0) return kNotAllowed;
    if (pid == 0) _exit(work());
    int status = 0;
    EXPECT_EQ(waitpid(static_cast<pid_t>(pid), &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
  }

  static constexpr int kNotAllowed = 77;

  // How many of these are not as they should be; in a child.
  int WrongCalls() {
    int wrong = 0;
    const auto expect = [&](int got, int wanted) { wrong += got != wanted; };
    const rn_watch_options options = Watch(IN_CREATE);
    rn_watch_list *list = nullptr;
    expect(rn_watch_manager_add(Manager(), "/", &options, nullptr), -EPERM);
    expect(rn_watch_manager_remove(Manager(), watch_), -EPERM);
    expect(rn_watch_manager_list(Manager(), true, &list), -EPERM);
    expect(rn_watch_manager_suspend(Manager(), nullptr), -EPERM);
    expect(rn_thread_notifier_start(notifier_), -EPERM);
    expect(rn_thread_notifier_sync(notifier_, -1), -EPERM);
    rn_health health = Sized<rn_health>();
    expect(rn_thread_notifier_health(notifier_, &health), -EPERM);
    expect(rn_thread_notifier_wait(notifier_, -1), -EPERM);
    expect(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), -EPERM);
    expect(rn_thread_notifier_free(notifier_), 0);
    return wrong;
  }

  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }
};

TEST_F(Fork, Case39CallsOfAChildAreRefused) {
  WatchAll(IN_CREATE);
  EXPECT_EQ(InChild([this] { return WrongCalls(); }), 0);
  Touch("f");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE f"});
}

// The first process of a container has the number of its maker.
TEST_F(Fork, Case39AChildOfTheSameNumberIsRefused) {
  const int wrong = AsFirst([this] {
    Make();
    if (Add("", IN_CREATE) != 0) return 98;
    return AsFirst([this] { return WrongCalls(); });
  });
  if (wrong == kNotAllowed) GTEST_SKIP() << "no pid namespace is allowed";

  EXPECT_EQ(wrong, 0);
}

TEST_F(Fork, Case39CallsOfAChildAreRefusedByAnOlderKernel) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  kernel.FailAlways(Call::kMarkOpen, -EINVAL);
  Make(kernel.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  EXPECT_EQ(InChild([this] { return WrongCalls(); }), 0);
  Finish();
}

// The reader is kept where it has these open.
TEST_F(Fork, Case39AChildKeepsNoDirectoryOpen) {
  constexpr uint64_t kDeepest = 9;
  dir_.MkDir("a/b/c/d/e/f/g/h");
  std::atomic<bool> go_on{false};
  FakeKernel kernel(FakeKernel::Mode::kReal);
  const size_t before = OpenDescriptors();
  Make(kernel.sys());
  Start();
  kernel.On(&KernelHooks::dir_read, [&](int fd, void *buffer, size_t size) {
    if (kernel.Count(Call::kDirRead) >= kDeepest) {
      EXPECT_TRUE(WaitUntil([&] { return go_on.load(); }));
    }
    return kernel.beneath()->dir_read(kernel.beneath(), fd, buffer, size);
  });
  std::thread adder(
      [this] { EXPECT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0); });
  EXPECT_TRUE(
      WaitUntil([&] { return kernel.Count(Call::kDirRead) >= kDeepest; }));

  const int left = InChild([&] {
    (void)rn_thread_notifier_free(notifier_);
    return static_cast<int>(OpenDescriptors() - before);
  });
  go_on = true;
  adder.join();
  Finish();

  EXPECT_EQ(left, 0);
}

TEST_F(Fork, Case39TheParentLosesNothing) {
  constexpr int kFiles = 200;
  WatchAll(IN_CREATE);
  for (int i = 0; i < kFiles; i++) {
    Touch(std::to_string(i));
    if (i % 20 == 0) InChild([] { return 0; });
  }
  Sync();
  EXPECT_EQ(log_.Count(), static_cast<size_t>(kFiles));
}

TEST_F(Fork, Case39AChildThatExecutesHasNoDescriptor) {
  WatchAll(IN_CREATE);
  const int code = InChild([] {
    execl("/bin/sh", "sh", "-c", "! ls -l /proc/self/fd | grep -q inotify",
          nullptr);
    return 99;
  });
  EXPECT_EQ(code, 0);
}

TEST_F(Fork, Case39WithoutThreads) {
  rn_notifier *single = nullptr;
  ASSERT_EQ(rn_notifier_new(nullptr, &single), 0);
  const int wrong = InChild([single] {
    int wrong_calls = rn_notifier_dispatch(single) != -EPERM;
    wrong_calls += rn_notifier_check_events(single, -1) != -EPERM;
    wrong_calls += rn_notifier_stop(single) != -EPERM;
    wrong_calls += rn_notifier_free(single) != 0;
    return wrong_calls;
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(rn_notifier_dispatch(single), 0);
  EXPECT_EQ(rn_notifier_free(single), 0);
}

TEST_F(Fork, Case39AChildOfAStoppedOneKeepsNoDescriptor) {
  const size_t before = OpenDescriptors();
  rn_notifier *single = nullptr;
  ASSERT_EQ(rn_notifier_new(nullptr, &single), 0);
  ASSERT_EQ(rn_notifier_stop(single), 0);
  ASSERT_EQ(rn_notifier_dispatch(single), -ESHUTDOWN);
  const int left = InChild([single, before] {
    (void)rn_notifier_free(single);
    return static_cast<int>(OpenDescriptors() - before);
  });
  EXPECT_EQ(left, 0);
  EXPECT_EQ(rn_notifier_free(single), 0);
}

}  // namespace
}  // namespace rn
