// A scripted kernel.
//
// Each function of rn_sys ends in Answers::Run(), which counts the call and
// asks the script; what has no answer there goes to the method of the same
// name, which asks the mode.
//
// Queued reads and a real poll() meet in wake_fd_: it is readable as long as a
// result is queued, and Poll() waits for it beside what the caller waits for,
// so a reader that sleeps in the real kernel wakes up for a scripted record.
//
// The file system of kModel is in fake_kernel_model.cc.

#include "test/support/fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "gtest/gtest.h"

namespace rn {
namespace {

using Lock = std::lock_guard<std::mutex>;

const rn_sys *const kLinux = &rn_sys_linux;

constexpr const char *kCallNames[kCallCount] = {
    "inotify_open", "watch_add",
    "watch_remove", "watch_next",
    "read",         "queued",
    "poll",         "wake_open",
    "wake_signal",  "wake_clear",
    "set_open",     "set_add",
    "set_heed",     "timer_open",
    "timer_set",    "fence_open",
    "dir_open",     "dir_read",
    "entry_mode",   "link_read",
    "entry_status", "close",
    "file_text",    "file_put",
    "filesystem",   "working_directory",
    "time_ns",      "monotonic_ns",
    "random",       "mark_open",
    "mark_close"};

size_t IndexOf(Call call) { return static_cast<size_t>(call); }

bool IsFdPath(const std::string &path) {
  return path.rfind(RN_FD_DIRECTORY, 0) == 0;
}

// What the path of a descriptor leads to; other paths as they are.
std::string RealPath(const std::string &path) {
  if (!IsFdPath(path)) return path;
  char target[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), target, sizeof(target));
  return size < 0 ? path : std::string(target, static_cast<size_t>(size));
}

// The part of `bytes` that one read gives: all, or the whole records that fit.
size_t ReadSize(const Bytes &bytes, size_t room) {
  if (bytes.size() <= room) return bytes.size();
  size_t size = 0;
  for (;;) {
    const size_t next = FirstRecordSize(bytes.substr(size));
    if (size + next > room) return size;
    size += next;
  }
}

}  // namespace

struct FakeKernel::Answers {
  template <typename Result, typename... Args>
  static Result Run(const rn_sys *sys, Call call,
                    std::function<Result(Args...)> KernelHooks::*place,
                    Result (FakeKernel::*by_mode)(Args...), Args... args) {
    const Table *table = reinterpret_cast<const Table *>(sys);
    FakeKernel *kernel = table->kernel;
    std::function<Result(Args...)> hook;
    bool unexpected;
    {
      const Lock lock(kernel->mutex_);
      if (table->scripted) {
        const int fault = kernel->FaultOf(call);
        if (fault != 0) return fault;
        hook = kernel->hooks_.*place;
      }
      unexpected = kernel->IsUnexpected(call);
    }
    if (hook) return hook(args...);
    if (!unexpected) return (kernel->*by_mode)(args...);
    ADD_FAILURE() << "unexpected call of " << kCallNames[IndexOf(call)];
    return -ENOSYS;
  }

  static rn_sys Make();
  static void AddInotify(rn_sys *sys);
  static void AddSet(rn_sys *sys);
  static void AddTheRest(rn_sys *sys);
};

rn_sys FakeKernel::Answers::Make() {
  rn_sys sys{};
  AddInotify(&sys);
  AddSet(&sys);
  AddTheRest(&sys);
  return sys;
}

