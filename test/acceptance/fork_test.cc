// A process that forks while its notifier runs.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

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
