#ifndef TEST_SIM_MODEL_KERNEL_H_
#define TEST_SIM_MODEL_KERNEL_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "test/sim/model_fs.h"
#include "test/sim/model_inotify.h"
#include "test/sim/processes.h"
#include "test/sim/trace.h"

#include "test/batch/c11.h"

extern "C" {
#include "lib/sys/sys.h"
}

namespace rn::sim {

// What of a kernel differs from machine to machine.
struct KernelTraits {
  ListOrder list_order = ListOrder::kHash;
  uint64_t list_salt = 0;
  uint32_t list_piece = 1000;  // entries one getdents64(2) gives
  bool list_types = true;      // whether it tells the type of an entry
  size_t queue_max = 16384;
};

// A kernel for one tracker: its system calls act on the model.
class ModelKernel {
 public:
  ModelKernel(const KernelTraits &traits, Trace *trace);
  ModelKernel(const ModelKernel &) = delete;
  ModelKernel &operator=(const ModelKernel &) = delete;

  const rn_sys *sys() const { return &table_.sys; }

  // How much one read gives at most.
  size_t read_max = SIZE_MAX;

  // Called before each system call that others may come before.
  std::function<void()> before_call;
  // Called when something was done to the tree, or begun.
  std::function<void()> after_change;
  // Whether somebody wants to be told of this of a directory; or none: always.
  std::function<bool(const Inode *, uint32_t)> is_wanted;
  // Called with what the user does.
  std::function<void(const Op &)> on_user;

  ModelFs *fs() { return &fs_; }
  ModelInotify *inotify() { return &inotify_; }
  Processes *processes() { return &processes_; }
  const Processes *processes() const { return &processes_; }

  // Does an operation of the schedule.  Returns what it gives.
  int Run(const Op &op);
  // Whether a call was made to fail, or a limit was reached.
  bool has_failed() const { return has_failed_; }
  // No call fails any more for want of anything.
  void Heal();
  // Whether a listing of the tracker was told by the directory's own watch.
  bool heard_itself() const { return heard_itself_; }
  // Whether the reader has gone to sleep until somebody rouses it; no more
  // afterwards.
  bool TakeAsleep() { return std::exchange(asleep_, false); }

  // Descriptors that are open.
  size_t open_count() const;
  // The inode that is behind the fence, or nullptr.
  const Inode *fence() const { return fence_; }

 private:
  static constexpr size_t kNoLimit = 1 << 20;

  struct Table {
    rn_sys sys;  // first: the functions find the rest from it
    ModelKernel *kernel;
  };
  struct Descriptor {
    Inode *inode = nullptr;  // or nullptr: free, or the inotify instance
    bool in_use = false;
    bool path_only = false;
    uint64_t listed = 0;  // offset of the last entry that was given
    int dots = 0;         // of "." and "..", how many were given
  };
  struct Answers;  // the functions of the table

  // Others go first.
  void Begin(const char *call, const std::string &what);
  // Returns 0, or what the call is made to fail with, for once.
  int TakeFailure(const char *call);
  // Both.
  int Enter(const char *call, const std::string &what) {
    Begin(call, what);
    return failing_.empty() ? 0 : TakeFailure(call);
  }
  int Leave(int result);
  int NewDescriptor(const Descriptor &descriptor);
  Descriptor *Get(int fd);
  // The inode of a path in RN_FD_DIRECTORY; false: it is another path.
  bool FindByFd(const std::string &path, Inode **inode);
  // A descriptor that is no O_PATH does something.
  void Noise(const Descriptor &descriptor, uint32_t mask);

  int WatchAdd(const char *path, uint32_t mask);
  int DirOpen(int dir_fd, const char *path, int flags);
  ssize_t DirRead(int fd, char *buffer, size_t size);
  int Find(int dir_fd, const char *name, const Inode **inode);
  int EntryMode(int dir_fd, const char *name, mode_t *mode);
  int Close(int fd);
  int FileText(const std::string &path, char *text, size_t size);
  int Poll(pollfd *fds, size_t count, int timeout_ms);

  Table table_;
  int64_t time_ns_ = int64_t{1} << 60;
  const KernelTraits traits_;
  Trace *const trace_;
  ModelFs fs_;
  ModelInotify inotify_;
  Processes processes_;
  std::vector<Descriptor> descriptors_;
  const Inode *fence_ = nullptr;
  int wake_fd_ = -1;
  bool is_roused_ = false;
  bool asleep_ = false;
  int sleeps_ = 0;                      // in a row, without anything to read
  std::map<std::string, int> failing_;  // error of the next call of a name
  size_t descriptors_max_ = kNoLimit;
  bool has_failed_ = false;
  bool heard_itself_ = false;
};

}  // namespace rn::sim

#endif  // TEST_SIM_MODEL_KERNEL_H_
