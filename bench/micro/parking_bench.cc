// What does it cost to wake a thread that sleeps, and one that does not?
//
// Beforehand: where nobody sleeps a wake is one locked addition, 5 to 10 ns.
// A thread that sleeps needs a system call to be woken, and its processor may
// have to be woken, too: 5 to 50 us.  One that still looks sees it within some
// 100 ns: two cache lines that change their processor.

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "bench/micro/micro.h"

extern "C" {
#include "lib/ring/ring.h"
}

namespace rn {
namespace {

struct FreeParking {
  void operator()(rn_parking *parking) const { rn_parking_free(parking); }
};
using Parking = std::unique_ptr<rn_parking, FreeParking>;

Parking NewParking() {
  rn_parking *parking = nullptr;
  if (rn_parking_new(&parking) < 0) std::abort();
  return Parking(parking);
}

int64_t Now() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

// Wake while nobody sleeps: what the reader pays once a read when the worker
// is busy.
void WakeNobody(benchmark::State &state) {
  const Parking parking = NewParking();
  for (auto _ : state) rn_parking_wake(parking.get());
}

// Take a ticket and find that something has happened since.
void WaitWithoutSleep(benchmark::State &state) {
  const Parking parking = NewParking();
  for (auto _ : state) {
    const uint32_t ticket = rn_parking_ticket(parking.get());
    rn_parking_wake(parking.get());
    rn_parking_wait(parking.get(), ticket);
  }
}

// Another thread, which answers each turn: it waits for an odd one and makes it
// even.
class Partner {
 public:
  Partner() : thread_([this] { Run(); }) {}
  ~Partner() {
    Ask(kEnd);
    thread_.join();
  }
  Partner(const Partner &) = delete;
  Partner &operator=(const Partner &) = delete;

  // Begin a turn.
  void Ask(uint64_t turn) {
    turn_.store(turn);
    rn_parking_wake(partner_.get());
  }

  // Sleep until it is answered.  Returns when that was, in nanoseconds.
  int64_t Answer(uint64_t turn) {
    SleepUntil(own_.get(), [&] { return turn_.load() == turn + 1; });
    return answered_ns_;
  }

  // Wait until the partner sleeps in the kernel.
  void WaitUntilAsleep() const {
    while (tid_.load() == 0) std::this_thread::yield();
    const std::string path =
        "/proc/self/task/" + std::to_string(tid_.load()) + "/stat";
    for (std::string line; line.find(") S ") == std::string::npos;) {
      std::ifstream file(path);
      std::getline(file, line);
    }
  }

 private:
  static constexpr uint64_t kEnd = UINT64_MAX;

  template <typename Predicate>
  static void SleepUntil(rn_parking *parking, Predicate predicate) {
    for (;;) {
      const uint32_t ticket = rn_parking_ticket(parking);
      if (predicate()) return;
      rn_parking_wait(parking, ticket);
    }
  }

  void Run() {
    tid_.store(static_cast<pid_t>(syscall(SYS_gettid)));
    for (;;) {
      uint64_t turn;
      SleepUntil(partner_.get(), [&] {
        turn = turn_.load();
        return turn % 2 == 1;
      });
      if (turn == kEnd) return;
      answered_ns_ = Now();
      turn_.store(turn + 1);
      rn_parking_wake(own_.get());
    }
  }

  const Parking own_ = NewParking(), partner_ = NewParking();
  std::atomic<pid_t> tid_{0};
  std::atomic<uint64_t> turn_{0};
  int64_t answered_ns_ = 0;  // the partner's while the turn is odd
  std::thread thread_;       // last: it uses what stands before
};

// There and back again, as fast as it goes: each side mostly still looks when
// the other wakes it, and does not get to sleep.
void RoundTripAwake(benchmark::State &state) {
  Partner partner;
  uint64_t turn = 1;
  for (auto _ : state) {
    partner.Ask(turn);
    benchmark::DoNotOptimize(partner.Answer(turn));
    turn += 2;
  }
}

// From the wake of a thread that sleeps in the kernel until it runs.
void WakeAsleep(benchmark::State &state) {
  Partner partner;
  uint64_t turn = 1;
  for (auto _ : state) {
    partner.WaitUntilAsleep();
    const int64_t asked_ns = Now();
    partner.Ask(turn);
    state.SetIterationTime(
        static_cast<double>(partner.Answer(turn) - asked_ns) / 1e9);
    turn += 2;
  }
}

BENCHMARK(WakeNobody);
BENCHMARK(WaitWithoutSleep);
BENCHMARK(RoundTripAwake)->UseRealTime();
BENCHMARK(WakeAsleep)->UseManualTime()->Iterations(2000);

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