void FakeKernel::Answers::AddInotify(rn_sys *sys) {
  using Sys = const rn_sys *;
  using Hooks = KernelHooks;
  using Self = FakeKernel;
  sys->inotify_open = [](Sys s, int flags) {
    return Run(s, Call::kInotifyOpen, &Hooks::inotify_open, &Self::InotifyOpen,
               flags);
  };
  sys->watch_add = [](Sys s, int fd, const char *path, uint32_t mask) {
    return Run(s, Call::kWatchAdd, &Hooks::watch_add, &Self::WatchAdd, fd, path,
               mask);
  };
  sys->watch_remove = [](Sys s, int fd, int wd) {
    return Run(s, Call::kWatchRemove, &Hooks::watch_remove, &Self::WatchRemove,
               fd, wd);
  };
  sys->watch_next = [](Sys s, int fd, int wd) {
    return Run(s, Call::kWatchNext, &Hooks::watch_next, &Self::WatchNext, fd,
               wd);
  };
  sys->read = [](Sys s, int fd, void *buffer, size_t size) {
    return Run(s, Call::kRead, &Hooks::read, &Self::Read, fd, buffer, size);
  };
  sys->queued = [](Sys s, int fd, size_t *size) {
    return Run(s, Call::kQueued, &Hooks::queued, &Self::Queued, fd, size);
  };
  sys->poll = [](Sys s, pollfd *fds, size_t count, int timeout_ms) {
    return Run(s, Call::kPoll, &Hooks::poll, &Self::Poll, fds, count,
               timeout_ms);
  };
  sys->wake_open = [](Sys s) {
    return Run(s, Call::kWakeOpen, &Hooks::wake_open, &Self::WakeOpen);
  };
  sys->wake_signal = [](Sys s, int fd) {
    return Run(s, Call::kWakeSignal, &Hooks::wake_signal, &Self::WakeSignal,
               fd);
  };
  sys->wake_clear = [](Sys s, int fd) {
    return Run(s, Call::kWakeClear, &Hooks::wake_clear, &Self::WakeClear, fd);
  };
  sys->fence_open = [](Sys s) {
    return Run(s, Call::kFenceOpen, &Hooks::fence_open, &Self::FenceOpen);
  };
}

void FakeKernel::Answers::AddSet(rn_sys *sys) {
  using Sys = const rn_sys *;
  using Hooks = KernelHooks;
  using Self = FakeKernel;
  sys->set_open = [](Sys s) {
    return Run(s, Call::kSetOpen, &Hooks::set_open, &Self::SetOpen);
  };
  sys->set_add = [](Sys s, int set_fd, int fd) {
    return Run(s, Call::kSetAdd, &Hooks::set_add, &Self::SetAdd, set_fd, fd);
  };
  sys->set_heed = [](Sys s, int set_fd, int fd, bool heeded) {
    return Run(s, Call::kSetHeed, &Hooks::set_heed, &Self::SetHeed, set_fd, fd,
               heeded);
  };
  sys->timer_open = [](Sys s) {
    return Run(s, Call::kTimerOpen, &Hooks::timer_open, &Self::TimerOpen);
  };
  sys->timer_set = [](Sys s, int fd, int64_t at_ns) {
    return Run(s, Call::kTimerSet, &Hooks::timer_set, &Self::TimerSet, fd,
               at_ns);
  };
}

