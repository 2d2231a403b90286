// Limits, and which of them stands behind an error: on a scripted kernel, then
// on the real one, where a user namespace gives each test limits of its own.

#include "ringnotify/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "lib/limit/limit_internal.h"
#include "ringnotify/inotify.h"
#include "test/limit/limit_in_c.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr char kWatches[] = "/proc/sys/fs/inotify/max_user_watches";
constexpr char kInstances[] = "/proc/sys/fs/inotify/max_user_instances";
constexpr char kQueue[] = "/proc/sys/fs/inotify/max_queued_events";
constexpr char kOwnWatches[] = "/proc/sys/user/max_inotify_watches";
constexpr char kOwnInstances[] = "/proc/sys/user/max_inotify_instances";

std::string TextOf(const rn_limit &limit) {
  return std::to_string(limit.kind) + " " + limit.name + " (" + limit.file +
         ") = " + std::to_string(limit.value);
}

testing::AssertionResult Is(const rn_limit &limit, rn_limit_kind kind,
                            const std::string &name, const std::string &file,
                            uint64_t value) {
  if (limit.kind == kind && limit.name == name && limit.file == file &&
      limit.value == value)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << TextOf(limit);
}

class Limit : public testing::Test {
 protected:
  Limit() {
    kernel_.SetFileText(kWatches, "1000\n");
    kernel_.SetFileText(kInstances, "100\n");
    kernel_.SetFileText(kQueue, "10\n");
    kernel_.SetFileText(kOwnWatches, "1000\n");
    kernel_.SetFileText(kOwnInstances, "100\n");
  }
  int Get(rn_limit_kind kind) {
    return rn_limit_get_on(kernel_.sys(), kind, &limit_);
  }
  int Set(rn_limit_kind kind, uint64_t value) {
    return rn_limit_set_on(kernel_.sys(), kind, value);
  }
  std::string TextIn(const char *file) {
    char text[64] = "";
    EXPECT_EQ(kernel_.beneath()->file_text(kernel_.beneath(), file, text,
                                           sizeof(text)),
              0);
    return text;
  }
  int Of(int error) { return rn_limit_of_on(kernel_.sys(), error, &limit_); }

  FakeKernel kernel_{FakeKernel::Mode::kModel};
  rn_limit limit_{RN_LIMIT_QUEUE, "untouched", "", 42};
};

TEST_F(Limit, NamesTheMachinesWhereBothAreTheSame) {
  ASSERT_EQ(Get(RN_LIMIT_WATCHES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_WATCHES, "fs.inotify.max_user_watches",
                 kWatches, 1000));

  ASSERT_EQ(Get(RN_LIMIT_INSTANCES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_INSTANCES, "fs.inotify.max_user_instances",
                 kInstances, 100));

  ASSERT_EQ(Get(RN_LIMIT_QUEUE), 0);
  EXPECT_TRUE(
      Is(limit_, RN_LIMIT_QUEUE, "fs.inotify.max_queued_events", kQueue, 10));
}

TEST_F(Limit, NamesTheNamespacesWhereItIsLower) {
  kernel_.SetFileText(kOwnWatches, "999\n");
  kernel_.SetFileText(kOwnInstances, "0\n");

  ASSERT_EQ(Get(RN_LIMIT_WATCHES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_WATCHES, "user.max_inotify_watches",
                 kOwnWatches, 999));

  ASSERT_EQ(Get(RN_LIMIT_INSTANCES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_INSTANCES, "user.max_inotify_instances",
                 kOwnInstances, 0));
}

TEST_F(Limit, NamesTheMachinesWhereTheNamespacesIsHigher) {
  kernel_.SetFileText(kOwnWatches, "2147483647\n");

  ASSERT_EQ(Get(RN_LIMIT_WATCHES), 0);

  EXPECT_EQ(limit_.value, 1000U);
  EXPECT_STREQ(limit_.file, kWatches);
}

