// `ringnotify watch`: how it ends, with which exit code, and that nothing of
// what was read is lost.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/json_record.h"
#include "test/cmd/limited.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

// Two files to be opened in turn: one event each time, nothing to be written.
class Files {
 public:
  Files() {
    dir_.Write("0", "");
    dir_.Write("1", "");
  }

  const std::string &path() const { return dir_.path(); }

  void Open(unsigned count) const {
    for (unsigned i = 0; i < count; i++) {
      const std::string path = dir_.Path(i % 2 == 0 ? "0" : "1");
      const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      ASSERT_GE(fd, 0);
      close(fd);
    }
  }

 private:
  TempDir dir_;
};

size_t CountLines(const std::string &text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string LastLine(const std::string &text) {
  const size_t end = text.rfind('\n', text.size() - 2);
  return text.substr(end + 1, text.size() - end - 2);
}

// Whether the process has taken the SIGTERM that it was sent.
bool HasTakenTerm(pid_t pid) {
  const std::string pending = ProcessStatus(pid, "ShdPnd");
  return !pending.empty() &&
         (std::stoull(pending, nullptr, 16) & (1ULL << (SIGTERM - 1))) == 0;
}

// A process that ends at once has threads under way, which ThreadSanitizer
// would report as leaks, with an exit code of its own.
const bool kThreadsMayBeLeft = [] {
  const char *options = std::getenv("TSAN_OPTIONS");
  const std::string before = options == nullptr ? "" : options;
  setenv("TSAN_OPTIONS", (before + ":report_thread_leaks=0").c_str(), 1);
  return true;
}();

// Send SIGTERM again and again, until one is a second wish and not the first.
void SignalUntilItEnds(pid_t pid) {
  EXPECT_TRUE(WaitUntil([&] {
    kill(pid, SIGTERM);
    const std::string state = ProcessStatus(pid, "State");
    return state.empty() || state[0] == 'Z';
  }));
}

TEST(WatchEnd, WritesAllThatHappenedBeforeASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const Files files;
    const Limited limited({"watch", "--json", "-e", "open", files.path()});
    Command &command = limited.command();
    SKIP_WITH_A_QUEUE_BELOW(2000U, limited);
    command.Record();

    files.Open(1000);
    command.Signal(signal);
    const std::string rest = command.Rest();

    EXPECT_EQ(command.Exit(), 0);
    EXPECT_EQ(CountLines(rest), 1001U);
    EXPECT_EQ(LastLine(rest),
              R"({"v":1,"type":"end","events":1000,"kernel_overflows":0,)"
              R"("dropped":0})");
    EXPECT_EQ(command.Errors(), "");
  }
}

TEST(WatchEnd, WritesNoEndLineInPlainOutput) {
  const Files files;
  Command command({"watch", "-e", "open", files.path()});
  ASSERT_TRUE(command.WaitForWatches(1));
  files.Open(1);
  command.Record();

  command.Signal(SIGTERM);

  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 0);
}

TEST(WatchEnd, IsAtOnceWithASecondSignal) {
  const Files files;
  const Limited limited({"watch", "--json", "-e", "open", files.path()});
  Command &command = limited.command();
  SKIP_WITH_A_QUEUE_BELOW(4000U, limited);
  command.Record();
  files.Open(2000); /* more than a pipe holds */

  SignalUntilItEnds(command.pid());

  EXPECT_EQ(command.Exit(), 128 + SIGTERM);
}

// timeout(1) sends its signal to the command, then to the group that it is in.
TEST(WatchEnd, IsCleanWhenTheSameSignalComesTwice) {
  for (int i = 0; i < 20; i++) {
    const Files files;
    const Limited limited({"watch", "--json", "-e", "open", files.path()});
    Command &command = limited.command();
    SKIP_WITH_A_QUEUE_BELOW(400U, limited);
    command.Record();
    files.Open(200);

    command.Signal(SIGTERM);
    ASSERT_TRUE(WaitUntil([&] { return HasTakenTerm(command.pid()); }));
    command.Signal(SIGTERM);

    EXPECT_EQ(JsonRecord(LastLine(command.Rest())).String("type"), "end");
    EXPECT_EQ(command.Exit(), 0);
  }
}

