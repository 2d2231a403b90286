// The file system of FakeKernel: what mode kModel answers, and the functions
// that only have an answer there or in the real kernel.
//
// Descriptors are real ones of no use, so that a caller may poll and close
// them; what they mean is in open_nodes_.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "gtest/gtest.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

using Lock = std::lock_guard<std::mutex>;

const rn_sys *const kLinux = &rn_sys_linux;
constexpr char kFdPrefix[] = RN_FD_DIRECTORY;
constexpr uint32_t kMaskCreate = 0x10000000;  // IN_MASK_CREATE, Linux 4.18

bool IsFdPath(const std::string &path) { return path.rfind(kFdPrefix, 0) == 0; }

Bytes DirEntry(uint64_t inode, mode_t mode, const std::string &name) {
  struct {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
  } head = {inode, 0, 0, static_cast<uint8_t>(IFTODT(mode))};
  constexpr size_t kHeadSize = 19;
  head.size = static_cast<uint16_t>((kHeadSize + name.size() + 8) / 8 * 8);
  Bytes entry(reinterpret_cast<const char *>(&head), kHeadSize);
  entry += name;
  entry.resize(head.size, '\0');
  return entry;
}

int CopyText(const std::string &from, char *text, size_t size) {
  const size_t copied = std::min(from.size(), size - 1);
  std::memcpy(text, from.data(), copied);
  text[copied] = '\0';
  return 0;
}

}  // namespace

void FakeKernel::MakeDir(const std::string &path) {
  const Lock lock(mutex_);
  tree_.Add(path, S_IFDIR);
}

void FakeKernel::MakeFile(const std::string &path) {
  const Lock lock(mutex_);
  tree_.Add(path, S_IFREG);
}

void FakeKernel::MakeLink(const std::string &path, const std::string &target) {
  const Lock lock(mutex_);
  tree_.Add(path, S_IFLNK, target);
}

void FakeKernel::Remove(const std::string &path) {
  const Lock lock(mutex_);
  tree_.Remove(path);
}

void FakeKernel::Rename(const std::string &from, const std::string &to) {
  const Lock lock(mutex_);
  tree_.Rename(from, to);
}

void FakeKernel::Link(const std::string &from, const std::string &to) {
  const Lock lock(mutex_);
  tree_.Link(from, to);
}

void FakeKernel::Write(const std::string &path) {
  const Lock lock(mutex_);
  tree_.Change(path, true);
}

void FakeKernel::ChangeStatus(const std::string &path) {
  const Lock lock(mutex_);
  tree_.Change(path, false);
}

void FakeKernel::SetFileText(const std::string &path, const std::string &text) {
  const Lock lock(mutex_);
  texts_[path] = text;
}

// Path in the model; "" when the directory or the descriptor is none of it.
std::string FakeKernel::ModelPath(int dir_fd, const std::string &path) const {
  if (path.empty()) return "";
  const bool by_fd = IsFdPath(path);
  if (path[0] == '/' && !by_fd) return FakeTree::Join("/", path);
  if (dir_fd == AT_FDCWD && !by_fd) return FakeTree::Join("/", path);
  const int fd = by_fd ? std::stoi(path.substr(sizeof(kFdPrefix) - 1)) : dir_fd;
  const auto at = open_nodes_.find(fd);
  if (at == open_nodes_.end()) return "";
  const std::string base = tree_.PathOf(at->second.node);
  return by_fd || base.empty() ? base : FakeTree::Join(base, path);
}

int FakeKernel::FenceOpen() {
  const int fd = kLinux->fence_open(kLinux);
  if (mode_ != Mode::kModel || fd < 0) return fd;
  const Lock lock(mutex_);
  const std::string path = "memfd:" + std::to_string(fd);
  tree_.Add(path, S_IFREG);
  open_nodes_[fd] = {tree_.Find(path)->id, {}};
  return fd;
}

