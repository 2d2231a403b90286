// `ringnotify watch`: --output, --errors and --pid-file in the foreground.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/daemon.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

bool WaitForContent(const std::string &path, const std::string &content) {
  return WaitUntil([&] { return ContentOf(path) == content; });
}

TEST(WatchFiles, WritesToTheEndOfAFile) {
  const TempDir dir;
  const std::string log = dir.Write("log", "before\n");
  const std::string sub = dir.MkDir("sub");
  Command command({"watch", "-e", "create", "--output", log, sub});
  ASSERT_TRUE(command.WaitForWatches(1));

  dir.MkDir("sub/a");
  const std::string first = "before\nCREATE,ISDIR\t" + sub + "/a\n";
  EXPECT_TRUE(WaitForContent(log, first));
  ASSERT_EQ(truncate(log.c_str(), 0), 0);
  dir.MkDir("sub/b");
  EXPECT_TRUE(WaitForContent(log, "CREATE,ISDIR\t" + sub + "/b\n"));
  command.Signal(SIGTERM);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(command.Errors(), "");
}

// Each line would be a change, which is a line.
TEST(WatchFiles, DoesNotWriteOfItsOwnOutput) {
  const TempDir dir;
  const std::string log = dir.Write("log", "");
  Command command(
      {"watch", "-e", "modify,create", "--output", log, dir.path()});
  ASSERT_TRUE(command.WaitForWatches(1));

  dir.MkDir("a");
  const std::string first = "CREATE,ISDIR\t" + dir.path() + "/a\n";
  ASSERT_TRUE(WaitForContent(log, first));
  const std::string aside = dir.Path("log.1"); /* it goes on writing there */
  ASSERT_EQ(rename(log.c_str(), aside.c_str()), 0);
  dir.MkDir("b");
  ASSERT_TRUE(
      WaitForContent(aside, first + "CREATE,ISDIR\t" + dir.path() + "/b\n"));
  dir.Write("c", "text"); /* of other files all is written */
  command.Signal(SIGTERM);

  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(ContentOf(aside), first + "CREATE,ISDIR\t" + dir.path() +
                                  "/b\nCREATE\t" + dir.path() + "/c\nMODIFY\t" +
                                  dir.path() + "/c\n");
}

// The output, below a name that the command line does not lead to.
class WatchFilesOutput : public testing::Test {
 protected:
  WatchFilesOutput() {
    dir_.MkDir("out");
    dir_.Write("out/log", "");
    dir_.MkDir("tree/below");
    dir_.MkDir("last");
    start_.directory = dir_.path();
  }

  // What is written while two directories come to `place`, and a last one.
  std::string LogOf(const std::string &path, const std::string &place) {
    Command command({"watch", "-r", "-e", "modify,create", "--output",
                     "out/log", path, "last"},
                    start_);
    const std::string log = dir_.Path("out/log");
    EXPECT_TRUE(command.WaitForWatches(2 + (path == "tree" ? 1 : 0)));
    dir_.MkDir(place + "/a");
    EXPECT_TRUE(WaitUntil([&] { return !ContentOf(log).empty(); }));
    dir_.MkDir(place + "/b");
    EXPECT_TRUE(WaitUntil(
        [&] { return ContentOf(log).find("/b\n") != std::string::npos; }));
    command.Signal(SIGTERM);
    EXPECT_EQ(command.Exit(), 0) << command.Errors();
    return ContentOf(log);
  }

  TempDir dir_;
  Start start_;
};

// Of a directory with another name of it nobody is told.
TEST_F(WatchFilesOutput, IsNoEventByAHardLinkThatIsWatchedItself) {
  ASSERT_EQ(link(dir_.Path("out/log").c_str(), dir_.Path("l").c_str()), 0);

  EXPECT_EQ(LogOf("l", "last"), "CREATE,ISDIR\tlast/a\nCREATE,ISDIR\tlast/b\n");
}

TEST_F(WatchFilesOutput, IsNoEventByALinkThatIsWatchedItself) {
  ASSERT_EQ(symlink("out/log", dir_.Path("l").c_str()), 0);

  EXPECT_EQ(LogOf("l", "last"), "CREATE,ISDIR\tlast/a\nCREATE,ISDIR\tlast/b\n");
}

TEST_F(WatchFilesOutput, IsNoEventThroughAMount) {
  if (std::system("unshare --user --map-root-user --mount true") != 0)
    GTEST_SKIP() << "no namespace can be made";
  start_.launcher = {"unshare",
                     "--user",
                     "--map-root-user",
                     "--mount",
                     "sh",
                     "-c",
                     "mount --bind out tree/below && exec \"$@\"",
                     "sh"};

  EXPECT_EQ(LogOf("tree", "tree"),
            "CREATE,ISDIR\ttree/a\nCREATE,ISDIR\ttree/b\n");
}

