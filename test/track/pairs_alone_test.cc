// Half of a rename waits for the other, and is told alone as soon as none will
// come, or as something else would no longer be true behind it.

#include "test/track/pairs_fixture.h"

namespace rn {
namespace {

const Lines kHalf = {"MOVED_FROM /r/f"};

class Alone : public PairsFixture {
 protected:
  // Let nothing but the time end the waiting: the directories cannot be looked
  // at.  The time is the test's.
  void LeaveOnlyTheTime() {
    kernel_.FailAlways(Call::kDirOpen, -EACCES);
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_ns_; });
  }

  // Whether it has waited long enough at this time.
  bool IsToldAt(int64_t now_ns) {
    now_ns_ = now_ns;
    rn_tracker_expire(tracker_);
    return Told() == kHalf;
  }

  int64_t now_ns_ = 1000 * kMs;
};

// -- A look at the directory, and a fence -------------------------------------

TEST_F(Alone, IsToldWhenTheFenceComesBack) {
  EXPECT_EQ(ToldOf(From(r_, "f")), Lines{});
  EndTurn();
  EXPECT_EQ(Told(), Lines{});

  Drain();

  EXPECT_EQ(Told(), kHalf);
  EXPECT_EQ(Counts().coalesced, 0U);
}

TEST_F(Alone, LooksBeforeItPutsTheFence) {
  std::string calls;
  kernel_.On(&KernelHooks::dir_read, [&](int fd, void *buffer, size_t size) {
    calls += "look ";
    return kernel_.beneath()->dir_read(kernel_.beneath(), fd, buffer, size);
  });
  kernel_.On(&KernelHooks::watch_remove, [&](int fd, int wd) {
    calls += "fence ";
    return kernel_.beneath()->watch_remove(kernel_.beneath(), fd, wd);
  });
  Feed(From(r_, "f") + From(r_, "g", 8) + From(dir_, "h", 9));

  EndTurn();
  EndTurn();

  EXPECT_EQ(calls, "look look fence ");
}

TEST_F(Alone, IsToldInTheOrderOfReading) {
  Feed(From(r_, "f", 7) + From(dir_, "g", 8) + From(r_, "h", 9));

  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MOVED_FROM /r/dir/g",
                           "MOVED_FROM /r/h"}));
}

TEST_F(Alone, LooksAtNothingWhenBothHalvesCame) {
  const uint64_t looks = kernel_.Count(Call::kDirRead);
  Feed(From(r_, "f") + To(r_, "g"));

  Settle();

  EXPECT_EQ(kernel_.Count(Call::kDirRead), looks);
}

TEST_F(Alone, ClosesWhatItLookedAt) {
  const uint64_t opened = kernel_.Count(Call::kDirOpen);
  const uint64_t closed = kernel_.Count(Call::kClose);
  Feed(From(r_, "f"));

  EndTurn();

  EXPECT_EQ(kernel_.Count(Call::kDirOpen) - opened, 1U);
  EXPECT_EQ(kernel_.Count(Call::kClose) - closed, 1U);
}

TEST_F(Alone, IsAwaitedAtTheEnd) {
  Feed(From(r_, "f"));
  EXPECT_FALSE(rn_tracker_is_waiting(tracker_));
  EndTurn();
  EXPECT_TRUE(rn_tracker_is_waiting(tracker_));

  Drain();

  EXPECT_FALSE(rn_tracker_is_waiting(tracker_));
}

TEST_F(Alone, PutsTheFenceLaterAtTheWatchLimit) {
  Feed(From(r_, "f"));
  kernel_.FailNth(Call::kWatchAdd, 2, -ENOSPC); /* behind the look's */
  EndTurn();
  EXPECT_FALSE(Drain());

  EndTurn();
  Drain();

  EXPECT_EQ(Told(), kHalf);
}

TEST_F(Alone, ADirectoryThatIsNotWatchedTakesAFence) {
  kernel_.MakeDir("/flat/d");
  Add("/flat", "/flat", false);
  Feed(DirFrom(Wd("/flat"), "d"));
  Told();

  Settle();

  EXPECT_EQ(Told(), Lines{"MOVED_FROM /flat/d/"});
}

// -- MOVE_SELF ----------------------------------------------------------------

TEST_F(Alone, ADirectoryTellsOfItself) {
  kernel_.Rename("/r/a", "/outside");
  const uint64_t looks = kernel_.Count(Call::kDirRead);
  EXPECT_EQ(ToldOf(DirFrom(r_, "a")), Lines{});
  Settle();
  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(kernel_.Count(Call::kDirRead), looks);

  EXPECT_EQ(ToldOf(Record(a_, IN_MOVE_SELF)),
            (Lines{"MOVED_FROM /r/a/", "MOVE_SELF /r/a/"}));
}