int FakeKernel::DirOpen(int dir_fd, const char *path, int flags) {
  if (mode_ == Mode::kReal)
    return kLinux->dir_open(kLinux, dir_fd, path, flags);
  const Lock lock(mutex_);
  const bool last = (flags & O_NOFOLLOW) == 0;
  return ModelOpen(ModelFollow(ModelPath(dir_fd, path), last), flags);
}

// The path with links in it followed; `last`: that of its last name, too.
std::string FakeKernel::ModelFollow(const std::string &path, bool last) const {
  constexpr int kLinksMax = 40;
  std::string done;
  std::string rest = path;
  for (int links = 0; !rest.empty();) {
    const size_t end = rest.find('/', 1);
    const std::string name = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end);
    const FakeTree::Node *node = tree_.Find(done + name);
    const bool follow = node != nullptr && S_ISLNK(node->mode) &&
                        !node->target.empty() && (last || !rest.empty());
    if (!follow) {
      done += name;
      continue;
    }
    if (++links > kLinksMax) return "";
    const std::string base = done.empty() ? "/" : done;
    rest = FakeTree::Join("/", FakeTree::Join(base, node->target) + rest);
    done.clear();
  }
  return done;
}

int FakeKernel::ModelOpen(const std::string &path, int flags) {
  const FakeTree::Node *node = tree_.Find(path);
  if (node == nullptr) return -ENOENT;
  const bool is_link = S_ISLNK(node->mode);
  if (is_link && (flags & O_NOFOLLOW) == 0) return -ENOENT;
  if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(node->mode)) return -ENOTDIR;
  if (is_link && (flags & O_PATH) == 0) return -ELOOP;
  const int fd = kLinux->wake_open(kLinux);
  if (fd < 0) return fd;
  OpenNode &opened = open_nodes_[fd];
  opened = {node->id, {}};
  opened.entries.push_back(DirEntry(node->id, S_IFDIR, "."));
  opened.entries.push_back(DirEntry(node->id, S_IFDIR, ".."));
  for (const auto &[name, child] : tree_.Children(path))
    opened.entries.push_back(DirEntry(child.id, child.mode, name));
  return fd;
}

ssize_t FakeKernel::DirRead(int fd, void *buffer, size_t size) {
  if (mode_ == Mode::kReal) return kLinux->dir_read(kLinux, fd, buffer, size);
  const Lock lock(mutex_);
  const auto at = open_nodes_.find(fd);
  if (at == open_nodes_.end()) return -EBADF;
  std::deque<Bytes> &entries = at->second.entries;
  Bytes taken;
  while (!entries.empty() && taken.size() + entries[0].size() <= size) {
    taken += entries.front();
    entries.pop_front();
  }
  if (taken.empty() && !entries.empty()) return -EINVAL;
  std::memcpy(buffer, taken.data(), taken.size());
  return static_cast<ssize_t>(taken.size());
}

int FakeKernel::EntryMode(int dir_fd, const char *name, mode_t *mode) {
  if (mode_ == Mode::kReal)
    return kLinux->entry_mode(kLinux, dir_fd, name, mode);
  const Lock lock(mutex_);
  const FakeTree::Node *node = tree_.Find(ModelPath(dir_fd, name));
  if (node == nullptr) return -ENOENT;
  *mode = node->mode | 0755;
  return 0;
}

ssize_t FakeKernel::LinkRead(int fd, char *text, size_t size) {
  if (mode_ == Mode::kReal) return kLinux->link_read(kLinux, fd, text, size);
  const Lock lock(mutex_);
  const auto at = open_nodes_.find(fd);
  if (at == open_nodes_.end()) return -EBADF;
  const FakeTree::Node *node = tree_.Find(tree_.PathOf(at->second.node));
  if (node == nullptr || !S_ISLNK(node->mode)) return -EINVAL;
  const size_t copied = std::min(node->target.size(), size);
  std::memcpy(text, node->target.data(), copied);
  return static_cast<ssize_t>(copied);
}

