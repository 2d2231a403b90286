// `ringnotify watch --daemon`: what the process that was called says, and what
// the one that stays is like.

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/daemon.h"
#include "test/cmd/json_record.h"
#include "test/support/queue_limit.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

using Strings = std::vector<std::string>;

std::vector<std::string> LinesOf(const std::string &path) {
  std::vector<std::string> lines;
  const std::string content = ContentOf(path);
  for (size_t start = 0; start < content.size();) {
    const size_t end = content.find('\n', start);
    if (end == std::string::npos) break;
    lines.push_back(content.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

class WatchDaemon : public testing::Test {
 protected:
  WatchDaemon() {
    InheritDaemons();
    dir_.MkDir("tree");
    start_.directory = dir_.path();
  }

  // The daemon's files have relative names, in the directory it starts in; one
  // that a failed test leaves behind ends by itself.
  Strings Arguments(const Strings &more) const {
    Strings arguments = {"watch",    "--daemon", "--pid-file", "pid",
                         "--output", "log",      "--timeout",  "300"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  // The line of the log with this number, when it is there.
  std::string Line(size_t index) const {
    const std::string log = dir_.Path("log");
    if (!WaitUntil([&] { return LinesOf(log).size() > index; })) {
      ADD_FAILURE() << "too few lines: " << ContentOf(log);
      return "{}";
    }
    return LinesOf(log)[index];
  }

  pid_t Pid() const { return PidIn(dir_.Path("pid")); }
  bool HasPidFile() const {
    return access(dir_.Path("pid").c_str(), F_OK) == 0;
  }

  TempDir dir_;
  Start start_;
};

TEST_F(WatchDaemon, IsReadyWhenTheCallReturns) {
  dir_.Write("log", "before\n");
  Command command(Arguments({"--json", "tree"}), start_);
  EXPECT_EQ(command.Rest(), ""); /* nobody holds the pipe any more */
  EXPECT_EQ(command.Exit(), 0);
  EXPECT_EQ(command.Errors(), "");
  Daemon daemon(Pid());
  EXPECT_NE(daemon.pid(), command.pid());

  struct stat status;
  ASSERT_EQ(stat(dir_.Path("pid").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(LinesOf(dir_.Path("log")),
            Strings({"before", R"({"v":1,"type":"ready","watches":1})"}));
  dir_.MkDir("tree/a");
  EXPECT_EQ(JsonRecord(Line(2)).Summary(), "event IN_CREATE,IN_ISDIR tree/a");
}

TEST_F(WatchDaemon, EndsCleanAndRemovesThePidFile) {
  const KeptQueueLimit limit;
  if (limit.value() < 200)
    GTEST_SKIP() << "max_queued_events is " << limit.value();
  Command command(Arguments({"--json", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());

  for (int i = 0; i < 100; i++) dir_.MkDir("tree/" + std::to_string(i));
  daemon.Signal(SIGTERM);

  EXPECT_EQ(daemon.Exit(), 0);
  EXPECT_FALSE(HasPidFile());
  const Strings lines = LinesOf(dir_.Path("log"));
  ASSERT_EQ(lines.size(), 102U);
  EXPECT_EQ(JsonRecord(lines.back()).Integer("events"), 100);
}

TEST_F(WatchDaemon, KeepsNothingOfItsCaller) {
  const std::string lock = dir_.Write("lock", "");
  start_.launcher = {"sh", "-c", "umask 077; exec 9<lock; exec \"$@\"", "sh"};
  Command command(Arguments({"tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  const Daemon daemon(Pid());

  EXPECT_EQ(getsid(daemon.pid()), daemon.pid());
  EXPECT_EQ(daemon.Link("cwd"), "/");
  EXPECT_EQ(daemon.Link("fd/0"), "/dev/null");
  EXPECT_EQ(daemon.Link("fd/1"), dir_.Path("log"));
  EXPECT_EQ(daemon.Link("fd/2"), "/dev/null");
  EXPECT_EQ(ProcessStatus(daemon.pid(), "Umask"), "0022");
  const auto holds = [&](const std::string &what) {
    const Strings files = daemon.Files();
    return std::any_of(files.begin(), files.end(), [&](const auto &file) {
      return file.rfind(what, 0) == 0;
    });
  };
  EXPECT_FALSE(holds(lock));
  // It closes the pipe to who waited just behind the last word in it.
  EXPECT_TRUE(WaitUntil([&] { return !holds("pipe:"); }));
}

TEST_F(WatchDaemon, FollowsARelativePathFromWhereItBegan) {
  Command command(Arguments({"--json", "--persist", "-e", "create", "x/y"}),
                  start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  const Daemon daemon(Pid());

  dir_.MkDir("x/y");
  EXPECT_EQ(JsonRecord(Line(1)).Summary(), "event IN_CREATE,IN_ISDIR x/y");
  dir_.Write("x/y/z", "");
  EXPECT_EQ(JsonRecord(Line(2)).Summary(), "event IN_CREATE x/y/z");
}

TEST_F(WatchDaemon, WritesMessagesToAFileAndLooksAtPathsFromWhereItBegan) {
  chmod(dir_.MkDir("secret").c_str(), 0);
  start_.plain_user = true;
  Command command(Arguments({"-r", "--errors", "errors", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  const Daemon daemon(Pid());

  rename(dir_.Path("secret").c_str(), dir_.Path("tree/secret").c_str());
  ASSERT_TRUE(
      WaitUntil([&] { return !ContentOf(dir_.Path("errors")).empty(); }));

  const std::string secret = dir_.Path("tree/secret");
  EXPECT_EQ(ContentOf(dir_.Path("errors")),
            "ringnotify: warning: cannot watch '" + secret +
                "': Permission denied: user " + std::to_string(geteuid()) +
                " may not read '" + secret +
                "'; give the permission: chmod +r\n");
  EXPECT_EQ(command.Errors(), "");
}

TEST_F(WatchDaemon, ReturnsWithWhatKeepsItFromWatching) {
  const struct {
    Strings arguments;
    unsigned descriptors;
    std::string errors;
  } cases[] = {
      {{"tree", "missing"},
       0,
       "cannot watch 'missing': No such file or directory; the nearest "
       "directory that exists is '.'"},
      {{"tree"},
       6, /* 0, 1, 2; for who waits; --errors; one for the notifier */
       "cannot start: all file descriptors of this process are in use: the "
       "limit is 6; raise it: ulimit -n 1024"},
      {{"tree", "--output", "tree"},
       0,
       "cannot write to 'tree': Is a directory"},
      {{"tree", "--errors", "no/errors"},
       0,
       "cannot write to 'no/errors': No such file or directory"},
      {{"tree", "--pid-file", "no/pid"},
       0,
       "cannot write pid file 'no/pid': No such file or directory"},
      {{"tree", "--json", "--output", "/dev/full"},
       0,
       "cannot write to '/dev/full': No space left on device"},
  };

  for (const auto &one : cases) {
    start_.descriptors = one.descriptors;
    Command command(Arguments(one.arguments), start_);

    EXPECT_EQ(command.Exit(), 1) << one.errors;
    EXPECT_EQ(command.Errors(), "ringnotify: error: " + one.errors + "\n");
    EXPECT_FALSE(HasPidFile());
  }
  EXPECT_EQ(ContentOf(dir_.Path("log")), "");
}

TEST_F(WatchDaemon, ReturnsWithWhoseThePidFileIs) {
  Command first(Arguments({"--json", "tree"}), start_);
  ASSERT_EQ(first.Exit(), 0) << first.Errors();
  Daemon daemon(Pid());
  const std::string pid = std::to_string(daemon.pid());

  Command second(Arguments({"--json", "tree"}), start_);
  EXPECT_EQ(second.Exit(), 1);
  EXPECT_EQ(second.Errors(),
            "ringnotify: error: pid file 'pid' exists and names process " +
                pid + ", which runs: end it by 'kill " + pid + "'\n");
  EXPECT_EQ(Pid(), daemon.pid());
  EXPECT_EQ(LinesOf(dir_.Path("log")).size(), 1U);

  daemon.Signal(SIGKILL);
  EXPECT_EQ(daemon.Exit(), 128 + SIGKILL);
  Command third(Arguments({"--json", "tree"}), start_);
  ASSERT_EQ(third.Exit(), 0) << third.Errors();
  Daemon next(Pid());
  EXPECT_NE(next.pid(), daemon.pid());
  next.Signal(SIGTERM);
  EXPECT_EQ(next.Exit(), 0);
  EXPECT_FALSE(HasPidFile());
}

// What who rotates logs does: another name for the file, then the signal.
TEST_F(WatchDaemon, OpensItsFilesAnewWithAHangup) {
  start_.launcher = {"sh", "-c", "umask 077; exec \"$@\"", "sh"};
  Command command(Arguments({"--json", "--errors", "errors", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());
  dir_.MkDir("tree/a");
  EXPECT_EQ(JsonRecord(Line(1)).Summary(), "event IN_CREATE,IN_ISDIR tree/a");

  rename(dir_.Path("log").c_str(), dir_.Path("log.1").c_str());
  daemon.Signal(SIGHUP);
  ASSERT_TRUE(
      WaitUntil([&] { return access(dir_.Path("log").c_str(), F_OK) == 0; }));
  ASSERT_TRUE(
      WaitUntil([&] { return daemon.Link("fd/1") == dir_.Path("log"); }));
  dir_.MkDir("tree/b");

  EXPECT_EQ(JsonRecord(Line(0)).Summary(), "event IN_CREATE,IN_ISDIR tree/b");
  struct stat status;
  ASSERT_EQ(stat(dir_.Path("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Exit(), 0);
  EXPECT_EQ(LinesOf(dir_.Path("log.1")).size(), 2U);
  EXPECT_EQ(JsonRecord(Line(1)).Integer("events"), 2);
}

// With a hangup nobody may be there who reads: it does not wait for that.
TEST_F(WatchDaemon, KeepsAFileForAFifoThatNobodyReads) {
  Command command(Arguments({"--json", "--errors", "errors", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());
  rename(dir_.Path("log").c_str(), dir_.Path("log.1").c_str());
  ASSERT_EQ(mkfifo(dir_.Path("log").c_str(), 0600), 0);

  daemon.Signal(SIGHUP);
  const std::string errors = dir_.Path("errors");
  ASSERT_TRUE(WaitUntil([&] { return !ContentOf(errors).empty(); }));
  EXPECT_EQ(ContentOf(errors), "ringnotify: error: cannot write to '" +
                                   dir_.Path("log") + "': nobody reads it\n");
  daemon.Signal(SIGTERM);

  EXPECT_EQ(daemon.Exit(), 0);
  EXPECT_EQ(JsonRecord(LinesOf(dir_.Path("log.1")).back()).String("type"),
            "end");
}

TEST_F(WatchDaemon, RemovesThePidFileWithASignalThatEndsItAtOnce) {
  Command command(Arguments({"--json", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());

  daemon.Signal(SIGQUIT);

  EXPECT_EQ(daemon.Exit() & 127, SIGQUIT);
  EXPECT_FALSE(HasPidFile());
}

// A daemon that waits for a reader of its output is not ready.
class WatchDaemonNotReady : public WatchDaemon {
 protected:
  WatchDaemonNotReady() {
    EXPECT_EQ(mkfifo(dir_.Path("fifo").c_str(), 0600), 0);
  }
};

TEST_F(WatchDaemonNotReady, EndsWithTheOneWhoWaits) {
  Command command(Arguments({"--output", "fifo", "tree"}), start_);
  Daemon daemon(WaitForChildOf(command.pid()));

  command.Signal(SIGKILL);

  EXPECT_EQ(command.Exit(), 128 + SIGKILL);
  const int code = daemon.Exit();
  EXPECT_TRUE(code == 128 + SIGTERM || code == 1) << code;
}

TEST_F(WatchDaemonNotReady, IsMissedWhenItIsKilled) {
  Command command(Arguments({"--output", "fifo", "tree"}), start_);
  const pid_t child = WaitForChildOf(command.pid());

  ASSERT_EQ(kill(child, SIGKILL), 0);

  EXPECT_EQ(command.Exit(), 1);
  const std::string last =
      "ringnotify: error: the process in the background was killed "
      "before it was ready\n";
  const std::string errors = command.Errors();
  ASSERT_GE(errors.size(), last.size());
  EXPECT_EQ(errors.substr(errors.size() - last.size()), last);
  Daemon(child).Exit();
}

// Where nobody sees stderr, with a log of the system that the test reads.
class WatchDaemonLog : public WatchDaemon {
 protected:
  void SetUp() override {
    if (std::system("unshare --user --map-root-user --mount true") != 0)
      GTEST_SKIP() << "no namespace can be made";
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    const int dir = open(dir_.path().c_str(), O_PATH | O_CLOEXEC);
    // The directory's own path may be longer than a name may be.
    const std::string path = "/proc/self/fd/" + std::to_string(dir) + "/socket";
    std::copy(path.begin(), path.end(), name.sun_path);
    ASSERT_EQ(
        bind(socket_, reinterpret_cast<const sockaddr *>(&name), sizeof(name)),
        0);
    close(dir);
    start_.launcher = {"unshare", "--user", "--map-root-user", "--mount",
                       "sh",      "-c",     kOwnDevices,       "sh"};
  }
  ~WatchDaemonLog() override {
    if (socket_ >= 0) close(socket_);
  }

  // What the log was told, from "error" on; "" when it was told nothing.
  std::string Logged() const {
    char text[1024];
    const ssize_t size = recv(socket_, text, sizeof(text), 0);
    const std::string line(text, size > 0 ? static_cast<size_t>(size) : 0);
    EXPECT_TRUE(line.empty() || line.rfind("<27>", 0) == 0) << line;
    const size_t start = line.find("error: ");
    return start == std::string::npos ? line : line.substr(start);
  }

  // A /dev of its own, in which the socket is the log.
  static constexpr char kOwnDevices[] =
      "mkdir dev && mount --rbind /dev dev && mount -t tmpfs none /dev && "
      "touch /dev/null /dev/full /dev/log && "
      "mount --bind dev/null /dev/null && mount --bind dev/full /dev/full && "
      "mount --bind socket /dev/log && exec \"$@\"";

  int socket_ = -1;
};

TEST_F(WatchDaemonLog, IsToldOfAFullDisk) {
  const std::string full =
      "cannot write to '/dev/full': No space left on device";
  Command command(Arguments({"--output", "/dev/full", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());

  dir_.MkDir("tree/a");

  EXPECT_EQ(daemon.Exit(), 1);
  EXPECT_EQ(Logged(), "error: " + full);
  EXPECT_FALSE(HasPidFile());
}

TEST_F(WatchDaemonLog, IsToldWhatTheFileOfMessagesDoesNotTake) {
  Command command(Arguments({"--errors", "/dev/full", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());

  rmdir(dir_.Path("tree").c_str());

  EXPECT_EQ(daemon.Exit(), 4);
  EXPECT_EQ(Logged(),
            "error: nothing is left to watch: 'tree' was removed or unmounted");
}

TEST_F(WatchDaemonLog, IsToldNothingThatIsInTheFileOfMessages) {
  Command command(Arguments({"--errors", "errors", "tree"}), start_);
  ASSERT_EQ(command.Exit(), 0) << command.Errors();
  Daemon daemon(Pid());

  rmdir(dir_.Path("tree").c_str());

  EXPECT_EQ(daemon.Exit(), 4);
  EXPECT_EQ(Logged(), "");
  EXPECT_NE(ContentOf(dir_.Path("errors")), "");
}

}  // namespace
}  // namespace rn
