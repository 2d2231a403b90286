// The pid file: made or refused, removed when it is ours.

#include "cmd/ringnotify/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

std::string Read(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Exists(const std::string &path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

struct Made {
  int result;
  pid_file file;
  std::string problem;
};

Made Make(const std::string &path) {
  Made made = {};
  text problem = {};
  made.result = pid_file_create(&made.file, path.c_str(), &problem);
  made.problem.assign(problem.size > 0 ? problem.data : "", problem.size);
  text_fini(&problem);
  return made;
}

// The number of a process that is gone.
pid_t GonePid() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST(PidFile, IsTheOwnersAloneAndNamesTheProcess) {
  const TempDir dir;
  const std::string path = dir.Path("pid");
  const mode_t before = umask(0);
  Made made = Make(path);
  umask(before);

  ASSERT_EQ(made.result, 0) << made.problem;
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(Read(path), std::to_string(getpid()) + "\n");

  pid_file_remove(&made.file);
  EXPECT_FALSE(Exists(path));
  pid_file_remove(&made.file);
}

TEST(PidFile, IsRemovedFromWhereItWasMade) {
  const TempDir dir;
  const std::string other = dir.MkDir("other");
  char *before = getcwd(nullptr, 0);
  ASSERT_EQ(chdir(dir.path().c_str()), 0);
  Made made = Make("./pid");
  ASSERT_EQ(chdir(other.c_str()), 0);
  dir.Write("other/pid", "");

  EXPECT_EQ(made.result, 0) << made.problem;
  EXPECT_TRUE(Exists(dir.Path("pid")));
  pid_file_remove(&made.file);

  EXPECT_FALSE(Exists(dir.Path("pid")));
  EXPECT_TRUE(Exists(dir.Path("other/pid")));
  ASSERT_EQ(chdir(before), 0);
  free(before);
}

TEST(PidFile, StaysWhenItIsNotOursAnyMore) {
  const TempDir dir;
  const std::string path = dir.Path("pid");
  Made made = Make(path);
  ASSERT_EQ(made.result, 0) << made.problem;
  unlink(path.c_str());
  dir.Write("pid", "12\n");

  pid_file_remove(&made.file);

  EXPECT_EQ(Read(path), "12\n");
}

// A process that runs for as long as this is there.
class Running {
 public:
  Running() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  Running(const Running &) = delete;
  Running &operator=(const Running &) = delete;
  ~Running() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(PidFile, IsRefusedWhereSomethingElseIsThere) {
  const TempDir dir;
  const Running other;
  const std::string path = dir.Path("pid");
  const std::string theirs = std::to_string(other.pid());
  const struct {
    std::string content;
    std::string problem;
  } cases[] = {
      {theirs, " and names process " + theirs +
                   ", which runs: end it by 'kill " + theirs +
                   "'; or, if that is another program by now, remove the file"},
      {"x\n", " and names no process: remove it, or choose another"},
      {"-1\n", " and names no process: remove it, or choose another"},
      {"12x\n", " and names no process: remove it, or choose another"},
      {"12\n\n", " and names no process: remove it, or choose another"},
      {"99999999999999999999\n",
       " and names no process: remove it, or choose another"},
  };

  for (const auto &one : cases) {
    dir.Write("pid", one.content);
    const Made made = Make(path);

    EXPECT_EQ(made.result, -EEXIST);
    EXPECT_EQ(made.problem, "pid file '" + path + "' exists" + one.problem);
    EXPECT_EQ(made.file.path, nullptr);
    EXPECT_EQ(Read(path), one.content);
  }
}

// The lock says that its process runs, whatever the number in it.
TEST(PidFile, IsRefusedWhileItIsLocked) {
  const TempDir dir;
  const std::string path = dir.Path("pid");
  Made first = Make(path);
  ASSERT_EQ(first.result, 0) << first.problem;

  const std::string mine = std::to_string(getpid());
  Made second = Make(path);
  EXPECT_EQ(second.result, -EEXIST);
  EXPECT_EQ(second.problem, "pid file '" + path +
                                "' exists and names process " + mine +
                                ", which runs: end it by 'kill " + mine + "'");
  dir.Write("pid", "");
  second = Make(path);
  EXPECT_EQ(second.result, -EEXIST);
  EXPECT_EQ(
      second.problem,
      "pid file '" + path + "' exists and is locked by a process that runs");
  pid_file_remove(&first.file);
}

// A process that was killed leaves its file; an unattended restart takes it.
TEST(PidFile, IsTakenOverFromAProcessThatIsGone) {
  const TempDir dir;
  const std::string path = dir.Path("pid");
  const std::string gone = std::to_string(GonePid());
  for (const std::string &content : {gone + "\n", gone, std::string()}) {
    dir.Write("pid", content);
    Made made = Make(path);

    EXPECT_EQ(made.result, 0) << made.problem;
    EXPECT_EQ(Read(path), std::to_string(getpid()) + "\n");
    pid_file_remove(&made.file);
    EXPECT_FALSE(Exists(path));
  }
}

// Where nobody reaps it, as in many containers, it stays one for ever.
TEST(PidFile, IsTakenOverFromAZombie) {
  const TempDir dir;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT),
            0);
  dir.Write("pid", std::to_string(child) + "\n");

  Made made = Make(dir.Path("pid"));

  EXPECT_EQ(made.result, 0) << made.problem;
  pid_file_remove(&made.file);
  waitpid(child, nullptr, 0);
}

// In a container a program has the same number at each start.
TEST(PidFile, IsTakenOverWhereItNamesTheProcessItself) {
  const TempDir dir;
  dir.Write("pid", std::to_string(getpid()) + "\n");

  Made made = Make(dir.Path("pid"));

  EXPECT_EQ(made.result, 0) << made.problem;
  pid_file_remove(&made.file);
}

// Its number was given anew: nobody who began later can have written the file.
TEST(PidFile, IsTakenOverFromBeforeTheProcessBegan) {
  const TempDir dir;
  const Running other;
  dir.Write("pid", std::to_string(other.pid()) + "\n");
  const timespec long_ago[] = {{1000000000, 0}, {1000000000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, dir.Path("pid").c_str(), long_ago, 0), 0);

  Made made = Make(dir.Path("pid"));

  EXPECT_EQ(made.result, 0) << made.problem;
  pid_file_remove(&made.file);
}

TEST(PidFile, IsNotTakenWhenItIsAnotherUsersOrHasAnotherName) {
  const TempDir dir;
  const std::string path = dir.Write("pid", "");
  const std::string other = dir.Path("other");
  ASSERT_EQ(link(path.c_str(), other.c_str()), 0);
  EXPECT_EQ(Make(path).result, -EEXIST);
  unlink(other.c_str());

  if (chown(path.c_str(), 65534, 65534) != 0)
    GTEST_SKIP() << "only root can give a file away";
  const Made made = Make(path);
  EXPECT_EQ(made.result, -EEXIST);
  EXPECT_EQ(made.problem, "pid file '" + path +
                              "' exists and is another user's: choose another");
}

TEST(PidFile, IsNotWrittenThroughALinkNorToADirectory) {
  const TempDir dir;
  const std::string path = dir.Path("pid");
  for (const char *target : {"", "missing"}) {
    const std::string to = dir.Path(target);
    ASSERT_EQ(symlink(to.c_str(), path.c_str()), 0);

    EXPECT_EQ(Make(path).result, -EEXIST);
    EXPECT_FALSE(Exists(dir.Path("missing")));
    unlink(path.c_str());
  }
  dir.MkDir("pid");
  EXPECT_EQ(Make(path).result, -EEXIST);
}

TEST(PidFile, SaysWhyItCannotBeWritten) {
  const TempDir dir;
  const std::string path = dir.Path("missing/pid");

  const Made made = Make(path);

  EXPECT_EQ(made.result, -ENOENT);
  EXPECT_EQ(made.problem,
            "cannot write pid file '" + path + "': No such file or directory");
}

}  // namespace
}  // namespace rn
