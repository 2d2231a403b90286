// The two times of an event: by a clock that a test sets, then by the real one.

#include <sys/inotify.h>
#include <time.h>

#include <atomic>
#include <cstdlib>
#include <vector>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr int64_t kMs = 1000000;
constexpr int64_t kSecond = 1000 * kMs;

class Clock : public NotifierFixture {
 protected:
  // Both clocks are the test's from now on.
  void Script() {
    kernel_.On(&KernelHooks::monotonic_ns,
               [this] { return monotonic_.load(); });
    kernel_.On(&KernelHooks::time_ns,
               [this] { return monotonic_.load() + offset_.load(); });
  }
  // Have a file's creation read at this time, alone.
  void TouchAt(const std::string &name, int64_t monotonic, int64_t offset) {
    monotonic_ = monotonic;
    offset_ = offset;
    const uint64_t before = Statistics().read;
    Touch(name);
    ASSERT_TRUE(WaitUntil([&] { return Statistics().read > before; }));
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<int64_t> monotonic_{kSecond};
  std::atomic<int64_t> offset_{0};
};

// Where the clock is set, and set back, while a handler takes its time and the
// ring is full: one block would have the events of several reads.
TEST_F(Clock, ThatIsSetFalsifiesNeitherTime) {
  constexpr int64_t kDay = 86400 * kSecond;
  const std::vector<int64_t> offsets = {
      kDay,     kDay,        kDay,     kDay + kMs / 2, 2 * kDay, 2 * kDay + 100,
      3 * kDay, -kSecond,    -kSecond, -2 * kMs,       0,        kMs,
      2 * kMs,  2 * kMs + 1, kDay};
  Script();
  options_.slot_count = 2;
  Make(kernel_.sys());
  log_.Hold();
  WatchAll(IN_CREATE);

  for (size_t i = 0; i < offsets.size(); i++)
    TouchAt("f" + std::to_string(i), (1 + static_cast<int64_t>(i)) * kSecond,
            offsets[i]);
  log_.Let();
  Drain();

  const std::vector<LoggedEvent> events = log_.Events();
  ASSERT_EQ(events.size(), offsets.size());
  for (size_t i = 0; i < events.size(); i++) {
    const int64_t monotonic = (1 + static_cast<int64_t>(i)) * kSecond;
    EXPECT_EQ(events[i].monotonic_ns, monotonic) << i;
    EXPECT_LT(std::abs(events[i].time_ns - monotonic - offsets[i]), kMs) << i;
  }
  EXPECT_GT(Statistics().spilled, 0U);
}

TEST_F(Clock, OfEachReadIsToldExactlyWhereEachReadIsABlock) {
  Script();
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  for (int i = 0; i < 5; i++) {
    TouchAt("f" + std::to_string(i), i * kSecond, 1000 * kSecond + i * 77);
    ASSERT_TRUE(WaitFor("CREATE f" + std::to_string(i)));
  }
  Drain();

  const std::vector<LoggedEvent> events = log_.Events();
  ASSERT_EQ(events.size(), 5U);
  for (int i = 0; i < 5; i++) {
    EXPECT_EQ(events[static_cast<size_t>(i)].monotonic_ns, i * kSecond);
    EXPECT_EQ(events[static_cast<size_t>(i)].time_ns,
              i * kSecond + 1000 * kSecond + i * 77);
  }
}

// What is told before the reader runs has a time, too.
TEST_F(Clock, IsLookedAtBeforeTheStart) {
  Script();
  Make(kernel_.sys());
  monotonic_ = 5 * kSecond;
  offset_ = 100 * kSecond;
  ASSERT_EQ(Add("none", IN_CREATE, RN_WATCH_PERSISTENT), 0);
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  ASSERT_EQ(rn_watch_manager_remove(manager, watch_), 0);
  monotonic_ = 9 * kSecond;
  Start();
  Drain();

  ASSERT_EQ(Texts(), Strings{"IGNORED none"});
  EXPECT_EQ(log_.Events()[0].monotonic_ns, 5 * kSecond);
  EXPECT_EQ(log_.Events()[0].time_ns, 105 * kSecond);
}

int64_t Now(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

TEST_F(Clock, OfTheMachineIsThatOfTheRead) {
  WatchAll(IN_CREATE);
  const int64_t before = Now(CLOCK_MONOTONIC);
  const int64_t time_before = Now(CLOCK_REALTIME);
  for (int i = 0; i < 100; i++) Touch("f" + std::to_string(i));
  Drain();
  const int64_t time_behind = Now(CLOCK_REALTIME);
  const int64_t behind = Now(CLOCK_MONOTONIC);

  int64_t last = before;
  for (const LoggedEvent &event : log_.Events()) {
    EXPECT_GE(event.monotonic_ns, last);
    last = event.monotonic_ns;
    EXPECT_GE(event.time_ns, time_before - kMs);
    EXPECT_LE(event.time_ns, time_behind + kMs);
  }
  EXPECT_EQ(log_.Count(), 100U);
  EXPECT_LE(last, behind);
}

}  // namespace
}  // namespace rn
