// Limits and what stands behind an error: cases 42 and 50.
//
// Limits of watches and instances are those of a user namespace that a child
// of the test has for itself.  The machine's own are set to what they are; the
// queue's for a moment, under QueueLimit, which puts it back.

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"
#include "test/support/queue_limit.h"

namespace rn {
namespace {

constexpr rn_limit_kind kOfTheMachine[] = {RN_LIMIT_WATCHES, RN_LIMIT_INSTANCES,
                                           RN_LIMIT_QUEUE};

uint64_t ValueOf(rn_limit_kind kind) {
  rn_limit limit{};
  EXPECT_EQ(rn_limit_get(kind, &limit), 0) << kind;
  return limit.value;
}

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

// Root keeps its number, so that paths lead where they did, but may not read
// what a mode forbids.
bool GiveUpReading() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct rights[2];
  if (syscall(SYS_capget, &header, rights) != 0) return false;
  rights[0].effective &=
      ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
  return syscall(SYS_capset, &header, rights) == 0;
}

// Somebody who is not root, for good.
bool BecomeNobody() {
  constexpr uid_t kNobody = 65534;
  if (geteuid() != 0) return true;
  return setgroups(0, nullptr) == 0 &&
         setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0;
}

// A user namespace of this process's own.
bool EnterNamespace() { return unshare(CLONE_NEWUSER) == 0; }

class Case42Errors : public NotifierFixture {
 protected:
  void SetUp() override {
    for (const char *name : {"a", "b", "c", "d", "e", "f"}) MkDir(name);
  }
  // Watch dir_ and all below it; failures_ is per path.
  int AddAll(unsigned flags = 0) {
    failures_.clear();
    rn_watch_options options = Watch(IN_CREATE, RN_WATCH_RECURSIVE | flags);
    options.failure_context = &failures_;
    options.on_failure = [](const char *path, int error, void *context) {
      (*static_cast<std::map<std::string, int> *>(context))[path] = error;
    };
    return AddPath(dir_.path(), options);
  }
  void ExpectCreated(const std::string &name) {
    Touch(name);
    EXPECT_TRUE(WaitFor("CREATE " + name));
  }

  std::map<std::string, int> failures_;
};

bool CanLimit(rn_limit_kind kind) {
  return InChild([kind] {
    ASSERT_TRUE(EnterNamespace());
    ASSERT_EQ(rn_limit_set(kind, 10), 0);
  });
}

TEST_F(Case42Errors, NameAPathThatIsMissing) {
  Make();
  EXPECT_EQ(Add("none", IN_CREATE), -ENOENT);
  EXPECT_EQ(Add("a/none/deep", IN_CREATE, RN_WATCH_RECURSIVE), -ENOENT);
  EXPECT_EQ(Add("a", IN_CREATE), 0);
  Start();
  EXPECT_EQ(Add("none", IN_CREATE), -ENOENT);
  ExpectCreated("a/new");
}

TEST_F(Case42Errors, NameASubdirectoryOfSomebodyElse) {
  const bool root = geteuid() == 0;
  ASSERT_TRUE(!root || chown(Path("c").c_str(), 1, 1) == 0);
  ASSERT_EQ(chmod(Path("c").c_str(), root ? 0700 : 0), 0);

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(!root || GiveUpReading());
    Make();
    EXPECT_EQ(AddAll(), 0);
    const std::map<std::string, int> only = {{Path("c"), -EACCES}};
    EXPECT_EQ(failures_, only);
    EXPECT_EQ(WatchedInodes().size(), 6U);
    EXPECT_EQ(Add("c", IN_CREATE), -EACCES);
    Start();
    ExpectCreated("f/new");
    Finish();
  }));
}

