// The end of watches, and roots that share an inode.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class End : public TrackFixture {
 protected:
  End() {
    kernel_.MakeDir("/r/d/e");
    root_ = Add("/r");
    r_ = Wd("/r");
    d_ = Wd("/r/d");
    e_ = Wd("/r/d/e");
  }

  rn_root *root_ = nullptr;
  int r_ = 0;
  int d_ = 0;
  int e_ = 0;
};

// -- By the kernel ------------------------------------------------------------

TEST_F(End, OfADirectoryForgetsIt) {
  RemoveDir("/r/d/e");
  Drain();
  Told();

  Feed(Record(e_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
}

TEST_F(End, OfADirectoryIsNotTheEndOfItsRoot) {
  Feed(IgnoredRecord(e_));
  Settle();

  EXPECT_EQ(Told(), Lines{"IGNORED /r/d/e/"});
  EXPECT_EQ(rn_tracker_roots(tracker_), root_);
}

TEST_F(End, OfADirectoryLeavesThePathsBelowAsTheyWere) {
  Feed(IgnoredRecord(d_));
  Told();

  Feed(Record(e_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/d/e/f"});
}

TEST_F(End, OfAWholeTreeComesInTheKernelsOrder) {
  Feed(Record(e_, IN_DELETE_SELF) + IgnoredRecord(e_) +
       DirRecord(d_, IN_DELETE, "e") + Record(d_, IN_DELETE_SELF) +
       IgnoredRecord(d_) + DirRecord(r_, IN_DELETE, "d"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"DELETE_SELF /r/d/e/", "IGNORED /r/d/e/", "DELETE /r/d/e/",
                   "DELETE_SELF /r/d/", "IGNORED /r/d/", "DELETE /r/d/"}));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

TEST_F(End, OfADeletedDirectoryComesAtTheLatestWithAFence) {
  kernel_.Remove("/r/d/e");

  Feed(DirRecord(d_, IN_DELETE, "e") + Record(e_, IN_MODIFY, 0, "f"));
  Settle();

  EXPECT_EQ(Told(), Lines{"DELETE /r/d/e/"});
  EXPECT_FALSE(IsWatched(e_));
}

TEST_F(End, OfADirectoryIsNotThatOfTheNextOfItsName) {
  Feed(Record(e_, IN_DELETE_SELF));
  RemoveDir("/r/d/e");
  kernel_.MakeDir("/r/d/e");
  Feed(DirRecord(d_, IN_DELETE, "e") + DirRecord(d_, IN_CREATE, "e"));
  Settle();
  Told();

  Feed(Record(Wd("/r/d/e"), IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/d/e/f"});
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 3U);
}

TEST_F(End, OfTheTopEndsTheRootOnce) {
  Feed(IgnoredRecord(e_) + IgnoredRecord(d_) + IgnoredRecord(r_));
  Settle();

  EXPECT_EQ(Told(), (Lines{"IGNORED /r/d/e/", "IGNORED /r/d/", "IGNORED /r/",
                           "ended /r"}));
  EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
}

TEST_F(End, OfTheTopEndsTheWatchesBelow) {
  Feed(IgnoredRecord(r_));
  Settle();

  EXPECT_FALSE(IsWatched(d_));
  EXPECT_FALSE(IsWatched(e_));
  EXPECT_EQ(Told().back(), "ended /r");
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
}

TEST_F(End, OfTheTopIsToldBehindThatOfWhatIsLeftBelow) {
  Feed(Record(r_, IN_DELETE_SELF) + IgnoredRecord(r_));
  EXPECT_EQ(Told(), Lines{"DELETE_SELF /r/"});

  Feed(Record(d_, IN_DELETE_SELF) + IgnoredRecord(d_) +
       Record(e_, IN_DELETE_SELF) + IgnoredRecord(e_));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"DELETE_SELF /r/d/", "IGNORED /r/d/", "DELETE_SELF /r/d/e/",
                   "IGNORED /r/d/e/", "IGNORED /r/", "ended /r"}));
}

TEST_F(End, MakesTheHandleInvalid) {
  const rn_watch watch = {r_, root_->top->generation};
  ASSERT_EQ(rn_tracker_root(tracker_, watch), root_);

  Feed(IgnoredRecord(e_) + IgnoredRecord(d_) + IgnoredRecord(r_));

  EXPECT_EQ(rn_tracker_root(tracker_, watch), nullptr);
}

// -- By the user --------------------------------------------------------------

TEST_F(End, ByRemovalTakesAllWatches) {
  rn_tracker_remove(tracker_, root_);
  Settle();

  EXPECT_FALSE(IsWatched(r_));
  EXPECT_FALSE(IsWatched(d_));
  EXPECT_FALSE(IsWatched(e_));
  EXPECT_EQ(Told().back(), "ended /r");
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
}

TEST_F(End, ByRemovalComesBehindWhatWasQueued) {
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "f"));
  rn_tracker_remove(tracker_, root_);
  EXPECT_EQ(Told(), Lines{});

  Settle();

  EXPECT_EQ(Told(), (Lines{"MODIFY /r/f", "IGNORED /r/d/e/", "IGNORED /r/d/",
                           "IGNORED /r/", "ended /r"}));
}

