// A ring that is full: spill, block, drop.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/lane/test_lane.h"

namespace rn {
namespace {

using Paths = std::vector<std::string>;

// A ring of one block, and one event a block.
TestLane::Options Narrow(rn_full full) {
  return {.slot_count = 2, .batch_count = 1, .full = full};
}

// -- Spill --------------------------------------------------------------------

TEST(LaneSpill, KeepsTheOrder) {
  TestLane lane(Narrow(RN_FULL_SPILL));
  ASSERT_EQ(lane.WriteNumbers(100), 100);

  EXPECT_EQ(lane.TakeAllAndFlush(), NumberPaths(100));
}

TEST(LaneSpill, KeepsTheOrderOfWhatComesMeanwhile) {
  TestLane lane(Narrow(RN_FULL_SPILL));
  Paths taken;
  for (int i = 0; i < 300; i++) {
    lane.Write(std::to_string(i));
    if (i % 3 != 0) continue;
    (void)rn_lane_flush(lane.get());
    for (const auto &path : lane.TakeAll()) taken.push_back(path);
  }
  for (const auto &path : lane.TakeAllAndFlush()) taken.push_back(path);

  EXPECT_EQ(taken, NumberPaths(300));
}

TEST(LaneSpill, LosesNothing) {
  TestLane lane(Narrow(RN_FULL_SPILL));

  lane.WriteNumbers(10000);

  EXPECT_EQ(rn_lane_lost(lane.get()), 0U);
}

TEST(LaneSpill, FlushesWhatTheRingHasRoomFor) {
  TestLane lane(Narrow(RN_FULL_SPILL));
  lane.WriteNumbers(3);

  EXPECT_FALSE(rn_lane_flush(lane.get()));
  EXPECT_EQ(lane.TakeAll(), Paths{"/d/0"});
  EXPECT_FALSE(rn_lane_flush(lane.get()));
  EXPECT_EQ(lane.TakeAll(), Paths{"/d/1"});
  EXPECT_TRUE(rn_lane_flush(lane.get()));
  EXPECT_EQ(lane.TakeAll(), Paths{"/d/2"});
  EXPECT_TRUE(rn_lane_flush(lane.get()));
}

TEST(LaneSpill, PacksWhatWaitsIntoOneBlock) {
  TestLane lane({.slot_count = 2});
  rn_block *block;
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.Write("b");
  ASSERT_FALSE(rn_lane_flush(lane.get()));
  lane.Write("c");
  ASSERT_FALSE(rn_lane_flush(lane.get()));
  ASSERT_EQ(lane.TakeBlock(&block), Paths{"/d/a"});

  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeBlock(&block), (Paths{"/d/b", "/d/c"}));
}

TEST(LaneSpill, CountsNothingThatFoundRoom) {
  TestLane lane({.slot_count = 8, .batch_count = 1});
  lane.WriteNumbers(7);
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(rn_lane_counts(lane.get()).spilled, 0U);
}

// Three find room, seven wait; all of them go in with one flush.
TEST(LaneSpill, CountsWhatWaited) {
  TestLane lane({.slot_count = 4, .batch_count = 1});
  lane.WriteNumbers(6);
  ASSERT_FALSE(rn_lane_flush(lane.get()));
  EXPECT_EQ(lane.TakeAll().size(), 3U);

  ASSERT_TRUE(rn_lane_flush(lane.get()));
  EXPECT_EQ(lane.TakeAll().size(), 3U);

  EXPECT_EQ(rn_lane_counts(lane.get()).spilled, 3U);
}

TEST(LaneSpill, CountsWhatWaitedOneByOne) {
  TestLane lane(Narrow(RN_FULL_SPILL));
  lane.WriteNumbers(10);

  ASSERT_EQ(lane.TakeAllAndFlush().size(), 10U);

  EXPECT_EQ(rn_lane_counts(lane.get()).spilled, 9U);
}

TEST(LaneSpill, IsNotPressedByAFullRing) {
  TestLane lane(Narrow(RN_FULL_SPILL));
  lane.WriteNumbers(10);
  ASSERT_FALSE(rn_lane_flush(lane.get()));

  EXPECT_FALSE(IsPressed(lane.get()));
}

// -- Block --------------------------------------------------------------------

TEST(LaneBlock, IsPressedWhileSomethingWaits) {
  TestLane lane(Narrow(RN_FULL_BLOCK));
  EXPECT_FALSE(IsPressed(lane.get()));
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  EXPECT_FALSE(IsPressed(lane.get()));

  lane.Write("b");
  ASSERT_FALSE(rn_lane_flush(lane.get()));

  EXPECT_TRUE(IsPressed(lane.get()));
}

TEST(LaneBlock, IsPressedUntilTheLastOneWent) {
  TestLane lane(Narrow(RN_FULL_BLOCK));
  lane.WriteNumbers(3);
  ASSERT_FALSE(rn_lane_flush(lane.get()));
  lane.TakeAll();
  ASSERT_FALSE(rn_lane_flush(lane.get()));
  EXPECT_TRUE(IsPressed(lane.get()));

  lane.TakeAll();
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_FALSE(IsPressed(lane.get()));
}

// A turn that is under way when the ring fills up goes to its end.
TEST(LaneBlock, KeepsWhatIsWrittenAllTheSame) {
  TestLane lane(Narrow(RN_FULL_BLOCK));
  ASSERT_EQ(lane.WriteNumbers(1000), 1000);

  EXPECT_EQ(lane.TakeAllAndFlush(), NumberPaths(1000));
}

// -- Drop ---------------------------------------------------------------------

TEST(LaneDrop, LosesWhatFindsNoRoom) {
  TestLane lane(Narrow(RN_FULL_DROP));

  const int written = lane.WriteNumbers(100);

  EXPECT_EQ(written, 2);  // in the ring, and in the open block
  EXPECT_EQ(rn_lane_lost(lane.get()), 98U);
  EXPECT_EQ(lane.TakeAllAndFlush(), NumberPaths(2));
}

TEST(LaneDrop, LosesNothingWhileThereIsRoom) {
  TestLane lane({.slot_count = 8, .full = RN_FULL_DROP});

  EXPECT_EQ(lane.WriteNumbers(5000), 5000);

  EXPECT_EQ(rn_lane_lost(lane.get()), 0U);
}

TEST(LaneDrop, TakesEventsAgainWhenThereIsRoom) {
  TestLane lane(Narrow(RN_FULL_DROP));
  lane.WriteNumbers(3);
  ASSERT_EQ(rn_lane_lost(lane.get()), 1U);

  lane.TakeAll();

  EXPECT_NE(lane.Write("x"), nullptr);
  EXPECT_EQ(rn_lane_lost(lane.get()), 1U);
  EXPECT_EQ(lane.TakeAllAndFlush(), (Paths{"/d/1", "/d/x"}));
}

TEST(LaneDrop, ForgetsTheLossThatWasTold) {
  TestLane lane(Narrow(RN_FULL_DROP));
  lane.WriteNumbers(10);

  rn_lane_loss_told(lane.get(), 5);
  EXPECT_EQ(rn_lane_lost(lane.get()), 3U);

  rn_lane_loss_told(lane.get(), 3);
  EXPECT_EQ(rn_lane_lost(lane.get()), 0U);
}

TEST(LaneDrop, IsNeverPressed) {
  TestLane lane(Narrow(RN_FULL_DROP));
  lane.WriteNumbers(10);
  ASSERT_FALSE(rn_lane_flush(lane.get()));

  EXPECT_FALSE(IsPressed(lane.get()));
}

TEST(LaneDrop, LosesOrDeliversEveryEvent) {
  TestLane lane({.slot_count = 4, .batch_count = 3, .full = RN_FULL_DROP});
  size_t delivered = 0;
  int written = 0;
  for (int i = 0; i < 20000; i++) {
    if (lane.Write(std::to_string(i)) != nullptr) written++;
    if (i % 7 == 0) (void)rn_lane_flush(lane.get());
    if (i % 100 == 0) delivered += lane.TakeAll().size();
  }
  delivered += lane.TakeAllAndFlush().size();

  EXPECT_EQ(delivered, static_cast<size_t>(written));
  EXPECT_EQ(delivered + rn_lane_lost(lane.get()), 20000U);
  EXPECT_GT(rn_lane_lost(lane.get()), 0U);
}

TEST(LaneDeathTest, ForgetsNoLossThatWasNot) {
  TestLane lane;

  EXPECT_DEATH(rn_lane_loss_told(lane.get(), 1), "broken contract");
}

// -- Room ---------------------------------------------------------------------

TEST(LaneRoom, IsToldToWhoAsked) {
  TestLane lane;
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  rn_lane_expect_room(lane.get());

  EXPECT_TRUE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));
}

TEST(LaneRoom, IsNotToldToWhoDidNotAsk) {
  TestLane lane;
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_FALSE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));
}

TEST(LaneRoom, IsToldOnce) {
  TestLane lane({.batch_count = 1});
  lane.WriteNumbers(2);
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  rn_lane_expect_room(lane.get());
  ASSERT_TRUE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));

  EXPECT_FALSE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));
}

// Of seven blocks at most three may be left.
TEST(LaneRoom, IsToldWhenHalfOfTheRingIsFree) {
  TestLane lane({.slot_count = 8, .batch_count = 1});
  lane.WriteNumbers(7);
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  rn_lane_expect_room(lane.get());

  for (int left = 6; left > 3; left--)
    EXPECT_FALSE(rn_lane_done(lane.get(), rn_lane_take(lane.get()))) << left;

  EXPECT_TRUE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));
}

TEST(LaneRoom, IsToldInTheSmallestRing) {
  TestLane lane({.slot_count = 2});
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  rn_lane_expect_room(lane.get());

  EXPECT_TRUE(rn_lane_done(lane.get(), rn_lane_take(lane.get())));
}

}  // namespace
}  // namespace rn
