// What is promised of reading with a time, by the thin layer and by the
// notifier without threads.

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr int kHour = 3600000;  // in milliseconds
constexpr int kDelay = 100;     // the same

// Whether a thread of this process sleeps.
bool Sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] == 'S';
}

// A thread that does something which waits.
class Waiter {
 public:
  template <typename Wait>
  explicit Waiter(Wait wait)
      : thread_([this, wait] {
          id_ = static_cast<pid_t>(syscall(SYS_gettid));
          result_ = wait();
          returned_ = true;
        }) {}
  ~Waiter() {
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bool IsWaiting() const {
    return WaitUntil([this] { return id_ != 0 && Sleeps(id_); });
  }
  bool has_returned() const { return returned_; }
  int Result() {
    thread_.join();
    return result_;
  }

 private:
  std::atomic<pid_t> id_{0};
  std::atomic<bool> returned_{false};
  int result_ = 0;
  std::thread thread_;
};

int64_t CpuNs() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// ---- the thin layer ----

class Case43Inotify : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(rn_inotify_open(0, &inotify_), 0);
    ASSERT_GE(rn_inotify_add_watch(inotify_, dir_.path().c_str(), IN_CREATE),
              1);
  }
  ~Case43Inotify() override { rn_inotify_close(inotify_); }

  // Returns how many records came.
  int Read(int timeout_ms, int delay_ms = 0) {
    rn_cursor events;
    const int got = rn_inotify_read(inotify_, timeout_ms, delay_ms, &events);
    if (got < 0) return got;
    int count = 0;
    rn_raw_event event;
    while (rn_parse_next(&events, &event) == 1) count++;
    return count;
  }

  TempDir dir_;
  rn_inotify *inotify_ = nullptr;
};

TEST_F(Case43Inotify, Timeout0ReturnsAtOnce) { EXPECT_EQ(Read(0), 0); }

TEST_F(Case43Inotify, Timeout50ReturnsEmptyAfter50Milliseconds) {
  const auto begin = Clock::now();

  EXPECT_EQ(Read(50), 0);

  EXPECT_GE(Clock::now() - begin, milliseconds(50));
  EXPECT_LT(Clock::now() - begin, seconds(30));
}

TEST_F(Case43Inotify, TimeoutMinus1Blocks) {
  Waiter waiter([this] { return Read(-1); });
  ASSERT_TRUE(waiter.IsWaiting());
  EXPECT_FALSE(waiter.has_returned());

  dir_.Write("f", "");

  EXPECT_EQ(waiter.Result(), 1);
}

TEST_F(Case43Inotify, DelayIsCountedFromTheFirstEvent) {
  Waiter waiter([this] { return Read(-1, kDelay); });
  ASSERT_TRUE(waiter.IsWaiting());
  const auto begin = Clock::now();

  // Counted from the last one it would never end.
  for (int i = 0; !waiter.has_returned(); i++)
    dir_.Write("f" + std::to_string(i), "");

  EXPECT_GE(Clock::now() - begin, milliseconds(kDelay));
  EXPECT_GT(waiter.Result(), 1);
}

TEST_F(Case43Inotify, DelayIsSkippedWhenDataIsReady) {
  dir_.Write("f", "");

  EXPECT_EQ(Read(-1, kHour), 1);
}

// ---- the notifier ----

class Case43Notifier : public testing::Test {
 protected:
  Case43Notifier() { options_.size = sizeof(options_); }
  ~Case43Notifier() override { EXPECT_EQ(rn_notifier_free(notifier_), 0); }

  void Make() {
    rn_handler handler{};
    handler.size = sizeof(handler);
    handler.context = &count_;
    handler.on_default = [](const rn_event *, void *context) {
      ++*static_cast<std::atomic<int> *>(context);
      return 0;
    };
    options_.handler = &handler;
    ASSERT_EQ(rn_notifier_new(&options_, &notifier_), 0);
    rn_watch_options watch{};
    watch.size = sizeof(watch);
    watch.mask = IN_CREATE;
    ASSERT_EQ(rn_watch_manager_add(rn_notifier_manager(notifier_),
                                   dir_.path().c_str(), &watch, nullptr),
              0);
  }

  int Check(int timeout_ms) {
    return rn_notifier_check_events(notifier_, timeout_ms);
  }
  int Dispatch() { return rn_notifier_dispatch(notifier_); }
  int Loop() { return rn_notifier_loop(notifier_, nullptr, nullptr); }
  int Stop() { return rn_notifier_stop(notifier_); }

  TempDir dir_;
  std::atomic<int> count_{0};
  rn_notifier_options options_{};
  rn_notifier *notifier_ = nullptr;
};

