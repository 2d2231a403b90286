#include "test/sim/real_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace rn::sim {
namespace {

int ResultOf(int result) { return result < 0 ? -errno : result; }

int Rename(const std::string &from, const std::string &to, unsigned flags) {
  return ResultOf(static_cast<int>(syscall(
      SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags)));
}

}  // namespace

RealTree::RealTree() : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

RealTree::~RealTree() {
  for (const auto &[path, fd] : held_) close(fd);
  close(fd_);
}

int RealTree::Create(const std::string &path) {
  const int fd = ResultOf(
      open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
  if (fd >= 0) close(fd);
  return fd < 0 ? fd : 0;
}

int RealTree::Write(const std::string &path) {
  const int fd = ResultOf(open(
      path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd < 0) return fd;
  const ssize_t put = write(fd, "x", 1);
  close(fd);
  return put == 1 ? 0 : -EIO;
}

int RealTree::Chmod(const std::string &path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return -errno;
  if (S_ISLNK(status.st_mode)) return -EOPNOTSUPP;
  return ResultOf(chmod(path.c_str(), status.st_mode ^ S_IXOTH));
}

// O_PATH: it keeps what it names alive, and says nothing.
int RealTree::Hold(const std::string &path) {
  const int fd = ResultOf(
      open(Real(path).c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd >= 0) held_.emplace(path, fd);
  return fd < 0 ? fd : 0;
}

int RealTree::Release(const std::string &path) {
  const auto at = held_.find(path);
  if (at == held_.end()) return -EBADF;
  close(at->second);
  held_.erase(at);
  return 0;
}

int RealTree::Run(const Op &op) {
  const std::string a = Real(op.a), b = Real(op.b);
  switch (op.kind) {
    case OpKind::kCreate:
      return Create(a);
    case OpKind::kWrite:
      return Write(a);
    case OpKind::kChmod:
      return Chmod(a);
    case OpKind::kMkdir:
      return ResultOf(mkdir(a.c_str(), 0755));
    case OpKind::kRmdir:
      return ResultOf(rmdir(a.c_str()));
    case OpKind::kUnlink:
      return ResultOf(unlink(a.c_str()));
    case OpKind::kMove:
      return Rename(a, b, 0);
    case OpKind::kExchange:
      return Rename(a, b, 2 /* RENAME_EXCHANGE */);
    case OpKind::kLink:
      return ResultOf(link(a.c_str(), b.c_str()));
    case OpKind::kSymlink:
      return ResultOf(symlink(a.c_str(), b.c_str()));
    case OpKind::kFifo:
      return ResultOf(mkfifo(a.c_str(), 0644));
    case OpKind::kHold:
      return Hold(op.a);
    case OpKind::kRelease:
      return Release(op.a);
    default:
      break;
  }
  return 0;
}

int RealTree::Watch(const std::string &path, uint32_t mask) {
  return ResultOf(inotify_add_watch(fd_, Real(path).c_str(), mask));
}

int RealTree::RemoveWatch(int wd) {
  return ResultOf(inotify_rm_watch(fd_, wd));
}

int RealTree::SetNext(int wd) {
  return ResultOf(ioctl(fd_, _IOW('I', 0, int32_t), wd));
}

std::vector<Record> RealTree::Read(size_t size) {
  std::vector<Record> records;
  std::vector<char> buffer(size);
  ssize_t got;
  while ((got = read(fd_, buffer.data(), size)) > 0) {
    for (ssize_t at = 0; at < got;) {
      inotify_event head;
      std::memcpy(&head, buffer.data() + at, sizeof(head));
      at += static_cast<ssize_t>(sizeof(head));
      const std::string name = head.len > 0 ? buffer.data() + at : "";
      records.push_back({head.wd, head.mask, head.cookie, name});
      at += static_cast<ssize_t>(head.len);
    }
  }
  return records;
}

}  // namespace rn::sim
