// One inotify instance on the real kernel.

#include "ringnotify/inotify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kForever = -1;
constexpr int kLongMs = 10000;

struct Event {
  int wd;
  uint32_t mask;
  std::string name;
  bool operator==(const Event &other) const {
    return wd == other.wd && mask == other.mask && name == other.name;
  }
};

std::ostream &operator<<(std::ostream &out, const Event &event) {
  char mask[512];
  (void)rn_mask_format(event.mask, mask, sizeof(mask));
  return out << "{" << event.wd << " " << mask << " " << event.name << "}";
}

// A directory and an instance.
class Inotify : public testing::Test {
 protected:
  Inotify() { EXPECT_EQ(rn_inotify_open(0, &inotify_), 0); }
  ~Inotify() override { rn_inotify_close(inotify_); }

  int Add(const std::string &path, uint32_t mask) {
    return rn_inotify_add_watch(inotify_, path.c_str(), mask);
  }
  int Watch(uint32_t mask) { return Add(dir_.path(), mask); }

  int Read(int timeout_ms, int delay_ms = 0) {
    rn_cursor at;
    const int result = rn_inotify_read(inotify_, timeout_ms, delay_ms, &at);
    events_.clear();
    rn_raw_event event;
    while (result >= 0 && rn_parse_next(&at, &event) == 1) {
      const std::string name(event.name, event.name_size);
      events_.push_back({event.wd, event.mask, name});
    }
    return result;
  }

  // How long a read took, in milliseconds.
  int64_t TimeRead(int timeout_ms, int delay_ms = 0) {
    const Clock::time_point begin = Clock::now();
    EXPECT_GE(Read(timeout_ms, delay_ms), 0);
    const auto took = Clock::now() - begin;
    return std::chrono::duration_cast<milliseconds>(took).count();
  }

  TempDir dir_;
  rn_inotify *inotify_ = nullptr;
  std::vector<Event> events_;
};

// Whether the thread `tid` of this process sleeps in the kernel.
bool Sleeps(pid_t tid) {
  const std::string path = "/proc/self/task/" + std::to_string(tid) + "/stat";
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "r"), fclose);
  char state = '?';
  return file && fscanf(file.get(), "%*d (%*[^)]) %c", &state) == 1 &&
         state == 'S';
}

// A read for ever on its own thread, begun when the constructor returns.
class Reader {
 public:
  explicit Reader(const std::function<void()> &read)
      : thread_([this, read] {
          tid_ = gettid();
          read();
          done_ = true;
        }) {
    EXPECT_TRUE(WaitUntil([this] { return tid_ != 0 && Sleeps(tid_); }));
  }
  ~Reader() { thread_.join(); }
  bool done() const { return done_; }
  std::thread &thread() { return thread_; }

