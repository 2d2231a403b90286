// System calls of the tracker.  Each lets others go first; then it happens at
// once.  Only a listing waits for who has the directory locked: a path is
// followed through directories that are.

#include "test/sim/model_kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace rn::sim {
namespace {

constexpr char kFdPrefix[] = RN_FD_DIRECTORY;
constexpr int kFirstFd = 3;
constexpr int64_t kCallNs = 1000;  // what a call takes

int ErrorOf(const std::string &name) {
  constexpr int kErrnoMax = 133;
  for (int error = 1; error < kErrnoMax; error++)
    if (name == strerrorname_np(error)) return -error;
  return -EIO;
}

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

// What a mask asks for besides events.
std::string ModifierText(uint32_t mask) {
  std::string text;
  if ((mask & IN_MASK_ADD) != 0) text += "|MASK_ADD";
  if ((mask & IN_MASK_CREATE) != 0) text += "|MASK_CREATE";
  if ((mask & IN_ONLYDIR) != 0) text += "|ONLYDIR";
  if ((mask & IN_DONT_FOLLOW) != 0) text += "|DONT_FOLLOW";
  if ((mask & IN_EXCL_UNLINK) != 0) text += "|EXCL_UNLINK";
  return text;
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
    const int err = k->Enter("inotify_open", "");
    return k->Leave(err < 0 ? err : k->NewDescriptor({}));
  }
  static int WatchAdd(const rn_sys *sys, int, const char *path, uint32_t mask) {
    ModelKernel *k = Of(sys);
    std::string what = path;
    if (k->trace_->on()) what += " " + MaskText(mask) + ModifierText(mask);
    k->Begin("watch_add", what);
    return k->Leave(k->WatchAdd(path, mask));
  }
  static int WatchRemove(const rn_sys *sys, int, int wd) {
    ModelKernel *k = Of(sys);
    k->Enter("watch_remove", std::to_string(wd));
    return k->Leave(k->inotify_.Remove(wd));
  }
  static int WatchNext(const rn_sys *sys, int, int wd) {
    ModelKernel *k = Of(sys);
    k->Enter("watch_next", std::to_string(wd));
    return k->Leave(k->inotify_.SetNext(wd));
  }
  static ssize_t Read(const rn_sys *sys, int, void *buffer, size_t size) {
    ModelKernel *k = Of(sys);
    k->Enter("read", "");
    const ssize_t got = k->inotify_.Read(static_cast<char *>(buffer),
                                         std::min(size, k->read_max));
    if (got > 0) k->sleeps_ = 0;
    k->Leave(static_cast<int>(got));
    return got;
  }
  static int Queued(const rn_sys *sys, int, size_t *size) {
    ModelKernel *k = Of(sys);
    k->Enter("queued", "");
    *size = k->inotify_.QueuedBytes();
    k->Leave(static_cast<int>(*size));
    return 0;
  }
  static int FenceOpen(const rn_sys *sys) {
    ModelKernel *k = Of(sys);
    k->Enter("fence_open", "");
    Inode *fence = k->fs_.NewInode(FileType::kFile);
    k->fence_ = fence;
    k->inotify_.uncounted = fence;
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
    if ((flags & O_DIRECTORY) != 0) what += " O_DIRECTORY";
    if ((flags & O_NOFOLLOW) != 0) what += " O_NOFOLLOW";
    const int err = k->Enter("dir_open", what);
    return k->Leave(err < 0 ? err : k->DirOpen(dir_fd, path, flags));
  }
  static ssize_t DirRead(const rn_sys *sys, int fd, void *buffer, size_t size) {
    ModelKernel *k = Of(sys);
    const int err = k->Enter("dir_read", std::to_string(fd));
    if (err < 0) return k->Leave(err);
    const ssize_t got = k->DirRead(fd, static_cast<char *>(buffer), size);
    return k->Leave(static_cast<int>(got));
  }
  static int EntryMode(const rn_sys *sys, int dir_fd, const char *name,
                       mode_t *mode) {
    ModelKernel *k = Of(sys);
    int err = k->Enter("entry_mode", std::to_string(dir_fd) + ":" + name);
    const Inode *inode;
    if (err == 0) err = k->Find(dir_fd, name, &inode);
    if (err == 0) *mode = ModeOf(inode->type) | 0755;
    return k->Leave(err);
  }
  static ssize_t LinkRead(const rn_sys *sys, int fd, char *text, size_t size) {
    ModelKernel *k = Of(sys);
    const int err = k->Enter("link_read", std::to_string(fd));
    if (err < 0) return k->Leave(err);
    const Descriptor *found = k->Get(fd);
    if (found == nullptr || found->inode == nullptr) return k->Leave(-EBADF);
    const Inode *inode = found->inode;
    if (inode->type != FileType::kLink) return k->Leave(-EINVAL);
    const size_t got = std::min(size, inode->target.size());
    std::memcpy(text, inode->target.data(), got);
    return k->Leave(static_cast<int>(got));
  }
  static int Close(const rn_sys *sys, int fd) {
    ModelKernel *k = Of(sys);
    k->Enter("close", std::to_string(fd));
    return k->Leave(k->Close(fd));
  }
  static int EntryStatus(const rn_sys *sys, int dir_fd, const char *name,
                         rn_status *status) {
    ModelKernel *k = Of(sys);
    int err = k->Enter("entry_status", std::to_string(dir_fd) + ":" + name);
    const Inode *inode;
    if (err == 0) err = k->Find(dir_fd, name, &inode);
    if (err < 0) return k->Leave(err);
    *status = {};
    status->inode = inode->id;
    status->size = inode->size;
    status->mtime_ns = inode->mtime;
    status->ctime_ns = inode->ctime;
    status->device = 1;
    status->mode = ModeOf(inode->type) | 0755;
    return k->Leave(0);
  }
  // Nobody forks here.
  static int MarkOpen(const rn_sys *, const volatile char **mark) {
    static const char one = 1;
    *mark = &one;
    return 0;
  }
  static int MarkClose(const rn_sys *, const volatile char *) { return 0; }
  static int64_t TimeNs(const rn_sys *sys) { return Of(sys)->time_ns_; }
  static int Random(const rn_sys *, void *bytes, size_t size) {
    memset(bytes, 4, size); /* a run is the same each time */
    return 0;
  }

