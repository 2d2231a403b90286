// Daemons as children: a process that is the subreaper of its children gets
// what they leave behind, and so their exit codes.

#include "test/cmd/daemon.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"
#include "test/support/wait_until.h"

namespace rn {

void InheritDaemons() { ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }

Daemon::~Daemon() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Daemon::Signal(int signal) const {
  ASSERT_GT(pid_, 0);
  ASSERT_EQ(kill(pid_, signal), 0);
}

int Daemon::Exit() {
  if (pid_ <= 0) return -1;
  int status = 0;
  // It comes to us when the process that was called is gone: not before there
  // is no such child (-1).
  const bool ended =
      WaitUntil([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
  EXPECT_TRUE(ended) << "the daemon does not end";
  if (!ended) return -1;
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Daemon::Link(const std::string &name) const {
  const std::string path = "/proc/" + std::to_string(pid_) + "/" + name;
  char target[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), target, sizeof(target));
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

std::vector<std::string> Daemon::Files() const {
  std::vector<std::string> files;
  DIR *dir = opendir(("/proc/" + std::to_string(pid_) + "/fd").c_str());
  if (dir == nullptr) return files;
  while (const dirent *entry = readdir(dir))
    if (entry->d_name[0] != '.')
      files.push_back(Link(std::string("fd/") + entry->d_name));
  closedir(dir);
  return files;
}

pid_t PidIn(const std::string &path) {
  pid_t pid = 0;
  std::ifstream(path) >> pid;
  return pid;
}

std::string ContentOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t WaitForChildOf(pid_t parent) {
  const std::string process = std::to_string(parent);
  pid_t child = 0;
  const bool found = WaitUntil([&] {
    child = PidIn("/proc/" + process + "/task/" + process + "/children");
    return child != 0;
  });
  EXPECT_TRUE(found) << "it starts no process";
  return child;
}

}  // namespace rn
