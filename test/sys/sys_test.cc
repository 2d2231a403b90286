// The real kernel behind the table: calls that a signal interrupts, and what
// else it says now and then.  The C library's functions are behind --wrap.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

extern "C" {
#include "lib/sys/sys.h"
}

namespace {

int interruptions = 0;        // of the calls to come
unsigned refused_flags = 0;   // of memfd_create(2): EINVAL
unsigned demanded_flags = 0;  // EACCES without

constexpr unsigned kNoExec = 0x0008;  // MFD_NOEXEC_SEAL

bool IsInterrupted() {
  if (interruptions == 0) return false;
  interruptions--;
  errno = EINTR;
  return true;
}

}  // namespace

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier)

int __real_inotify_rm_watch(int fd, int wd);
int __wrap_inotify_rm_watch(int fd, int wd) {
  return IsInterrupted() ? -1 : __real_inotify_rm_watch(fd, wd);
}

int __real_fstatat(int fd, const char *path, struct stat *status, int flags);
int __wrap_fstatat(int fd, const char *path, struct stat *status, int flags) {
  return IsInterrupted() ? -1 : __real_fstatat(fd, path, status, flags);
}

ssize_t __real_readlinkat(int fd, const char *path, char *text, size_t size);
ssize_t __wrap_readlinkat(int fd, const char *path, char *text, size_t size) {
  return IsInterrupted() ? -1 : __real_readlinkat(fd, path, text, size);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  const int fd = va_arg(arguments, int);
  void *buffer = va_arg(arguments, void *);
  const size_t size = va_arg(arguments, size_t);
  va_end(arguments);
  if (IsInterrupted()) return -1;
  return __real_syscall(number, fd, buffer, size);
}

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags) {
  errno = (flags & refused_flags) != 0 ? EINVAL : EACCES;
  if ((flags & refused_flags) != 0) return -1;
  if ((flags & demanded_flags) != demanded_flags) return -1;
  return __real_memfd_create(name, flags);
}

// NOLINTEND(bugprone-reserved-identifier)

}  // extern "C"

namespace rn {
namespace {

const rn_sys *const kSys = &rn_sys_linux;

class Sys : public testing::Test {
 protected:
  ~Sys() override {
    EXPECT_EQ(interruptions, 0);
    refused_flags = 0;
    demanded_flags = 0;
  }
  int Open(const std::string &path, int flags) {
    const int fd = kSys->dir_open(kSys, AT_FDCWD, path.c_str(), flags);
    EXPECT_GE(fd, 0);
    return fd;
  }