TEST_F(End, ByRemovalComesAlsoWhenItsRecordsAreLost) {
  rn_tracker_remove(tracker_, root_);
  LoseQueue();

  Settle();

  EXPECT_EQ(Told(), (Lines{"IGNORED /r/d/e/", "IGNORED /r/d/", "IGNORED /r/",
                           "ended /r"}));
  EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
}

TEST_F(End, ByRemovalIsNotThatOfAFenceThatWasPutBefore) {
  rn_root_change change = {};
  ASSERT_EQ(rn_tracker_update(tracker_, root_, &change), 0);
  change.recursive = true;
  ASSERT_EQ(rn_tracker_update(tracker_, root_, &change), 0);
  Walk();
  EndTurn();  // the fence behind the walk
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "f"));
  Told();

  rn_tracker_remove(tracker_, root_);
  Settle();

  const Lines told = Told();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front(), "MODIFY /r/f");
}

// -- Two roots on one inode ---------------------------------------------------

class Shared : public TrackFixture {
 protected:
  Shared() {
    kernel_.MakeDir("/r/d");
    one_ = Add("one", "/r");
    two_ = Add("two", "/r");
    r_ = Wd("/r");
    d_ = Wd("/r/d");
  }

  // What was told, whichever root came first.
  Lines ToldSorted() {
    Lines told = Told();
    std::sort(told.begin(), told.end());
    return told;
  }

  rn_root *one_ = nullptr;
  rn_root *two_ = nullptr;
  int r_ = 0;
  int d_ = 0;
};

TEST_F(Shared, IsToldToBothAndCountedAsCopied) {
  const rn_track_counts before = Counts();

  Feed(Record(r_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(ToldSorted(), (Lines{"MODIFY one/f", "MODIFY two/f"}));
  EXPECT_EQ(Counts().read, before.read + 1);
  EXPECT_EQ(Counts().copied, before.copied + 1);
}

TEST_F(Shared, TakesOneWatchADirectory) {
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
}

TEST_F(Shared, TellsTheContentOfANewDirectoryToBoth) {
  kernel_.MakeFile("/r/n/f");

  Feed(DirRecord(r_, IN_CREATE, "n"));
  Settle();

  EXPECT_EQ(ToldSorted(), (Lines{"CREATE one/n/", "CREATE two/n/",
                                 "~CREATE one/n/f", "~CREATE two/n/f"}));
}

TEST_F(Shared, KeepsTheWatchWhenOneIsRemoved) {
  rn_tracker_remove(tracker_, one_);
  Settle();
  EXPECT_EQ(Told(), (Lines{"IGNORED one/d/", "IGNORED one/", "ended one"}));

  Feed(Record(r_, IN_MODIFY, 0, "f") + Record(d_, IN_MODIFY, 0, "g"));

  EXPECT_TRUE(IsWatched(r_));
  EXPECT_TRUE(IsWatched(d_));
  EXPECT_EQ(Told(), (Lines{"MODIFY two/f", "MODIFY two/d/g"}));
}

// No watch is to be had for its fence.
TEST_F(Shared, EndsOneBehindWhatWasQueuedAtTheWatchLimit) {
  const Bytes before = Record(r_, IN_MODIFY, 0, "f");
  kernel_.QueueRead(before);
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);
  rn_tracker_remove(tracker_, one_);
  EndTurn();
  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(rn_tracker_read_size(tracker_, 4096), before.size());
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "g"));

  Drain();

  const Lines told = Told();
  ASSERT_EQ(told.size(), 6U);
  EXPECT_EQ(std::count(told.begin(), told.begin() + 2, "MODIFY one/f"), 1);
  EXPECT_EQ(
      Lines(told.begin() + 2, told.end()),
      (Lines{"IGNORED one/d/", "IGNORED one/", "ended one", "MODIFY two/g"}));
  EXPECT_EQ(rn_tracker_read_size(tracker_, 4096), 4096U);
}

TEST_F(Shared, EndsOneAtOnceAtTheWatchLimitWhereNothingIsQueued) {
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);

  rn_tracker_remove(tracker_, one_);
  EndTurn();

  EXPECT_EQ(Told(), (Lines{"IGNORED one/d/", "IGNORED one/", "ended one"}));
  EXPECT_TRUE(IsWatched(r_));
}

