// Every wait has an end, and takes a bounded memory, whoever changes the tree
// meanwhile.

#include <dirent.h>
#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <future>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr size_t kSegment = size_t{64} * 1024;

class Bounds : public NotifierFixture {
 protected:
  int Off() {
    return rn_watch_manager_suspend(rn_thread_notifier_manager(notifier_),
                                    nullptr);
  }
  int On() {
    return rn_watch_manager_resume(rn_thread_notifier_manager(notifier_),
                                   nullptr);
  }
  int Find() {
    rn_watch found;
    return rn_watch_manager_find(rn_thread_notifier_manager(notifier_),
                                 dir_.path().c_str(), &found);
  }

  // Nothing that the kernel has is read, and no fence comes back.
  void BeDeaf() {
    kernel_.On(&KernelHooks::read,
               [](int, void *, size_t) -> ssize_t { return -EAGAIN; });
  }
  // The same, and there is always more to read; not for ever, though.
  void Flood(size_t bytes) {
    const int wd = kernel_.Watches().begin()->first;
    const Bytes record = Record(wd, IN_CREATE, 0, std::string(200, 'n'));
    kernel_.On(&KernelHooks::read,
               [=, left = bytes](int fd, void *buffer,
                                 size_t size) mutable -> ssize_t {
                 const rn_sys *sys = kernel_.beneath();
                 if (left < size) return sys->read(sys, fd, buffer, size);
                 const size_t count = size / record.size();
                 Bytes all;
                 for (size_t i = 0; i < count; i++) all += record;
                 all.copy(static_cast<char *>(buffer), all.size());
                 left -= all.size();
                 return static_cast<ssize_t>(all.size());
               });
  }
  void Listen() { kernel_.On(&KernelHooks::read, nullptr); }

  std::atomic<int64_t> now_{int64_t{1} << 40};  // of a clock that is hooked
  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

// -- Suspending ---------------------------------------------------------------

// Others go on meanwhile.
TEST_F(Bounds, SuspendWaitsForASecond) {
  kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_.load(); });
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BeDeaf();
  const uint64_t added = kernel_.Count(Call::kWatchAdd);
  std::future<int> off = std::async(std::launch::async, [&] { return Off(); });
  ASSERT_TRUE(
      WaitUntil([&] { return kernel_.Count(Call::kWatchAdd) > added; }));

  EXPECT_EQ(Find(), 0);
  EXPECT_EQ(off.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  now_ += 1000000000;
  EXPECT_EQ(Find(), 0);

  ASSERT_EQ(off.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_EQ(off.get(), -ETIMEDOUT);
  Listen();
  EXPECT_EQ(Off(), 0) << "nothing was changed";
}

TEST_F(Bounds, SuspendBeforeTheStartWaitsForASecond) {
  kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_ += 100000000; });
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  BeDeaf();

  EXPECT_EQ(Off(), -ETIMEDOUT);

  Listen();
  EXPECT_EQ(Off(), 0);
}

class BoundsOfMemory : public Bounds,
                       public testing::WithParamInterface<rn_full> {
 protected:
  static constexpr size_t kBacklog = 4 * kSegment;
  void MakeSmall() {
    options_.slot_count = 2;
    options_.batch_count = 1;
    options_.backlog_size = kBacklog;
    options_.full = GetParam();
    Make(kernel_.sys());
    ASSERT_EQ(Add("", IN_CREATE), 0);
  }
  void ExpectBounded() const {
    EXPECT_GT(Statistics().backlog_high_water, kBacklog);
    EXPECT_LE(Statistics().backlog_high_water, 2 * kBacklog + 8 * kSegment);
  }
};

TEST_P(BoundsOfMemory, SuspendIsRefusedWhenHandlersDoNotKeepUp) {
  MakeSmall();
  Start();
  log_.Hold();
  Touch("first");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  Flood(64 * kBacklog);

  EXPECT_EQ(Off(), -ENOBUFS);

  ExpectBounded();
  Listen();
  log_.Let();
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);
  EXPECT_EQ(Off(), 0) << "nothing was changed";
}