  // The reader's own: nobody comes before them.
  static int Poll(const rn_sys *sys, pollfd *fds, size_t count,
                  int timeout_ms) {
    return Of(sys)->Poll(fds, count, timeout_ms);
  }
  static int WakeOpen(const rn_sys *sys) {
    ModelKernel *k = Of(sys);
    return k->wake_fd_ = k->NewDescriptor({});
  }
  static int WakeSignal(const rn_sys *sys, int) {
    Of(sys)->is_roused_ = true;
    return 0;
  }
  static int WakeClear(const rn_sys *sys, int) {
    Of(sys)->is_roused_ = false;
    return 0;
  }
  static int FileText(const rn_sys *sys, const char *path, char *text,
                      size_t size) {
    return Of(sys)->FileText(path, text, size);
  }
};

ModelKernel::ModelKernel(const KernelTraits &traits, Trace *trace)
    : table_{},
      traits_(traits),
      trace_(trace),
      fs_(traits.list_order, traits.list_salt),
      inotify_(trace),
      processes_(&fs_, &inotify_, &time_ns_, trace) {
  inotify_.queue_max = traits.queue_max;
  table_.kernel = this;
  rn_sys *sys = &table_.sys;
  sys->inotify_open = Answers::InotifyOpen;
  sys->watch_add = Answers::WatchAdd;
  sys->watch_remove = Answers::WatchRemove;
  sys->watch_next = Answers::WatchNext;
  sys->read = Answers::Read;
  sys->queued = Answers::Queued;
  sys->fence_open = Answers::FenceOpen;
  sys->dir_open = Answers::DirOpen;
  sys->dir_read = Answers::DirRead;
  sys->entry_mode = Answers::EntryMode;
  sys->link_read = Answers::LinkRead;
  sys->entry_status = Answers::EntryStatus;
  sys->close = Answers::Close;
  sys->time_ns = Answers::TimeNs;
  sys->monotonic_ns = Answers::TimeNs;
  sys->random = Answers::Random;
  sys->mark_open = Answers::MarkOpen;
  sys->mark_close = Answers::MarkClose;
  sys->poll = Answers::Poll;
  sys->wake_open = Answers::WakeOpen;
  sys->wake_signal = Answers::WakeSignal;
  sys->wake_clear = Answers::WakeClear;
  sys->file_text = Answers::FileText;
}

int ModelKernel::Run(const Op &op) {
  switch (op.kind) {
    case OpKind::kFail:
      failing_[op.a] = ErrorOf(op.b);
      break;
    case OpKind::kWatches:
      inotify_.watches_max = std::stoul(op.a);
      break;
    case OpKind::kDescriptors:
      descriptors_max_ = std::stoul(op.a);
      break;
    case OpKind::kLose:
      inotify_.lose_next = true;
      break;
    default:
      if (IsUsers(op.kind)) break;
      const int result = processes_.Run(op);
      if (after_change) after_change();
      return result;
  }
  if (trace_->on()) trace_->Line("  > %s", OpText(op).c_str());
  if (IsUsers(op.kind) && on_user) on_user(op);
  return 0;
}