// A terminal that closes, a shell that ends.
TEST(WatchEnd, IsCleanWithAHangup) {
  const Files files;
  Command command({"watch", "--json", "-e", "open", files.path()});
  command.Record();
  files.Open(1);
  command.Record();

  command.Signal(SIGHUP);

  EXPECT_EQ(JsonRecord(LastLine(command.Rest())).String("type"), "end");
  EXPECT_EQ(command.Exit(), 0);
}

// Its own end has begun when the signal comes: that one asks for no more.
TEST(WatchEnd, IsNotCutShortByTheFirstSignal) {
  for (int i = 0; i < 20; i++) {
    const TempDir dir;
    const std::string tree = dir.MkDir("tree");
    Command command({"watch", "--json", "-e", "delete_self", tree});
    command.Record();

    rmdir(tree.c_str());
    command.Record();
    command.Signal(SIGTERM);

    const int code = command.Exit();
    EXPECT_TRUE(code == 4 || code == 0) << code;
    EXPECT_EQ(JsonRecord(LastLine("\n" + command.Rest())).String("type"),
              "end");
  }
}

// A service manager that waits must not have to kill it.
TEST(WatchEnd, ComesThoughNobodyReadsTheOutput) {
  ASSERT_TRUE(kThreadsMayBeLeft);
  const Files files;
  const Limited limited({"watch", "--json", "-e", "open", files.path()});
  Command &command = limited.command();
  SKIP_WITH_A_QUEUE_BELOW(4000U, limited);
  command.Record();
  files.Open(2000); /* more than a pipe holds */

  command.Signal(SIGTERM);

  EXPECT_EQ(command.Exit(), 1);
  EXPECT_EQ(command.Errors(),
            "ringnotify: error: stdout took nothing for 5 seconds: ended, as a "
            "signal asked for it, without writing the rest of what was read\n");
}

// A pipe that takes nothing.
class FullPipe {
 public:
  FullPipe() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC | O_NONBLOCK), 0);
    while (write(ends_[1], "x", 1) == 1) continue;
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, 0), 0);
  }
  FullPipe(const FullPipe &) = delete;
  FullPipe &operator=(const FullPipe &) = delete;
  ~FullPipe() {
    close(ends_[0]);
    close(ends_[1]);
  }

  int input() const { return ends_[1]; }

  std::string Empty() const {
    std::string all;
    char byte;
    while (read(ends_[0], &byte, 1) == 1) all += byte;
    return all;
  }

 private:
  int ends_[2] = {-1, -1};
};

// Whether the process is the command, and takes SIGTERM itself.
bool HoldsTerm(pid_t pid) {
  if (ProcessStatus(pid, "Name") != "ringnotify") return false;
  const std::string held = ProcessStatus(pid, "SigBlk");
  return !held.empty() &&
         (std::stoull(held, nullptr, 16) & (1ULL << (SIGTERM - 1))) != 0;
}

// It can write no line at all.
TEST(WatchEnd, ComesWhileTheFirstLineIsWritten) {
  const TempDir dir;
  const FullPipe pipe;
  Start start;
  start.output_fd = pipe.input();
  Command command({"watch", "--json", dir.path()}, start);
  ASSERT_TRUE(WaitUntil([&] { return HoldsTerm(command.pid()); }));

  SignalUntilItEnds(command.pid());

  EXPECT_EQ(command.Exit(), 128 + SIGTERM);
}

// The child of a process; 0: it has none.
pid_t ChildOf(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  pid_t child = 0;
  file >> child;
  return child;
}