TEST_F(Limit, NeedsNoLimitOfANamespace) {
  kernel_.On(&KernelHooks::file_text,
             [this](const char *path, char *text, size_t size) {
               if (path == std::string(kOwnWatches)) return -ENOENT;
               const rn_sys *beneath = kernel_.beneath();
               return beneath->file_text(beneath, path, text, size);
             });

  ASSERT_EQ(Get(RN_LIMIT_WATCHES), 0);

  EXPECT_EQ(limit_.value, 1000U);
}

TEST_F(Limit, ReadsNumbersUpTo64Bits) {
  kernel_.SetFileText(kQueue, "18446744073709551615\n");
  ASSERT_EQ(Get(RN_LIMIT_QUEUE), 0);
  EXPECT_EQ(limit_.value, UINT64_MAX);

  kernel_.SetFileText(kQueue, "7");
  ASSERT_EQ(Get(RN_LIMIT_QUEUE), 0);
  EXPECT_EQ(limit_.value, 7U);
}

TEST_F(Limit, RefusesAFileWithoutANumber) {
  for (const char *text : {"", "\n", "-1\n", "x", "18446744073709551616\n"}) {
    kernel_.SetFileText(kQueue, text);
    EXPECT_EQ(Get(RN_LIMIT_QUEUE), -EBADMSG) << text;
  }
  EXPECT_STREQ(limit_.name, "untouched");
}

TEST_F(Limit, GivesTheErrorOfEachFile) {
  kernel_.FailNext(Call::kFileText, -EACCES);
  EXPECT_EQ(Get(RN_LIMIT_WATCHES), -EACCES);

  kernel_.FailNth(Call::kFileText, 2, -EMFILE);
  EXPECT_EQ(Get(RN_LIMIT_WATCHES), -EMFILE);

  kernel_.FailNext(Call::kFileText, -ENOENT);
  EXPECT_EQ(Get(RN_LIMIT_QUEUE), -ENOENT);
}

TEST_F(Limit, RefusesAKindThatNobodyKnows) {
  for (int kind : {6, 7, -1, INT_MAX}) {
    EXPECT_EQ(limit_get_number(kernel_.sys(), kind, &limit_), -EINVAL) << kind;
    EXPECT_EQ(limit_set_number(kernel_.sys(), kind, 1), -EINVAL) << kind;
  }

  EXPECT_EQ(kernel_.Count(Call::kFileText), 0U);
  EXPECT_EQ(kernel_.Count(Call::kFilePut), 0U);
}

TEST_F(Limit, ReadsTheNamespacesOwnWhereItIsHigherToo) {
  kernel_.SetFileText(kOwnWatches, "1001\n");
  kernel_.SetFileText(kOwnInstances, "101\n");

  ASSERT_EQ(Get(RN_LIMIT_USER_WATCHES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_USER_WATCHES, "user.max_inotify_watches",
                 kOwnWatches, 1001));

  ASSERT_EQ(Get(RN_LIMIT_USER_INSTANCES), 0);
  EXPECT_TRUE(Is(limit_, RN_LIMIT_USER_INSTANCES, "user.max_inotify_instances",
                 kOwnInstances, 101));
}

// -- Setting ------------------------------------------------------------------

TEST_F(Limit, SetsTheFileThatTheKindNames) {
  const struct {
    rn_limit_kind kind;
    const char *file;
  } kinds[] = {{RN_LIMIT_WATCHES, kWatches},
               {RN_LIMIT_INSTANCES, kInstances},
               {RN_LIMIT_QUEUE, kQueue},
               {RN_LIMIT_USER_WATCHES, kOwnWatches},
               {RN_LIMIT_USER_INSTANCES, kOwnInstances}};
  uint64_t value = 7000;

  for (const auto &at : kinds) EXPECT_EQ(Set(at.kind, ++value), 0) << at.file;

  EXPECT_EQ(kernel_.Count(Call::kFilePut), 5U);
  value = 7000;
  for (const auto &at : kinds)
    EXPECT_EQ(TextIn(at.file), std::to_string(++value) + "\n") << at.file;
}

