// P13: what goes wrong comes back as its number, unchanged, with the path it
// is about; nothing else is disturbed.

#include <limits.h>
#include <linux/capability.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>

#include "test/notifier/notifier_fixture.h"
#include "test/notifier/notifier_in_c.h"
#include "test/support/events/watch_table.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

// Runs `body` in a process of its own, which has nothing but this thread.
// Returns whether all that it expected was so.
bool InChild(const std::function<void()> &body) {
  fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 1;
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

// Root keeps its number but not its right to read what a mode forbids.
bool BecomePlainUser() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct rights[2];
  if (syscall(SYS_capget, &header, rights) != 0) return false;
  rights[0].effective &=
      ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
  return syscall(SYS_capset, &header, rights) == 0;
}

// From now on this process has limits of its own.
bool LimitWatches(unsigned count) {
  if (unshare(CLONE_NEWUSER) != 0) return false;
  std::ofstream file("/proc/sys/user/max_inotify_watches");
  file << count << std::flush;
  return file.good();
}

bool CanLimitWatches() {
  return InChild([] { ASSERT_TRUE(LimitWatches(10)); });
}

class Errors : public NotifierFixture {
 protected:
  // As Add(), and take down what on_failure is told.
  int AddTelling(const std::string &name, unsigned flags) {
    rn_watch_options options = Watch(IN_CREATE, flags);
    options.failure_context = &failures_;
    options.on_failure = [](const char *path, int error, void *context) {
      (*static_cast<std::map<std::string, int> *>(context))[path] = error;
    };
    return AddPath(Path(name), options);
  }
  // What add() gives, before the start and after it.
  void ExpectAdd(const std::string &path, uint32_t mask, int error) {
    const rn_watch_options options = Watch(mask);
    Make();
    EXPECT_EQ(AddPath(path, options), error);
    Start();
    EXPECT_EQ(AddPath(path, options), error);
    EXPECT_EQ(Statistics().watches, 0U);
  }
  // The notifier works: an event comes through.
  void ExpectAlive() {
    MkDir("alive");
    ASSERT_EQ(Add("alive", IN_CREATE), 0);
    Touch("alive/f");
    EXPECT_TRUE(WaitFor("CREATE alive/f"));
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::map<std::string, int> failures_;
};

// Directories whose names are long, none of which can be opened.
class ManyFailures : public Errors {
 protected:
  static constexpr int kCount = 1500;

  void MakeUnreadable() {
    for (int i = 0; i < kCount; i++) MkDir(Name(i));
    kernel_.On(&KernelHooks::dir_open,
               [this](int dir_fd, const char *path, int flags) {
                 if (std::string(path).rfind(std::string(200, 'u'), 0) == 0) {
                   if (++refused_ == 100) before_ = mallinfo2().uordblks;
                   if (refused_ == kCount) after_ = mallinfo2().uordblks;
                   return -EACCES;
                 }
                 const rn_sys *real = kernel_.beneath();
                 return real->dir_open(real, dir_fd, path, flags);
               });
    Make(kernel_.sys());
  }
  static std::string Name(int i) {
    return std::string(200, 'u') + std::to_string(i);
  }

  int refused_ = 0;
  size_t before_ = 0, after_ = 0;
};

TEST_F(ManyFailures, AreReportedUpToABound) {
  MakeUnreadable();

  EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), 0);

  EXPECT_EQ(failures_.size(), 1001U);
  EXPECT_EQ(failures_[""], kCount - 1000);
  failures_.erase("");
  for (const auto &[path, error] : failures_) EXPECT_EQ(error, -EACCES) << path;
}

TEST_F(ManyFailures, TakeNoMemoryWhereNobodyAsks) {
  MakeUnreadable();

  EXPECT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);

  EXPECT_EQ(refused_, kCount);
  EXPECT_LT(after_, before_ + kCount * size_t{100});
}

TEST_F(Errors, OfAPathThatDoesNotExist) {
  ExpectAdd(Path("none"), IN_CREATE, -ENOENT);
}

TEST_F(Errors, OfAnEmptyPath) { ExpectAdd("", IN_CREATE, -ENOENT); }