// The first process of a container dies of no signal that it does not handle.
TEST(WatchEnd, IsAtOnceForTheFirstProcess) {
  if (std::system("unshare --user --map-root-user --pid --fork true") != 0)
    GTEST_SKIP() << "no namespace can be made";
  const TempDir dir;
  const FullPipe pipe;
  Start start;
  start.output_fd = pipe.input();
  start.launcher = {"unshare", "--user", "--map-root-user", "--pid", "--fork"};
  Command command({"watch", "--json", dir.path()}, start);
  pid_t first = 0;
  ASSERT_TRUE(WaitUntil([&] { return (first = ChildOf(command.pid())) != 0; }));
  ASSERT_TRUE(WaitUntil([&] { return HoldsTerm(first); }));

  SignalUntilItEnds(first);

  EXPECT_EQ(command.Exit(), 128 + SIGTERM);
  EXPECT_EQ(command.Errors(), "");
}

// The signal is not forgotten when there is room after all.
TEST(WatchEnd, ComesBehindTheFirstLine) {
  const TempDir dir;
  const FullPipe pipe;
  Start start;
  start.output_fd = pipe.input();
  Command command({"watch", "--json", dir.path()}, start);
  ASSERT_TRUE(WaitUntil([&] { return HoldsTerm(command.pid()); }));

  command.Signal(SIGTERM);
  ASSERT_TRUE(WaitUntil([&] { return HasTakenTerm(command.pid()); }));
  std::string lines = pipe.Empty();

  EXPECT_EQ(command.Exit(), 0);
  lines += pipe.Empty();
  EXPECT_EQ(JsonRecord(LastLine(lines)).String("type"), "end");
}

// A signal that was taken would end it with 0.
TEST(WatchEnd, LeavesAnIgnoredSignalIgnored) {
  const TempDir dir;
  Start start;
  start.launcher = {"sh", "-c", "trap '' INT; exec \"$@\"", "sh"};
  Command command({"watch", "--json", "--timeout", "0.2", dir.path()}, start);
  command.Record();

  command.Signal(SIGINT);

  EXPECT_EQ(command.Exit(), 2);
}

TEST(WatchEnd, IsQuietWhenTheReaderLeaves) {
  for (const char *form : {"--json", "-0"}) {
    const TempDir dir;
    Command command({"watch", form, dir.path()});
    ASSERT_TRUE(command.WaitForWatches(1));

    command.CloseOutput();

    EXPECT_EQ(command.Exit(), 0);
    EXPECT_EQ(command.Errors(), "");
  }
}

TEST(WatchEnd, SaysThatTheOutputCannotBeWritten) {
  const TempDir dir;
  Start start;
  start.output_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  Command json({"watch", "--json", dir.path()}, start);
  EXPECT_EQ(json.Exit(), 1);
  EXPECT_EQ(json.Errors(),
            "ringnotify: error: cannot write to stdout: No space left on "
            "device\n");

  Command plain({"watch", dir.path()}, start);
  ASSERT_TRUE(plain.WaitForWatches(1));
  dir.MkDir("a");
  EXPECT_EQ(plain.Exit(), 1);
  EXPECT_EQ(plain.Errors(), json.Errors());
  close(start.output_fd);
}

TEST(WatchEnd, ComesBeforeTheBeginWithoutAnOutput) {
  Start start;
  start.close_output = true;
  for (const std::vector<std::string> &arguments :
       {std::vector<std::string>{"watch", "/"}, {"--help"}, {"--version"}}) {
    Command command(arguments, start);

    EXPECT_EQ(command.Exit(), 1);
    EXPECT_EQ(command.Errors(),
              "ringnotify: error: cannot write to stdout: Bad file "
              "descriptor\n");
  }
}

TEST(WatchEnd, ComesWhenNothingIsLeftToWatch) {
  const TempDir dir;
  const std::string a = dir.MkDir("a"), b = dir.MkDir("b");
  Command command({"watch", "--json", a, b});
  command.Record();

  rmdir(a.c_str());
  rmdir(b.c_str());
  const std::string rest = command.Rest();

  EXPECT_EQ(command.Exit(), 4);
  EXPECT_EQ(JsonRecord(LastLine(rest)).String("type"), "end");
  EXPECT_EQ(command.Errors(),
            "ringnotify: error: nothing is left to watch: '" + a +
                "' and every other PATH was removed or unmounted\n");
}