TEST_F(Limit, SetsNumbersThatTheKernelTakes) {
  EXPECT_EQ(Set(RN_LIMIT_QUEUE, 0), 0);
  EXPECT_EQ(TextIn(kQueue), "0\n");
  EXPECT_EQ(Set(RN_LIMIT_QUEUE, INT_MAX), 0);
  EXPECT_EQ(TextIn(kQueue), "2147483647\n");

  EXPECT_EQ(Set(RN_LIMIT_QUEUE, uint64_t{INT_MAX} + 1), -EINVAL);
  EXPECT_EQ(Set(RN_LIMIT_QUEUE, UINT64_MAX), -EINVAL);
  EXPECT_EQ(TextIn(kQueue), "2147483647\n");
}

TEST_F(Limit, GivesTheErrorOfSetting) {
  for (int error : {-EACCES, -EPERM, -EROFS, -ENOENT}) {
    kernel_.FailNext(Call::kFilePut, error);
    EXPECT_EQ(Set(RN_LIMIT_WATCHES, 5), error);
  }
  EXPECT_EQ(TextIn(kWatches), "1000\n");
}

TEST_F(Limit, SetsTheSoftLimitOfDescriptors) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);

  const int set = Set(RN_LIMIT_FILES, 100);
  const int too_high = before.rlim_max == RLIM_INFINITY
                           ? -EINVAL
                           : Set(RN_LIMIT_FILES, before.rlim_max + 1);
  rlimit after;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(set, 0);
  EXPECT_EQ(too_high, -EINVAL);
  EXPECT_EQ(after.rlim_cur, 100U);
  EXPECT_EQ(after.rlim_max, before.rlim_max);
  EXPECT_EQ(kernel_.Count(Call::kFilePut), 0U);
}

// -- Behind an error ----------------------------------------------------------

TEST_F(Limit, FindsTheWatchesBehindEnospc) {
  ASSERT_EQ(Of(-ENOSPC), 0);

  EXPECT_EQ(limit_.kind, RN_LIMIT_WATCHES);
  EXPECT_EQ(limit_.value, 1000U);
}

TEST_F(Limit, FindsTheInstancesBehindEmfile) {
  kernel_.FailNext(Call::kInotifyOpen, -EMFILE);

  ASSERT_EQ(Of(-EMFILE), 0);

  EXPECT_EQ(limit_.kind, RN_LIMIT_INSTANCES);
  EXPECT_EQ(limit_.value, 100U);
  EXPECT_EQ(kernel_.Count(Call::kWakeOpen), kernel_.Count(Call::kClose));
}

TEST_F(Limit, FindsTheDescriptorsBehindEmfile) {
  kernel_.FailNext(Call::kInotifyOpen, -EMFILE);
  kernel_.FailNext(Call::kWakeOpen, -EMFILE);
  rlimit files;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);

  ASSERT_EQ(Of(-EMFILE), 0);

  EXPECT_TRUE(Is(limit_, RN_LIMIT_FILES, "RLIMIT_NOFILE", "", files.rlim_cur));
}

TEST_F(Limit, FindsTheDescriptorsWhereAnInstanceCanBeOpened) {
  ASSERT_EQ(Of(-EMFILE), 0);

  EXPECT_EQ(limit_.kind, RN_LIMIT_FILES);
  EXPECT_EQ(kernel_.Count(Call::kInotifyOpen), kernel_.Count(Call::kClose));
}

TEST_F(Limit, GivesTheErrorOfLookingForADescriptor) {
  kernel_.FailNext(Call::kInotifyOpen, -EMFILE);
  kernel_.FailNext(Call::kWakeOpen, -ENFILE);

  EXPECT_EQ(Of(-EMFILE), -ENFILE);
}

TEST_F(Limit, FindsNothingBehindOtherErrors) {
  for (int error : {0, 1, ENOSPC, EMFILE, -ENOENT, -ENFILE, -ENOMEM})
    EXPECT_EQ(Of(error), -EINVAL) << error;
}

