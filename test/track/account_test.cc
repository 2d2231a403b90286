// What is counted: every record that is about something that is watched, and
// none that the tracker has put into the queue itself.

#include "test/track/pairs_fixture.h"

namespace rn {
namespace {

class Account : public PairsFixture {
 protected:
  Account() { before_ = Counts(); }

  // What was counted since the beginning, and what of it came to nobody.
  uint64_t Read() const { return Counts().read - before_.read; }
  uint64_t Filtered() const { return Counts().filtered - before_.filtered; }

  void BeginBarrier() {
    rn_tracker_barrier_begin(tracker_);
    EndTurn();
  }
  bool BarrierPassed() {
    EndTurn();
    return rn_tracker_barrier_passed(tracker_);
  }

  rn_track_counts before_;
};

TEST_F(Account, KnowsNoFenceOfABarrier) {
  BeginBarrier();
  ASSERT_TRUE(Drain());

  EXPECT_TRUE(BarrierPassed());
  EXPECT_EQ(Read(), 0U);
  EXPECT_EQ(Filtered(), 0U);
}

TEST_F(Account, KnowsNoFenceBehindAListing) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  EndTurn();
  ASSERT_TRUE(Drain());

  EXPECT_EQ(Read(), 1U);
  EXPECT_EQ(Filtered(), 0U);
}

TEST_F(Account, KnowsNoMarkOfAHalfThatIsHeld) {
  Feed(From(a_, "f"));
  EndTurn();
  ASSERT_TRUE(Drain());

  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/f"});
  EXPECT_EQ(Read(), 1U);
  EXPECT_EQ(Filtered(), 0U);
}

// The other half was read before the mark that would have said there is none.
TEST_F(Account, KnowsNoMarkThatNobodyWaitsForAnyMore) {
  Feed(From(a_, "f"));
  EndTurn();
  Feed(To(a_, "g"));
  ASSERT_TRUE(Drain());

  EXPECT_EQ(Told(), Lines{"MOVED /r/a/g < /r/a/f"});
  EXPECT_EQ(Read(), 2U);
  EXPECT_EQ(Filtered(), 0U);
}

// A fence that was put behind the marker of the loss, and is put again when
// that is read.
TEST_F(Account, KnowsNoFenceThatWasPutAgain) {
  BeginBarrier();
  Feed(OverflowRecord());
  EndTurn();
  Settle();

  EXPECT_TRUE(BarrierPassed());
  EXPECT_EQ(Read(), 1U);
  EXPECT_EQ(Filtered(), 0U);
}

TEST_F(Account, KnowsNoFenceOfABarrierThatWasGivenUp) {
  BeginBarrier();
  rn_tracker_barrier_cancel(tracker_);
  ASSERT_TRUE(Drain());

  EXPECT_EQ(Read(), 0U);
  EXPECT_EQ(Filtered(), 0U);
}

// As many as nobody reads meanwhile, some of which are lost.
TEST_F(Account, KnowsNoneOfManyMarks) {
  constexpr int kLosses = 5;
  for (int round = 0; round < kLosses; round++) {
    for (int i = 0; i < 50; i++) {
      if (i == 10 + round) {
        LoseQueue();
        Feed(OverflowRecord());
      }
      BeginBarrier();
      rn_tracker_barrier_cancel(tracker_);
    }
    ASSERT_TRUE(Drain());
  }

  EXPECT_EQ(Read(), uint64_t{kLosses});
  EXPECT_EQ(Filtered(), 0U);
}

// No mark, though of no node.
TEST_F(Account, KnowsTheLastWordsOfAWatchThatWasGivenUp) {
  Feed(IgnoredRecord(999));

  EXPECT_EQ(Read(), 1U);
  EXPECT_EQ(Filtered(), 1U);
}

}  // namespace
}  // namespace rn
