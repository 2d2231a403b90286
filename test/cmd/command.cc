// Starts the command with pipes and looks at it from outside: output, exit
// code, its inotify watches as the kernel lists them.

#include "test/cmd/command.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>

#include "gtest/gtest.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr int kDeadlineMs = 60000;

std::string ReadLink(const std::string &path) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), target, sizeof(target));
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

size_t CountWatches(const std::string &fdinfo) {
  std::ifstream file(fdinfo);
  size_t count = 0;
  for (std::string line; std::getline(file, line);)
    if (line.rfind("inotify wd:", 0) == 0) count++;
  return count;
}

size_t WatchesOf(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  DIR *dir = opendir((process + "/fd").c_str());
  if (dir == nullptr) return 0;
  size_t count = 0;
  while (const dirent *entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (ReadLink(process + "/fd/" + name) == "anon_inode:inotify")
      count += CountWatches(process + "/fdinfo/" + name);
  }
  closedir(dir);
  return count;
}

void LimitDescriptors(unsigned count) {
  const rlimit limit = {count, count};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(125);
}

// Root keeps its number but not its right to read what its mode forbids, for
// this process and what it executes; others have no such right.
void BecomePlainUser() {
  if (geteuid() != 0) return;
  for (const int right : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH})
    if (prctl(PR_CAPBSET_DROP, right, 0, 0, 0) != 0) _exit(125);
}

}  // namespace

std::string CommandPath() {
  char *path = realpath("cmd/ringnotify/ringnotify", nullptr);
  EXPECT_NE(path, nullptr) << "the command is not where it is looked for";
  const std::string found = path == nullptr ? "" : path;
  std::free(path);
  return found;
}

Command::Command(std::vector<std::string> arguments, const Start &start) {
  std::vector<std::string> words = start.launcher;
  words.push_back(CommandPath());
  words.insert(words.end(), arguments.begin(), arguments.end());
  int output[2];
  EXPECT_EQ(pipe2(output, O_CLOEXEC), 0);
  errors_fd_ = memfd_create("errors", MFD_CLOEXEC);
  pid_ = fork();
  if (pid_ == 0) Run(words, start, output);
  close(output[1]);
  output_fd_ = output[0];
}

// In the child.
void Command::Run(const std::vector<std::string> &words, const Start &start,
                  const int output[2]) const {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(errors_fd_, STDERR_FILENO);
  if (start.close_output)
    close(STDOUT_FILENO);
  else
    dup2(start.output_fd >= 0 ? start.output_fd : output[1], STDOUT_FILENO);
  if (!start.directory.empty() && chdir(start.directory.c_str()) != 0)
    _exit(125);
  if (start.descriptors != 0) LimitDescriptors(start.descriptors);
  if (start.plain_user) BecomePlainUser();
  std::vector<char *> argv;
  for (const std::string &word : words)
    argv.push_back(const_cast<char *>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

Command::~Command() {
  CloseOutput();
  close(errors_fd_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

// Read what comes next.  Returns false at the end of the output.
bool Command::Fill() {
  pollfd polled = {output_fd_, POLLIN, 0};
  if (poll(&polled, 1, kDeadlineMs) <= 0) {
    ADD_FAILURE() << "no output came; stderr: " << Errors();
    return false;
  }
  char bytes[65536];
  const ssize_t count = read(output_fd_, bytes, sizeof(bytes));
  if (count <= 0) return false;
  pending_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::string Command::Record(char end) {
  size_t size;
  while ((size = pending_.find(end)) == std::string::npos) {
    if (Fill()) continue;
    ADD_FAILURE() << "the output ended; stderr: " << Errors();
    return "";
  }
  const std::string record = pending_.substr(0, size);
  pending_.erase(0, size + 1);
  return record;
}

std::string Command::Rest() {
  while (Fill()) {
  }
  return std::exchange(pending_, "");
}

bool Command::HasOutput() const {
  pollfd polled = {output_fd_, POLLIN, 0};
  return !pending_.empty() ||
         (poll(&polled, 1, 0) == 1 && (polled.revents & POLLIN) != 0);
}

void Command::CloseOutput() {
  if (output_fd_ >= 0) close(output_fd_);
  output_fd_ = -1;
}

void Command::Signal(int signal) const { ASSERT_EQ(kill(pid_, signal), 0); }

int Command::Exit() {
  int status = 0;
  const auto ended = [&] { return waitpid(pid_, &status, WNOHANG) == pid_; };
  if (!WaitUntil(ended, std::chrono::milliseconds(kDeadlineMs))) {
    ADD_FAILURE() << "it does not end; stderr: " << Errors();
    return -1;
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Command::Errors() const {
  std::string errors(1 << 16, '\0');
  const ssize_t size = pread(errors_fd_, errors.data(), errors.size(), 0);
  errors.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return errors;
}

bool Command::WaitForWatches(size_t count) const {
  return WaitUntil([&] { return WatchesOf(pid_) == count; });
}

std::string ProcessStatus(pid_t pid, const std::string &name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(name + ":", 0) == 0)
      return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  return "";
}

std::vector<std::string> WithLimit(const std::string &name, unsigned value) {
  return {"unshare",
          "--user",
          "--map-root-user",
          "sh",
          "-c",
          "echo " + std::to_string(value) + " >/proc/sys/user/" + name +
              " || exit 125; exec \"$@\"",
          "sh"};
}

bool CanLimit() {
  return std::system(
             "unshare --user --map-root-user sh -c "
             "'echo 100 >/proc/sys/user/max_inotify_watches' "
             "2>/dev/null") == 0;
}

}  // namespace rn