void FakeKernel::Answers::AddTheRest(rn_sys *sys) {
  using Sys = const rn_sys *;
  using Hooks = KernelHooks;
  using Self = FakeKernel;
  sys->dir_open = [](Sys s, int dir_fd, const char *path, int flags) {
    return Run(s, Call::kDirOpen, &Hooks::dir_open, &Self::DirOpen, dir_fd,
               path, flags);
  };
  sys->dir_read = [](Sys s, int fd, void *buffer, size_t size) {
    return Run(s, Call::kDirRead, &Hooks::dir_read, &Self::DirRead, fd, buffer,
               size);
  };
  sys->entry_mode = [](Sys s, int dir_fd, const char *name, mode_t *mode) {
    return Run(s, Call::kEntryMode, &Hooks::entry_mode, &Self::EntryMode,
               dir_fd, name, mode);
  };
  sys->link_read = [](Sys s, int fd, char *text, size_t size) {
    return Run(s, Call::kLinkRead, &Hooks::link_read, &Self::LinkRead, fd, text,
               size);
  };
  sys->entry_status = [](Sys s, int dir_fd, const char *name,
                         rn_status *status) {
    return Run(s, Call::kEntryStatus, &Hooks::entry_status, &Self::EntryStatus,
               dir_fd, name, status);
  };
  sys->close = [](Sys s, int fd) {
    return Run(s, Call::kClose, &Hooks::close, &Self::Close, fd);
  };
  sys->file_text = [](Sys s, const char *path, char *text, size_t size) {
    return Run(s, Call::kFileText, &Hooks::file_text, &Self::FileText, path,
               text, size);
  };
  sys->file_put = [](Sys s, const char *path, const char *text) {
    return Run(s, Call::kFilePut, &Hooks::file_put, &Self::FilePut, path, text);
  };
  sys->filesystem = [](Sys s, const char *path, uint32_t *magic) {
    return Run(s, Call::kFilesystem, &Hooks::filesystem, &Self::Filesystem,
               path, magic);
  };
  sys->working_directory = [](Sys s, char *path, size_t size) {
    return Run(s, Call::kWorkingDirectory, &Hooks::working_directory,
               &Self::WorkingDirectory, path, size);
  };
  sys->time_ns = [](Sys s) {
    return Run(s, Call::kTimeNs, &Hooks::time_ns, &Self::TimeNs);
  };
  sys->monotonic_ns = [](Sys s) {
    return Run(s, Call::kMonotonicNs, &Hooks::monotonic_ns, &Self::MonotonicNs);
  };
  sys->random = [](Sys s, void *bytes, size_t size) {
    return Run(s, Call::kRandom, &Hooks::random, &Self::Random, bytes, size);
  };
  sys->mark_open = [](Sys s, const volatile char **mark) {
    return Run(s, Call::kMarkOpen, &Hooks::mark_open, &Self::MarkOpen, mark);
  };
  sys->mark_close = [](Sys s, const volatile char *mark) {
    return Run(s, Call::kMarkClose, &Hooks::mark_close, &Self::MarkClose, mark);
  };
}

FakeKernel::FakeKernel(Mode mode)
    : mode_(mode),
      wake_fd_(kLinux->wake_open(kLinux)),
      scripted_{Answers::Make(), this, true},
      beneath_{Answers::Make(), this, false} {
  EXPECT_GE(wake_fd_, 0);
}

FakeKernel::~FakeKernel() { kLinux->close(kLinux, wake_fd_); }

// -- Faults and hooks ---------------------------------------------------------

void FakeKernel::FailNext(Call call, int error, int times) {
  const Lock lock(mutex_);
  auto &faults = faults_[IndexOf(call)];
  for (uint64_t at = counts_[IndexOf(call)] + 1; times > 0; at++) {
    if (faults.emplace(at, error).second) times--;
  }
}

void FakeKernel::FailNth(Call call, uint64_t nth, int error) {
  const Lock lock(mutex_);
  faults_[IndexOf(call)][counts_[IndexOf(call)] + nth] = error;
}

void FakeKernel::FailAlways(Call call, int error) {
  const Lock lock(mutex_);
  lasting_faults_[IndexOf(call)] = error;
}

uint64_t FakeKernel::Count(Call call) const {
  const Lock lock(mutex_);
  return counts_[IndexOf(call)];
}

int FakeKernel::FaultOf(Call call) {
  const uint64_t count = ++counts_[IndexOf(call)];
  auto &faults = faults_[IndexOf(call)];
  const auto at = faults.find(count);
  if (at == faults.end()) return lasting_faults_[IndexOf(call)];
  const int error = at->second;
  faults.erase(at);
  return error;
}

bool FakeKernel::IsUnexpected(Call call) const {
  if (mode_ != Mode::kStrict || call == Call::kRandom) return false;
  const bool reads =
      call == Call::kRead || call == Call::kQueued || call == Call::kPoll;
  const bool has_text = call == Call::kFileText && !texts_.empty();
  return !(reads && !reads_.empty()) && !has_text;
}