TEST_P(BoundsOfMemory, SuspendBeforeTheStartIsRefusedWhenNobodyHandles) {
  MakeSmall();
  Flood(64 * kBacklog);

  EXPECT_EQ(Off(), -ENOBUFS);

  ExpectBounded();
}

TEST_P(BoundsOfMemory, AppendedEventsAreRefusedWhenNobodyHandles) {
  constexpr int kMany = 100000;
  MakeSmall();

  int result = 0, count = 0;
  while (result == 0 && count++ < kMany)
    result = rn_watch_manager_append_event(
        rn_thread_notifier_manager(notifier_), watch_, IN_CREATE, "a");

  EXPECT_EQ(result, -ENOBUFS);
  ExpectBounded();
}

INSTANTIATE_TEST_SUITE_P(Full, BoundsOfMemory,
                         testing::Values(RN_FULL_SPILL, RN_FULL_BLOCK));

// -- A stop that drains -------------------------------------------------------

// Wherever a directory appears, its parent is not found: one of them is always
// looked for once more, for the sake of what happened after the stop.
TEST_F(Bounds, StopDoesNotWaitForWhatHappensLater) {
  constexpr int kParents = 4, kApart = 300;
  for (int i = 0; i < kParents; i++) MkDir("a" + std::to_string(i));
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE | IN_MOVE, RN_WATCH_RECURSIVE), 0);
  Start();
  std::vector<int> wds;
  for (const auto &watch : kernel_.Watches()) wds.push_back(watch.first);
  ASSERT_EQ(wds.size(), size_t{kParents} + 1);
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) -> int {
               const std::string text = path;
               const size_t last = text.rfind("/a");
               if (last != std::string::npos && last + 3 == text.size())
                 return -ENOENT;
               const rn_sys *sys = kernel_.beneath();
               return sys->dir_open(sys, dir_fd, path, flags);
             });
  std::atomic<int> reads{0};
  std::atomic<bool> storm{true};
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t size) {
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, size / 2);
    if (got <= 0 || !storm) return got;
    const int read = reads++;
    Bytes more = Record(wds[0], IN_MOVED_FROM | IN_ISDIR, 2 * read + 1, "x") +
                 Record(wds[0], IN_MOVED_TO | IN_ISDIR, 2 * read + 1, "y");
    for (int i = 0; i < kParents; i++)
      if (read >= i * kApart)
        more += Record(wds[i + 1], IN_CREATE | IN_ISDIR, 0, "n");
    more.copy(static_cast<char *>(buffer) + got, more.size());
    return got + static_cast<ssize_t>(more.size());
  });
  Touch("f");
  ASSERT_TRUE(WaitUntil([&] { return reads > kParents * kApart; }));

  std::future<int> stop = std::async(std::launch::async, [&] {
    return rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN);
  });

  EXPECT_EQ(stop.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  storm = false;
  EXPECT_EQ(stop.get(), 0);
}

// A directory whose listing has no end, as a file system may give it.
class BoundsOfListing : public Bounds {
 protected:
  BoundsOfListing() {
    kernel_.On(&KernelHooks::dir_open,
               [this](int dir_fd, const char *path, int flags) {
                 const rn_sys *sys = kernel_.beneath();
                 const int fd = sys->dir_open(sys, dir_fd, path, flags);
                 if (fd >= 0 && std::string(path) == "endless") endless_ = fd;
                 return fd;
               });
    kernel_.On(&KernelHooks::dir_read,
               [this](int fd, void *buffer, size_t size) -> ssize_t {
                 const rn_sys *sys = kernel_.beneath();
                 if (fd != endless_)
                   return sys->dir_read(sys, fd, buffer, size);
                 listed_++;
                 return Entry(static_cast<char *>(buffer));
               });
  }