int FakeKernel::EntryStatus(int dir_fd, const char *name, rn_status *status) {
  if (mode_ == Mode::kReal)
    return kLinux->entry_status(kLinux, dir_fd, name, status);
  const Lock lock(mutex_);
  std::string path = ModelPath(dir_fd, name[0] == '\0' ? "." : name);
  const FakeTree::Node *node = tree_.Find(path);
  if (node == nullptr) return -ENOENT;
  *status = {};
  status->inode = node->id;
  status->device = 1;
  status->mode = node->mode | 0755;
  status->size = node->size;
  status->mtime_ns = node->mtime;
  status->ctime_ns = node->ctime;
  return 0;
}

int FakeKernel::Close(int fd) {
  {
    const Lock lock(mutex_);
    inotify_fds_.erase(fd);
    open_nodes_.erase(fd);
    tree_.Remove("memfd:" + std::to_string(fd));
  }
  return kLinux->close(kLinux, fd);
}

int FakeKernel::FileText(const char *path, char *text, size_t size) {
  {
    const Lock lock(mutex_);
    const auto at = texts_.find(path);
    if (at != texts_.end()) return CopyText(at->second, text, size);
    if (mode_ != Mode::kReal) return -ENOENT;
  }
  return kLinux->file_text(kLinux, path, text, size);
}

int FakeKernel::FilePut(const char *path, const char *text) {
  {
    const Lock lock(mutex_);
    const auto at = texts_.find(path);
    if (at != texts_.end()) at->second = text;
    if (at != texts_.end()) return 0;
    if (mode_ != Mode::kReal) return -ENOENT;
  }
  return kLinux->file_put(kLinux, path, text);
}

int FakeKernel::Filesystem(const char *path, uint32_t *magic) {
  if (mode_ == Mode::kReal) return kLinux->filesystem(kLinux, path, magic);
  const Lock lock(mutex_);
  const std::string end = ModelFollow(ModelPath(AT_FDCWD, path), true);
  if (tree_.Find(end) == nullptr) return -ENOENT;
  *magic = TMPFS_MAGIC;
  return 0;
}

int FakeKernel::WorkingDirectory(char *path, size_t size) {
  if (mode_ != Mode::kReal) return CopyText("/", path, size);
  return kLinux->working_directory(kLinux, path, size);
}

int FakeKernel::ModelWatchAdd(const std::string &path, uint32_t mask) {
  const FakeTree::Node *node = tree_.Find(path);
  if (node == nullptr) return -ENOENT;
  if ((mask & IN_ONLYDIR) != 0 && !S_ISDIR(node->mode)) return -ENOTDIR;
  for (auto &[wd, watch] : watches_) {
    if (watch.node != node->id) continue;
    if ((mask & kMaskCreate) != 0) return -EEXIST;
    watch.mask = (mask & IN_MASK_ADD) != 0 ? watch.mask | mask : mask;
    return wd;
  }
  while (watches_.count(next_wd_) > 0) next_wd_++;
  watches_[next_wd_] = {path, mask, node->id};
  return next_wd_++;
}

int FakeKernel::WatchNext(int fd, int wd) {
  if (mode_ != Mode::kModel) return kLinux->watch_next(kLinux, fd, wd);
  const Lock lock(mutex_);
  if (!IsInotify(fd)) return -ENOTTY;
  if (wd < 1) return -EINVAL;
  next_wd_ = wd;
  return 0;
}

int FakeKernel::ModelWatchRemove(int wd) {
  if (watches_.erase(wd) == 0) return -EINVAL;
  QueueResult({IgnoredRecord(wd), 0});
  return 0;
}

void FakeKernel::EndWatch(int wd) {
  const Lock lock(mutex_);
  EXPECT_EQ(ModelWatchRemove(wd), 0) << "no watch " << wd;
}

}  // namespace rn
