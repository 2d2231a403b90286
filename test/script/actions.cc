// The system calls behind the commands.

#include "test/script/actions.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace rn {
namespace {

// The result of a system call, if it is not an error.
int Check(long result, const std::string &path) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), path);
  return static_cast<int>(result);
}

int Open(const std::string &path, int flags) {
  return Check(open(path.c_str(), flags | O_CLOEXEC, 0666), path);
}

void Write(const std::string &path, int flags, const std::string &text) {
  const int fd = Open(path, O_WRONLY | flags);
  const ssize_t written = write(fd, text.data(), text.size());
  close(fd);
  Check(written, path);
}

void Touch(const std::string &path) {
  const int fd = Open(path, O_WRONLY | O_CREAT);
  const int result = futimens(fd, nullptr);
  close(fd);
  Check(result, path);
}

void Read(const std::string &path) {
  char bytes[4096];
  const int fd = Open(path, O_RDONLY);
  const ssize_t got = read(fd, bytes, sizeof(bytes));
  close(fd);
  Check(got, path);
}

void List(const std::string &path) {
  char entries[65536];
  const int fd = Open(path, O_RDONLY | O_DIRECTORY);
  const long got = syscall(SYS_getdents64, fd, entries, sizeof(entries));
  close(fd);
  Check(got, path);
}

// The device of nothing: no driver has its number, and since Linux 5.8 all may
// make it, but in some file systems.  Elsewhere it is that of /dev/null.
void MakeDevice(const std::string &path) {
  constexpr mode_t kMode = S_IFCHR | 0666;
  if (mknod(path.c_str(), kMode, makedev(0, 0)) == 0) return;
  if (mknod(path.c_str(), kMode, makedev(1, 3)) == 0) return;
  if (errno == EPERM) throw NotPermitted{path};
  Check(-1, path);
}

void MakeDirs(const std::string &path) {
  for (size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    const int result = mkdir(part.c_str(), 0777);
    if (result < 0 && errno != EEXIST) Check(result, part);
  }
}

void RemoveTree(const std::string &path) {
  if (unlink(path.c_str()) == 0) return;
  if (errno != EISDIR) Check(-1, path);
  DIR *dir = opendir(path.c_str());
  if (dir == nullptr) Check(-1, path);
  std::vector<std::string> names;
  while (const dirent *entry = readdir(dir)) names.push_back(entry->d_name);
  closedir(dir);
  for (const std::string &name : names)
    if (name != "." && name != "..") RemoveTree(path + "/" + name);
  Check(rmdir(path.c_str()), path);
}

}  // namespace

Actions::~Actions() {
  for (const auto &[path, fd] : open_) close(fd);
}

// Commands on one file and its content.
bool Actions::RunOnFile(const ScriptCommand &command) {
  const std::string &name = command.name;
  const auto &operands = command.operands;
  if (name == "append") {
    Write(operands[0], O_APPEND, operands[1]);
  } else if (name == "chmod") {
    const auto mode = static_cast<mode_t>(std::stoul(operands[0], nullptr, 8));
    Check(chmod(operands[1].c_str(), mode), operands[1]);
  } else if (name == "close") {
    const auto at = open_.find(operands[0]);
    if (at == open_.end()) errno = EBADF;
    Check(at == open_.end() ? -1 : close(at->second), operands[0]);
    open_.erase(at);
  } else if (name == "ls") {
    List(operands[0]);
  } else if (name == "open") {
    const int flags = command.Has('w') ? O_WRONLY | O_CREAT : O_RDONLY;
    open_[operands[0]] = Open(operands[0], flags);
  } else if (name == "read") {
    Read(operands[0]);
  } else if (name == "truncate") {
    Check(truncate(operands[0].c_str(), 0), operands[0]);
  } else if (name == "write") {
    Write(operands[0], O_CREAT | O_TRUNC, operands[1]);
  } else {
    return false;
  }
  return true;
}

// Commands that make, rename and remove names.
bool Actions::RunOnNames(const ScriptCommand &command) {
  const std::string &name = command.name;
  const std::string &first = command.operands[0];
  const std::string &last = command.operands.back();
  if (name == "exchange") {
    Check(renameat2(AT_FDCWD, first.c_str(), AT_FDCWD, last.c_str(),
                    RENAME_EXCHANGE),
          first);
  } else if (name == "ln" && command.Has('s')) {
    Check(symlink(first.c_str(), last.c_str()), last);
  } else if (name == "ln") {
    Check(link(first.c_str(), last.c_str()), last);
  } else if (name == "mv") {
    Check(rename(first.c_str(), last.c_str()), first);
  } else if (name == "chdir") {
    Check(chdir(first.c_str()), first);
  } else {
    return false;
  }
  return true;
}

bool Actions::Run(const ScriptCommand &command) {
  if (command.operands.empty()) return false;
  if (RunOnFile(command) || RunOnNames(command)) return true;
  const std::string &name = command.name;
  for (const std::string &path : command.operands) {
    if (name == "mkdir" && command.Has('p'))
      MakeDirs(path);
    else if (name == "mkdir")
      Check(mkdir(path.c_str(), 0777), path);
    else if (name == "mkfifo")
      Check(mkfifo(path.c_str(), 0666), path);
    else if (name == "mknod")
      MakeDevice(path);
    else if (name == "mksock")
      Check(mknod(path.c_str(), S_IFSOCK | 0666, 0), path);
    else if (name == "rm" && command.Has('r'))
      RemoveTree(path);
    else if (name == "rm")
      Check(unlink(path.c_str()), path);
    else if (name == "rmdir")
      Check(rmdir(path.c_str()), path);
    else if (name == "touch")
      Touch(path);
    else
      return false;
  }
  return true;
}

}  // namespace rn
