#ifndef TEST_SUPPORT_FAKE_KERNEL_H_
#define TEST_SUPPORT_FAKE_KERNEL_H_

#include <poll.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "test/support/fake_tree.h"
#include "test/support/raw_record.h"

extern "C" {
#include "lib/sys/sys.h"
}

namespace rn {

// The functions of rn_sys.
enum class Call {
  kInotifyOpen,
  kWatchAdd,
  kWatchRemove,
  kWatchNext,
  kRead,
  kQueued,
  kPoll,
  kWakeOpen,
  kWakeSignal,
  kWakeClear,
  kSetOpen,
  kSetAdd,
  kSetHeed,
  kTimerOpen,
  kTimerSet,
  kFenceOpen,
  kDirOpen,
  kDirRead,
  kEntryMode,
  kLinkRead,
  kEntryStatus,
  kClose,
  kFileText,
  kFilePut,
  kFilesystem,
  kWorkingDirectory,
  kTimeNs,
  kMonotonicNs,
  kRandom,
  kMarkOpen,
  kMarkClose,
};
constexpr size_t kCallCount = 31;

// What a test puts in place of a function: named as in rn_sys, without `sys`.
struct KernelHooks {
  std::function<int(int flags)> inotify_open;
  std::function<int(int fd, const char *path, uint32_t mask)> watch_add;
  std::function<int(int fd, int wd)> watch_remove;
  std::function<int(int fd, int wd)> watch_next;
  std::function<ssize_t(int fd, void *buffer, size_t size)> read;
  std::function<int(int fd, size_t *size)> queued;
  std::function<int(pollfd *fds, size_t count, int timeout_ms)> poll;
  std::function<int()> wake_open;
  std::function<int(int fd)> wake_signal;
  std::function<int(int fd)> wake_clear;
  std::function<int()> set_open;
  std::function<int(int set_fd, int fd)> set_add;
  std::function<int(int set_fd, int fd, bool heeded)> set_heed;
  std::function<int()> timer_open;
  std::function<int(int fd, int64_t at_ns)> timer_set;
  std::function<int()> fence_open;
  std::function<int(int dir_fd, const char *path, int flags)> dir_open;
  std::function<ssize_t(int fd, void *buffer, size_t size)> dir_read;
  std::function<int(int dir_fd, const char *name, mode_t *mode)> entry_mode;
  std::function<ssize_t(int fd, char *text, size_t size)> link_read;
  std::function<int(int dir_fd, const char *name, rn_status *status)>
      entry_status;
  std::function<int(int fd)> close;
  std::function<int(const char *path, char *text, size_t size)> file_text;
  std::function<int(const char *path, const char *text)> file_put;
  std::function<int(const char *path, uint32_t *magic)> filesystem;
  std::function<int(char *path, size_t size)> working_directory;
  std::function<int64_t()> time_ns;
  std::function<int64_t()> monotonic_ns;
  std::function<int(void *bytes, size_t size)> random;
  std::function<int(const volatile char **mark)> mark_open;
  std::function<int(const volatile char *mark)> mark_close;
};

// A kernel that a test scripts.  The library gets it as sys().
//
// Nothing is random: random() gives the same bytes each time, in every mode.
//
// A call is answered by the first of these that has an answer:
//   1. a fault that was ordered for it: FailNext(), FailNth(), FailAlways();
//   2. a hook: On();
//   3. for reads of an inotify descriptor: results that were queued;
//   4. the mode.
//
// Threads: any, at any time.  Hooks are called without a lock held, on the
// thread that made the call, and may call anything here.
class FakeKernel {
 public:
  enum class Mode {
    kStrict,  // a call without an answer fails the test and gives -ENOSYS
    kModel,   // a small file system in memory; see "The model" below
    kReal,    // the real kernel
  };

  explicit FakeKernel(Mode mode = Mode::kStrict);
  ~FakeKernel();
  FakeKernel(const FakeKernel &) = delete;
  FakeKernel &operator=(const FakeKernel &) = delete;

  const rn_sys *sys() const { return &scripted_.sys; }

  // The same kernel without faults and hooks, and not counted: for a hook that
  // does something before or after the call itself.
  const rn_sys *beneath() const { return &beneath_.sys; }

  // -- Faults and hooks ------------------------------------------------------

  // Give `error` to the next `times` calls that have no fault yet.
  void FailNext(Call call, int error, int times = 1);

  // Give `error` to the `nth` call from now on; 1 is the next.
  void FailNth(Call call, uint64_t nth, int error);

  // Give `error` to every call; 0: no more.
  void FailAlways(Call call, int error);

  // Put `hook` in the place of a function; nullptr takes it away:
  //   kernel.On(&KernelHooks::watch_add,
  //             [](int fd, const char *path, uint32_t mask) { return 7; });
  template <typename Hook>
  void On(Hook KernelHooks::*place, std::common_type_t<Hook> hook) {
    const std::lock_guard<std::mutex> lock(mutex_);
    hooks_.*place = std::move(hook);
  }

  // Calls so far, those that failed included.  One is counted before it is
  // answered: Count(Call::kPoll) says that a thread went to wait.
  uint64_t Count(Call call) const;

  // -- Records ---------------------------------------------------------------

  // Make the next read of an inotify descriptor give these bytes, before what
  // the kernel has; one call, one read.  Who polls is woken.  Where the
  // reader's buffer is too small, it gets the whole records that fit.
  void QueueRead(const Bytes &bytes);

