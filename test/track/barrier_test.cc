// When all that was queued at a moment has been told.

#include <errno.h>

#include "test/track/pairs_fixture.h"

namespace rn {
namespace {

class Barrier : public TrackFixture {
 protected:
  Barrier() {
    kernel_.MakeDir("/r/old");
    Add("/r");
    r_ = Wd("/r");
  }

  void Begin() {
    rn_tracker_barrier_begin(tracker_);
    EndTurn();
  }
  bool Passed() {
    EndTurn();
    return rn_tracker_barrier_passed(tracker_);
  }
  // A directory with a file in it appears, and is announced.
  void Appear(const std::string &name) {
    kernel_.MakeFile("/r/" + name + "/f");
    Feed(DirRecord(r_, IN_CREATE, name));
  }

  int r_ = 0;
};

TEST_F(Barrier, PassesWithItsFence) {
  Begin();
  EXPECT_FALSE(Passed());

  Drain();

  EXPECT_TRUE(Passed());
  EXPECT_FALSE(Passed()) << "it is over";
}

TEST_F(Barrier, WaitsForAListing) {
  Appear("d");
  Begin();
  Drain();
  EXPECT_FALSE(Passed());

  Settle();

  EXPECT_TRUE(Passed());
  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/f"}));
}

TEST_F(Barrier, WaitsForAListingThatAListingLedTo) {
  std::string path = "/r/d";
  for (int i = 0; i < 60; i++) path += "/d";  // deeper than is kept open
  kernel_.MakeFile(path + "/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Begin();
  Drain();

  while (rn_tracker_is_walking(tracker_, RN_WALK_NEW)) {
    EXPECT_FALSE(Passed());
    rn_tracker_walk(tracker_, RN_WALK_NEW);
  }
  Settle();

  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, DoesNotWaitForWhatCameLater) {
  Appear("d");
  Begin();
  Drain();
  Walk();
  EndTurn();

  Appear("e");
  Drain();

  EXPECT_TRUE(Passed());
  EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
}

TEST_F(Barrier, WaitsForWhatIsListedAgainForALaterRecord) {
  Appear("d");
  Begin();
  Drain();

  Feed(DirRecord(r_, IN_MOVED_FROM, "d", 7));
  Feed(DirRecord(r_, IN_MOVED_TO, "d", 7));
  EXPECT_FALSE(Passed());
  Settle();

  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, WaitsForRecordsThatAreKept) {
  const int old = Wd("/r/old");
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) + Record(old, IN_CREATE, 0, "f"));
  Begin();
  Settle();
  EXPECT_FALSE(Passed());

  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_TO, "new", 7));

  EXPECT_TRUE(Passed());
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old",
                           "CREATE /r/new/f"}));
}

class BarrierOfPairs : public PairsFixture {};

TEST_F(BarrierOfPairs, HasAHalfToldThatIsHeld) {
  Told();
  Feed(From(a_, "f"));
  EXPECT_EQ(Told(), Lines{});
  rn_tracker_barrier_begin(tracker_);
  Settle();

  EXPECT_TRUE(rn_tracker_barrier_passed(tracker_));
  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/f"});
}

TEST_F(BarrierOfPairs, HasAHalfToldThatWaitsForItsTime) {
  kernel_.FailAlways(Call::kDirRead, -EIO);  // it cannot be looked at
  Told();
  Feed(From(a_, "f"));
  rn_tracker_barrier_begin(tracker_);
  Settle();
  EXPECT_EQ(Told(), Lines{});

  EXPECT_TRUE(rn_tracker_barrier_passed(tracker_));
  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/f"});
}

// The way to the new directory leads through a name that has gone: it is looked
// for again after a fence.
TEST_F(Barrier, WaitsForASecondTry) {
  const int old = Wd("/r/old");
  kernel_.MakeFile("/r/old/d/f");
  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(old, IN_CREATE, "d"));
  Begin();
  Drain();
  EXPECT_FALSE(Passed());

  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       DirRecord(r_, IN_MOVED_TO, "new", 7));
  EXPECT_FALSE(Passed());
  Settle();

  EXPECT_TRUE(Passed());
  EXPECT_EQ(Told().back(), "~CREATE /r/new/d/f");
}

TEST_F(Barrier, OutlivesAnOverflowThatTookItsFence) {
  kernel_.MakeFile("/r/d/f");
  Begin();
  LoseQueue();

  Feed(OverflowRecord());
  Drain();
  EXPECT_FALSE(Passed());
  Settle();

  EXPECT_TRUE(Passed());
  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/d/", "~CREATE /r/d/f"}));
}

