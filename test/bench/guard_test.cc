// The guard cleans up after a program that had no time to.

#include "bench/core/guard.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "bench/core/place.h"
#include "gtest/gtest.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr std::chrono::seconds kDeadline(20);

bool Exists(const std::string &path) { return access(path.c_str(), F_OK) == 0; }

// A process that begins to guard `root`, changes a limit if it may, and is
// killed.
void GuardAndDie(const std::string &root, uint64_t queue) {
  const pid_t pid = fork();
  if (pid == 0) {
    guard guard;
    if (guard_begin(&guard, root.c_str()) != 0) _exit(1);
    if (guard_may_set(LIMIT_QUEUE) &&
        guard_set_limit(&guard, LIMIT_QUEUE, queue) != 0)
      _exit(2);
    (void)raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
}

TEST(Guard, RemovesTheFolderOfAProgramThatWasKilled) {
  const TempDir dir;
  dir.MkDir("work/a/b");
  dir.Write("work/a/b/file", "x");

  GuardAndDie(dir.Path("work"), guard_limit(LIMIT_QUEUE));

  EXPECT_TRUE(WaitUntil([&] { return !Exists(dir.Path("work")); }, kDeadline));
  EXPECT_TRUE(Exists(dir.path()));
}

TEST(Guard, PutsALimitBackThatAKilledProgramHadChanged) {
  if (!guard_may_set(LIMIT_QUEUE)) GTEST_SKIP() << "limits may not be changed";
  const TempDir dir;
  dir.MkDir("work");
  const uint64_t before = guard_limit(LIMIT_QUEUE);

  GuardAndDie(dir.Path("work"), before + 1);

  EXPECT_TRUE(
      WaitUntil([&] { return guard_limit(LIMIT_QUEUE) == before; }, kDeadline));
}

TEST(Guard, LeavesALimitAloneThatSomebodyElseHasSet) {
  if (!guard_may_set(LIMIT_QUEUE)) GTEST_SKIP() << "limits may not be changed";
  const TempDir dir;
  dir.MkDir("work");
  const uint64_t before = guard_limit(LIMIT_QUEUE);
  guard other;
  guard mine;
  ASSERT_EQ(guard_begin(&other, dir.Path("other").c_str()), 0);
  ASSERT_EQ(guard_begin(&mine, dir.Path("work").c_str()), 0);
  ASSERT_EQ(guard_set_limit(&mine, LIMIT_QUEUE, before + 1), 0);
  ASSERT_EQ(guard_set_limit(&other, LIMIT_QUEUE, before + 2), 0);

  guard_end(&mine);

  EXPECT_EQ(guard_limit(LIMIT_QUEUE), before + 2);
  guard_end(&other);
  EXPECT_EQ(guard_limit(LIMIT_QUEUE), before);
}

TEST(Place, IsMadeWhereItIsAskedFor) {
  const TempDir dir;
  char path[PLACE_SIZE];

  ASSERT_EQ(place_make(dir.path().c_str(), path), 0);

  EXPECT_EQ(std::string(path).find(dir.Path("ringnotify-bench.")), 0U);
  place_remove(path);
  EXPECT_FALSE(Exists(path));
}

TEST(Place, SaysThatItCannotBeMade) {
  const TempDir dir;
  char path[PLACE_SIZE];

  EXPECT_EQ(place_make(dir.Path("no").c_str(), path), -ENOENT);
  EXPECT_EQ(place_make(dir.MkDir(std::string(250, 'x')).c_str(), path),
            -ENAMETOOLONG);
}

}  // namespace
}  // namespace rn
