// A directory for one test.
//
// Removing it does not walk down a path: a subdirectory that is not empty is
// first moved up to the top, so neither PATH_MAX nor the number of descriptors
// bounds the depth.

#include "test/support/temp_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace rn {
namespace {

[[noreturn]] void Fail(const std::string &what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string BasePath() {
  for (const char *name : {"TEST_TMPDIR", "TMPDIR"}) {
    const char *value = std::getenv(name);
    if (value != nullptr && value[0] == '/') return value;
  }
  return "/tmp";
}

std::vector<std::string> Names(int dir_fd) {
  std::vector<std::string> names;
  DIR *dir = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir == nullptr) return names;
  while (const dirent *entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(dir);
  return names;
}

// Remove `name`, or, where it is a directory with something in it, move its
// own directories up into `top_fd` and then remove it.
void RemoveOrFlatten(int top_fd, const std::string &name, unsigned *moved) {
  if (unlinkat(top_fd, name.c_str(), 0) == 0) return;
  if (unlinkat(top_fd, name.c_str(), AT_REMOVEDIR) == 0) return;
  if (fchmodat(top_fd, name.c_str(), 0700, 0) != 0) return;
  const int fd = openat(top_fd, name.c_str(),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  for (const std::string &child : Names(fd)) {
    if (unlinkat(fd, child.c_str(), 0) == 0) continue;
    if (fchmodat(fd, child.c_str(), 0700, 0) != 0) continue;
    const std::string up = "\001" + std::to_string((*moved)++);
    renameat(fd, child.c_str(), top_fd, up.c_str());
  }
  close(fd);
  unlinkat(top_fd, name.c_str(), AT_REMOVEDIR);
}

}  // namespace

TempDir::TempDir() {
  std::string path = BasePath() + "/rn-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) Fail(path);
  char *real = realpath(path.c_str(), nullptr);
  if (real == nullptr) Fail(path);
  path_ = real;
  std::free(real);
}

TempDir::~TempDir() {
  chmod(path_.c_str(), 0700);
  const int fd =
      open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  unsigned moved = 0;
  // Each round ends at least one level; one that gets nowhere is the last.
  for (std::vector<std::string> names, before; fd >= 0; before = names) {
    names = Names(fd);
    if (names.empty() || names == before) break;
    for (const std::string &name : names) RemoveOrFlatten(fd, name, &moved);
  }
  if (fd >= 0) close(fd);
  if (rmdir(path_.c_str()) != 0) std::perror(path_.c_str());
}

std::string TempDir::Write(const std::string &name,
                           const std::string &text) const {
  const std::string path = Path(name);
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) Fail(path);
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = write(fd, text.data() + done, text.size() - done);
    if (written < 0) Fail(path);
    done += static_cast<size_t>(written);
  }
  close(fd);
  return path;
}

std::string TempDir::MkDir(const std::string &name) const {
  const std::string path = Path(name);
  for (size_t end = path_.size(); end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string above = path.substr(0, end);
    if (mkdir(above.c_str(), 0755) != 0 && errno != EEXIST) Fail(above);
  }
  return path;
}

}  // namespace rn
