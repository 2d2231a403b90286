// `ringnotify watch` on the real kernel: what is written for what happens.

#include <fcntl.h>
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

TEST(WatchOutput, BeginsWithReady) {
  const TempDir dir;
  Command command({"watch", "--json", dir.path(), dir.MkDir("below")});

  EXPECT_EQ(command.Record(), R"({"v":1,"type":"ready","watches":2})");
}

TEST(WatchOutput, ShowsCreateRenameAndDelete) {
  const TempDir dir;
  Command command({"watch", "--json", "-e", "create,move,delete", dir.path()});
  command.Record();

  dir.MkDir("a");
  rename(dir.Path("a").c_str(), dir.Path("b").c_str());
  rmdir(dir.Path("b").c_str());

  EXPECT_EQ(JsonRecord(command.Record()).Summary(),
            "event IN_CREATE,IN_ISDIR " + dir.Path("a"));
  EXPECT_EQ(JsonRecord(command.Record()).Summary(),
            "event IN_MOVED_FROM,IN_ISDIR " + dir.Path("a"));
  EXPECT_EQ(
      JsonRecord(command.Record()).Summary(),
      "event IN_MOVED_TO,IN_ISDIR " + dir.Path("b") + " from " + dir.Path("a"));
  EXPECT_EQ(JsonRecord(command.Record()).Summary(),
            "event IN_DELETE,IN_ISDIR " + dir.Path("b"));
}

TEST(WatchOutput, NumbersEventsAndJoinsRenamesByACookie) {
  const TempDir dir;
  Command command({"watch", "--json", "-e", "create,move", dir.path()});
  command.Record();

  dir.MkDir("a");
  rename(dir.Path("a").c_str(), dir.Path("b").c_str());

  const JsonRecord created(command.Record());
  const JsonRecord from(command.Record());
  const JsonRecord to(command.Record());
  EXPECT_EQ(from.Integer("seq"), created.Integer("seq") + 1);
  EXPECT_EQ(to.Integer("seq"), created.Integer("seq") + 2);
  EXPECT_FALSE(created.Has("cookie"));
  EXPECT_NE(from.Integer("cookie"), 0);
  EXPECT_EQ(from.Integer("cookie"), to.Integer("cookie"));
  EXPECT_EQ(created.Integer("wd"), to.Integer("wd"));
  EXPECT_GE(created.Integer("wd"), 1);
}

TEST(WatchOutput, WritesPlainLines) {
  const TempDir dir;
  Command command({"watch", dir.path()});
  ASSERT_TRUE(command.WaitForWatches(1));

  dir.MkDir("new");
  dir.Write("file", "text");
  rename(dir.Path("file").c_str(), dir.Path("\n\t").c_str());

  EXPECT_EQ(command.Record(), "CREATE,ISDIR\t" + dir.Path("new"));
  EXPECT_EQ(command.Record(), "CREATE\t" + dir.Path("file"));
  EXPECT_EQ(command.Record(), "MODIFY\t" + dir.Path("file"));
  EXPECT_EQ(command.Record(), "CLOSE_WRITE\t" + dir.Path("file"));
  EXPECT_EQ(command.Record(), "MOVED_FROM\t" + dir.Path("file"));
  EXPECT_EQ(command.Record(), "MOVED_TO\t" + dir.Path("\\n\\t"));
}

TEST(WatchOutput, WritesNulRecordsWithoutEscapes) {
  const TempDir dir;
  Command command({"watch", "-0", "-e", "create", dir.path()});
  ASSERT_TRUE(command.WaitForWatches(1));

  for (const char *name : {"a\nb", "\\", "\xff\xfe"}) {
    dir.MkDir(name);

    EXPECT_EQ(command.Record('\0'), "CREATE,ISDIR\t" + dir.Path(name));
  }
}

TEST(WatchOutput, CarriesNamesOfAnyBytesInJson) {
  const TempDir dir;
  Command command({"watch", "--json", "-e", "create", dir.path()});
  command.Record();

  for (const std::string &name :
       {std::string("a\nb"), std::string("\"\\"), std::string(255, 'x'),
        std::string(255, '\n'), std::string(85 * 3, '\xff')}) {
    dir.MkDir(name);

    EXPECT_EQ(JsonRecord(command.Record()).Bytes("path"), dir.Path(name));
  }
}

TEST(WatchOutput, BeginsPathsAsTheyWereGiven) {
  const TempDir dir;
  dir.MkDir("a/b");
  Start start;
  start.directory = dir.path();
  Command command({"watch", "-e", "create", "./a/../a", "a/b/"}, start);
  ASSERT_TRUE(command.WaitForWatches(2));

  dir.MkDir("a/c");
  dir.MkDir("a/b/d");

  EXPECT_EQ(command.Record(), "CREATE,ISDIR\t./a/../a/c");
  EXPECT_EQ(command.Record(), "CREATE,ISDIR\ta/b/d");
}

TEST(WatchOutput, WatchesAFile) {
  const TempDir dir;
  const std::string file = dir.Write("file", "");
  Command command({"watch", file});
  ASSERT_TRUE(command.WaitForWatches(1));

  chmod(file.c_str(), 0600);

  EXPECT_EQ(command.Record(), "ATTRIB\t" + file);
}

TEST(WatchOutput, LeavesOutWhatIsNoChange) {
  const TempDir dir;
  const std::string file = dir.Write("file", "text");
  Command command({"watch", dir.path()});
  ASSERT_TRUE(command.WaitForWatches(1));

  const int fd = open(file.c_str(), O_RDONLY);
  char byte;
  EXPECT_EQ(read(fd, &byte, 1), 1);
  close(fd);
  dir.MkDir("end");

  EXPECT_EQ(command.Record(), "CREATE,ISDIR\t" + dir.Path("end"));
}

TEST(WatchOutput, ShowsWhatHappensInNewDirectoriesBelow) {
  const TempDir dir;
  dir.MkDir("old");
  Command command({"watch", "-r", "--json", "-e", "create", dir.path()});
  EXPECT_EQ(JsonRecord(command.Record()).Integer("watches"), 2);

  dir.MkDir("old/new/deep");
  dir.Write("old/new/deep/file", "");

  for (const char *path : {"old/new", "old/new/deep", "old/new/deep/file"})
    EXPECT_EQ(JsonRecord(command.Record()).Bytes("path"), dir.Path(path));
}

}  // namespace
}  // namespace rn