TEST_F(Errors, OfAPathThroughAFile) {
  Touch("f");
  ExpectAdd(Path("f/g"), IN_CREATE, -ENOTDIR);
}

TEST_F(Errors, OfAFileWhereADirectoryIsWanted) {
  Touch("f");
  ExpectAdd(Path("f"), IN_CREATE | IN_ONLYDIR, -ENOTDIR);
}

TEST_F(Errors, OfALinkToItself) {
  ASSERT_EQ(symlink("loop", Path("loop").c_str()), 0);
  ExpectAdd(Path("loop"), IN_CREATE, -ELOOP);
}

TEST_F(Errors, OfALinkThatLeadsNowhere) {
  ASSERT_EQ(symlink("none", Path("link").c_str()), 0);
  ExpectAdd(Path("link"), IN_CREATE, -ENOENT);
}

TEST_F(Errors, OfAPathThatIsTooLong) {
  std::string path = dir_.path();
  while (path.size() <= PATH_MAX) path += "/.";
  ExpectAdd(path, IN_CREATE, -ENAMETOOLONG);
}

TEST_F(Errors, OfANameThatIsTooLong) {
  ExpectAdd(Path(std::string(256, 'n')), IN_CREATE, -ENAMETOOLONG);
}

TEST_F(Errors, OfMaskCreateOnAWatchedInode) {
  WatchAll(IN_CREATE);

  EXPECT_EQ(Add("", IN_DELETE | IN_MASK_CREATE), -EEXIST);
  EXPECT_EQ(Statistics().watches, 1U);
  ExpectAlive();
}

TEST_F(Errors, OfOptionsOutOfRange) {
  Make();
  rn_watch_options options = Watch(IN_CREATE);
  options.size = 0;

  EXPECT_EQ(AddPath(Path(""), options), -EINVAL);
  EXPECT_EQ(Add("", 0), -EINVAL);
  EXPECT_EQ(Add("", IN_ISDIR), -EINVAL);
  EXPECT_EQ(Add("", IN_CREATE, 1U << 31), -EINVAL);
  EXPECT_EQ(Add("", IN_CREATE | IN_MASK_ADD), -EINVAL);
  EXPECT_EQ(Add("", IN_CREATE | IN_ONESHOT, RN_WATCH_RECURSIVE), -EINVAL);
}

TEST_F(Errors, OfAnUnknownWatch) {
  WatchAll(IN_CREATE);

  EXPECT_EQ(SetMask(notifier_, {99, 1}, IN_CREATE), -ENOENT);
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), {99, 1}),
      1);
  EXPECT_EQ(SetMask(notifier_, watch_, IN_ISDIR), -EINVAL);
  ExpectAlive();
}

TEST_F(Errors, OfASubdirectoryThatMayNotBeRead) {
  dir_.MkDir("secret/in");
  dir_.MkDir("open/in");
  ASSERT_EQ(chmod(Path("secret").c_str(), 0), 0);

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(BecomePlainUser());
    Make();
    EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), 0);
    const std::map<std::string, int> secret = {{Path("secret"), -EACCES}};
    EXPECT_EQ(failures_, secret);
    failures_.clear();
    Start();
    EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), 0);
    EXPECT_EQ(failures_, secret);
    EXPECT_EQ(AddTelling("secret", 0), -EACCES);
    EXPECT_EQ(Statistics().watches, 3U);
    Touch("open/in/f");
    EXPECT_TRUE(WaitFor("CREATE open/in/f"));
    Finish();
  }));
}

TEST_F(Errors, OfANewDirectoryThatMayNotBeRead) {
  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(BecomePlainUser());
    WatchAll(IN_CREATE | IN_MOVED_TO, RN_WATCH_RECURSIVE);
    umask(0777);
    MkDir("secret");
    EXPECT_TRUE(WaitFor("ERROR -13 secret"));
    Finish();
  }));
}

