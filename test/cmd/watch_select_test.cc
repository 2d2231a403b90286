// `ringnotify watch`: what is watched: paths followed by their names, globs.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/json_record.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

std::string NextSummary(Command &command) {
  return JsonRecord(command.Record()).Summary();
}

TEST(WatchSelect, FollowsAPathThatIsNotThereYetAndIsReplaced) {
  const TempDir dir;
  const std::string file = dir.Path("a/config");
  Command command({"watch", "--persist", "--json", "-e", "close_write", file});
  EXPECT_EQ(JsonRecord(command.Record()).String("type"), "ready");

  dir.MkDir("a");
  dir.Write("a/config.new", "1");
  rename(dir.Path("a/config.new").c_str(), file.c_str());
  EXPECT_EQ(NextSummary(command), "event IN_CREATE " + file);
  dir.Write("a/config", "2");
  EXPECT_EQ(NextSummary(command), "event IN_CLOSE_WRITE " + file);

  dir.Write("a/config.new", "3");
  rename(dir.Path("a/config.new").c_str(), file.c_str());
  EXPECT_EQ(NextSummary(command), "event IN_IGNORED " + file);
  EXPECT_EQ(NextSummary(command), "event IN_CREATE " + file);
  dir.Write("a/config", "4");
  EXPECT_EQ(NextSummary(command), "event IN_CLOSE_WRITE " + file);
}

TEST(WatchSelect, GoesOnWhenThePathThatItFollowsIsGone) {
  const TempDir dir;
  const std::string file = dir.Write("file", "");
  Command command({"watch", "--persist", "--json", "-e", "modify", file});
  command.Record();

  unlink(file.c_str());
  EXPECT_EQ(NextSummary(command), "event IN_IGNORED " + file);
  dir.Write("file", "");
  EXPECT_EQ(NextSummary(command), "event IN_CREATE " + file);
  unlink(file.c_str());
  EXPECT_EQ(NextSummary(command), "event IN_IGNORED " + file);
  command.Signal(SIGTERM);

  EXPECT_EQ(JsonRecord(command.Record()).String("type"), "end");
  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(command.Errors(), "");
}

TEST(WatchSelect, SaysWhichDirectoryKeepsItFromFollowing) {
  const TempDir dir;
  dir.MkDir("shut/deep");
  chmod(dir.Path("shut").c_str(), 0111);
  Start start;
  start.plain_user = true;
  const std::string path = dir.Path("shut/deep");
  Command command({"watch", "--persist", "--json", path}, start);

  EXPECT_EQ(JsonRecord(command.Record()).String("type"), "ready");
  const JsonRecord error(command.Record());
  EXPECT_EQ(error.String("type"), "error");
  EXPECT_EQ(error.String("path"), path);
  EXPECT_EQ(error.String("error"), "EACCES");
  EXPECT_EQ(error.String("message"), "cannot watch '" + dir.Path("shut") +
                                         "': Permission denied: user " +
                                         std::to_string(geteuid()) +
                                         " may not read '" + dir.Path("shut") +
                                         "'; give the permission: chmod +r");
}

// Only what is missing is waited for.
TEST(WatchSelect, FollowsNoPathThatIsAnErrorAtTheStart) {
  const TempDir dir;
  ASSERT_EQ(symlink("round", dir.Path("round").c_str()), 0);
  chmod(dir.MkDir("shut").c_str(), 0);
  Start start;
  start.plain_user = true;
  Command round({"watch", "--persist", dir.Path("round/f")}, start);
  Command shut({"watch", "--persist", dir.Path("shut/f")}, start);

  EXPECT_EQ(round.Exit(), 1);
  EXPECT_EQ(round.Errors(), "ringnotify: error: cannot watch '" +
                                dir.Path("round/f") +
                                "': Too many levels of symbolic links\n");
  EXPECT_EQ(shut.Exit(), 1);
  EXPECT_EQ(shut.Errors().find("ringnotify: error: cannot watch '" +
                               dir.Path("shut/f") + "': Permission denied"),
            0U);
}

TEST(WatchSelect, LeavesOutWhatIsExcluded) {
  const TempDir dir;
  dir.MkDir(".git/refs");
  dir.MkDir("src");
  Command command({"watch", "-r", "--json", "-e", "create", "--exclude", ".git",
                   "--exclude", "*/src/*.o", dir.path()});
  EXPECT_EQ(JsonRecord(command.Record()).Integer("watches"), 2);

  dir.Write(".git/refs/head", "");
  dir.Write("src/a.o", "");
  dir.Write("b.o", "");
  dir.MkDir("new/.git/deep");
  dir.Write("src/a.c", "");

  for (const char *path : {"b.o", "new", "src/a.c"})
    EXPECT_EQ(JsonRecord(command.Record()).Bytes("path"), dir.Path(path));
}

TEST(WatchSelect, TellsOfFilesThatAreIncluded) {
  const TempDir dir;
  Command command({"watch", "-r", "--json", "-e", "create", "--include", "*.c",
                   "--include", "*.h", "--exclude", "x*", dir.path()});
  command.Record();

  dir.Write("a.o", "");
  dir.Write("x.c", "");
  dir.Write("a.h", "");
  dir.MkDir("sub");
  dir.Write("sub/a.o", "");
  dir.Write("sub/a.c", "");

  for (const char *path : {"a.h", "sub", "sub/a.c"})
    EXPECT_EQ(JsonRecord(command.Record()).Bytes("path"), dir.Path(path));
}

// As `watch a* *` has them.
TEST(WatchSelect, WatchesAPathOnceThatIsNamedTwice) {
  const TempDir dir;
  const std::string sub = dir.MkDir("sub");
  Command command({"watch", "-e", "create", sub, dir.path(), sub});
  ASSERT_TRUE(command.WaitForWatches(2));

  dir.MkDir("sub/a");
  EXPECT_EQ(command.Record(), "CREATE,ISDIR\t" + sub + "/a");
  command.Signal(SIGTERM);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(command.Errors(), "ringnotify: note: '" + sub +
                                  "' is named more than once: it is watched "
                                  "once\n");
}

}  // namespace
}  // namespace rn