// -- Records ------------------------------------------------------------------

void FakeKernel::QueueRead(const Bytes &bytes) {
  const Lock lock(mutex_);
  QueueResult({bytes, 0});
}

void FakeKernel::QueueReadError(int error) {
  const Lock lock(mutex_);
  QueueResult({"", error});
}

size_t FakeKernel::QueuedReadCount() const {
  const Lock lock(mutex_);
  return reads_.size();
}

void FakeKernel::LimitReads(size_t size) {
  const Lock lock(mutex_);
  read_size_max_ = size;
}

void FakeKernel::QueueResult(const ReadResult &result) {
  reads_.push_back(result);
  kLinux->wake_signal(kLinux, wake_fd_);
}

ssize_t FakeKernel::ReadQueued(void *buffer, size_t size) {
  ReadResult &result = reads_.front();
  ssize_t got = result.error;
  if (got == 0) {
    const size_t taken = ReadSize(result.bytes, size);
    if (taken == 0) return -EINVAL;  // as the kernel: too small for a record
    std::memcpy(buffer, result.bytes.data(), taken);
    result.bytes.erase(0, taken);
    got = static_cast<ssize_t>(taken);
  }
  if (result.bytes.empty()) reads_.pop_front();
  if (reads_.empty()) kLinux->wake_clear(kLinux, wake_fd_);
  return got;
}

// In kStrict descriptors come from hooks: each may be one.
bool FakeKernel::IsInotify(int fd) const {
  return mode_ == Mode::kStrict || inotify_fds_.count(fd) > 0;
}

int FakeKernel::InotifyOpen(int flags) {
  const int fd = mode_ == Mode::kReal ? kLinux->inotify_open(kLinux, flags)
                                      : kLinux->wake_open(kLinux);
  const Lock lock(mutex_);
  if (fd >= 0) inotify_fds_.insert(fd);
  return fd;
}

ssize_t FakeKernel::Read(int fd, void *buffer, size_t size) {
  {
    const Lock lock(mutex_);
    if (IsInotify(fd)) {
      if (read_size_max_ > 0) size = std::min(size, read_size_max_);
      if (!reads_.empty()) return ReadQueued(buffer, size);
      if (mode_ != Mode::kReal) return -EAGAIN;
    }
  }
  return kLinux->read(kLinux, fd, buffer, size);
}

int FakeKernel::Queued(int fd, size_t *size) {
  size_t beneath = 0;
  if (mode_ == Mode::kReal) {
    const int err = kLinux->queued(kLinux, fd, &beneath);
    if (err < 0) return err;
  }
  const Lock lock(mutex_);
  constexpr size_t kHeadSize = 16;
  for (const ReadResult &result : reads_)
    beneath += result.error == 0 ? result.bytes.size() : kHeadSize;
  *size = beneath;
  return 0;
}

int FakeKernel::Poll(pollfd *fds, size_t count, int timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  std::vector<pollfd> polled(fds, fds + count);
  for (;;) {
    bool reads_inotify = false;
    {
      const Lock lock(mutex_);
      for (const pollfd &one : std::vector<pollfd>(fds, fds + count))
        reads_inotify |= IsInotify(one.fd) && (one.events & POLLIN) != 0;
    }
    polled.resize(count);
    if (reads_inotify) polled.push_back({wake_fd_, POLLIN, 0});
    const int ready =
        kLinux->poll(kLinux, polled.data(), polled.size(), timeout_ms);
    if (ready < 0) return ready;

    int answered = 0;
    const bool woken = reads_inotify && polled.back().revents != 0;
    const Lock lock(mutex_);
    for (size_t i = 0; i < count; i++) {
      fds[i].revents = polled[i].revents;
      if (woken && !reads_.empty() && IsInotify(fds[i].fd))
        fds[i].revents |= fds[i].events & POLLIN;
      if (fds[i].revents != 0) answered++;
    }
    if (answered > 0 || !woken) return answered;
    // Another thread took the result: wait for what is left of the time.
    if (timeout_ms < 0) continue;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    timeout_ms = std::max(0, static_cast<int>(left.count()));
  }
}

