// Memory of a lane: taken once, bounded, given back.

#include <errno.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/lane/test_lane.h"

namespace rn {
namespace {

constexpr int kSegmentEvents = RN_SEGMENT_SIZE / 56 + 1;

// Segments that are not counted as backlog: those kept, and the open one.
constexpr int kFreeSegments = 9;

TEST(LaneMemory, TakesNoneInTheSteadyState) {
  TestLane lane;
  const auto turn = [&] {
    lane.WriteNumbers(100);
    EXPECT_TRUE(rn_lane_flush(lane.get()));
    EXPECT_GT(lane.PassAll(), 0);
  };
  for (int i = 0; i < 100; i++) turn();
  const uint64_t before = TakenBlocks();

  for (int i = 0; i < 1000; i++) turn();

  EXPECT_EQ(TakenBlocks(), before);
  EXPECT_EQ(lane.pool().high_water, 0U);
}

// A backlog that stays: what comes back goes out again.
TEST(LaneMemory, TakesNoneWhileTheBacklogStays) {
  TestLane lane({.slot_count = 1024});
  const auto write = [&] {
    lane.WriteNumbers(kSegmentEvents);
    EXPECT_TRUE(rn_lane_flush(lane.get()));
  };
  const auto pass = [&] {
    rn_block *block = rn_lane_take(lane.get());
    ASSERT_NE(block, nullptr);
    (void)rn_lane_done(lane.get(), block);
  };
  for (int i = 0; i < 30; i++) write();
  const auto steady = [&] {
    write();
    while (rn_lane_load(lane.get()) > 60) pass();
  };
  for (int i = 0; i < 500; i++) steady();
  const uint64_t before = TakenBlocks();

  for (int i = 0; i < 200; i++) steady();

  EXPECT_EQ(TakenBlocks(), before);
}

TEST(LaneMemory, CountsTheBacklog) {
  TestLane lane({.slot_count = 2});
  while (lane.pool().used < 100 * RN_SEGMENT_SIZE)
    ASSERT_NE(lane.Write("0"), nullptr);

  EXPECT_EQ(lane.pool().used, 100 * RN_SEGMENT_SIZE);
  EXPECT_EQ(lane.pool().high_water, 100 * RN_SEGMENT_SIZE);
}

TEST(LaneMemory, IsGivenBackAfterABurst) {
  TestLane lane({.slot_count = 2});
  const int64_t before = LiveBlocks();
  lane.WriteNumbers(100 * kSegmentEvents);
  ASSERT_GT(lane.pool().used, 50 * RN_SEGMENT_SIZE);

  EXPECT_EQ(lane.TakeAllAndFlush().size(), size_t{100} * kSegmentEvents);
  EXPECT_FALSE(IsPressed(lane.get()));

  EXPECT_LE(LiveBlocks(), before + 1);
  EXPECT_EQ(lane.pool().used, 0U);
  EXPECT_GT(lane.pool().high_water, 50 * RN_SEGMENT_SIZE);
}

// More segments than the way back has slots for.
TEST(LaneMemory, IsGivenBackAfterABurstThatTheReaderSleptThrough) {
  TestLane lane({.slot_count = 4096});
  const int64_t before = LiveBlocks();
  lane.WriteNumbers(1500 * kSegmentEvents);
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_GE(lane.PassAll(), 1500);
  EXPECT_FALSE(IsPressed(lane.get()));

  EXPECT_LE(LiveBlocks(), before + 1);
  EXPECT_EQ(lane.pool().used, 0U);
}

TEST(LaneMemory, PressesWhenTheBacklogIsBeyondItsLimit) {
  TestLane lane({.slot_count = 1024, .pool_limit = 4 * RN_SEGMENT_SIZE});
  while (lane.pool().used < lane.pool().limit) lane.Write("0");
  EXPECT_FALSE(IsPressed(lane.get()));

  while (lane.pool().used <= lane.pool().limit) lane.Write("0");
  EXPECT_TRUE(IsPressed(lane.get()));

  lane.TakeAllAndFlush();
  EXPECT_FALSE(IsPressed(lane.get()));
}

// Else the reader would wait for a worker that has nothing to do.
TEST(LaneMemory, DoesNotPressAtRestWhateverTheLimit) {
  TestLane lane({.slot_count = 1024, .pool_limit = 1});
  lane.WriteNumbers(20 * kSegmentEvents);
  EXPECT_TRUE(IsPressed(lane.get()));

  lane.TakeAllAndFlush();

  EXPECT_FALSE(IsPressed(lane.get()));
}

TEST(LaneMemory, IsBoundedUnderDrop) {
  const size_t limit = 4 * RN_SEGMENT_SIZE;
  TestLane lane(
      {.slot_count = 1024, .full = RN_FULL_DROP, .pool_limit = limit});

  const int written = lane.WriteNumbers(30 * kSegmentEvents);

  EXPECT_EQ(lane.pool().high_water, limit);
  EXPECT_GT(written, (kFreeSegments + 3) * (kSegmentEvents - 10));
  EXPECT_EQ(rn_lane_lost(lane.get()),
            static_cast<uint64_t>(30 * kSegmentEvents - written));
}

TEST(LaneMemory, LosesTheEventThatItHasNoneFor) {
  TestLane lane({.slot_count = 1024});
  const auto fill = [&] {
    const MemoryEnd end(0);
    return lane.WriteNumbers(20 * kSegmentEvents);
  };

  const int written = fill();

  EXPECT_LT(written, 20 * kSegmentEvents);
  EXPECT_EQ(rn_lane_lost(lane.get()),
            static_cast<uint64_t>(20 * kSegmentEvents - written));
  EXPECT_NE(lane.Write("0"), nullptr);
  EXPECT_EQ(lane.TakeAllAndFlush().size(), static_cast<size_t>(written) + 1);
}

TEST(LaneMemory, IsGivenBackWhenThereIsTooLittle) {
  rn_lane_pool pool{};
  const rn_lane_options options = {8, 8, RN_FULL_SPILL, &pool};
  const int64_t before = LiveBlocks();
  rn_lane *lane = nullptr;
  int blocks = 0;
  for (;; blocks++) {
    int err;
    {
      const MemoryEnd end(blocks);
      err = rn_lane_new(&options, &lane);
    }
    if (err == 0) break;
    EXPECT_EQ(err, -ENOMEM) << blocks;
    EXPECT_EQ(lane, nullptr);
    EXPECT_EQ(LiveBlocks(), before) << blocks;
  }
  // Itself, two rings, a parking, and the segments that are kept.
  EXPECT_EQ(blocks, 4 + kFreeSegments - 1);
  rn_lane_free(lane);
}

// -- rn_lane_free -------------------------------------------------------------

// Does something with a lane, frees it and looks for what is left.
template <typename Use>
int64_t LeftBy(const TestLane::Options &options, const Use &use) {
  const int64_t before = LiveBlocks();
  {
    TestLane lane(options);
    use(lane);
  }
  return LiveBlocks() - before;
}

TEST(LaneMemory, IsFreedUnused) {
  EXPECT_EQ(LeftBy({}, [](TestLane &) {}), 0);
}

TEST(LaneMemory, IsFreedWithAnOpenBlock) {
  EXPECT_EQ(LeftBy({}, [](TestLane &lane) { lane.Write("a"); }), 0);
}

TEST(LaneMemory, IsFreedWithBlocksInTheRing) {
  EXPECT_EQ(LeftBy({.slot_count = 1024},
                   [](TestLane &lane) {
                     lane.WriteNumbers(20 * kSegmentEvents);
                     (void)rn_lane_flush(lane.get());
                   }),
            0);
}

TEST(LaneMemory, IsFreedWithBlocksBeyondTheRing) {
  EXPECT_EQ(LeftBy({.slot_count = 2, .batch_count = 100},
                   [](TestLane &lane) {
                     lane.WriteNumbers(20 * kSegmentEvents);
                     (void)rn_lane_flush(lane.get());
                   }),
            0);
}

TEST(LaneMemory, IsFreedWithSegmentsOnTheirWayBack) {
  EXPECT_EQ(LeftBy({.slot_count = 1024},
                   [](TestLane &lane) {
                     lane.WriteNumbers(20 * kSegmentEvents);
                     (void)rn_lane_flush(lane.get());
                     lane.PassAll();
                   }),
            0);
}

TEST(LaneMemory, IsFreedWhenThereIsNone) { rn_lane_free(nullptr); }

}  // namespace
}  // namespace rn
