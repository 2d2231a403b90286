// What the tests stand on, tested itself.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "test/support/fake_kernel.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int kLongMs = 10000;

// -- TempDir, WaitUntil -------------------------------------------------------

TEST(TempDir, GoesAwayWithItsContent) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    dir.MkDir("a/b/c");
    dir.Write("a/b/c/\xff\n", "text");
    dir.MkDir("closed/closed/within");
    fs::create_directory_symlink("/", dir.Path("link"));
    ASSERT_EQ(chmod(dir.Path("closed/closed").c_str(), 0), 0);
    ASSERT_EQ(chmod(dir.Path("closed").c_str(), 0), 0);
    ASSERT_TRUE(fs::is_directory(dir.Path("a/b/c")));
  }

  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, GoesAwayAtAnyDepth) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    const std::string name(255, 'x');
    int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int depth = 0; depth < 100; depth++) {
      ASSERT_EQ(mkdirat(fd, name.c_str(), 0755), 0);
      const int below = openat(fd, name.c_str(), O_RDONLY | O_CLOEXEC);
      close(fd);
      fd = below;
    }
    close(fd);
  }

  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, IsNewEachTime) {
  const TempDir one, other;

  EXPECT_NE(one.path(), other.path());
}

TEST(TempDir, WritesBytes) {
  const TempDir dir;
  const std::string bytes("a\0b\xff", 4);

  dir.Write("file", "longer than what follows");
  std::ifstream file(dir.Write("file", bytes), std::ios::binary);

  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
}

TEST(WaitUntil, EndsWhenThePredicateHolds) {
  std::atomic<int> looks{0};

  EXPECT_TRUE(WaitUntil([&] { return ++looks == 150; }));

  EXPECT_EQ(looks, 150);
}

TEST(WaitUntil, EndsAtTheDeadline) {
  EXPECT_FALSE(WaitUntil([] { return false; }, milliseconds(10)));
}

// -- FakeKernel ---------------------------------------------------------------

// An rn_sys with its first argument filled in.
class Kernel : public FakeKernel {
 public:
  using FakeKernel::FakeKernel;
  int Open() const { return sys()->inotify_open(sys(), IN_NONBLOCK); }
  int Add(int fd, const std::string &path, uint32_t mask = IN_CREATE) const {
    return sys()->watch_add(sys(), fd, path.c_str(), mask);
  }
  int RemoveWatch(int fd, int wd) const {
    return sys()->watch_remove(sys(), fd, wd);
  }
  // The bytes read, or the negative errno as text.
  Bytes Read(int fd, size_t size = 4096) const {
    Bytes buffer(size, '\0');
    const ssize_t got = sys()->read(sys(), fd, &buffer[0], size);
    return got < 0 ? std::to_string(got) : buffer.substr(0, got);
  }
  size_t Queued(int fd) const {
    size_t size = 0;
    EXPECT_EQ(sys()->queued(sys(), fd, &size), 0);
    return size;
  }
  int Poll(int fd, int timeout_ms) const {
    pollfd polled = {fd, POLLIN, 0};
    return sys()->poll(sys(), &polled, 1, timeout_ms);
  }
  int Close(int fd) const { return sys()->close(sys(), fd); }
};

const Bytes kNothing = std::to_string(-EAGAIN);

TEST(FakeKernel, FailsTheTestOnACallThatIsNotScripted) {
  const Kernel kernel;

  EXPECT_NONFATAL_FAILURE(kernel.Open(), "unexpected call of inotify_open");
  EXPECT_NONFATAL_FAILURE(kernel.Close(3), "unexpected call of close");
}

TEST(FakeKernel, AsksTheHookFirst) {
  Kernel kernel;
  kernel.On(&KernelHooks::watch_add,
            [](int fd, const char *path, uint32_t mask) {
              EXPECT_EQ(fd, 3);
              EXPECT_STREQ(path, "/t");
              EXPECT_EQ(mask, static_cast<uint32_t>(IN_CREATE));
              return 7;
            });

  EXPECT_EQ(kernel.Add(3, "/t"), 7);

  kernel.On(&KernelHooks::watch_add, nullptr);
  EXPECT_NONFATAL_FAILURE(kernel.Add(3, "/t"), "watch_add");
}