TEST_F(Alone, ADirectoryWhoseWatchEnds) {
  Feed(DirFrom(r_, "a"));

  EXPECT_EQ(ToldOf(IgnoredRecord(a_)),
            (Lines{"MOVED_FROM /r/a/", "IGNORED /r/a/"}));
}

TEST_F(Alone, ADirectoryThatAListingFoundElsewhere) {
  kernel_.MakeDir("/r/new");
  kernel_.Rename("/r/a", "/r/new/a");

  Feed(DirRecord(r_, IN_CREATE, "new") + DirFrom(r_, "a"));
  Walk();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/new/", "~CREATE /r/new/a/",
                           "MOVED_FROM /r/a/", "~CREATE /r/new/a/sub/"}));
}

// -- Time ---------------------------------------------------------------------

TEST_F(Alone, WaitsForItsTime) {
  LeaveOnlyTheTime();
  Feed(From(r_, "f"));
  Settle();
  EXPECT_EQ(Told(), Lines{});

  EXPECT_FALSE(IsToldAt(1499 * kMs));
  EXPECT_TRUE(IsToldAt(1500 * kMs));
}

TEST_F(Alone, ADirectoryWaitsNoLonger) {
  LeaveOnlyTheTime();
  Feed(DirFrom(r_, "a"));
  Settle();
  now_ns_ = 1500 * kMs;

  rn_tracker_expire(tracker_);

  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/"});
}

TEST_F(Alone, IsToldWithTheTimeOfItsRecord) {
  LeaveOnlyTheTime();
  Feed(From(r_, "f"));
  Settle();

  EXPECT_TRUE(IsToldAt(1700 * kMs));

  EXPECT_EQ(told_time_ns_, 1000 * kMs);
}

TEST_F(Alone, SaysHowLongItWaits) {
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), -1);
  LeaveOnlyTheTime();
  Feed(From(r_, "f"));
  EndTurn();
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), 500);
  now_ns_ += 100 * kMs;
  Feed(From(r_, "g", 8));
  EndTurn();

  now_ns_ += 1;
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), 400);
  now_ns_ += 400 * kMs;
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), 0);
  rn_tracker_expire(tracker_);
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), 100);
}

// One that is set would end it early, or never.
TEST_F(Alone, WaitsByTheClockThatNobodySets) {
  int64_t set_ns = 0;
  kernel_.On(&KernelHooks::time_ns, [&] { return set_ns += 3600000 * kMs; });
  LeaveOnlyTheTime();
  Feed(From(r_, "f"));
  Settle();

  now_ns_++;
  EXPECT_FALSE(IsToldAt(now_ns_));
}

TEST_F(Alone, DoesNotLookWhereThatWouldBeTold) {
  mask_ |= IN_OPEN;
  kernel_.MakeDir("/s/below");
  Add("/s");
  const uint64_t opened = kernel_.Count(Call::kDirOpen);
  Feed(From(Wd("/s/below"), "f") + From(r_, "f", 8));

  Settle();

  EXPECT_EQ(Told(), kHalf);
  EXPECT_EQ(kernel_.Count(Call::kDirOpen), opened + 2);  // as a path first
}

// A watch that tells of what is opened in the directory above.
TEST_F(Alone, DoesNotLookWhereTheDirectoryAboveTells) {
  mask_ |= IN_OPEN;
  Add("/flat", "/r/a", false);
  const uint64_t opened = kernel_.Count(Call::kDirOpen);
  Feed(From(sub_, "f"));

  Settle();

  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(kernel_.Count(Call::kDirOpen), opened);
}

// -- Events that are about the path -------------------------------------------