TEST_F(Barrier, WaitsForTheComparisonAfterAnOverflow) {
  kernel_.MakeFile("/r/d/f");
  Feed(OverflowRecord());
  Begin();
  Drain();
  EXPECT_FALSE(Passed());

  Settle();

  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, OutlivesAnOverflowWhileAnotherFenceIsOpen) {
  Begin();
  LoseQueue();
  Appear("d");
  Walk();  // its window waits for the next fence

  Feed(OverflowRecord());
  Settle();

  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, WaitsForAllOfAComparison) {
  for (int i = 0; i < 40; i++) kernel_.MakeDir("/r/" + std::to_string(i));
  Feed(OverflowRecord());
  Begin();
  Drain();

  rn_tracker_walk(tracker_, RN_WALK_NEW);

  EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  EXPECT_FALSE(Passed());
  Settle();
  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, WaitsForWhatALaterOverflowAsksForAgain) {
  Feed(OverflowRecord());
  Begin();
  Drain();

  Feed(OverflowRecord());
  EXPECT_FALSE(Passed());
  Settle();

  EXPECT_TRUE(Passed());
}

TEST_F(Barrier, IsTriedAgainWithoutAWatchForItsFence) {
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC, 2);
  Begin();
  EXPECT_FALSE(Passed());
  EXPECT_TRUE(rn_tracker_wants_turn(tracker_));

  EndTurn();
  Drain();

  EXPECT_TRUE(Passed());
  EXPECT_FALSE(rn_tracker_wants_turn(tracker_));
}

// -- Repairs ------------------------------------------------------------------

class BarrierOfARepair : public TrackFixture {
 protected:
  // A loss, and a barrier behind it.
  BarrierOfARepair() {
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
    kernel_.MakeDir("/r/d");
    AddRecovering("/r");
    kernel_.MakeFile("/r/lost");
    Feed(OverflowRecord());
    rn_tracker_barrier_begin(tracker_);
    EndTurn();
    Drain();
  }
  // After some time, in which a repair begins.
  bool Passed() {
    Drain();
    now_ += int64_t{10} * 1000000000;
    EndTurn();
    return rn_tracker_barrier_passed(tracker_);
  }
  void Repair() {
    for (int i = 0; i < 3; i++) {
      now_ += int64_t{10} * 1000000000;
      Settle();
    }
  }

  int64_t now_ = 1;
};

TEST_F(BarrierOfARepair, WaitsForItAlsoWhenItBeginsAnew) {
  EXPECT_FALSE(Passed());
  Feed(OverflowRecord());
  EXPECT_FALSE(Passed());

  Repair();

  EXPECT_TRUE(Passed());
  EXPECT_EQ(Told(),
            (Lines{"overflow", "overflow", "~CREATE /r/lost", "rescan 1 /r"}));
}

TEST_F(BarrierOfARepair, DoesNotWaitForOneThatBeginsAnewForEver) {
  int losses = 0;
  while (!Passed() && losses < 100) {
    Feed(OverflowRecord());
    rn_tracker_walk(tracker_, RN_WALK_NEW);
    losses++;
  }

  EXPECT_EQ(losses, 32);
  Repair();
  const Lines told = Told();
  EXPECT_EQ(told.back(), "rescan 1 /r") << "it is repaired all the same";
}

// What a stop is to tell does not depend on how many losses there were.
TEST_F(BarrierOfARepair, OfAStopWaitsForWhatIsStillToBeToldAsGone) {
  constexpr int kMany = 40;
  const auto file = [](int i) { return "/r/d/" + std::to_string(i); };
  for (int i = 0; i < kMany; i++) kernel_.MakeFile(file(i));
  Repair();
  for (int i = 0; i < kMany; i++) kernel_.Remove(file(i));
  for (int losses = 0; losses < 50; losses++) {
    (void)Passed();
    Feed(OverflowRecord());
    rn_tracker_walk(tracker_, RN_WALK_NEW);
  }
  (void)Passed();
  Told();
  rn_tracker_set_pace(tracker_, 16, 512, 4);
  int walks = 0;
  while (Told().empty() && walks++ < 100)
    rn_tracker_walk(tracker_, RN_WALK_NEW);
  ASSERT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));

  rn_tracker_hurry(tracker_);
  rn_tracker_barrier_begin(tracker_);
  EndTurn();
  Drain();

  EXPECT_FALSE(rn_tracker_barrier_passed(tracker_));
  Repair();
  EXPECT_TRUE(Passed());
}

}  // namespace
}  // namespace rn