TEST(FakeKernel, GivesFaultsInTheirOrder) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeDir("/t");
  const int fd = kernel.Open();
  kernel.FailNth(Call::kWatchAdd, 2, -EACCES);
  kernel.FailNext(Call::kWatchAdd, -ENOSPC, 2);  // calls 1 and 3

  EXPECT_EQ(kernel.Add(fd, "/t"), -ENOSPC);
  EXPECT_EQ(kernel.Add(fd, "/t"), -EACCES);
  EXPECT_EQ(kernel.Add(fd, "/t"), -ENOSPC);
  EXPECT_EQ(kernel.Add(fd, "/t"), 1);
  EXPECT_EQ(kernel.Count(Call::kWatchAdd), 4U);

  kernel.FailAlways(Call::kWatchAdd, -ENOMEM);
  EXPECT_EQ(kernel.Add(fd, "/t"), -ENOMEM);
  EXPECT_EQ(kernel.Add(fd, "/t"), -ENOMEM);
  kernel.FailAlways(Call::kWatchAdd, 0);
  EXPECT_EQ(kernel.Add(fd, "/t"), 1);
  kernel.Close(fd);
}

TEST(FakeKernel, LetsAHookCallWhatIsBeneath) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeDir("/t");
  const int fd = kernel.Open();
  kernel.On(&KernelHooks::watch_add,
            [&](int at, const char *path, uint32_t mask) {
              const rn_sys *beneath = kernel.beneath();
              const int wd = beneath->watch_add(beneath, at, path, mask);
              kernel.QueueRead(Record(wd, IN_CREATE, 0, "early"));
              return wd;
            });

  EXPECT_EQ(kernel.Add(fd, "/t"), 1);

  EXPECT_EQ(kernel.Count(Call::kWatchAdd), 1U);
  EXPECT_EQ(kernel.Read(fd), Record(1, IN_CREATE, 0, "early"));
  kernel.Close(fd);
}

TEST(FakeKernel, GivesQueuedReadsOneByOne) {
  Kernel kernel(FakeKernel::Mode::kModel);
  const int fd = kernel.Open();
  kernel.QueueRead(Record(1, IN_CREATE, 0, "a") + Record(1, IN_OPEN));
  kernel.QueueReadError(-EIO);
  kernel.QueueRead(OverflowRecord());

  EXPECT_EQ(kernel.Queued(fd), 32U + 16U + 16U + 16U);
  EXPECT_EQ(kernel.Read(fd, 40), Record(1, IN_CREATE, 0, "a"));
  EXPECT_EQ(kernel.Read(fd, 15), std::to_string(-EINVAL));
  EXPECT_EQ(kernel.Read(fd), Record(1, IN_OPEN));
  EXPECT_EQ(kernel.Read(fd), std::to_string(-EIO));
  EXPECT_EQ(kernel.QueuedReadCount(), 1U);
  EXPECT_EQ(kernel.Read(fd), OverflowRecord());
  EXPECT_EQ(kernel.Read(fd), kNothing);
  EXPECT_EQ(kernel.Poll(fd, 0), 0);
  kernel.Close(fd);
}

TEST(FakeKernel, WakesWhoPollsForAQueuedRead) {
  for (const auto mode : {FakeKernel::Mode::kModel, FakeKernel::Mode::kReal}) {
    Kernel kernel(mode);
    const int fd = kernel.Open();
    std::atomic<int> ready{-1};
    std::thread poller([&] { ready = kernel.Poll(fd, kLongMs); });
    ASSERT_TRUE(WaitUntil([&] { return kernel.Count(Call::kPoll) == 1; }));

    kernel.QueueRead(OverflowRecord());
    poller.join();

    EXPECT_EQ(ready, 1);
    EXPECT_EQ(kernel.Read(fd), OverflowRecord());
    kernel.Close(fd);
  }
}