TEST_F(Case43Notifier, Timeout0ReturnsAtOnce) {
  Make();

  EXPECT_EQ(Check(0), 0);
}

TEST_F(Case43Notifier, Timeout50ReturnsAfter50Milliseconds) {
  Make();
  const auto begin = Clock::now();

  EXPECT_EQ(Check(50), 0);

  EXPECT_GE(Clock::now() - begin, milliseconds(50));
  EXPECT_LT(Clock::now() - begin, seconds(30));
}

TEST_F(Case43Notifier, TimeoutMinus1Blocks) {
  Make();
  Waiter waiter([this] { return Check(-1); });
  ASSERT_TRUE(waiter.IsWaiting());
  EXPECT_FALSE(waiter.has_returned());

  dir_.Write("f", "");

  EXPECT_EQ(waiter.Result(), 1);
  EXPECT_EQ(Dispatch(), 1);
}

TEST_F(Case43Notifier, ReadOfAnEmptyQueueNeverHangs) {
  Make();

  EXPECT_EQ(rn_notifier_read_events(notifier_), 0);
  EXPECT_EQ(Dispatch(), 0);
}

TEST_F(Case43Notifier, DelayIsCountedFromTheFirstEvent) {
  options_.read_delay_ms = kDelay;
  Make();
  Waiter waiter([this] { return Check(-1); });
  ASSERT_TRUE(waiter.IsWaiting());
  const auto begin = Clock::now();

  for (int i = 0; !waiter.has_returned(); i++)
    dir_.Write("f" + std::to_string(i), "");

  EXPECT_GE(Clock::now() - begin, milliseconds(kDelay));
  EXPECT_EQ(waiter.Result(), 1);
  EXPECT_GT(Dispatch(), 1);
}

TEST_F(Case43Notifier, DelayIsSkippedWhenDataIsReady) {
  options_.read_delay_ms = kHour;
  Make();
  dir_.Write("f", "");

  EXPECT_EQ(Check(-1), 1);
  EXPECT_EQ(Dispatch(), 1);
}

// Whether a second of waiting took less than a hundredth of a processor.  A
// machine that is busy may count more than was done: then once more.
template <typename Wait>
bool IsCheap(Wait wait) {
  for (int tries = 0; tries < 10; tries++) {
    const int64_t cpu = CpuNs();
    const auto begin = Clock::now();
    while (Clock::now() - begin < seconds(1)) wait();
    const std::chrono::nanoseconds took = Clock::now() - begin;
    if (CpuNs() - cpu < took.count() / 100) return true;
  }
  return false;
}

TEST_F(Case43Notifier, ThresholdUnmetTakesLessThanOneHundredthOfAProcessor) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = kHour;
  Make();
  dir_.Write("f", "");

  EXPECT_TRUE(IsCheap([this] { EXPECT_EQ(Check(1000), 0); }));
}

TEST_F(Case43Notifier, NorDoesItInAProgramsOwnLoop) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = kHour;
  Make();
  const int set = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(set, EPOLL_CTL_ADD, rn_notifier_fd(notifier_), &event),
            0);
  dir_.Write("f", "");

  EXPECT_TRUE(IsCheap([&] {
    if (epoll_wait(set, &event, 1, 100) == 1) {
      EXPECT_EQ(Dispatch(), 0);
    }
  }));
  close(set);
}

TEST_F(Case43Notifier, ReadPeriodDoesNotDelayStop) {
  options_.read_period_ms = kHour;
  Make();
  Waiter waiter([this] { return Loop(); });
  dir_.Write("first", "");
  ASSERT_TRUE(WaitUntil([this] { return count_ == 1; }));
  dir_.Write("second", "");
  ASSERT_TRUE(waiter.IsWaiting());

  EXPECT_EQ(Stop(), 0);

  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(count_, 1);
}

TEST_F(Case43Notifier, ReadDelayDoesNotDelayStop) {
  options_.read_delay_ms = kHour;
  Make();
  Waiter waiter([this] { return Loop(); });
  ASSERT_TRUE(waiter.IsWaiting());
  dir_.Write("f", "");
  ASSERT_TRUE(waiter.IsWaiting());

  EXPECT_EQ(Stop(), 0);

  EXPECT_EQ(waiter.Result(), 0);
}

TEST_F(Case43Notifier, ThresholdDoesNotDelayStop) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = kHour;
  Make();
  dir_.Write("f", "");
  Waiter waiter([this] { return Loop(); });
  ASSERT_TRUE(waiter.IsWaiting());

  EXPECT_EQ(Stop(), 0);

  EXPECT_EQ(waiter.Result(), 0);
}

}  // namespace
}  // namespace rn