  const TempDir dir_;
};

TEST_F(Sys, TriesAgainWhatASignalInterrupts) {
  dir_.Write("file", "text");
  ASSERT_EQ(symlink("to", dir_.Path("link").c_str()), 0);
  const int fd = Open(dir_.path(), O_RDONLY | O_DIRECTORY);
  const int link_fd = Open(dir_.Path("link"), O_PATH | O_NOFOLLOW);
  const int inotify_fd = kSys->inotify_open(kSys, IN_CLOEXEC);
  const int wd =
      kSys->watch_add(kSys, inotify_fd, dir_.path().c_str(), IN_CREATE);
  alignas(8) char buffer[1024];
  mode_t mode = 0;
  rn_status status = {};

  interruptions = 3;
  EXPECT_EQ(kSys->entry_mode(kSys, fd, "file", &mode), 0);
  EXPECT_TRUE(S_ISREG(mode));
  interruptions = 3;
  EXPECT_EQ(kSys->entry_status(kSys, fd, "file", &status), 0);
  EXPECT_EQ(status.size, 4U);
  interruptions = 3;
  EXPECT_EQ(kSys->link_read(kSys, link_fd, buffer, sizeof(buffer)), 2);
  interruptions = 3;
  EXPECT_GT(kSys->dir_read(kSys, fd, buffer, sizeof(buffer)), 0);
  interruptions = 3;
  EXPECT_EQ(kSys->watch_remove(kSys, inotify_fd, wd), 0);

  for (const int opened : {fd, link_fd, inotify_fd}) kSys->close(kSys, opened);
}

// Asked so, the kernel tells whether a watch is left.
TEST_F(Sys, GivesANewWatchTheNextNumberThatIsFree) {
  const int fd = kSys->inotify_open(kSys, IN_CLOEXEC);
  const int file = kSys->fence_open(kSys);
  const std::string path = RN_FD_DIRECTORY + std::to_string(file);
  const auto add = [fd](const std::string &what) {
    return kSys->watch_add(kSys, fd, what.c_str(), IN_DELETE_SELF);
  };
  const int ended = add(path);
  const int left = add(dir_.path());
  ASSERT_EQ(kSys->watch_remove(kSys, fd, ended), 0);

  const int err = kSys->watch_next(kSys, fd, ended);
  if (err == -ENOTTY) GTEST_SKIP() << "without CONFIG_CHECKPOINT_RESTORE";
  EXPECT_EQ(err, 0);
  EXPECT_EQ(add(path), ended);
  EXPECT_EQ(kSys->watch_remove(kSys, fd, ended), 0);
  EXPECT_EQ(kSys->watch_next(kSys, fd, left), 0);
  EXPECT_EQ(add(path), left + 1);
  EXPECT_EQ(kSys->watch_next(kSys, fd, 0), -EINVAL);

  for (const int opened : {file, fd}) kSys->close(kSys, opened);
}

// As far as the file system takes what the owner says.
// Opening a directory for listing cannot be kept from whoever watches the one
// above it: the open by "." is told there, too.  So the one above is asked for
// less while a new directory is adopted.
TEST_F(Sys, TellsTheDirectoryAboveOfAnOpenByDot) {
  const std::string below = dir_.path() + "/d";
  ASSERT_EQ(mkdir(below.c_str(), 0755), 0);
  const int fd = kSys->inotify_open(kSys, IN_CLOEXEC | IN_NONBLOCK);
  ASSERT_GT(kSys->watch_add(kSys, fd, dir_.path().c_str(), IN_OPEN), 0);

  const int place =
      kSys->dir_open(kSys, AT_FDCWD, below.c_str(), O_PATH | O_DIRECTORY);
  alignas(inotify_event) char buffer[4096];
  EXPECT_EQ(kSys->read(kSys, fd, buffer, sizeof(buffer)), -EAGAIN);
  const int listing = kSys->dir_open(kSys, place, ".", O_RDONLY | O_DIRECTORY);
  ASSERT_GT(kSys->read(kSys, fd, buffer, sizeof(buffer)), 0);
  const auto *event = reinterpret_cast<const inotify_event *>(buffer);
  EXPECT_EQ(event->mask, uint32_t{IN_OPEN | IN_ISDIR});
  EXPECT_STREQ(event->name, "d");

  for (const int opened : {listing, place, fd}) kSys->close(kSys, opened);
}

TEST_F(Sys, TellsTimesApartThatAreNotOfThisWorld) {
  const int fd = Open("/dev/shm", O_RDONLY | O_DIRECTORY);
  const std::string name = "rn-sys-test-" + std::to_string(getpid());
  close(openat(fd, name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  int64_t before = 0;
  for (const int64_t second :
       {int64_t{-1}, int64_t{1} << 62, (int64_t{1} << 62) + 1}) {
    const timespec times[] = {{0, 0}, {static_cast<time_t>(second), 999}};
    rn_status status = {};
    ASSERT_EQ(utimensat(fd, name.c_str(), times, 0), 0);
    ASSERT_EQ(kSys->entry_status(kSys, fd, name.c_str(), &status), 0);
    EXPECT_NE(status.mtime_ns, before) << second;
    before = status.mtime_ns;
  }
  unlinkat(fd, name.c_str(), 0);
  kSys->close(kSys, fd);
}

TEST_F(Sys, HasItsFileWhereMemoryIsNotToBeExecuted) {
  demanded_flags = kNoExec;
  const int fd = kSys->fence_open(kSys);
  EXPECT_GE(fd, 0);
  kSys->close(kSys, fd);
}

TEST_F(Sys, HasItsFileWhereTheKernelDoesNotKnowThat) {
  refused_flags = kNoExec;
  const int fd = kSys->fence_open(kSys);
  EXPECT_GE(fd, 0);
  kSys->close(kSys, fd);
}

}  // namespace
}  // namespace rn
