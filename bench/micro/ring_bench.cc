// What does it cost to hand something to another thread through the ring?
//
// Beforehand: on one thread a put and a take are two loads and two stores
// each, 1.5 ns.  Between two threads the slot, the index and the item go from
// one processor's cache to the other's and back, 50 to 100 ns each when the
// sides are close together; in blocks that is paid once a block, and what is
// left is a cache line an event, which the processor fetches ahead.

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "bench/micro/micro.h"

extern "C" {
#include "lib/ring/ring.h"
}

namespace rn {
namespace {

struct FreeRing {
  void operator()(rn_ring *ring) const { rn_ring_free(ring); }
};
using Ring = std::unique_ptr<rn_ring, FreeRing>;

Ring NewRing(uint32_t slot_count) {
  rn_ring *ring = nullptr;
  if (rn_ring_new(slot_count, &ring) < 0) std::abort();
  return Ring(ring);
}

// Try until it works: at once where the other side has its own processor, and
// giving it away where not.
template <typename Try>
auto Spin(Try attempt) {
  for (int i = 0;; i++) {
    if (const auto result = attempt()) return result;
    if (i % 256 == 255)
      std::this_thread::yield();
    else
      __builtin_ia32_pause();
  }
}

void Give(rn_ring *ring, void *item) {
  Spin([&] { return rn_ring_give(ring, item); });
}

void *Take(rn_ring *ring) {
  return Spin([&] { return rn_ring_take(ring); });
}

// Put one item in and take it out, without another thread.
void RingAlone(benchmark::State &state) {
  const Ring ring = NewRing(1024);
  int item;
  for (auto _ : state) {
    benchmark::DoNotOptimize(rn_ring_give(ring.get(), &item));
    benchmark::DoNotOptimize(rn_ring_take(ring.get()));
  }
}

// As large as an event with a short name.
struct alignas(64) Event {
  uint64_t words[8];
};

// Blocks of events that go there full and come back empty, and the thread that
// reads them.
class Consumer {
 public:
  explicit Consumer(size_t block_size)
      : size_(block_size),
        events_(kBlocks * block_size),
        there_(NewRing(kSlots)),
        back_(NewRing(kSlots)) {
    for (size_t i = 0; i < kBlocks; i++)
      Give(back_.get(), &events_[i * block_size]);
    thread_ = std::thread([this] { Run(); });
  }
  ~Consumer() {
    Give(there_.get(), &end_);
    thread_.join();
  }
  Consumer(const Consumer &) = delete;
  Consumer &operator=(const Consumer &) = delete;

  rn_ring *there() const { return there_.get(); }
  rn_ring *back() const { return back_.get(); }

 private:
  static constexpr uint32_t kSlots = 1024;
  static constexpr size_t kBlocks = 64;

  void Run() {
    void *item;
    while ((item = Take(there_.get())) != &end_) {
      const auto *block = static_cast<const Event *>(item);
      uint64_t sum = 0;
      for (size_t i = 0; i < size_; i++)
        for (const uint64_t word : block[i].words) sum += word;
      benchmark::DoNotOptimize(sum);
      Give(back_.get(), item);
    }
  }

  const size_t size_;
  std::vector<Event> events_;
  Event end_;
  Ring there_, back_;
  std::thread thread_;
};

// This thread fills blocks of so many events, another reads them.
void RingHandOver(benchmark::State &state) {
  const size_t size = static_cast<size_t>(state.range(0));
  const Consumer consumer(size);
  uint64_t seq = 0;
  for (auto _ : state) {
    auto *block = static_cast<Event *>(Take(consumer.back()));
    for (size_t i = 0; i < size; i++)
      for (uint64_t &word : block[i].words) word = seq++;
    Give(consumer.there(), block);
  }
  CountPerItem(state, "event", size);
}

BENCHMARK(RingAlone);
BENCHMARK(RingHandOver)
    ->ArgName("block")
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Arg(1024)
    ->UseRealTime();

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