 private:
  std::atomic<pid_t> tid_{0};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// -- Open and close -----------------------------------------------------------

TEST_F(Inotify, OpensWithoutBlockingAndInheriting) {
  const int fd = rn_inotify_fd(inotify_);

  ASSERT_GE(fd, 0);

  EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(Inotify, IsInheritedWhenAsked) {
  rn_inotify *inherited;
  ASSERT_EQ(rn_inotify_open(RN_INOTIFY_INHERIT, &inherited), 0);

  EXPECT_EQ(fcntl(rn_inotify_fd(inherited), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(rn_inotify_fd(inherited), F_GETFL) & O_NONBLOCK, 0);

  rn_inotify_close(inherited);
}

TEST_F(Inotify, RefusesFlagsThatNobodyKnows) {
  rn_inotify *none = nullptr;

  EXPECT_EQ(rn_inotify_open(1U << 7, &none), -EINVAL);

  EXPECT_EQ(none, nullptr);
}

TEST_F(Inotify, ClosesItsDescriptor) {
  rn_inotify *closed;
  ASSERT_EQ(rn_inotify_open(0, &closed), 0);
  const int fd = rn_inotify_fd(closed);

  rn_inotify_close(closed);

  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST_F(Inotify, ClosesNothingForNull) { rn_inotify_close(nullptr); }

// -- Watches ------------------------------------------------------------------

TEST_F(Inotify, ReportsWhatIsAskedFor) {
  const int wd = Watch(IN_CREATE | IN_CLOSE_WRITE);
  ASSERT_GE(wd, 1);
  dir_.Write("file", "text");
  dir_.MkDir("dir");

  ASSERT_GT(Read(0), 0);

  const std::vector<Event> expected = {{wd, IN_CREATE, "file"},
                                       {wd, IN_CLOSE_WRITE, "file"},
                                       {wd, IN_CREATE | IN_ISDIR, "dir"}};
  EXPECT_EQ(events_, expected);
}

TEST_F(Inotify, ReportsAWatchedFileWithoutAName) {
  const int wd = Add(dir_.Write("file", ""), IN_MODIFY);
  ASSERT_GE(wd, 1);
  dir_.Write("file", "text");

  ASSERT_GT(Read(0), 0);

  EXPECT_EQ(events_, (std::vector<Event>{{wd, IN_MODIFY, ""}}));
}

TEST_F(Inotify, ChangesTheWatchThatAnInodeHas) {
  const int wd = Watch(IN_CREATE);

  EXPECT_EQ(Add(dir_.path() + "/.", IN_DELETE), wd);
  unlink(dir_.Write("file", "").c_str());

  ASSERT_GT(Read(0), 0);
  EXPECT_EQ(events_, (std::vector<Event>{{wd, IN_DELETE, "file"}}));
}

TEST_F(Inotify, AddsToTheMaskOfAWatch) {
  const int wd = Watch(IN_CREATE);

  EXPECT_EQ(Watch(IN_DELETE | IN_MASK_ADD), wd);
  unlink(dir_.Write("file", "").c_str());

  ASSERT_GT(Read(0), 0);
  const std::vector<Event> expected = {{wd, IN_CREATE, "file"},
                                       {wd, IN_DELETE, "file"}};
  EXPECT_EQ(events_, expected);
}

TEST_F(Inotify, RefusesASecondWatchWithMaskCreate) {
  ASSERT_GE(Watch(IN_CREATE | IN_MASK_CREATE), 1);

  EXPECT_EQ(Watch(IN_CREATE | IN_MASK_CREATE), -EEXIST);
}

// The kernel would take it, and the watch would report nothing from then on.
TEST_F(Inotify, KeepsAWatchFromAMaskOfNoEvents) {
  const int wd = Watch(IN_CREATE);

  EXPECT_EQ(Watch(IN_ISDIR), -EINVAL);
  dir_.Write("file", "");

  ASSERT_GT(Read(0), 0);
  EXPECT_EQ(events_, (std::vector<Event>{{wd, IN_CREATE, "file"}}));
}

TEST_F(Inotify, GivesTheKernelsErrors) {
  const std::string file = dir_.Write("file", "");

  EXPECT_EQ(Add(dir_.Path("none"), IN_CREATE), -ENOENT);
  EXPECT_EQ(Add("", IN_CREATE), -ENOENT);
  EXPECT_EQ(Add(file, IN_CREATE | IN_ONLYDIR), -ENOTDIR);
  EXPECT_EQ(Add(file + "/below", IN_CREATE), -ENOTDIR);
  EXPECT_EQ(Add(std::string(5000, 'x'), IN_CREATE), -ENAMETOOLONG);
}

TEST_F(Inotify, RefusesWhatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read all";
  const std::string closed = dir_.MkDir("closed");
  ASSERT_EQ(chmod(closed.c_str(), 0), 0);

  EXPECT_EQ(Add(closed, IN_CREATE), -EACCES);
}

TEST_F(Inotify, EndsAOneshotWatchAfterOneEvent) {
  const int wd = Watch(IN_CREATE | IN_ONESHOT);
  dir_.Write("first", "");
  dir_.Write("second", "");

  ASSERT_GT(Read(0), 0);

  const std::vector<Event> expected = {{wd, IN_CREATE, "first"},
                                       {wd, IN_IGNORED, ""}};
  EXPECT_EQ(events_, expected);
  EXPECT_EQ(rn_inotify_rm_watch(inotify_, wd), -EINVAL);
}

TEST_F(Inotify, KeepsTheEventsOfARemovedWatch) {
  const int wd = Watch(IN_CREATE);
  dir_.Write("before", "");

  ASSERT_EQ(rn_inotify_rm_watch(inotify_, wd), 0);
  dir_.Write("after", "");

  ASSERT_GT(Read(0), 0);
  const std::vector<Event> expected = {{wd, IN_CREATE, "before"},
                                       {wd, IN_IGNORED, ""}};
  EXPECT_EQ(events_, expected);
}

TEST_F(Inotify, RemovesAWatchOnce) {
  const int wd = Watch(IN_CREATE);
  ASSERT_EQ(rn_inotify_rm_watch(inotify_, wd), 0);

  EXPECT_EQ(rn_inotify_rm_watch(inotify_, wd), -EINVAL);
  EXPECT_EQ(rn_inotify_rm_watch(inotify_, 4711), -EINVAL);
}

// -- Names --------------------------------------------------------------------

TEST_F(Inotify, GivesNamesAsBytes) {
  const std::vector<std::string> names = {"x",
                                          std::string(15, 'a'),
                                          std::string(16, 'b'),
                                          " ",
                                          std::string(255, 'c'),
                                          std::string(255, '\xff'),
                                          "new\nline",
                                          "-dash",
                                          "\x01\x80\x7f",
                                          "caf\xc3\xa9"};
  ASSERT_GE(Watch(IN_CREATE), 1);
  for (const std::string &name : names) dir_.Write(name, "");

  ASSERT_GT(Read(0), 0);

  ASSERT_EQ(events_.size(), names.size());
  for (size_t i = 0; i < names.size(); i++)
    EXPECT_EQ(events_[i].name, names[i]);
}

// -- Reading ------------------------------------------------------------------

TEST_F(Inotify, ReadsNothingAtOnceFromAnEmptyQueue) {
  ASSERT_GE(Watch(IN_CREATE), 1);

  EXPECT_EQ(Read(0), 0);
  EXPECT_EQ(Read(0, kLongMs), 0);

  EXPECT_TRUE(events_.empty());
}

TEST_F(Inotify, WaitsAsLongAsAsked) {
  EXPECT_GE(TimeRead(50), 50);

  EXPECT_TRUE(events_.empty());
}

TEST_F(Inotify, WaitsForeverUntilAnEventComes) {
  ASSERT_GE(Watch(IN_CREATE), 1);
  {
    const Reader reader([this] { EXPECT_GT(Read(kForever), 0); });
    EXPECT_FALSE(reader.done());
    dir_.Write("file", "");
  }

  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].name, "file");
}

TEST_F(Inotify, TakesTheWholeQueueInOneRead) {
  constexpr int kFiles = 1000;
  const std::string tail(250, 'x');  // more than the first buffer holds
  ASSERT_GE(Watch(IN_CREATE), 1);
  for (int i = 0; i < kFiles; i++)
    dir_.Write(std::to_string(1000 + i) + tail, "");

  EXPECT_EQ(Read(0), kFiles * (16 + 256));

  EXPECT_EQ(events_.size(), static_cast<size_t>(kFiles));
  EXPECT_EQ(Read(0), 0);
}

TEST_F(Inotify, LetsEventsGatherAfterTheFirst) {
  ASSERT_GE(Watch(IN_CREATE), 1);
  {
    const Reader reader([this] { EXPECT_GT(Read(kForever, 1000), 0); });
    dir_.Write("first", "");
    EXPECT_FALSE(reader.done());
    dir_.Write("second", "");
  }

  EXPECT_EQ(events_.size(), 2U);
}

TEST_F(Inotify, DelaysNothingThatIsThereAlready) {
  ASSERT_GE(Watch(IN_CREATE), 1);
  dir_.Write("file", "");

  EXPECT_LT(TimeRead(kLongMs, kLongMs), kLongMs);

  EXPECT_EQ(events_.size(), 1U);
}

TEST_F(Inotify, RefusesANegativeDelay) {
  ASSERT_GE(Watch(IN_CREATE), 1);
  dir_.Write("file", "");

  EXPECT_EQ(Read(0, -1), -EINVAL);

  EXPECT_GT(Read(0), 0) << "the event stays queued";
}

// Signals every 5 ms: poll(2) is interrupted some twenty times.
TEST_F(Inotify, WaitsNoLongerForSignals) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<int64_t> took{0};
  {
    Reader reader([&] { took = TimeRead(100); });
    while (!reader.done()) {
      pthread_kill(reader.thread().native_handle(), SIGUSR1);
      poll(nullptr, 0, 5);
    }
  }

  EXPECT_GE(took, 100);
  EXPECT_LT(took, kLongMs);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(Inotify, WakesWhoPollsItsDescriptor) {
  ASSERT_GE(Watch(IN_CREATE), 1);
  pollfd polled = {rn_inotify_fd(inotify_), POLLIN, 0};
  ASSERT_EQ(poll(&polled, 1, 0), 0);

  dir_.Write("file", "");

  EXPECT_EQ(poll(&polled, 1, kLongMs), 1);
}

TEST_F(Inotify, TakesWatchesWhileAnotherThreadReads) {
  std::atomic<bool> read{false};
  {
    const Reader reader([&] { read = Read(kForever) > 0; });
    ASSERT_GE(Watch(IN_CREATE), 1);
    dir_.Write("file", "");
  }

  EXPECT_TRUE(read);
}

// Captured bytes and the live read are the same records.
TEST_F(Inotify, ParsesACopyAsItParsesARead) {
  const int wd = Watch(IN_CREATE);
  dir_.Write("file", "");
  rn_cursor at;
  const int size = rn_inotify_read(inotify_, 0, 0, &at);
  ASSERT_GT(size, 0);
  const std::string copy(at.next, static_cast<size_t>(size));

  rn_cursor again = rn_parse_begin(copy.data(), copy.size());
  rn_raw_event event;

  ASSERT_EQ(rn_parse_next(&again, &event), 1);
  EXPECT_EQ(event.wd, wd);
  EXPECT_STREQ(event.name, "file");
}

}  // namespace
}  // namespace rn