  // The clock runs fast while the notifier stops, and nothing is read before.
  void ReadAtTheStop() {
    const auto stops = [this] {
      return notifier_ != nullptr &&
             rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
    };
    kernel_.On(&KernelHooks::monotonic_ns, [this, stops] {
      return stops() ? now_ += 1000000 : now_.load();
    });
    kernel_.On(&KernelHooks::read,
               [this, stops](int fd, void *buffer, size_t size) -> ssize_t {
                 const rn_sys *sys = kernel_.beneath();
                 return stops() ? sys->read(sys, fd, buffer, size) : -EAGAIN;
               });
  }

  // An entry: of that name, or each time another.
  ssize_t Entry(char *buffer) {
    struct {
      uint64_t inode;
      int64_t offset;
      uint16_t size;
      uint8_t type;
      char name[21];
    } entry = {1, 0, 40, DT_REG, ""};
    const std::string name =
        name_.empty() ? "f" + std::to_string(listed_) : name_;
    name.copy(entry.name, sizeof(entry.name) - 1);
    std::memcpy(buffer, &entry, 40);
    return 40;
  }

  std::string name_;
  std::atomic<int> endless_{-1};
  std::atomic<uint64_t> listed_{0};
};

TEST_F(BoundsOfListing, StopListsForAWhile) {
  constexpr int kCount = 5000;
  ReadAtTheStop();
  Make(kernel_.sys());
  WatchAll(IN_CREATE | IN_MOVED_TO, RN_WATCH_RECURSIVE);
  ASSERT_EQ(mkdir(outside_.Path("t").c_str(), 0755), 0);
  for (int i = 0; i < kCount; i++)
    ASSERT_EQ(mkdir(outside_.Path("t/" + std::to_string(i)).c_str(), 0755), 0);
  ASSERT_EQ(rename(outside_.Path("t").c_str(), Path("t").c_str()), 0);

  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);

  EXPECT_GT(log_.Count(), 100U);
  EXPECT_LT(log_.Count(), size_t{kCount});
  EXPECT_EQ(log_.Events().back().mask & IN_Q_OVERFLOW, IN_Q_OVERFLOW);
}

TEST_F(BoundsOfListing, StopDoesNotListOneDirectoryForEver) {
  ReadAtTheStop();
  Make(kernel_.sys());
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  MkDir("endless");

  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);

  EXPECT_GT(listed_, 100U);
  EXPECT_EQ(log_.Events().back().mask & IN_Q_OVERFLOW, IN_Q_OVERFLOW);
}

// Who asks is not told; others are heard.
TEST_F(BoundsOfListing, ThatShowsNothingHoldsUpNobody) {
  name_ = ".";
  MkDir("d");
  MkDir("other");
  Make(kernel_.sys());
  ASSERT_EQ(Add("d", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("other", IN_CREATE), 0);
  Start();
  MkDir("d/endless");
  ASSERT_TRUE(WaitUntil([&] { return listed_ > 0; }));

  Touch("other/f");

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 2; }));
  EXPECT_EQ(rn_thread_notifier_sync(notifier_, 0), -ETIMEDOUT);
  ReadAtTheStop();
  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
  EXPECT_EQ(log_.Events().back().mask & IN_Q_OVERFLOW, IN_Q_OVERFLOW);
}

// -- Adding -------------------------------------------------------------------

// Directories of another watch are not found where they are known to be.  Their
// masks are tried again for each rename, more of them than in one turn.
TEST_F(Bounds, AdditionDoesNotWaitForMasksOfOthers) {
  constexpr int kCount = 1200;
  MkDir("a");
  MkDir("b");
  for (int i = 0; i < kCount; i++) MkDir("a/" + std::to_string(i));
  Make(kernel_.sys());
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) -> int {
               if (std::string(path).find("/a/") != std::string::npos)
                 return -ENOENT;
               const rn_sys *sys = kernel_.beneath();
               return sys->dir_open(sys, dir_fd, path, flags);
             });
  Start();
  ASSERT_EQ(Add("a", IN_OPEN, RN_WATCH_RECURSIVE), 0);
  const int wd = kernel_.Watches().begin()->first;
  std::atomic<bool> storm{true};
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t size) {
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, size / 2);
    if (got < 0 && !storm) return got;
    const Bytes more = Record(wd, IN_MOVED_FROM | IN_ISDIR, 7, "x") +
                       Record(wd, IN_MOVED_TO | IN_ISDIR, 7, "y");
    const ssize_t begin = got < 0 ? 0 : got;
    more.copy(static_cast<char *>(buffer) + begin, more.size());
    return begin + static_cast<ssize_t>(more.size());
  });

  std::future<int> add = std::async(std::launch::async, [&] {
    return Add("b", IN_OPEN, RN_WATCH_RECURSIVE);
  });

  EXPECT_EQ(add.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  storm = false;
  EXPECT_EQ(add.get(), 0);
  Finish();
}