TEST_F(Alone, IsToldBeforeAnArrivalInItsPlace) {
  Feed(From(r_, "f"));
  EXPECT_EQ(ToldOf(Record(r_, IN_CREATE, 0, "f")),
            (Lines{"MOVED_FROM /r/f", "CREATE /r/f"}));

  Feed(From(r_, "f", 8));
  EXPECT_EQ(ToldOf(To(r_, "f", 9)),
            (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/f"}));

  Feed(From(r_, "f", 10) + From(r_, "g", 11));
  EXPECT_EQ(ToldOf(To(r_, "f", 11)),
            (Lines{"MOVED_FROM /r/f", "MOVED /r/f < /r/g"}));
}

TEST_F(Alone, IsToldBeforeAnArrivalThatAListingShows) {
  kernel_.MakeDir("/r/dir/d");
  Feed(DirFrom(dir_, "d"));
  Told();

  LoseQueue();
  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_FROM /r/dir/d/", "overflow", "~CREATE /r/dir/d/"}));
}

TEST_F(Alone, IsNotToldBeforeOtherNames) {
  Feed(From(r_, "f"));

  EXPECT_EQ(
      ToldOf(Record(r_, IN_CREATE, 0, "ff") + Record(dir_, IN_CREATE, 0, "f") +
             Record(r_, IN_DELETE, 0, "g")),
      (Lines{"CREATE /r/ff", "CREATE /r/dir/f", "DELETE /r/g"}));
}

TEST_F(Alone, IsToldBeforeItsDirectoryIsDeleted) {
  Feed(From(sub_, "f"));
  EXPECT_EQ(ToldOf(DirRecord(a_, IN_DELETE, "sub")),
            (Lines{"MOVED_FROM /r/a/sub/f", "DELETE /r/a/sub/"}));
}

TEST_F(Alone, IsToldBeforeItsDirectoryTellsOfItsEnd) {
  Feed(From(sub_, "f"));
  EXPECT_EQ(ToldOf(Record(sub_, IN_DELETE_SELF)),
            (Lines{"MOVED_FROM /r/a/sub/f", "DELETE_SELF /r/a/sub/"}));

  Feed(From(dir_, "f", 8));
  EXPECT_EQ(ToldOf(IgnoredRecord(dir_)),
            (Lines{"MOVED_FROM /r/dir/f", "IGNORED /r/dir/"}));
}

TEST_F(Alone, IsToldBeforeADirectoryAboveIsRenamed) {
  Feed(From(sub_, "f"));

  EXPECT_EQ(ToldOf(DirFrom(r_, "a", 8)), Lines{"MOVED_FROM /r/a/sub/f"});
  EXPECT_EQ(ToldOf(DirTo(r_, "b", 8) + To(dir_, "g", 7)),
            (Lines{"MOVED /r/b/ < /r/a", "MOVED_TO /r/dir/g < /r/a/sub/f"}));
}

TEST_F(Alone, IsToldBeforeADirectoryAboveIsReplaced) {
  Feed(From(dir_, "f", 7) + DirFrom(r_, "a", 8));

  EXPECT_EQ(ToldOf(DirTo(r_, "dir", 8)),
            (Lines{"MOVED_FROM /r/dir/f", "MOVED /r/dir/ < /r/a"}));
}

TEST_F(Alone, IsFollowedByItsOtherHalfAsWithoutTheFlag) {
  Feed(From(r_, "f") + Record(r_, IN_CREATE, 0, "f"));

  EXPECT_EQ(ToldOf(To(r_, "g")), Lines{"MOVED_TO /r/g < /r/f"});
}

TEST_F(Alone, OutAndBackIn) {
  Feed(From(r_, "f", 7));

  EXPECT_EQ(ToldOf(To(r_, "f", 8)),
            (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/f"}));
}

// -- Windows ------------------------------------------------------------------

TEST_F(Alone, IsNotHeldWhenItIsNoNews) {
  kernel_.MakeDir("/r/d");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  Told();

  EXPECT_EQ(ToldOf(From(Wd("/r/d"), "unseen")), Lines{});
  EXPECT_EQ(rn_tracker_expires_in_ms(tracker_), -1);
}

TEST_F(Alone, IsToldWhenTheOtherHalfIsNoNews) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/f"}));

  EXPECT_EQ(ToldOf(From(r_, "f") + To(Wd("/r/d"), "f")), kHalf);
}

// -- The rest -----------------------------------------------------------------

TEST_F(Alone, IsToldWhenThereIsNoRoom) {
  for (uint32_t cookie = 1; cookie <= 64; cookie++)
    Feed(From(r_, "f" + std::to_string(cookie), cookie));
  EXPECT_EQ(Told(), Lines{});

  EXPECT_EQ(ToldOf(From(r_, "g", 65)), Lines{"MOVED_FROM /r/f1"});
  EXPECT_EQ(ToldOf(To(r_, "h", 2)), Lines{"MOVED /r/h < /r/f2"});
}

TEST_F(Alone, IsToldBeforeAnOverflow) {
  Feed(From(r_, "f"));

  EXPECT_EQ(ToldOf(OverflowRecord()), (Lines{"MOVED_FROM /r/f", "overflow"}));
}

TEST_F(Alone, IsToldBeforeItsWatchEnds) {
  Feed(From(r_, "f"));

  rn_tracker_remove(tracker_, root_);
  EXPECT_EQ(Told(), kHalf);
  EXPECT_EQ(ToldOf(From(r_, "g", 8)), Lines{"MOVED_FROM /r/g"});
}

TEST_F(Alone, IsToldBeforeItsMaskChanges) {
  Feed(From(r_, "f"));

  EXPECT_EQ(SetMask(root_, IN_CREATE), 0);
  EXPECT_EQ(Told(), kHalf);
  EXPECT_EQ(ToldOf(From(r_, "g", 8)), Lines{"MOVED_FROM /r/g"});
}

TEST_F(Alone, IsToldAtTheEnd) {
  Feed(From(r_, "f"));

  rn_tracker_finish(tracker_);

  EXPECT_EQ(Told(), kHalf);
}

}  // namespace
}  // namespace rn