// -- The real kernel ----------------------------------------------------------

bool SetNumber(const char *file, int number) {
  const std::string text = std::to_string(number);
  const int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t written = write(fd, text.data(), text.size());
  close(fd);
  return written == static_cast<ssize_t>(text.size());
}

enum class Outcome { kHolds, kFails, kNoNamespace };

// Call `holds` in a process of its own, in a user namespace with these limits.
Outcome InNamespace(int watches, int instances,
                    const std::function<bool()> &holds) {
  const pid_t child = fork();
  if (child == 0) {
    const bool limited = unshare(CLONE_NEWUSER) == 0 &&
                         SetNumber(kOwnWatches, watches) &&
                         SetNumber(kOwnInstances, instances);
    const Outcome outcome = !limited  ? Outcome::kNoNamespace
                            : holds() ? Outcome::kHolds
                                      : Outcome::kFails;
    _exit(static_cast<int>(outcome));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return static_cast<Outcome>(WEXITSTATUS(status));
}

TEST(LimitOfTheKernel, ReadsEachKind) {
  for (rn_limit_kind kind :
       {RN_LIMIT_WATCHES, RN_LIMIT_INSTANCES, RN_LIMIT_FILES, RN_LIMIT_QUEUE,
        RN_LIMIT_USER_WATCHES, RN_LIMIT_USER_INSTANCES}) {
    rn_limit limit;
    ASSERT_EQ(rn_limit_get(kind, &limit), 0) << kind;
    EXPECT_EQ(limit.kind, kind);
    EXPECT_GT(limit.value, 0U) << TextOf(limit);
  }
}

TEST(LimitOfTheKernel, IsNamedWhenWatchesRunOut) {
  const Outcome outcome = InNamespace(2, 10, [] {
    rn_inotify *inotify;
    rn_limit limit;
    if (rn_inotify_open(0, &inotify) != 0) return false;
    const bool held = rn_inotify_add_watch(inotify, "/", IN_CREATE) > 0 &&
                      rn_inotify_add_watch(inotify, "/proc", IN_CREATE) > 0;
    const int full = rn_inotify_add_watch(inotify, "/tmp", IN_CREATE);
    return held && full == -ENOSPC && rn_limit_of(full, &limit) == 0 &&
           Is(limit, RN_LIMIT_WATCHES, "user.max_inotify_watches", kOwnWatches,
              2);
  });
  if (outcome == Outcome::kNoNamespace) GTEST_SKIP() << "no user namespaces";

  EXPECT_EQ(outcome, Outcome::kHolds);
}

TEST(LimitOfTheKernel, IsNamedWhenInstancesRunOut) {
  const Outcome outcome = InNamespace(10, 1, [] {
    rn_inotify *first;
    rn_inotify *second;
    rn_limit limit;
    if (rn_inotify_open(0, &first) != 0) return false;
    const int full = rn_inotify_open(0, &second);
    return full == -EMFILE && rn_limit_of(full, &limit) == 0 &&
           Is(limit, RN_LIMIT_INSTANCES, "user.max_inotify_instances",
              kOwnInstances, 1);
  });
  if (outcome == Outcome::kNoNamespace) GTEST_SKIP() << "no user namespaces";

  EXPECT_EQ(outcome, Outcome::kHolds);
}

TEST(LimitOfTheKernel, IsNamedWhenDescriptorsRunOut) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next_fd = dup(0);
  ASSERT_GE(next_fd, 0);
  close(next_fd);
  const rlimit none = {static_cast<rlim_t>(next_fd), before.rlim_max};
  rn_inotify *inotify;
  rn_limit limit;

  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const int opened = rn_inotify_open(0, &inotify);
  const int found = rn_limit_of(opened, &limit);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(opened, -EMFILE);
  ASSERT_EQ(found, 0);
  EXPECT_TRUE(Is(limit, RN_LIMIT_FILES, "RLIMIT_NOFILE", "", none.rlim_cur));
}

}  // namespace
}  // namespace rn