// What was queued is lost, and how much of it is not known any more.
TEST_F(Shared, EndsOneWithALossAtTheWatchLimit) {
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "f"));
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);
  rn_tracker_remove(tracker_, one_);
  EndTurn();

  Feed(OverflowRecord());
  Told();
  Settle();

  EXPECT_EQ(Told(), Lines{"MODIFY two/f"});
  EXPECT_EQ(rn_tracker_read_size(tracker_, 4096), 4096U);
}

TEST_F(Shared, KeepsTheWatchOfWhatLeftAnotherRootOnly) {
  kernel_.MakeDir("/s/d/e");
  Add("/s");
  Add("inner", "/s/d");
  const int d = Wd("/s/d");
  const int e = Wd("/s/d/e");
  kernel_.Rename("/s/d", "/outside");

  Feed(DirRecord(Wd("/s"), IN_MOVED_FROM, "d", 7) + Record(d, IN_MOVE_SELF));
  Settle();
  Told();
  Feed(Record(d, IN_MODIFY, 0, "f") + Record(e, IN_MODIFY, 0, "g"));

  EXPECT_TRUE(IsWatched(d));
  EXPECT_TRUE(IsWatched(e));
  EXPECT_EQ(Told(), (Lines{"MODIFY inner/f", "MODIFY inner/e/g"}));
}

// What lies below one root is another's, too: its watch ends with a fence, that
// of the top with the kernel's IN_IGNORED.
class Inner : public TrackFixture {
 protected:
  void Make(bool recursive) {
    kernel_.MakeDir("/r/d/e");
    outer_ = Add("/r");
    Add("inner", "/r/d", recursive);
    d_ = Wd("/r/d");
  }

  rn_root *outer_ = nullptr;
  int d_ = 0;
};

TEST_F(Inner, EndOfTheOuterIsTheLastThatItIsTold) {
  for (const bool recursive : {true, false}) {
    SCOPED_TRACE(recursive);
    Make(recursive);
    kernel_.QueueRead(Record(d_, IN_MODIFY, 0, "before"));

    rn_tracker_remove(tracker_, outer_);
    EndTurn();
    kernel_.QueueRead(Record(d_, IN_MODIFY, 0, "after"));
    Settle();

    const Lines told = Told();
    EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY /r/d/before"), 1);
    EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY inner/after"), 1);
    EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY /r/d/after"), 0);
    const auto end = std::find(told.begin(), told.end(), "IGNORED /r/");
    ASSERT_NE(end, told.end());
    EXPECT_EQ(*(end + 1), "ended /r");
    rn_tracker_remove(tracker_, rn_tracker_roots(tracker_));
    Settle();
    Told();
  }
}

// The fence may be what was lost: what comes behind the loss may be younger.
TEST_F(Inner, EndOfTheOuterComesWithALoss) {
  Make(true);
  rn_tracker_remove(tracker_, outer_);
  EndTurn();
  LoseQueue();

  Feed(OverflowRecord() + Record(d_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /r/d/e/", "IGNORED /r/d/",
                           "IGNORED /r/", "ended /r", "MODIFY inner/f"}));
}

TEST_F(Inner, KeepsNoMoreOfTheMaskThanItAsksFor) {
  mask_ = kAllNamed | IN_ATTRIB;
  Make(false);
  EXPECT_NE(kernel_.MaskOf("/r/d") & IN_ATTRIB, 0U);
  mask_ = kAllNamed;
  Add("plain", "/r/d/e", false);
  const int e = Wd("/r/d/e");
  kernel_.Rename("/r/d/e", "/outside");
  Feed(DirRecord(d_, IN_MOVED_FROM, "e", 7));
  kernel_.Rename("/outside", "/r/d/e");
  Feed(Record(e, IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(kernel_.MaskOf("/r/d/e") & IN_ATTRIB, 0U);
}

TEST_F(Shared, EndsBothWithTheInode) {
  Feed(IgnoredRecord(d_) + IgnoredRecord(r_));
  Settle();

  const Lines told = ToldSorted();
  EXPECT_EQ(std::count(told.begin(), told.end(), "ended one"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "ended two"), 1);
  EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
}

TEST_F(Shared, PutsAMovedDirectoryInItsPlaceInBoth) {
  kernel_.Rename("/r/d", "/r/n");
  Feed(DirRecord(r_, IN_MOVED_FROM, "d", 7) +
       DirRecord(r_, IN_MOVED_TO, "n", 7) + Record(d_, IN_MOVE_SELF));
  Settle();
  Told();

  Feed(Record(d_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(ToldSorted(), (Lines{"MODIFY one/n/f", "MODIFY two/n/f"}));
}

}  // namespace
}  // namespace rn