// It may be passed: what is behind it is followed as far as can be, and wholly
// once it may be read.
TEST_F(Errors, OfADirectoryThatAFollowedPathGoesThrough) {
  MkDir("p");
  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(BecomePlainUser());
    ASSERT_EQ(chmod(Path("p").c_str(), 0311), 0);
    Make();
    ASSERT_EQ(Add("p/f", IN_ATTRIB, RN_WATCH_PERSISTENT), 0);
    Start();
    ASSERT_TRUE(WaitFor("ERROR -13 p/f"));
    EXPECT_EQ(log_.Events()[0].src, Path("p"));
    const size_t before = WatchedInodes().size();
    ASSERT_EQ(chmod(Path("p").c_str(), 0755), 0);
    EXPECT_TRUE(WaitUntil([&] { return WatchedInodes().size() > before; }));
    Touch("p/f");
    EXPECT_TRUE(WaitFor("CREATE p/f"));
    Finish();
  }));
}

// Nothing tells when there is room again.
TEST_F(Errors, OfTheWatchLimitWhereAPathIsFollowed) {
  if (!CanLimitWatches()) GTEST_SKIP() << "no user namespace with own limits";
  const std::string path = Path("f");
  const auto ways = std::count(path.begin(), path.end(), '/');

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(LimitWatches(static_cast<unsigned>(ways)));
    Make();
    ASSERT_EQ(Add("f", IN_ATTRIB, RN_WATCH_PERSISTENT), 0);
    Start();
    Touch("f");
    ASSERT_TRUE(WaitFor("ERROR -28 f"));
    std::ofstream("/proc/sys/user/max_inotify_watches") << ways + 2;
    EXPECT_TRUE(WaitFor("CREATE f"));
    Finish();
  }));
}

TEST_F(Errors, OfTheWatchLimitTakeTheWatchBack) {
  if (!CanLimitWatches()) GTEST_SKIP() << "no user namespace with own limits";
  for (const char *name : {"a", "b", "c", "d", "e"}) MkDir(name);

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(LimitWatches(4));
    Make();
    EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), -ENOSPC);
    Start();
    EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), -ENOSPC);
    EXPECT_EQ(WatchedInodes().size(), 0U);
    EXPECT_EQ(AddTelling("a", 0), 0);
    Touch("a/f");
    EXPECT_TRUE(WaitFor("CREATE a/f"));
    Finish();
  }));
}

TEST_F(Errors, OfTheWatchLimitKeepWhatCouldBeWatched) {
  if (!CanLimitWatches()) GTEST_SKIP() << "no user namespace with own limits";
  for (const char *name : {"a", "b", "c", "d", "e"}) MkDir(name);

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(LimitWatches(4));
    Make();
    Start();
    EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE | RN_WATCH_PARTIAL), 0);
    EXPECT_GE(failures_.size(), 1U);
    for (const auto &[path, error] : failures_)
      EXPECT_EQ(error, -ENOSPC) << path;
    EXPECT_GE(WatchedInodes().size(), 3U);
    EXPECT_EQ(WatchedInodes().count(0), 0U);
    Touch("f");
    EXPECT_TRUE(WaitFor("CREATE f"));
    Finish();
  }));
}

TEST_F(Errors, OfTheWatchLimitAtANewDirectoryAreTold) {
  if (!CanLimitWatches()) GTEST_SKIP() << "no user namespace with own limits";

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(LimitWatches(1));
    WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
    MkDir("a");
    EXPECT_TRUE(WaitFor("ERROR -28 a"));
    Touch("f");
    EXPECT_TRUE(WaitFor("CREATE f"));
    Finish();
  }));
}

TEST_F(Errors, OfTheLimitOfDescriptors) {
  EXPECT_TRUE(InChild([] {
    const rlimit none = {0, 0};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    rn_thread_notifier *notifier = nullptr;
    EXPECT_EQ(rn_thread_notifier_new(nullptr, &notifier), -EMFILE);
    EXPECT_EQ(notifier, nullptr);
  }));
}