TEST_F(Case42Errors, KeepWhatTheWatchLimitAllows) {
  if (!CanLimit(RN_LIMIT_USER_WATCHES))
    GTEST_SKIP() << "no user namespace with limits of its own";

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(EnterNamespace());
    ASSERT_EQ(rn_limit_set(RN_LIMIT_USER_WATCHES, 5), 0);
    Make();
    EXPECT_EQ(AddAll(RN_WATCH_PARTIAL), 0);
    ASSERT_GE(failures_.size(), 1U);
    for (const auto &[path, error] : failures_) {
      EXPECT_EQ(path.rfind(dir_.path() + "/", 0), 0U) << path;
      EXPECT_EQ(error, -ENOSPC) << path;
    }
    const size_t kept = WatchedInodes().size();
    EXPECT_GE(kept, 3U);
    EXPECT_LE(kept, 5U);
    Start();
    ExpectCreated("new");
    Finish();
  }));
}

TEST_F(Case42Errors, TakeAllBackWhereNotAllCanBeWatched) {
  if (!CanLimit(RN_LIMIT_USER_WATCHES))
    GTEST_SKIP() << "no user namespace with limits of its own";

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(EnterNamespace());
    ASSERT_EQ(rn_limit_set(RN_LIMIT_USER_WATCHES, 5), 0);
    Make();
    EXPECT_EQ(AddAll(), -ENOSPC);
    EXPECT_EQ(WatchedInodes().size(), 0U);
    Start();
    EXPECT_EQ(AddAll(), -ENOSPC);
    EXPECT_EQ(WatchedInodes().size(), 0U);

    rn_limit limit{};
    ASSERT_EQ(rn_limit_of(-ENOSPC, &limit), 0);
    EXPECT_STREQ(limit.name, "user.max_inotify_watches");
    EXPECT_STREQ(limit.file, "/proc/sys/user/max_inotify_watches");
    EXPECT_EQ(limit.value, 5U);

    ASSERT_EQ(rn_limit_set(RN_LIMIT_USER_WATCHES, 100), 0);
    EXPECT_EQ(AddAll(), 0);
    ExpectCreated("f/new");
    Finish();
  }));
}

TEST_F(Case42Errors, NameTheInstanceLimit) {
  if (!CanLimit(RN_LIMIT_USER_INSTANCES))
    GTEST_SKIP() << "no user namespace with limits of its own";

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(EnterNamespace());
    ASSERT_EQ(rn_limit_set(RN_LIMIT_USER_INSTANCES, 1), 0);
    Make();
    rn_thread_notifier *second = nullptr;
    ASSERT_EQ(rn_thread_notifier_new(&options_, &second), -EMFILE);
    rn_limit limit{};
    ASSERT_EQ(rn_limit_of(-EMFILE, &limit), 0);
    EXPECT_EQ(limit.kind, RN_LIMIT_INSTANCES);
    EXPECT_STREQ(limit.name, "user.max_inotify_instances");
    EXPECT_EQ(limit.value, 1U);
    EXPECT_EQ(Add("a", IN_CREATE), 0);
    Start();
    ExpectCreated("a/new");
    Finish();
  }));
}

// -- Case 50 ------------------------------------------------------------------

class Case50Limits : public NotifierFixture {};

TEST_F(Case50Limits, AreReadAsTheFilesSay) {
  for (const rn_limit_kind kind : kOfTheMachine) {
    rn_limit limit{};
    ASSERT_EQ(rn_limit_get(kind, &limit), 0) << kind;
    FILE *file = fopen(limit.file, "re");
    ASSERT_NE(file, nullptr) << limit.file;
    unsigned long long value = 0;
    EXPECT_EQ(fscanf(file, "%llu", &value), 1);
    fclose(file);
    EXPECT_EQ(limit.value, value) << limit.name;
  }
}

TEST_F(Case50Limits, AreSetByRoot) {
  for (const rn_limit_kind kind : kOfTheMachine) {
    const QueueLimit guard(static_cast<uint32_t>(ValueOf(RN_LIMIT_QUEUE)));
    if (!guard.refusal().empty()) GTEST_SKIP() << guard.refusal();
    const uint64_t value = ValueOf(kind);
    EXPECT_EQ(rn_limit_set(kind, value), 0) << kind;
    EXPECT_EQ(ValueOf(kind), value) << kind;
  }
}