TEST(FakeKernel, PassesThroughToTheRealKernel) {
  const TempDir dir;
  Kernel kernel(FakeKernel::Mode::kReal);
  const int fd = kernel.Open();
  const int wd = kernel.Add(fd, dir.path());
  ASSERT_GE(wd, 1);
  dir.Write("file", "");
  kernel.QueueRead(OverflowRecord());

  EXPECT_EQ(kernel.WdOf(dir.path()), wd);
  EXPECT_EQ(kernel.Queued(fd), 16U + 32U);
  EXPECT_EQ(kernel.Poll(fd, 0), 1);
  EXPECT_EQ(kernel.Read(fd), OverflowRecord());
  EXPECT_EQ(kernel.Read(fd), Record(wd, IN_CREATE, 0, "file"));
  EXPECT_EQ(kernel.Read(fd), kNothing);
  EXPECT_EQ(kernel.RemoveWatch(fd, wd), 0);
  EXPECT_EQ(kernel.WdOf(dir.path()), -1);
  kernel.Close(fd);
}

TEST(FakeKernel, NamesTheFileBehindADescriptorsPath) {
  const TempDir dir;
  Kernel kernel(FakeKernel::Mode::kReal);
  const int fd = kernel.Open();
  const int dir_fd = kernel.sys()->dir_open(kernel.sys(), AT_FDCWD,
                                            dir.path().c_str(), O_PATH);

  const int wd = kernel.Add(fd, RN_FD_DIRECTORY + std::to_string(dir_fd));

  EXPECT_EQ(kernel.WdOf(dir.path()), wd);
  kernel.Close(dir_fd);
  kernel.Close(fd);
}

TEST(FakeKernel, ModelsWatches) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeDir("/t/a");
  kernel.MakeFile("/t/f");
  kernel.MakeLink("/t/l");
  const int fd = kernel.Open();

  EXPECT_EQ(kernel.Add(fd, "/t"), 1);
  EXPECT_EQ(kernel.Add(fd, "/t/a"), 2);
  EXPECT_EQ(kernel.Add(fd, "/t/./a/", IN_DELETE | IN_MASK_ADD), 2);
  EXPECT_EQ(kernel.MaskOf("/t/a") & IN_ALL_EVENTS,
            static_cast<uint32_t>(IN_CREATE | IN_DELETE));
  EXPECT_EQ(kernel.Add(fd, "/t", IN_CREATE | 0x10000000), -EEXIST);
  EXPECT_EQ(kernel.Add(fd, "/t/f", IN_CREATE | IN_ONLYDIR), -ENOTDIR);
  EXPECT_EQ(kernel.Add(fd, "/t/l"), -ENOENT);
  EXPECT_EQ(kernel.Add(fd, "/none"), -ENOENT);

  EXPECT_EQ(kernel.RemoveWatch(fd, 1), 0);
  EXPECT_EQ(kernel.RemoveWatch(fd, 1), -EINVAL);
  EXPECT_EQ(kernel.Read(fd), IgnoredRecord(1));
  EXPECT_EQ(kernel.Add(fd, "/t"), 3);
  kernel.EndWatch(3);
  EXPECT_EQ(kernel.Read(fd), IgnoredRecord(3));
  EXPECT_EQ(kernel.Watches(), (std::map<int, std::string>{{2, "/t/a"}}));
  kernel.Close(fd);
}

TEST(FakeKernel, ModelsLinks) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeFile("/t/d/f");
  kernel.MakeLink("/t/l", "d/../d");
  kernel.MakeLink("/to", "/t/l/f");
  kernel.MakeLink("/round", "round");
  const rn_sys *sys = kernel.sys();
  const int fd = kernel.Open();
  const int wd = kernel.Add(fd, "/to");

  EXPECT_EQ(kernel.WdOf("/t/d/f"), wd);
  EXPECT_EQ(kernel.Add(fd, "/t/l/f"), wd);
  EXPECT_EQ(kernel.Add(fd, "/to", IN_CREATE | IN_DONT_FOLLOW), wd + 1);
  EXPECT_EQ(kernel.Add(fd, "/round"), -ENOENT);
  const int link_fd = sys->dir_open(sys, AT_FDCWD, "/t/l", O_PATH | O_NOFOLLOW);
  char text[16];
  ASSERT_EQ(sys->link_read(sys, link_fd, text, sizeof(text)), 6);
  EXPECT_EQ(std::string(text, 6), "d/../d");
  EXPECT_EQ(sys->link_read(sys, link_fd, text, 2), 2);
  EXPECT_EQ(sys->link_read(sys, fd, text, sizeof(text)), -EBADF);
  kernel.Close(link_fd);
  kernel.Close(fd);
}

