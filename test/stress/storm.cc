// What processes do to a tree at full speed.

#include "test/stress/storm.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace rn {
namespace {

void Touch(const std::string &path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0) close(fd);
}

// A path of one to three short names.
std::string RandomPath(const std::string &dir, std::mt19937 *random) {
  std::string path = dir;
  const int depth = 1 + static_cast<int>((*random)() % 3);
  for (int i = 0; i < depth; i++)
    path += "/" + std::string(1, static_cast<char>('a' + (*random)() % 4));
  return path;
}

}  // namespace

Processes::Processes(int count, const std::function<void(int)> &work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  for (int i = 0; i < count; i++) {
    const pid_t pid = fork();
    if (pid == 0) {
      char none;
      close(ends[1]);
      if (read(ends[0], &none, 1) == 0) work(i);
      _exit(0);
    }
    children_.push_back(pid);
  }
  close(ends[0]);
  hold_ = ends[1];
}

Processes::~Processes() { (void)!Run(); }

bool Processes::Run() {
  bool well = !children_.empty();
  if (hold_ >= 0) close(hold_);
  hold_ = -1;
  for (const pid_t pid : children_) {
    int status = 1;
    well &= pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
  }
  children_.clear();
  return well;
}

void MakeChains(const std::string &dir, const std::string &name, int count,
                int depth) {
  for (int i = 0; i < count; i++) {
    std::string path = dir + "/" + name + std::to_string(i);
    for (int level = 0; level < depth; level++) {
      mkdir(path.c_str(), 0755);
      Touch(path + "/file");
      path += "/" + std::to_string(level);
    }
  }
}

void Churn(const std::string &dir, uint32_t seed, int steps) {
  std::mt19937 random(seed);
  for (int i = 0; i < steps; i++) {
    const std::string path = RandomPath(dir, &random);
    std::error_code ignored;
    switch (random() % 6) {
      case 0:
      case 1:
      case 2:
        mkdir(path.c_str(), 0755);
        break;
      case 3:
        Touch(path + "f");
        break;
      case 4:
        unlink((path + "f").c_str());
        break;
      default:
        std::filesystem::remove_all(path, ignored);
        break;
    }
  }
}

void RenameAround(const std::string &dir, uint32_t seed, int steps) {
  std::mt19937 random(seed);
  for (int i = 0; i < steps; i++) {
    const std::string path = RandomPath(dir, &random);
    const std::string other = RandomPath(dir, &random);
    switch (random() % 4) {
      case 0:
        mkdir(path.c_str(), 0755);
        break;
      case 1:
        Touch(path + "f");
        break;
      case 2:
        rename((path + "f").c_str(), (other + "f").c_str());
        break;
      default:
        rename(path.c_str(), other.c_str());
        break;
    }
  }
}

}  // namespace rn