// As a shell does, but not without a word.
TEST(WatchFiles, SaysThatItWaitsForAReader) {
  for (const std::string option : {"--output", "--errors"}) {
    const TempDir dir;
    const std::string fifo = dir.Path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    Command command({"watch", option, fifo, dir.MkDir("tree")});
    ASSERT_TRUE(WaitUntil([&] { return !command.Errors().empty(); }));
    EXPECT_EQ(command.Errors(),
              "ringnotify: note: '" + fifo +
                  "' is a FIFO: waiting for somebody who reads it\n");

    const int reader = open(fifo.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_TRUE(command.WaitForWatches(1));
    rmdir(dir.Path("tree").c_str());

    EXPECT_EQ(command.Exit(), 4);
    char byte;
    EXPECT_EQ(read(reader, &byte, 1), 1) << option;
    close(reader);
  }
}

TEST(WatchFiles, SaysWhichFileCannotBeWritten) {
  const TempDir dir;
  const std::string missing = dir.Path("missing/log");
  const struct {
    std::vector<std::string> arguments;
    std::string errors;
  } cases[] = {
      {{"--output", missing},
       "cannot write to '" + missing + "': No such file or directory"},
      {{"--errors", missing},
       "cannot write to '" + missing + "': No such file or directory"},
      {{"--output", dir.path()},
       "cannot write to '" + dir.path() + "': Is a directory"},
      {{"--output", "/dev/full", "--json"},
       "cannot write to '/dev/full': No space left on device"},
      {{"--pid-file", missing},
       "cannot write pid file '" + missing + "': No such file or directory"},
  };

  for (const auto &one : cases) {
    std::vector<std::string> arguments = {"watch", dir.path()};
    arguments.insert(arguments.end(), one.arguments.begin(),
                     one.arguments.end());
    Command command(arguments);

    EXPECT_EQ(command.Rest(), "");
    EXPECT_EQ(command.Exit(), 1);
    EXPECT_EQ(command.Errors(), "ringnotify: error: " + one.errors + "\n");
  }
}

TEST(WatchFiles, TellsLaterMessagesInAFile) {
  const TempDir dir;
  const std::string sub = dir.MkDir("sub");
  const std::string errors = dir.Path("errors");
  Command command({"watch", "--errors", errors, sub});
  ASSERT_TRUE(command.WaitForWatches(1));

  rmdir(sub.c_str());

  EXPECT_EQ(command.Exit(), 4);
  EXPECT_EQ(command.Errors(), "");
  EXPECT_EQ(ContentOf(errors),
            "ringnotify: error: nothing is left to watch: '" + sub +
                "' was removed or unmounted\n");
}

TEST(WatchFiles, TellsWhatFailedAtFirstOnStderr) {
  const TempDir dir;
  Command command({"watch", "--errors", dir.Path("errors"), dir.Path("a")});

  EXPECT_EQ(command.Exit(), 1);
  EXPECT_NE(command.Errors().find("cannot watch '" + dir.Path("a")),
            std::string::npos);
  EXPECT_EQ(ContentOf(dir.Path("errors")), "");
}

TEST(WatchFiles, KeepsAPidFileWhileItRuns) {
  const TempDir dir;
  const std::string pid = dir.Path("pid");
  for (const int signal : {SIGINT, SIGTERM}) {
    Command command({"watch", "--json", "--pid-file", pid, dir.path()});
    command.Record();
    EXPECT_EQ(ContentOf(pid), std::to_string(command.pid()) + "\n");

    Command second({"watch", "--json", "--pid-file", pid, dir.path()});
    EXPECT_EQ(second.Rest(), "");
    EXPECT_EQ(second.Exit(), 1);
    EXPECT_EQ(
        second.Errors().find("ringnotify: error: pid file '" + pid +
                             "' exists and names process " +
                             std::to_string(command.pid()) + ", which runs: "),
        0U);
    EXPECT_EQ(ContentOf(pid), std::to_string(command.pid()) + "\n");

    command.Signal(signal);
    EXPECT_EQ(command.Exit(), 0);
    EXPECT_NE(access(pid.c_str(), F_OK), 0);
  }
}

TEST(WatchFiles, RemovesThePidFileHoweverItEnds) {
  const TempDir dir;
  const std::string sub = dir.MkDir("sub");
  const std::string pid = dir.Path("pid");
  Command timeout({"watch", "--pid-file", pid, "--timeout", "0.01", sub});
  EXPECT_EQ(timeout.Exit(), 2);
  EXPECT_NE(access(pid.c_str(), F_OK), 0);

  Command full(
      {"watch", "--pid-file", pid, "--json", "--output", "/dev/full", sub});
  EXPECT_EQ(full.Exit(), 1);
  EXPECT_NE(access(pid.c_str(), F_OK), 0);

  Command gone({"watch", "--pid-file", pid, sub});
  ASSERT_TRUE(gone.WaitForWatches(1));
  rmdir(sub.c_str());
  EXPECT_EQ(gone.Exit(), 4);
  EXPECT_NE(access(pid.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace rn