void ModelKernel::Heal() {
  failing_.clear();
  descriptors_max_ = kNoLimit;
  inotify_.watches_max = kNoLimit;
  inotify_.queue_max = kNoLimit;
}

// The limit of the queue.
int ModelKernel::FileText(const std::string &path, char *text, size_t size) {
  if (path.find("/max_queued_events") != std::string::npos &&
      inotify_.queue_max != kNoLimit) {
    std::snprintf(text, size, "%zu\n", inotify_.queue_max);
    return 0;
  }
  return -ENOENT;
}

// A sleep that ends by the time is over at once.  Not for ever: what is tried
// again now and then may never be had.
int ModelKernel::Poll(pollfd *fds, size_t count, int timeout_ms) {
  constexpr int kSleepsMax = 30;
  int ready = 0;
  for (size_t i = 0; i < count; i++) {
    const bool is_ready =
        fds[i].fd == wake_fd_ ? is_roused_ : !inotify_.is_empty();
    fds[i].revents = is_ready ? POLLIN : 0;
    if (is_ready) ready++;
  }
  if (ready > 0) return ready;
  if (timeout_ms < 0 || sleeps_++ == kSleepsMax) {
    sleeps_ = 0;
    asleep_ = true;
  } else {
    time_ns_ += int64_t{timeout_ms} * 1000000;
  }
  return 0;
}

void ModelKernel::Begin(const char *call, const std::string &what) {
  processes_.Tick();
  time_ns_ += kCallNs;
  if (before_call) before_call();
  if (trace_->on()) trace_->Line("    %s %s", call, what.c_str());
}

int ModelKernel::TakeFailure(const char *call) {
  const auto at = failing_.find(call);
  if (at == failing_.end()) return 0;
  const int error = at->second;
  failing_.erase(at);
  has_failed_ = true;
  return error;
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
  if (open_count() >= descriptors_max_) {
    has_failed_ = true;
    return -EMFILE;
  }
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
  if (inode->is_dead() && (inode->mask & IN_EXCL_UNLINK) != 0) return;
  if ((inode->mask & mask & IN_ALL_EVENTS) != 0 &&
      (!is_wanted || is_wanted(inode, mask)))
    heard_itself_ = true;
  inotify_.Happen(inode, mask, 0, "");
}

// -- System calls -------------------------------------------------------------

int ModelKernel::WatchAdd(const char *path, uint32_t mask) {
  Place place;
  if (!FindByFd(path, &place.inode)) {
    const bool follow = (mask & IN_DONT_FOLLOW) == 0;
    const int err = fs_.Lookup(fs_.root(), path, follow, &place);
    if (err < 0) return err;
  }
  Inode *inode = place.inode;
  if (inode == nullptr) return -ENOENT;
  // A watch that there is needs no room: that is wanting for the next new one.
  const auto failing = failing_.find("watch_add");
  if (failing != failing_.end() &&
      (inode->wd == 0 || failing->second != -ENOSPC))
    return TakeFailure("watch_add");
  if ((mask & IN_ONLYDIR) != 0 && !inode->is_dir()) return -ENOTDIR;
  const int wd = inotify_.Add(inode, mask);
  if (wd == -ENOSPC) has_failed_ = true;
  return wd;
}

int ModelKernel::DirOpen(int dir_fd, const char *path, int flags) {
  Inode *start = fs_.root();
  if (dir_fd != AT_FDCWD) {
    const Descriptor *from = Get(dir_fd);
    if (from == nullptr || from->inode == nullptr) return -EBADF;
    start = from->inode;
  }
  Place place;
  if (!FindByFd(path, &place.inode)) {
    const bool follow = (flags & O_NOFOLLOW) == 0;
    const int err = fs_.Lookup(start, path, follow, &place);
    if (err < 0) return err;
  }
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

int ModelKernel::Find(int dir_fd, const char *name, const Inode **inode) {
  const Descriptor *from = Get(dir_fd);
  if (from == nullptr || from->inode == nullptr) return -EBADF;
  *inode = from->inode;
  if (name[0] == '\0') return 0;
  Place place;
  const int err = fs_.Lookup(from->inode, name, false, &place);
  if (err < 0) return err;
  *inode = place.inode;
  return place.inode != nullptr ? 0 : -ENOENT;
}

}  // namespace rn::sim