// -- On the real kernel -------------------------------------------------------

// Processes that make, rename and remove directories, a hundred seconds long at
// most.
class HostileTree : public Bounds {
 protected:
  ~HostileTree() override {
    for (pid_t pid : pids_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  static void Change(const std::string &top, unsigned seed) {
    alarm(100);
    for (;;) {
      const auto next = [&seed] {
        seed = seed * 1103515245U + 12345U;
        return (seed >> 16) % 8;
      };
      const std::string p = top + "/a" + std::to_string(next());
      const std::string q = top + "/a" + std::to_string(next()) + "/b" +
                            std::to_string(next() % 4);
      switch (next()) {
        case 0:
          (void)mkdir(p.c_str(), 0755);
          break;
        case 1:
          (void)mkdir(q.c_str(), 0755);
          break;
        case 2:
          (void)rmdir(q.c_str());
          break;
        case 3:
          (void)rmdir(p.c_str());
          break;
        case 4:
        case 5:
          (void)rename(p.c_str(), q.c_str());
          break;
        default:
          (void)rename(q.c_str(), p.c_str());
          break;
      }
    }
  }
  void Begin(unsigned flags) {
    for (int i = 0; i < 8; i++) MkDir("a" + std::to_string(i));
    Make();
    const uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY;
    ASSERT_EQ(Add("", mask, RN_WATCH_RECURSIVE | flags), 0);
    for (int i = 0; i < 8; i++)
      ASSERT_EQ(Add("a" + std::to_string(i), mask, RN_WATCH_RECURSIVE), 0);
    for (unsigned seed = 1; seed <= 2; seed++) {
      const pid_t pid = fork();
      ASSERT_GE(pid, 0);
      if (pid == 0) Change(dir_.path(), seed);
      pids_.push_back(pid);
    }
    Start();
    ASSERT_TRUE(WaitUntil([&] { return Statistics().read > 10000; }));
  }
  // What a call gives that has to return while the storm goes on.
  static int Result(const std::function<int()> &call) {
    std::future<int> result = std::async(std::launch::async, call);
    EXPECT_EQ(result.wait_for(std::chrono::seconds(30)),
              std::future_status::ready);
    return result.get();
  }
  static bool IsAnswer(int result) {
    return result == 0 || result == -ETIMEDOUT || result == -ENOBUFS;
  }

  std::vector<pid_t> pids_;
};

TEST_F(HostileTree, HoldsNobodyUp) {
  Begin(0);
  EXPECT_EQ(Result([&] { return rn_thread_notifier_sync(notifier_, 29000); }),
            0);
  EXPECT_TRUE(IsAnswer(Result([&] { return Off(); })));
  EXPECT_EQ(Find(), 0);
  EXPECT_TRUE(IsAnswer(Result([&] { return Off() > 0 ? On() : 0; })));
  EXPECT_EQ(
      Result([&] { return rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN); }),
      0);
}

TEST_F(HostileTree, HoldsNobodyUpWhereLossesAreRepaired) {
  Begin(RN_WATCH_RECOVER);
  EXPECT_TRUE(IsAnswer(Result([&] { return Off(); })));
  EXPECT_EQ(Find(), 0);
  EXPECT_EQ(
      Result([&] { return rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN); }),
      0);
}

}  // namespace
}  // namespace rn
