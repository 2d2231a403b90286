// What the kernel says about a process.
//
// A line of fdinfo:
//   inotify wd:1 ino:2f8a1 sdev:800010 mask:fc6 ignored_mask:0 fhandle-...

#include "test/support/events/watch_table.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace rn {
namespace {

namespace fs = std::filesystem;

uint64_t Field(const std::string &line, const std::string &name) {
  const size_t at = line.find(" " + name + ":");
  if (at == std::string::npos) return 0;
  return std::stoull(line.substr(at + name.size() + 2), nullptr, 16);
}

std::multimap<ino_t, uint32_t> Watches(const std::string &process) {
  std::multimap<ino_t, uint32_t> watches;
  std::error_code ignored;
  for (const auto &entry :
       fs::directory_iterator("/proc/" + process + "/fdinfo", ignored)) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);)
      if (line.rfind("inotify ", 0) == 0)
        watches.emplace(Field(line, "ino"), Field(line, "mask"));
  }
  return watches;
}

ino_t InodeOf(const std::string &path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

size_t EntryCount(const char *path) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

}  // namespace

std::multiset<ino_t> WatchedInodes(const std::string &process) {
  std::multiset<ino_t> inodes;
  for (const auto &[inode, mask] : Watches(process)) inodes.insert(inode);
  return inodes;
}

uint32_t WatchedMask(const std::string &path) {
  const auto watches = Watches("self");
  const auto at = watches.find(InodeOf(path));
  return at == watches.end() ? 0 : at->second;
}

std::multiset<ino_t> LiveDirectories(const std::string &root) {
  std::multiset<ino_t> inodes = {InodeOf(root)};
  for (const auto &entry : fs::recursive_directory_iterator(root))
    if (entry.is_directory() && !entry.is_symlink())
      inodes.insert(InodeOf(entry.path().string()));
  return inodes;
}

// The iterator's own descriptor is among them, each time.
size_t OpenDescriptors() { return EntryCount("/proc/self/fd"); }

size_t Threads() { return EntryCount("/proc/self/task"); }

}  // namespace rn