// The end of all that is watched would end it with 4.
TEST(WatchEnd, DoesNotComeWhileOnePathIsLeft) {
  const TempDir dir;
  const std::string a = dir.MkDir("a");
  Command command({"watch", "--json", "--timeout", "0.2", a, dir.path()});
  command.Record();

  rmdir(a.c_str());

  EXPECT_EQ(command.Exit(), 0);
}

TEST(WatchEnd, ComesWhenTheOneFileIsRemoved) {
  const TempDir dir;
  const std::string file = dir.Write("file", "");
  Command command({"watch", "-e", "modify", file});
  ASSERT_TRUE(command.WaitForWatches(1));

  unlink(file.c_str());

  EXPECT_EQ(command.Rest(), "IGNORED\t" + file + "\n");
  EXPECT_EQ(command.Exit(), 4);
  EXPECT_EQ(command.Errors(), "ringnotify: error: nothing is left to watch: '" +
                                  file + "' was removed or unmounted\n");
}

TEST(WatchEnd, ComesWhenTheTimeRanOut) {
  const TempDir dir;
  Command command({"watch", "--json", "--timeout", "0.05", dir.path()});

  const std::string rest = command.Rest();

  EXPECT_EQ(command.Exit(), 2);
  EXPECT_EQ(JsonRecord(LastLine(rest)).String("type"), "end");
  EXPECT_EQ(command.Errors(), "");
}

TEST(WatchEnd, IsCleanWhenTheTimeRanOutAfterAnEvent) {
  const TempDir dir;
  Command command({"watch", "--json", "--timeout", "1", dir.path()});
  command.Record();

  dir.MkDir("a");

  EXPECT_EQ(CountLines(command.Rest()), 2U);
  EXPECT_EQ(command.Exit(), 0);
}

// Stop the process, make more events than the kernel queues, let it go on.
// Returns false where the queue is too long to be filled in a test.
bool Overflow(const Limited &limited, const Files &files) {
  const unsigned queue = limited.queue();
  const Command &command = limited.command();
  if (queue == 0 || queue > 200000) return false;
  command.Signal(SIGSTOP);
  const auto stopped = [&] {
    return ProcessStatus(command.pid(), "State").rfind('T', 0) == 0;
  };
  if (!WaitUntil(stopped)) return false;
  files.Open(queue + 1000);
  command.Signal(SIGCONT);
  return true;
}

TEST(WatchEnd, DoesNotComeWhenEventsAreLost) {
  const Files files;
  const Limited limited({"watch", "--json", "-e", "open", files.path()});
  Command &command = limited.command();
  command.Record();
  if (!Overflow(limited, files))
    GTEST_SKIP() << "max_queued_events is too high";

  std::string line;
  while (JsonRecord(line = command.Record()).String("type") != "overflow") {
  }
  EXPECT_EQ(JsonRecord(line).String("source"), "kernel");
  files.Open(1);
  EXPECT_EQ(JsonRecord(command.Record()).String("path"), files.path() + "/0");
  command.Signal(SIGTERM);

  EXPECT_EQ(JsonRecord(LastLine(command.Rest())).Integer("kernel_overflows"),
            1);
  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(command.Errors().rfind("ringnotify: warning: events were lost: the "
                                   "kernel's queue was full, with ",
                                   0),
            0U);
}

TEST(WatchEnd, ComesWithALossWhereThatIsAskedFor) {
  const Files files;
  const Limited limited(
      {"watch", "--fail-on-loss", "-e", "open", files.path()});
  Command &command = limited.command();
  files.Open(1);
  command.Record();
  if (!Overflow(limited, files))
    GTEST_SKIP() << "max_queued_events is too high";

  const std::string rest = command.Rest();

  EXPECT_EQ(command.Exit(), 3);
  EXPECT_NE(rest.find("\nQ_OVERFLOW\t\n"), std::string::npos);
}

}  // namespace
}  // namespace rn
