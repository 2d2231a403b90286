// A reader and a worker on their own threads.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "test/lane/test_lane.h"

namespace rn {
namespace {

constexpr uint64_t kCount = 200000;

// The worker's end, until it was given the last event.  Counts events that are
// not in order, or not as they were written.
class Worker {
 public:
  Worker(TestLane *lane, rn_parking *reader)
      : lane_(lane->get()), reader_(reader), thread_([this] { Run(); }) {}

  void Finish() {
    finishing_ = true;
    rn_parking_wake(rn_lane_parking(lane_));
    thread_.join();
  }
  uint64_t handled() const { return handled_; }
  uint64_t wrong() const { return wrong_; }

 private:
  void Run() {
    for (;;) {
      const uint32_t ticket = rn_parking_ticket(rn_lane_parking(lane_));
      const bool finishing = finishing_;
      rn_block *block = rn_lane_take(lane_);
      if (block != nullptr) {
        Handle(block);
      } else if (finishing) {
        return;
      } else {
        rn_parking_wait(rn_lane_parking(lane_), ticket);
      }
    }
  }

  void Handle(rn_block *block) {
    const rn_event *event = rn_block_first(block);
    for (uint32_t left = block->record_count; left > 0; left--) {
      if (event->seq <= last_seq_) wrong_++;
      if (std::to_string(event->cookie) != event->name) wrong_++;
      if (rn_event_place(event)->path_size != 2) wrong_++;
      last_seq_ = event->seq;
      handled_++;
      if (left > 1) event = rn_event_next(event);
    }
    if (rn_lane_done(lane_, block)) rn_parking_wake(reader_);
  }

  rn_lane *const lane_;
  rn_parking *const reader_;
  uint64_t last_seq_ = 0, handled_ = 0, wrong_ = 0;
  std::atomic<bool> finishing_{false};
  std::thread thread_;  // last: it uses what stands before
};

// The reader's end: writes all, a turn of `turn` events at a time, and sleeps
// while the lane is pressed, or until all is published.
class Reader {
 public:
  explicit Reader(TestLane *lane) : lane_(lane) {
    EXPECT_EQ(rn_parking_new(&parking_), 0);
  }
  ~Reader() { rn_parking_free(parking_); }
  rn_parking *parking() const { return parking_; }

  uint64_t WriteAll(uint32_t turn) {
    uint64_t written = 0;
    for (uint32_t i = 0; i < kCount; i++) {
      rn_event *event = lane_->Write(std::to_string(i));
      if (event != nullptr) written++;
      if (event != nullptr) event->cookie = i;
      if (i % turn != 0) continue;
      (void)rn_lane_flush(lane_->get());
      SleepUntil([this] { return !IsPressed(lane_->get()); });
    }
    SleepUntil([this] { return rn_lane_flush(lane_->get()); });
    return written;
  }

 private:
  template <typename Predicate>
  void SleepUntil(const Predicate &predicate) {
    while (!predicate()) {
      const uint32_t ticket = rn_parking_ticket(parking_);
      rn_lane_expect_room(lane_->get());
      (void)rn_lane_flush(lane_->get());
      if (predicate()) return;
      rn_parking_wait(parking_, ticket);
    }
  }

  TestLane *const lane_;
  rn_parking *parking_ = nullptr;
};

struct Passed {
  uint64_t written, handled, wrong;
};

Passed PassThrough(TestLane *lane, uint32_t turn) {
  Reader reader(lane);
  Worker worker(lane, reader.parking());
  const uint64_t written = reader.WriteAll(turn);
  worker.Finish();
  return {written, worker.handled(), worker.wrong()};
}

TEST(LaneThreads, PassEverythingUnderSpill) {
  TestLane lane({.slot_count = 4, .batch_count = 50});

  const Passed passed = PassThrough(&lane, 64);

  EXPECT_EQ(passed.handled, kCount);
  EXPECT_EQ(passed.wrong, 0U);
}

TEST(LaneThreads, PassEverythingUnderBlock) {
  TestLane lane({.slot_count = 4, .batch_count = 16, .full = RN_FULL_BLOCK});

  const Passed passed = PassThrough(&lane, 16);

  EXPECT_EQ(passed.handled, kCount);
  EXPECT_EQ(passed.wrong, 0U);
}

TEST(LaneThreads, PassEverythingInTheSmallestRing) {
  TestLane lane({.slot_count = 2, .batch_count = 4, .full = RN_FULL_BLOCK});

  const Passed passed = PassThrough(&lane, 4);

  EXPECT_EQ(passed.handled, kCount);
  EXPECT_EQ(passed.wrong, 0U);
}

TEST(LaneThreads, PassOrLoseEverythingUnderDrop) {
  TestLane lane({.slot_count = 4, .batch_count = 16, .full = RN_FULL_DROP});

  const Passed passed = PassThrough(&lane, 16);

  EXPECT_EQ(passed.handled, passed.written);
  EXPECT_EQ(passed.written + rn_lane_lost(lane.get()), kCount);
  EXPECT_EQ(passed.wrong, 0U);
}

TEST(LaneThreads, KeepTheBacklogInItsLimit) {
  const size_t limit = 8 * RN_SEGMENT_SIZE;
  TestLane lane({.slot_count = 1024, .batch_count = 16, .pool_limit = limit});

  const Passed passed = PassThrough(&lane, 64);

  EXPECT_EQ(passed.handled, kCount);
  EXPECT_LE(lane.pool().high_water, limit + RN_SEGMENT_SIZE);
}

}  // namespace
}  // namespace rn