  // Make a read fail, in its turn among those queued.
  void QueueReadError(int error);

  // Results that were queued and not read yet.
  size_t QueuedReadCount() const;

  // Give a read no more than `size` bytes; 0: no limit.
  void LimitReads(size_t size);

  // -- Watches (kModel, kReal) -----------------------------------------------

  // Descriptors added and not removed, with the path each was added by.  In
  // kReal those that the kernel ended by itself stay in it.
  std::map<int, std::string> Watches() const;

  // The watch of `path`; -1 when there is none.
  int WdOf(const std::string &path) const;

  // Mask of a watch as the kernel was asked for it last; 0 without a watch.
  uint32_t MaskOf(const std::string &path) const;

  // -- The model (kModel) ----------------------------------------------------
  //
  // Starts with "/" alone.  Watch descriptors count up from 1; adding a watch
  // to a node that has one gives the same, as in the kernel.  Removing a watch
  // queues its IN_IGNORED.  Changes of the tree make no events and end no
  // watch: queue what the kernel would say.  Links may lead nowhere.
  // Descriptors are real ones; waking and closing, the fence's file and the
  // times are the real kernel's.  What is there is on tmpfs.

  void MakeDir(const std::string &path);
  void MakeFile(const std::string &path);
  void MakeLink(const std::string &path, const std::string &target = "");
  void Remove(const std::string &path);
  void Rename(const std::string &from, const std::string &to);

  // What stat(2) gives is this: inodes are numbers of nodes, times are small
  // and grow by one a change of these:
  void Link(const std::string &from, const std::string &to);
  void Write(const std::string &path);         // size, mtime and ctime change
  void ChangeStatus(const std::string &path);  // ctime changes

  // End a watch as the kernel does when its object is gone, and queue its
  // IN_IGNORED.
  void EndWatch(int wd);

  // What file_text() gives for `path`; in kReal too.  Such a file, and in
  // kModel no other, can be written by file_put().
  void SetFileText(const std::string &path, const std::string &text);

 private:
  struct Table {
    rn_sys sys;  // first: the functions find the rest from it
    FakeKernel *kernel;
    bool scripted;
  };
  struct ReadResult {
    Bytes bytes;
    int error;
  };
  struct Watch {
    std::string path;
    uint32_t mask;
    uint64_t node;  // kModel
  };
  struct OpenNode {
    uint64_t node;
    std::deque<Bytes> entries;  // not read yet
  };
  struct Answers;  // the functions of the tables; fake_kernel.cc

  // Each wants the lock held.
  int FaultOf(Call call);
  bool IsUnexpected(Call call) const;
  bool IsInotify(int fd) const;
  void QueueResult(const ReadResult &result);
  ssize_t ReadQueued(void *buffer, size_t size);
  std::string ModelPath(int dir_fd, const std::string &path) const;
  int ModelWatchAdd(const std::string &path, uint32_t mask);
  int ModelWatchRemove(int wd);
  int ModelOpen(const std::string &path, int flags);
  std::string ModelFollow(const std::string &path, bool last) const;

  // By mode; each takes the lock.

  int InotifyOpen(int flags);
  int WatchAdd(int fd, const char *path, uint32_t mask);
  int WatchRemove(int fd, int wd);
  int WatchNext(int fd, int wd);
  ssize_t Read(int fd, void *buffer, size_t size);
  int Queued(int fd, size_t *size);
  int Poll(pollfd *fds, size_t count, int timeout_ms);
  int WakeOpen();
  int WakeSignal(int fd);
  int WakeClear(int fd);
  int SetOpen();
  int SetAdd(int set_fd, int fd);
  int SetHeed(int set_fd, int fd, bool heeded);
  int TimerOpen();
  int TimerSet(int fd, int64_t at_ns);
  int FenceOpen();
  int DirOpen(int dir_fd, const char *path, int flags);
  ssize_t DirRead(int fd, void *buffer, size_t size);
  int EntryMode(int dir_fd, const char *name, mode_t *mode);
  ssize_t LinkRead(int fd, char *text, size_t size);
  int EntryStatus(int dir_fd, const char *name, rn_status *status);
  int Close(int fd);
  int FileText(const char *path, char *text, size_t size);
  int FilePut(const char *path, const char *text);
  int Filesystem(const char *path, uint32_t *magic);
  int WorkingDirectory(char *path, size_t size);
  int64_t TimeNs();
  int64_t MonotonicNs();
  int Random(void *bytes, size_t size);
  int MarkOpen(const volatile char **mark);
  int MarkClose(const volatile char *mark);

  const Mode mode_;
  const int wake_fd_;  // readable while reads_ is not empty
  Table scripted_;
  Table beneath_;

  mutable std::mutex mutex_;  // guards all below
  KernelHooks hooks_;
  std::array<uint64_t, kCallCount> counts_{};
  std::array<std::map<uint64_t, int>, kCallCount> faults_;  // by count
  std::array<int, kCallCount> lasting_faults_{};
  std::deque<ReadResult> reads_;
  size_t read_size_max_ = 0;
  std::set<int> inotify_fds_;
  std::map<int, Watch> watches_;
  int next_wd_ = 1;
  FakeTree tree_;
  std::map<int, OpenNode> open_nodes_;
  std::map<std::string, std::string> texts_;
};

}  // namespace rn

#endif  // TEST_SUPPORT_FAKE_KERNEL_H_