TEST(FakeKernel, ModelsDirectories) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeFile("/t/f");
  kernel.MakeDir("/t/d/within");
  const rn_sys *sys = kernel.sys();
  const int fd = sys->dir_open(sys, AT_FDCWD, "/t", O_DIRECTORY);
  ASSERT_GE(fd, 0);
  alignas(8) char buffer[4096];

  std::string names;
  const ssize_t size = sys->dir_read(sys, fd, buffer, sizeof(buffer));
  for (ssize_t at = 0; at < size;) {
    uint16_t entry_size;
    std::memcpy(&entry_size, buffer + at + 16, sizeof(entry_size));
    names += std::string(buffer + at + 19) + ":" +
             std::to_string(buffer[at + 18]) + " ";
    at += entry_size;
  }

  EXPECT_EQ(names, ".:4 ..:4 d:4 f:8 ");
  EXPECT_EQ(sys->dir_read(sys, fd, buffer, sizeof(buffer)), 0);
  mode_t mode;
  ASSERT_EQ(sys->entry_mode(sys, fd, "d", &mode), 0);
  EXPECT_TRUE(S_ISDIR(mode));
  EXPECT_EQ(sys->entry_mode(sys, fd, "none", &mode), -ENOENT);
  EXPECT_EQ(sys->dir_open(sys, fd, "f", O_DIRECTORY), -ENOTDIR);
  kernel.Close(fd);
}

TEST(FakeKernel, ModelsRenames) {
  Kernel kernel(FakeKernel::Mode::kModel);
  kernel.MakeDir("/t/a/b");
  kernel.MakeDir("/t/ab");
  const int fd = kernel.Open();
  const rn_sys *sys = kernel.sys();
  const int dir_fd = sys->dir_open(sys, AT_FDCWD, "/t/a/b", O_PATH);
  const int wd = kernel.Add(fd, "/t/a/b");

  kernel.Rename("/t/a", "/t/z");

  EXPECT_EQ(kernel.Add(fd, "/t/a/b"), -ENOENT);
  EXPECT_EQ(kernel.Add(fd, "/t/z/b"), wd);
  EXPECT_EQ(kernel.Add(fd, RN_FD_DIRECTORY + std::to_string(dir_fd)), wd);
  EXPECT_GT(kernel.Add(fd, "/t/ab"), wd);
  kernel.Remove("/t/z");
  EXPECT_EQ(kernel.Add(fd, "/t/z/b"), -ENOENT);
  kernel.Close(dir_fd);
  kernel.Close(fd);
}

// A fence: a file of nobody else's, watched and removed again.
TEST(FakeKernel, ModelsTheFilesOfFences) {
  Kernel kernel(FakeKernel::Mode::kModel);
  const int fd = kernel.Open();
  const int fence_fd = kernel.sys()->fence_open(kernel.sys());
  const std::string path = RN_FD_DIRECTORY + std::to_string(fence_fd);

  const int first = kernel.Add(fd, path, IN_ATTRIB);
  ASSERT_EQ(kernel.RemoveWatch(fd, first), 0);
  const int second = kernel.Add(fd, path, IN_ATTRIB);

  EXPECT_EQ(second, first + 1);
  EXPECT_EQ(kernel.Read(fd), IgnoredRecord(first));
  kernel.Close(fence_fd);
  EXPECT_EQ(kernel.Add(fd, path, IN_ATTRIB), -ENOENT);
  kernel.Close(fd);
}

}  // namespace
}  // namespace rn
