// `ringnotify watch`: what cannot be watched is named, with the number and the
// remedy.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/json_record.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

// In `dir`, as somebody who may not read everything.
Start AsPlainUser(const TempDir &dir) {
  Start start;
  start.directory = dir.path();
  start.plain_user = true;
  return start;
}

TEST(WatchError, NamesAPathThatDoesNotExist) {
  const TempDir dir;
  Command command({"watch", "--json", dir.path(), dir.Path("a/b")});

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 1);
  EXPECT_EQ(command.Errors(),
            "ringnotify: error: cannot watch '" + dir.Path("a/b") +
                "': No such file or directory; the nearest directory that "
                "exists is '" +
                dir.path() + "'\n");
}

TEST(WatchError, NamesAPathThatMayNotBeRead) {
  const TempDir dir;
  chmod(dir.MkDir("secret").c_str(), 0);
  Command command({"watch", "secret"}, AsPlainUser(dir));

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 1);
  EXPECT_EQ(
      command.Errors(),
      "ringnotify: error: cannot watch 'secret': Permission denied: user " +
          std::to_string(geteuid()) +
          " may not read 'secret'; give the permission: chmod +r\n");
}

TEST(WatchError, WatchesTheRestBesideADirectoryThatMayNotBeRead) {
  const TempDir dir;
  chmod(dir.MkDir("tree/secret").c_str(), 0);
  Command json({"watch", "-r", "--json", "tree"}, AsPlainUser(dir));
  Command plain({"watch", "-r", "tree"}, AsPlainUser(dir));

  EXPECT_EQ(json.Record(), R"({"v":1,"type":"ready","watches":1})");
  const JsonRecord error(json.Record());
  EXPECT_EQ(error.String("type"), "error");
  EXPECT_EQ(error.String("path"), "tree/secret");
  EXPECT_EQ(error.String("error"), "EACCES");
  EXPECT_EQ(error.String("message").find(
                "cannot watch 'tree/secret': Permission denied"),
            0U);
  ASSERT_TRUE(plain.WaitForWatches(1));
  dir.MkDir("tree/new");
  EXPECT_EQ(JsonRecord(json.Record()).String("path"), "tree/new");
  EXPECT_EQ(plain.Record(), "CREATE,ISDIR\ttree/new");
  EXPECT_EQ(plain.Errors(),
            "ringnotify: warning: " + error.String("message") + "\n");
}

TEST(WatchError, TellsOfANewDirectoryThatMayNotBeRead) {
  const TempDir dir;
  chmod(dir.MkDir("secret").c_str(), 0);
  dir.MkDir("tree");
  Command command({"watch", "-r", "--json", "tree"}, AsPlainUser(dir));
  command.Record();

  rename(dir.Path("secret").c_str(), dir.Path("tree/secret").c_str());

  EXPECT_EQ(JsonRecord(command.Record()).Summary(),
            "event IN_MOVED_TO,IN_ISDIR tree/secret");
  const JsonRecord error(command.Record());
  EXPECT_EQ(error.String("type"), "error");
  EXPECT_EQ(error.String("path"), "tree/secret");
  EXPECT_EQ(error.String("error"), "EACCES");
}

TEST(WatchError, WarnsWhereThereAreFewEvents) {
  Command command({"watch", "--timeout", "0.01", "/proc/self"});

  EXPECT_EQ(command.Exit(), 2);
  EXPECT_EQ(command.Errors(),
            "ringnotify: warning: '/proc/self' is on proc: what the kernel "
            "shows there changes without events; only what programs create, "
            "remove or write is seen\n");
}

TEST(WatchError, NamesTheWatchLimitOfAUserNamespace) {
  if (!CanLimit()) GTEST_SKIP() << "no user namespace with limits of its own";
  const TempDir dir;
  Start start;
  start.launcher = WithLimit("max_inotify_watches", 3);
  for (const char *name : {"a", "b", "c", "d", "e"}) dir.MkDir(name);
  Command command({"watch", "-r", "--json", dir.path()}, start);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 1);
  const std::string errors = command.Errors();
  EXPECT_NE(errors.find("': the limit of inotify watches is reached: "
                        "user.max_inotify_watches is 3, 3 of them are used "
                        "here; raise it: as root of this user namespace "
                        "(container), sysctl user.max_inotify_watches="),
            std::string::npos)
      << errors;
}

TEST(WatchError, NamesTheInstanceLimitOfAUserNamespace) {
  if (!CanLimit()) GTEST_SKIP() << "no user namespace with limits of its own";
  const TempDir dir;
  Start start;
  start.launcher = WithLimit("max_inotify_instances", 0);
  Command command({"watch", dir.path()}, start);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 1);
  const std::string errors = command.Errors();
  EXPECT_EQ(errors.find("ringnotify: error: cannot start: the limit of inotify "
                        "instances is reached: user.max_inotify_instances is 0 "
                        "for all programs of a user; raise it: "),
            0U)
      << errors;
}

TEST(WatchError, NamesTheLimitOfDescriptors) {
  const TempDir dir;
  Start start;
  start.descriptors = 4; /* 0, 1, 2, and one for the loader's libraries */
  Command command({"watch", dir.path()}, start);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 1);
  EXPECT_EQ(command.Errors(),
            "ringnotify: error: cannot start: all file descriptors of this "
            "process are in use: the limit is 4; raise it: ulimit -n 1024\n");
}

}  // namespace
}  // namespace rn