// Wherever making it fails, nothing is left behind.
TEST_F(Errors, OfMakingLeaveNothingOpen) {
  const size_t descriptors = OpenDescriptors();
  rn_thread_notifier *notifier = nullptr;

  kernel_.FailNext(Call::kInotifyOpen, -EMFILE);
  EXPECT_EQ(rn_test_notifier_new(kernel_.sys(), &options_, &notifier), -EMFILE);
  kernel_.FailNext(Call::kWakeOpen, -ENFILE);
  EXPECT_EQ(rn_test_notifier_new(kernel_.sys(), &options_, &notifier), -ENFILE);

  EXPECT_EQ(notifier, nullptr);
  EXPECT_EQ(OpenDescriptors(), descriptors);
}

TEST_F(Errors, OfAWalkAreToldAndPassedOver) {
  for (const char *name : {"a", "b", "c"}) MkDir(name);
  Make(kernel_.sys());
  Start();
  kernel_.On(&KernelHooks::dir_open, [this](int dir_fd, const char *path,
                                            int flags) {
    if (strcmp(path, "b") == 0) return -EIO;
    return kernel_.beneath()->dir_open(kernel_.beneath(), dir_fd, path, flags);
  });

  EXPECT_EQ(AddTelling("", RN_WATCH_RECURSIVE), 0);

  const std::map<std::string, int> failed = {{Path("b"), -EIO}};
  EXPECT_EQ(failures_, failed);
  ExpectAlive();
}

TEST_F(Errors, OfAnUpdateLeaveTheMask) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();
  kernel_.FailNext(Call::kWatchAdd, -ENOMEM);

  EXPECT_EQ(SetMask(notifier_, watch_, IN_DELETE), -ENOMEM);

  Touch("f");
  EXPECT_TRUE(WaitFor("CREATE f"));
}

TEST_F(Errors, OfTheReaderAreToldToEveryHandler) {
  MkDir("d");
  EventLog other;
  options_.worker_count = 2;
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &other), 0);
  Start();

  kernel_.QueueReadError(-EIO);
  EXPECT_EQ(rn_thread_notifier_wait(notifier_, 10000), -EIO);
  EXPECT_EQ(rn_thread_notifier_state(notifier_), RN_STATE_FAILED);
  Drain();

  EXPECT_EQ(rn_thread_notifier_state(notifier_), RN_STATE_STOPPED);
  EXPECT_TRUE(Has("ERROR -5 "));
  EXPECT_TRUE(other.Has(dir_.path(), "ERROR -5 "));
  EXPECT_TRUE(log_.Events().back().synthetic);
  for (const LoggedEvent &event : log_.Events()) {
    EXPECT_EQ(event.path, "");
    EXPECT_EQ(event.watch.wd, -1);
    EXPECT_EQ(event.watch.generation, 0U);
  }
  Finish();
}

TEST_F(Errors, OfTheReaderWhileItDrains) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Touch("f");
  Start();
  kernel_.FailAlways(Call::kRead, -EIO);

  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);

  EXPECT_EQ(rn_thread_notifier_state(notifier_), RN_STATE_STOPPED);
}

TEST_F(Errors, ThatPassAreNotNoticed) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  kernel_.FailNext(Call::kRead, -EAGAIN, 5);
  kernel_.FailNext(Call::kPoll, -EINTR, 5);
  Start();

  for (int i = 0; i < 100; i++) {
    kernel_.FailNext(Call::kPoll, -EINTR);
    kernel_.QueueReadError(-EAGAIN);
    Touch(std::to_string(i));
  }
  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 100; }));
  Drain();

  EXPECT_EQ(log_.Count(), 100U);
  EXPECT_EQ(rn_thread_notifier_error(notifier_), 0);
}

TEST_F(Errors, OfHandlersAreCountedAndDeliveryGoesOn) {
  rn_handler handler = Sized<rn_handler>();
  handler.on_default = [](const rn_event *, void *) { return -EIO; };
  options_.handler = &handler;
  WatchAll(IN_CREATE);

  for (int i = 0; i < 100; i++) Touch(std::to_string(i));
  Drain();

  EXPECT_EQ(Statistics().handler_errors, Statistics().delivered);
  EXPECT_GE(Statistics().delivered, 100U);
}

}  // namespace
}  // namespace rn
