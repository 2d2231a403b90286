// Nothing is lost: neither in the kernel's queue, which has its default size,
// nor behind it. Whether the reader keeps up with a producer at full speed
// depends on the machine and its load, so it is a benchmark's question: here
// the producer is never more than half a queue ahead.

#include <fcntl.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "test/stress/memory_dir.h"

namespace rn {
namespace {

constexpr int kFiles = 512;
constexpr int64_t kSecondNs = 1000000000;

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecondNs + now.tv_nsec;
}

int Pass(const rn_event *, void *) { return 0; }

int TakeTwoMicroseconds(const rn_event *, void *) {
  const int64_t end = NowNs() + 2000;
  while (NowNs() < end) continue;
  return 0;
}

class Throughput : public StressFixture {
 protected:
  void SetUp() override {
    rn_limit limit;
    ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    if (limit.value < 16384) GTEST_SKIP() << "queue of " << limit.value;
    for (int i = 0; i < kFiles; i++) {
      const std::string path = dir_.Write(std::to_string(i), "");
      fds_.push_back(open(path.c_str(), O_WRONLY | O_CLOEXEC));
      ASSERT_GE(fds_.back(), 0);
    }
  }
  void TearDown() override {
    for (const int fd : fds_) close(fd);
    NotifierFixture::TearDown();
  }

  void WatchWith(rn_event_fn *on_modify) {
    handler_ = Sized<rn_handler>();
    handler_.on_modify = on_modify;
    options_.handler = &handler_;
    WatchAll(IN_MODIFY);
  }

  // One event each: neighbours have different names, so the kernel does not
  // merge them.
  void Write(uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
      ASSERT_EQ(pwrite(fds_[i % kFiles], "x", 1, 0), 1);
      if (i % 1024 == 0) WaitForTheReader(i);
    }
  }

  void WaitForTheReader(uint64_t written) {
    ASSERT_TRUE(WaitUntil([&] { return Statistics().read + 8192 > written; }));
  }

  void ExpectAll(uint64_t count) const {
    const rn_statistics s = Statistics();
    EXPECT_EQ(s.read, count);
    EXPECT_EQ(s.delivered, count);
    EXPECT_EQ(s.dropped, 0U);
    EXPECT_EQ(s.kernel_overflows, 0U);
    EXPECT_EQ(s.handler_errors, 0U);
  }

  std::vector<int> fds_;
  rn_handler handler_;
};

TEST_F(Throughput, AMillionEventsToAHandlerThatDoesNothing) {
  WatchWith(Pass);

  Write(1000000);
  Drain();

  ExpectAll(1000000);
}

TEST_F(Throughput, AMillionEventsInBatches) {
  handler_ = Sized<rn_handler>();
  std::atomic<uint64_t> taken{0};
  handler_.context = &taken;
  handler_.on_batch = [](rn_batch *batch, void *context) {
    uint64_t count = 0;
    while (rn_batch_next(batch) != nullptr) count++;
    *static_cast<std::atomic<uint64_t> *>(context) += count;
    return 0;
  };
  options_.handler = &handler_;
  options_.worker_count = 2;
  WatchAll(IN_MODIFY);

  Write(1000000);
  Drain();

  ExpectAll(1000000);
  EXPECT_EQ(taken, 1000000U);
}

// The handler is slower than the producer: what it has no time for waits in
// memory.
TEST_F(Throughput, ABurstToAHandlerOfTwoMicroseconds) {
  options_.full = RN_FULL_SPILL;
  WatchWith(TakeTwoMicroseconds);

  Write(300000);
  Drain();

  ExpectAll(300000);
}

}  // namespace
}  // namespace rn
