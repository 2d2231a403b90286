// System calls of the tracker.  Each lets others go first; then it happens at
// once.  Only a listing waits for who has the directory locked: a path is
// followed through directories that are.

#include "test/sim/model_kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

namespace rn::sim {
namespace {

constexpr char kFdPrefix[] = "/proc/self/fd/";
constexpr int kFirstFd = 3;

mode_t ModeOf(FileType type) {
  switch (type) {
    case FileType::kDir:
      return S_IFDIR;
    case FileType::kFile:
      return S_IFREG;
    case FileType::kFifo:
      return S_IFIFO;
    case FileType::kLink:
      break;
  }
  return S_IFLNK;
}

// A record of getdents64(2).  Returns its size; 0: there is no room.
size_t PutEntry(char *buffer, size_t size, const std::string &name,
                const Inode *inode, bool type) {
  struct {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
  } head = {};
  constexpr size_t kHeadSize = 19;
  const size_t whole = (kHeadSize + name.size() + 8) / 8 * 8;
  if (whole > size) return 0;
  head.inode = inode->id;
  head.size = static_cast<uint16_t>(whole);
  const auto known = static_cast<uint8_t>(IFTODT(ModeOf(inode->type)));
  constexpr uint8_t kUnknown = DT_UNKNOWN;
  head.type = type ? known : kUnknown;
  std::memset(buffer, 0, whole);
  std::memcpy(buffer, &head, kHeadSize);
  std::memcpy(buffer + kHeadSize, name.data(), name.size());
  return whole;
}

}  // namespace

struct ModelKernel::Answers {
  static ModelKernel *Of(const rn_sys *sys) {
    return reinterpret_cast<const Table *>(sys)->kernel;
  }
  static int InotifyOpen(const rn_sys *sys, int) {
    ModelKernel *k = Of(sys);
    k->Enter("inotify_open", "");
    return k->Leave(k->NewDescriptor({}));
  }
  static int WatchAdd(const rn_sys *sys, int, const char *path, uint32_t mask) {
    ModelKernel *k = Of(sys);
    k->Enter("watch_add", path);
    return k->Leave(k->WatchAdd(path, mask));
  }
  static int WatchRemove(const rn_sys *sys, int, int wd) {
    ModelKernel *k = Of(sys);
    k->Enter("watch_remove", std::to_string(wd));
    return k->Leave(k->inotify_.Remove(wd));
  }
  static ssize_t Read(const rn_sys *sys, int, void *buffer, size_t size) {
    ModelKernel *k = Of(sys);
    k->Enter("read", "");
    return k->inotify_.Read(static_cast<char *>(buffer), size);
  }
  static int FenceOpen(const rn_sys *sys) {
    ModelKernel *k = Of(sys);
    k->Enter("fence_open", "");
    Inode *fence = k->fs_.NewInode(FileType::kFile);
    k->fence_ = fence;
    Descriptor descriptor;
    descriptor.inode = fence;
    return k->Leave(k->NewDescriptor(descriptor));
  }
  static int DirOpen(const rn_sys *sys, int dir_fd, const char *path,
                     int flags) {
    ModelKernel *k = Of(sys);
    std::string what = path;
    if (dir_fd != AT_FDCWD) what = std::to_string(dir_fd) + ":" + what;
    if ((flags & O_PATH) != 0) what += " O_PATH";
    k->Enter("dir_open", what);
    return k->Leave(k->DirOpen(dir_fd, path, flags));
  }
  static ssize_t DirRead(const rn_sys *sys, int fd, void *buffer, size_t size) {
    ModelKernel *k = Of(sys);
    k->Enter("dir_read", std::to_string(fd));
    const ssize_t got = k->DirRead(fd, static_cast<char *>(buffer), size);
    return k->Leave(static_cast<int>(got));
  }
  static int EntryMode(const rn_sys *sys, int dir_fd, const char *name,
                       mode_t *mode) {
    ModelKernel *k = Of(sys);
    k->Enter("entry_mode", std::to_string(dir_fd) + ":" + name);
    return k->Leave(k->EntryMode(dir_fd, name, mode));
  }
  static int Close(const rn_sys *sys, int fd) {
    ModelKernel *k = Of(sys);
    k->Enter("close", std::to_string(fd));
    return k->Leave(k->Close(fd));
  }
  static int64_t TimeNs(const rn_sys *) { return 0; }
};

ModelKernel::ModelKernel(const KernelTraits &traits, Trace *trace)
    : table_{},
      traits_(traits),
      trace_(trace),
      fs_(traits.list_order, traits.list_salt),
      inotify_(trace),
      processes_(&fs_, &inotify_, trace) {
  inotify_.queue_max = traits.queue_max;
  table_.kernel = this;
  rn_sys *sys = &table_.sys;
  sys->inotify_open = Answers::InotifyOpen;
  sys->watch_add = Answers::WatchAdd;
  sys->watch_remove = Answers::WatchRemove;
  sys->read = Answers::Read;
  sys->fence_open = Answers::FenceOpen;
  sys->dir_open = Answers::DirOpen;
  sys->dir_read = Answers::DirRead;
  sys->entry_mode = Answers::EntryMode;
  sys->close = Answers::Close;
  sys->time_ns = Answers::TimeNs;
}

void ModelKernel::Enter(const char *call, const std::string &what) {
  processes_.Tick();
  if (before_call) before_call();
  if (trace_->on()) trace_->Line("    %s %s", call, what.c_str());
}

int ModelKernel::Leave(int result) {
  if (trace_->on()) {
    if (result < 0)
      trace_->Line("      = %s", strerrorname_np(-result));
    else
      trace_->Line("      = %d", result);
  }
  return result;
}

// -- Descriptors --------------------------------------------------------------

int ModelKernel::NewDescriptor(const Descriptor &descriptor) {
  size_t at = 0;
  while (at < descriptors_.size() && descriptors_[at].in_use) at++;
  if (at == descriptors_.size()) descriptors_.emplace_back();
  descriptors_[at] = descriptor;
  descriptors_[at].in_use = true;
  if (descriptor.inode != nullptr) descriptor.inode->open_count++;
  return static_cast<int>(at) + kFirstFd;
}

ModelKernel::Descriptor *ModelKernel::Get(int fd) {
  const auto at = static_cast<size_t>(fd - kFirstFd);
  if (fd < kFirstFd || at >= descriptors_.size()) return nullptr;
  return descriptors_[at].in_use ? &descriptors_[at] : nullptr;
}

size_t ModelKernel::open_count() const {
  size_t count = 0;
  for (const Descriptor &descriptor : descriptors_)
    if (descriptor.in_use) count++;
  return count;
}

bool ModelKernel::FindByFd(const std::string &path, Inode **inode) {
  if (path.rfind(kFdPrefix, 0) != 0) return false;
  const Descriptor *found = Get(std::atoi(path.c_str() + strlen(kFdPrefix)));
  *inode = found != nullptr ? found->inode : nullptr;
  return true;
}

int ModelKernel::Close(int fd) {
  Descriptor *descriptor = Get(fd);
  if (descriptor == nullptr) return -EBADF;
  Noise(*descriptor, IN_CLOSE_NOWRITE);
  Inode *inode = descriptor->inode;
  *descriptor = {};
  if (inode != nullptr) PutInode(&inotify_, inode);
  return 0;
}

void ModelKernel::Noise(const Descriptor &descriptor, uint32_t mask) {
  Inode *inode = descriptor.inode;
  if (inode == nullptr || descriptor.path_only || !inode->is_dir()) return;
  mask |= IN_ISDIR;
  if (inode->parent != inode && inode->parent != nullptr &&
      (!inode->is_dead() || (inode->parent->mask & IN_EXCL_UNLINK) == 0))
    inotify_.Happen(inode->parent, mask, 0, inode->name);
  if (!inode->is_dead() || (inode->mask & IN_EXCL_UNLINK) == 0)
    inotify_.Happen(inode, mask, 0, "");
}

// -- System calls -------------------------------------------------------------

int ModelKernel::WatchAdd(const char *path, uint32_t mask) {
  Inode *inode;
  if (!FindByFd(path, &inode)) {
    Place place;
    const bool follow = (mask & IN_DONT_FOLLOW) == 0;
    const int err = fs_.Lookup(fs_.root(), path, follow, &place);
    if (err < 0) return err;
    inode = place.inode;
  }
  if (inode == nullptr) return -ENOENT;
  if ((mask & IN_ONLYDIR) != 0 && !inode->is_dir()) return -ENOTDIR;
  return inotify_.Add(inode, mask);
}

int ModelKernel::DirOpen(int dir_fd, const char *path, int flags) {
  Inode *start = fs_.root();
  if (dir_fd != AT_FDCWD) {
    const Descriptor *from = Get(dir_fd);
    if (from == nullptr || from->inode == nullptr) return -EBADF;
    start = from->inode;
  }
  Place place;
  const bool follow = (flags & O_NOFOLLOW) == 0;
  const int err = fs_.Lookup(start, path, follow, &place);
  if (err < 0) return err;
  if (place.inode == nullptr) return -ENOENT;
  if ((flags & O_DIRECTORY) != 0 && !place.inode->is_dir()) return -ENOTDIR;
  Descriptor opened;
  opened.inode = place.inode;
  opened.path_only = (flags & O_PATH) != 0;
  if (place.inode->type == FileType::kLink && !opened.path_only) return -ELOOP;
  const int fd = NewDescriptor(opened);
  if (fd >= 0) Noise(opened, IN_OPEN);
  return fd;
}

ssize_t ModelKernel::DirRead(int fd, char *buffer, size_t size) {
  Descriptor *descriptor = Get(fd);
  if (descriptor == nullptr || descriptor->path_only) return -EBADF;
  Inode *inode = descriptor->inode;
  if (inode == nullptr || !inode->is_dir()) return -ENOTDIR;
  processes_.FinishLocking(inode);
  if (inode->is_dead()) return -ENOENT;
  size_t used = 0;
  uint32_t left = traits_.list_piece;
  for (; descriptor->dots < 2 && left > 0; left--, descriptor->dots++)
    used += PutEntry(buffer + used, size - used,
                     descriptor->dots == 0 ? "." : "..", inode, true);
  for (const Entry &entry : inode->entries) {
    if (entry.offset <= descriptor->listed) continue;
    if (left-- == 0) break;
    const size_t put = PutEntry(buffer + used, size - used, entry.name,
                                entry.inode, traits_.list_types);
    if (put == 0) break;
    used += put;
    descriptor->listed = entry.offset;
  }
  Noise(*descriptor, IN_ACCESS);
  return static_cast<ssize_t>(used);
}

int ModelKernel::EntryMode(int dir_fd, const char *name, mode_t *mode) {
  const Descriptor *from = Get(dir_fd);
  if (from == nullptr) return -EBADF;
  Place place;
  const int err = fs_.Lookup(from->inode, name, false, &place);
  if (err < 0) return err;
  if (place.inode == nullptr) return -ENOENT;
  *mode = ModeOf(place.inode->type) | 0755;
  return 0;
}

}  // namespace rn::sim