int FakeKernel::WakeOpen() { return kLinux->wake_open(kLinux); }

int FakeKernel::WakeSignal(int fd) { return kLinux->wake_signal(kLinux, fd); }

int FakeKernel::WakeClear(int fd) { return kLinux->wake_clear(kLinux, fd); }

int FakeKernel::SetOpen() { return kLinux->set_open(kLinux); }

int FakeKernel::SetAdd(int set_fd, int fd) {
  return kLinux->set_add(kLinux, set_fd, fd);
}

int FakeKernel::SetHeed(int set_fd, int fd, bool heeded) {
  return kLinux->set_heed(kLinux, set_fd, fd, heeded);
}

int FakeKernel::TimerOpen() { return kLinux->timer_open(kLinux); }

int FakeKernel::TimerSet(int fd, int64_t at_ns) {
  return kLinux->timer_set(kLinux, fd, at_ns);
}

int64_t FakeKernel::TimeNs() { return kLinux->time_ns(kLinux); }

int64_t FakeKernel::MonotonicNs() { return kLinux->monotonic_ns(kLinux); }

int FakeKernel::MarkOpen(const volatile char **mark) {
  return kLinux->mark_open(kLinux, mark);
}

int FakeKernel::MarkClose(const volatile char *mark) {
  return kLinux->mark_close(kLinux, mark);
}

int FakeKernel::Random(void *bytes, size_t size) {
  memset(bytes, 4, size);
  return 0;
}

// -- Watches ------------------------------------------------------------------

std::map<int, std::string> FakeKernel::Watches() const {
  const Lock lock(mutex_);
  std::map<int, std::string> watches;
  for (const auto &[wd, watch] : watches_) watches[wd] = watch.path;
  return watches;
}

int FakeKernel::WdOf(const std::string &path) const {
  const Lock lock(mutex_);
  for (const auto &[wd, watch] : watches_) {
    if (watch.path == path) return wd;
  }
  return -1;
}

uint32_t FakeKernel::MaskOf(const std::string &path) const {
  const Lock lock(mutex_);
  for (const auto &[wd, watch] : watches_) {
    if (watch.path == path) return watch.mask;
  }
  return 0;
}

int FakeKernel::WatchAdd(int fd, const char *path, uint32_t mask) {
  if (mode_ == Mode::kModel) {
    const Lock lock(mutex_);
    if (!IsInotify(fd)) return -EINVAL;
    const std::string model_path = ModelPath(AT_FDCWD, path);
    if (IsFdPath(path)) return ModelWatchAdd(model_path, mask);
    const bool last = (mask & IN_DONT_FOLLOW) == 0;
    const std::string end = ModelFollow(model_path, last);
    const FakeTree::Node *node = tree_.Find(end);
    const bool is_link = node != nullptr && S_ISLNK(node->mode);
    return is_link && last ? -ENOENT : ModelWatchAdd(end, mask);
  }
  const std::string real_path = RealPath(path);
  const int wd = kLinux->watch_add(kLinux, fd, path, mask);
  const Lock lock(mutex_);
  if (wd >= 0) watches_[wd] = {real_path, mask, 0};
  return wd;
}

int FakeKernel::WatchRemove(int fd, int wd) {
  if (mode_ == Mode::kModel) {
    const Lock lock(mutex_);
    return IsInotify(fd) ? ModelWatchRemove(wd) : -EINVAL;
  }
  const int result = kLinux->watch_remove(kLinux, fd, wd);
  const Lock lock(mutex_);
  watches_.erase(wd);
  return result;
}

}  // namespace rn
