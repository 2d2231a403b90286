// Each system call fails once, at each place in turn, with each error that its
// manual page has: no crash, no leak, no hang, a defined error, and everything
// else keeps flowing.
//
// Errors that only a broken program gets (EBADF, EFAULT) are among them: they
// are documented, and show what a bad kernel or a closed descriptor would do.

#include <dirent.h>
#include <string.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/fault/life.h"
#include "test/fault/patient.h"
#include "test/fault/single_life.h"
#include "test/stress/memory_dir.h"

namespace rn {
namespace {

constexpr Life::Size kSize = {2, 3, 10, false};
constexpr uint64_t kNthMax = 400;  // some calls never end

struct Errors {
  const char *name;
  Call call;
  std::vector<int> errors;  // without the sign
};

const Errors kErrors[] = {
    {"InotifyOpen", Call::kInotifyOpen, {EINVAL, EMFILE, ENFILE, ENOMEM}},
    {"WatchAdd",
     Call::kWatchAdd,
     {EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM,
      ENOSPC, ENOTDIR}},
    {"WatchRemove", Call::kWatchRemove, {EBADF, EINVAL}},
    {"Read", Call::kRead, {EAGAIN, EBADF, EFAULT, EINVAL, EIO, EISDIR}},
    {"Queued", Call::kQueued, {EBADF, EFAULT, EINVAL, ENOTTY}},
    {"Poll", Call::kPoll, {EFAULT, EINTR, EINVAL, ENOMEM}},
    {"WakeOpen", Call::kWakeOpen, {EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM}},
    {"WakeSignal", Call::kWakeSignal, {EBADF, EFAULT, EINTR, EINVAL, EIO}},
    {"WakeClear", Call::kWakeClear, {EBADF, EFAULT, EINTR, EINVAL, EIO}},
    {"FenceOpen", Call::kFenceOpen, {EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM}},
    {"DirOpen",
     Call::kDirOpen,
     {EACCES, EBADF, EINVAL, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT,
      ENOMEM, ENOTDIR, EPERM}},
    {"DirRead", Call::kDirRead, {EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR}},
    {"EntryMode",
     Call::kEntryMode,
     {EACCES, EBADF, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR,
      EOVERFLOW}},
    {"LinkRead",
     Call::kLinkRead,
     {EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM,
      ENOTDIR}},
    {"Close", Call::kClose, {EBADF, EINTR, EIO, ENOSPC, EDQUOT}},
    {"WorkingDirectory",
     Call::kWorkingDirectory,
     {EACCES, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, ERANGE}},
    {"Random", Call::kRandom, {EAGAIN, EFAULT, EINTR, EINVAL, ENOSYS}},
    {"MarkOpen", Call::kMarkOpen, {EINVAL, ENOMEM, EPERM}},
};

// Of a notifier without threads: what it has of its own, and what it does
// without a reader.
const Errors kSingleErrors[] = {
    {"InotifyOpen", Call::kInotifyOpen, {EMFILE, ENFILE, ENOMEM}},
    {"SetOpen", Call::kSetOpen, {EINVAL, EMFILE, ENFILE, ENOMEM}},
    {"SetAdd",
     Call::kSetAdd,
     {EBADF, EEXIST, EINVAL, ELOOP, ENOMEM, ENOSPC, EPERM}},
    {"SetHeed", Call::kSetHeed, {EBADF, EINVAL, ENOENT, ENOMEM}},
    {"TimerOpen", Call::kTimerOpen, {EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM}},
    {"TimerSet", Call::kTimerSet, {EBADF, ECANCELED, EFAULT, EINVAL}},
    {"WatchAdd", Call::kWatchAdd, {EACCES, EINVAL, ENOENT, ENOMEM, ENOSPC}},
    {"Read", Call::kRead, {EAGAIN, EBADF, EFAULT, EINVAL, EIO}},
    {"Queued", Call::kQueued, {EBADF, EFAULT, EINVAL}},
    {"Poll", Call::kPoll, {EFAULT, EINTR, EINVAL, ENOMEM}},
    {"WakeOpen", Call::kWakeOpen, {EMFILE, ENFILE, ENOMEM}},
    {"FenceOpen", Call::kFenceOpen, {EMFILE, ENFILE, ENOMEM}},
    {"DirOpen", Call::kDirOpen, {EACCES, EMFILE, ENFILE, ENOENT, ENOMEM}},
    {"DirRead", Call::kDirRead, {EBADF, EFAULT, EINVAL, ENOENT}},
};

// Whether an error says that there is no such entry.
bool DeniesEntry(Call call, int error) {
  const std::set<int> gone = {ENOENT, ENOTDIR, ELOOP};
  const std::set<Call> about_entries = {Call::kWatchAdd, Call::kDirOpen,
                                        Call::kDirRead,  Call::kEntryMode,
                                        Call::kLinkRead, Call::kEntryStatus};
  return gone.count(error) > 0 && about_entries.count(call) > 0;
}

// A close that fails has closed all the same; a watch that cannot be removed is
// gone already.
void FailAfterEffect(FakeKernel *kernel, Call call, uint64_t nth, int error) {
  const rn_sys *real = kernel->beneath();
  auto count = std::make_shared<std::atomic<uint64_t>>(0);
  const auto result = [=](int done) { return ++*count == nth ? -error : done; };
  if (call == Call::kClose)
    kernel->On(&KernelHooks::close,
               [=](int fd) { return result(real->close(real, fd)); });
  else
    kernel->On(&KernelHooks::watch_remove, [=](int fd, int wd) {
      return result(real->watch_remove(real, fd, wd));
    });
}

// A file system that does not say in a listing what its entries are.
void HideTypes(FakeKernel *kernel) {
  const rn_sys *real = kernel->beneath();
  kernel->On(&KernelHooks::dir_read, [=](int fd, void *buffer, size_t size) {
    const ssize_t got = real->dir_read(real, fd, buffer, size);
    for (ssize_t at = 0; at < got;) {
      auto *entry =
          reinterpret_cast<dirent64 *>(static_cast<char *>(buffer) + at);
      entry->d_type = DT_UNKNOWN;
      at += entry->d_reclen;
    }
    return got;
  });
}

Life::Fault Nth(FakeKernel *kernel, Call call, uint64_t nth, int error) {
  Life::Fault fault;
  fault.begin = [=] {
    if (call == Call::kClose || call == Call::kWatchRemove)
      FailAfterEffect(kernel, call, nth, error);
    else
      kernel->FailNth(call, nth, -error);
    if (call == Call::kEntryMode) HideTypes(kernel);
  };
  fault.mend = [] {};  // it fails once
  fault.happened = [=] { return kernel->Count(call) >= nth; };
  fault.denies_entries = DeniesEntry(call, error);
  return fault;
}

// One life.  Returns whether it had the fault.
bool LiveSingle(Call call, uint64_t nth, int error) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  const Life::Fault fault = Nth(&kernel, call, nth, error);
  SingleLife(&kernel, fault).Run();
  return fault.happened();
}

bool Live(Call call, uint64_t nth, int error) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  const Life::Fault fault = Nth(&kernel, call, nth, error);
  Life::Size size = kSize;
  size.overflow = nth % 8 == 0;
  Life(&kernel, size, fault).Run();
  return fault.happened();
}

class SystemCallFault : public testing::TestWithParam<Errors> {
 protected:
  static void TryAll(bool (*live)(Call call, uint64_t nth, int error)) {
    const TempDirsInMemory in_memory;
    const Call call = GetParam().call;
    Trial trial;

    for (const int error : GetParam().errors)
      trial.Run(
          strerrorname_np(error),
          [=](uint64_t nth) { return live(call, nth, error); }, kNthMax);

    EXPECT_EQ(trial.faults(), std::vector<std::string>{});
    EXPECT_GE(trial.count(), GetParam().errors.size());
  }
};

TEST_P(SystemCallFault, AtEveryPlaceInTurn) { TryAll(Live); }

INSTANTIATE_TEST_SUITE_P(, SystemCallFault, testing::ValuesIn(kErrors),
                         [](const auto &given) { return given.param.name; });

class SingleSystemCallFault : public SystemCallFault {};

TEST_P(SingleSystemCallFault, AtEveryPlaceInTurn) { TryAll(LiveSingle); }

INSTANTIATE_TEST_SUITE_P(, SingleSystemCallFault,
                         testing::ValuesIn(kSingleErrors),
                         [](const auto &given) { return given.param.name; });

}  // namespace
}  // namespace rn