TEST_F(Case50Limits, AreNotSetByOthers) {
  const bool read_only =
      access("/proc/sys/fs/inotify/max_user_watches", W_OK) != 0 &&
      errno == EROFS;
  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(BecomeNobody());
    for (const rn_limit_kind kind : kOfTheMachine) {
      const uint64_t value = ValueOf(kind);
      EXPECT_EQ(rn_limit_set(kind, value), read_only ? -EROFS : -EACCES)
          << kind;
      EXPECT_EQ(ValueOf(kind), value) << kind;
    }
  }));
}

TEST_F(Case50Limits, AreANamespacesOwn) {
  if (!CanLimit(RN_LIMIT_USER_WATCHES))
    GTEST_SKIP() << "no user namespace with limits of its own";
  const uint64_t before = ValueOf(RN_LIMIT_WATCHES);

  EXPECT_TRUE(InChild([&] {
    ASSERT_TRUE(EnterNamespace());
    ASSERT_EQ(rn_limit_set(RN_LIMIT_USER_WATCHES, 7), 0);
    EXPECT_EQ(ValueOf(RN_LIMIT_USER_WATCHES), 7U);
    EXPECT_EQ(ValueOf(RN_LIMIT_WATCHES), 7U);
    EXPECT_EQ(rn_limit_set(RN_LIMIT_USER_WATCHES, uint64_t{INT_MAX} + 1),
              -EINVAL);
    EXPECT_EQ(ValueOf(RN_LIMIT_USER_WATCHES), 7U);
  }));
  EXPECT_EQ(ValueOf(RN_LIMIT_WATCHES), before);
}

// Events that an instance gives before it tells of a loss.
size_t EventsBeforeOverflow(rn_inotify *inotify) {
  alignas(8) char buffer[64 * 1024];
  const ssize_t size = read(rn_inotify_fd(inotify), buffer, sizeof(buffer));
  rn_cursor at =
      rn_parse_begin(buffer, size < 0 ? 0 : static_cast<size_t>(size));
  rn_raw_event event;
  size_t count = 0;
  while (rn_parse_next(&at, &event) == 1) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return count;
    count++;
  }
  return SIZE_MAX;
}

TEST_F(Case50Limits, OfTheQueueAreTheInstancesFromItsMaking) {
  rn_inotify *early = nullptr;
  {
    const QueueLimit guard(16);
    if (!guard.refusal().empty()) GTEST_SKIP() << guard.refusal();
    ASSERT_EQ(rn_limit_set(RN_LIMIT_QUEUE, 20), 0);
    EXPECT_EQ(ValueOf(RN_LIMIT_QUEUE), 20U);
    ASSERT_EQ(rn_inotify_open(0, &early), 0);
  }
  ASSERT_GT(ValueOf(RN_LIMIT_QUEUE), 100U);
  rn_inotify *late = nullptr;
  ASSERT_EQ(rn_inotify_open(0, &late), 0);
  for (rn_inotify *inotify : {early, late})
    ASSERT_GT(rn_inotify_add_watch(inotify, dir_.path().c_str(), IN_CREATE), 0);

  for (int i = 0; i < 50; i++) Touch("f" + std::to_string(i));

  EXPECT_EQ(EventsBeforeOverflow(early), 20U);
  EXPECT_EQ(EventsBeforeOverflow(late), SIZE_MAX);
  rn_inotify_close(early);
  rn_inotify_close(late);
  Make();  // what the fixture takes apart
}

TEST_F(Case50Limits, WatchesAreCountedAsTheKernelDoes) {
  for (int i = 0; i < 40; i++) MkDir("d" + std::to_string(i));
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  EXPECT_EQ(Statistics().watches, 41U);
  EXPECT_EQ(WatchedInodes().size(), 41U);

  for (int i = 0; i < 15; i++) RmDir("d" + std::to_string(i));
  MkDir("new");
  EXPECT_TRUE(WaitFor("CREATE|ISDIR new"));
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);

  EXPECT_TRUE(WaitUntil([&] {
    return Statistics().watches == 27 && WatchedInodes().size() == 27;
  })) << Statistics().watches
      << " told, " << WatchedInodes().size() << " in fdinfo";
}

}  // namespace
}  // namespace rn
