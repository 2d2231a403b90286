// A place to sleep, and to be woken.
//
// A lost wake-up shows as a test that does not end.

extern "C" {
#include "lib/ring/ring.h"
}

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

struct FreeParking {
  void operator()(rn_parking *parking) const { rn_parking_free(parking); }
};
using Parking = std::unique_ptr<rn_parking, FreeParking>;

Parking NewParking() {
  rn_parking *parking = nullptr;
  EXPECT_EQ(rn_parking_new(&parking), 0);
  return Parking(parking);
}

// As ring.h tells a sleeper to do.
template <typename Predicate>
void SleepUntil(rn_parking *parking, const Predicate &predicate) {
  for (;;) {
    const uint32_t ticket = rn_parking_ticket(parking);
    if (predicate()) return;
    rn_parking_wait(parking, ticket);
  }
}

// A thread that sleeps until its flag is up.
class Sleeper {
 public:
  explicit Sleeper(rn_parking *parking)
      : thread_([this, parking] {
          tid_ = static_cast<pid_t>(syscall(SYS_gettid));
          SleepUntil(parking, [this] {
            looks_++;
            return done_.load();
          });
        }) {}
  ~Sleeper() { Join(); }

  void Allow() { done_ = true; }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  uint64_t looks() const { return looks_; }

  // Whether the kernel says so.
  bool IsAsleep() const {
    if (looks_ == 0) return false;
    std::ifstream file("/proc/self/task/" + std::to_string(tid_) + "/stat");
    std::string line;
    std::getline(file, line);
    const size_t end_of_name = line.rfind(')');
    return end_of_name != std::string::npos && line[end_of_name + 2] == 'S';
  }

  std::chrono::nanoseconds CpuTime() {
    clockid_t clock;
    timespec used{};
    EXPECT_EQ(pthread_getcpuclockid(thread_.native_handle(), &clock), 0);
    EXPECT_EQ(clock_gettime(clock, &used), 0);
    return std::chrono::seconds(used.tv_sec) +
           std::chrono::nanoseconds(used.tv_nsec);
  }

 private:
  std::atomic<pid_t> tid_{0};
  std::atomic<uint64_t> looks_{0};
  std::atomic<bool> done_{false};
  std::thread thread_;  // last: it uses what stands before
};

TEST(Parking, DoesNotSleepAfterAWakeBehindTheTicket) {
  const Parking parking = NewParking();
  const uint32_t ticket = rn_parking_ticket(parking.get());

  rn_parking_wake(parking.get());

  rn_parking_wait(parking.get(), ticket);
}

TEST(Parking, GivesAnotherTicketAfterAWake) {
  const Parking parking = NewParking();
  const uint32_t ticket = rn_parking_ticket(parking.get());
  EXPECT_EQ(rn_parking_ticket(parking.get()), ticket);

  rn_parking_wake(parking.get());

  EXPECT_NE(rn_parking_ticket(parking.get()), ticket);
}

TEST(Parking, EndsTheSleepByAWake) {
  const Parking parking = NewParking();
  Sleeper sleeper(parking.get());
  ASSERT_TRUE(WaitUntil([&] { return sleeper.IsAsleep(); }));

  sleeper.Allow();
  rn_parking_wake(parking.get());

  sleeper.Join();
}

TEST(Parking, WakesAllThatSleep) {
  const Parking parking = NewParking();
  Sleeper first(parking.get()), second(parking.get());
  ASSERT_TRUE(WaitUntil([&] { return first.IsAsleep() && second.IsAsleep(); }));

  first.Allow();
  second.Allow();
  rn_parking_wake(parking.get());

  first.Join();
  second.Join();
}

TEST(Parking, UsesNoProcessorAsleep) {
  using Clock = std::chrono::steady_clock;
  const Parking parking = NewParking();
  Sleeper sleeper(parking.get());
  ASSERT_TRUE(WaitUntil([&] { return sleeper.IsAsleep(); }));
  const auto end = Clock::now() + std::chrono::milliseconds(200);
  const auto before = sleeper.CpuTime();

  ASSERT_TRUE(WaitUntil([&] { return Clock::now() >= end; }));
  const auto used = sleeper.CpuTime() - before;
  const uint64_t looks = sleeper.looks();
  sleeper.Allow();
  rn_parking_wake(parking.get());

  EXPECT_LT(used, std::chrono::milliseconds(10));
  EXPECT_LT(looks, 10U);
}

// Each thread sleeps until the other has had its turn.
TEST(Parking, LosesNoWakeUp) {
  constexpr uint32_t kTurns = 200000;
  const Parking of_even = NewParking(), of_odd = NewParking();
  std::atomic<uint32_t> turn{0};
  const auto play = [&](uint32_t first, rn_parking *own, rn_parking *other) {
    for (uint32_t at = first; at < kTurns; at += 2) {
      SleepUntil(own, [&] { return turn.load() == at; });
      turn.store(at + 1);
      rn_parking_wake(other);
    }
  };

  std::thread odd(play, 1, of_odd.get(), of_even.get());
  play(0, of_even.get(), of_odd.get());
  odd.join();

  EXPECT_EQ(turn.load(), kTurns);
}

// The same with one place for both: each wake is the other's as well.
TEST(Parking, LosesNoWakeUpInASharedPlace) {
  constexpr uint32_t kTurns = 20000;
  const Parking parking = NewParking();
  std::atomic<uint32_t> turn{0};
  const auto play = [&](uint32_t first) {
    for (uint32_t at = first; at < kTurns; at += 2) {
      SleepUntil(parking.get(), [&] { return turn.load() == at; });
      turn.store(at + 1);
      rn_parking_wake(parking.get());
    }
  };

  std::thread odd(play, 1);
  play(0);
  odd.join();

  EXPECT_EQ(turn.load(), kTurns);
}

TEST(Parking, SaysThatThereIsNoMemory) {
  rn_parking *parking = nullptr;
  const MemoryEnd end(0);

  EXPECT_EQ(rn_parking_new(&parking), -ENOMEM);

  EXPECT_EQ(parking, nullptr);
}

TEST(Parking, FreesNothing) { rn_parking_free(nullptr); }

}  // namespace
}  // namespace rn
