// Random operations, and a record of those that had an effect.
//
// Files and directories share the names, so that a name is now the one and now
// the other. Most tries fail, since the path is not there or of the other type:
// they cost a system call and do not count.

#include "test/stress/mix.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace rn {
namespace {

constexpr int kTriesPerOperation = 100;

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

std::vector<std::string> NamesIn(const std::string &path) {
  std::vector<std::string> names;
  DIR *dir = opendir(path.c_str());
  if (dir == nullptr) return names;
  while (const dirent *entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(dir);
  return names;
}

int OpenAndClose(const std::string &path, int flags, const char *text) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return -1;
  if (*text != '\0' && write(fd, text, 1) != 1) fprintf(stderr, "no room\n");
  return close(fd);
}

}  // namespace

Mix::Mix(const std::string &base, uint32_t seed, int process)
    : base_(base),
      names_(3 + seed % 4),
      random_(seed * 100 + static_cast<uint32_t>(process)) {
  mkdir((base_ + "/T").c_str(), 0755);
  mkdir((base_ + "/O").c_str(), 0755);
}

void Mix::Run(int operations) {
  for (int tries = 0, done = 0;
       done < operations && tries < operations * kTriesPerOperation; tries++)
    if (TryOne()) done++;
}

std::string Mix::Any(const std::string &top, uint32_t depth_max) {
  std::string path = top;
  const uint32_t depth = 1 + Below(depth_max);
  for (uint32_t i = 0; i < depth; i++)
    path += "/" + std::string(1, static_cast<char>('a' + Below(names_)));
  return path;
}

bool Mix::TryOne() {
  const uint32_t choice = Below(100);
  const std::string path = Inside();
  if (choice < 26) return MakeDir(path);
  if (choice < 42) return Create(path);
  if (choice < 46) return Write(path);
  if (choice < 53) return Unlink(path);
  if (choice < 56) return RemoveDir(path);
  if (choice < 58) return RemoveTree(path);
  if (choice < 77) return Rename(path, Inside());
  if (choice < 79) return Exchange(path, Inside());
  if (choice < 80) return Exchange(path, Outside());
  if (choice < 86) return Rename(path, Outside());
  if (choice < 92) return Rename(Outside(), path);
  if (choice < 95) return Link(path, Inside());
  if (choice < 96) return Link(Outside(), path);
  if (choice < 97) return RemoveTree(Outside());
  return MakeTreeOutside();
}

bool Mix::Did(int result, const std::string &what, const std::string &path,
              const std::string &other) {
  if (result != 0) return false;
  const std::string text = what + " " + path;
  if (other.empty())
    steps_.push_back({NowNs(), text, {path}});
  else
    steps_.push_back({NowNs(), text + " -> " + other, {path, other}});
  return true;
}

bool Mix::MakeDir(const std::string &path) {
  return Did(mkdir((base_ + "/" + path).c_str(), 0755), "mkdir", path);
}

bool Mix::Create(const std::string &path) {
  const std::string whole = base_ + "/" + path;
  return Did(OpenAndClose(whole, O_WRONLY | O_CREAT | O_EXCL, ""), "create",
             path);
}

bool Mix::Write(const std::string &path) {
  const std::string whole = base_ + "/" + path;
  return Did(OpenAndClose(whole, O_WRONLY | O_APPEND, "x"), "write", path);
}

bool Mix::Unlink(const std::string &path) {
  return Did(unlink((base_ + "/" + path).c_str()), "unlink", path);
}

bool Mix::RemoveDir(const std::string &path) {
  return Did(rmdir((base_ + "/" + path).c_str()), "rmdir", path);
}

bool Mix::RemoveTree(const std::string &path) {
  bool any = false;
  for (const std::string &name : NamesIn(base_ + "/" + path)) {
    const std::string below = path + "/" + name;
    any |= Unlink(below) || RemoveTree(below);
  }
  return RemoveDir(path) || any;
}

bool Mix::Rename(const std::string &from, const std::string &to) {
  const std::string old_path = base_ + "/" + from;
  const std::string new_path = base_ + "/" + to;
  if (old_path == new_path) return false;
  return Did(rename(old_path.c_str(), new_path.c_str()), "rename", from, to);
}

bool Mix::Exchange(const std::string &one, const std::string &other) {
  const std::string a = base_ + "/" + one, b = base_ + "/" + other;
  if (a == b) return false;
  return Did(
      renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE),
      "exchange", one, other);
}

bool Mix::Link(const std::string &from, const std::string &to) {
  const std::string old_path = base_ + "/" + from;
  const std::string new_path = base_ + "/" + to;
  return Did(link(old_path.c_str(), new_path.c_str()), "link", from, to);
}

std::string Mix::MakeInARenamedOne() {
  const std::string name = "/" + std::string(1, 'a' + names_ % 26);
  for (int tries = 0; tries < kTriesPerOperation; tries++) {
    const std::string path = Inside(), to = Inside();
    if (MakeDir(path + name) && Rename(path, to)) return to + name;
  }
  return "";
}

void Mix::MoveInto(const std::string &directory) {
  for (int tries = 0; tries < kTriesPerOperation; tries++) {
    const std::string path = Inside();
    const bool is_dir = !NamesIn(base_ + "/" + path).empty();
    if (is_dir && Rename(path, directory + "/a")) return;
  }
}

bool Mix::MakeTreeOutside() {
  const std::string top = Any("O", 1);
  bool any = MakeDir(top);
  const uint32_t count = 2 + Below(6);
  for (uint32_t i = 0; i < count; i++) {
    const std::string path = Any(top, 3);
    any |= Below(2) == 0 ? MakeDir(path) : Create(path);
  }
  return any;
}

void WriteSteps(const std::vector<Step> &steps, const std::string &path) {
  std::ofstream file(path);
  for (const Step &step : steps) {
    file << step.time_ns << '\t' << step.text;
    for (const std::string &touched : step.paths) file << '\t' << touched;
    file << '\n';
  }
}

std::vector<Step> ReadSteps(const std::string &path) {
  std::vector<Step> steps;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    Step step;
    std::string field;
    std::getline(fields, field, '\t');
    step.time_ns = std::stoll(field);
    std::getline(fields, step.text, '\t');
    while (std::getline(fields, field, '\t')) step.paths.push_back(field);
    steps.push_back(step);
  }
  return steps;
}

}  // namespace rn
