// Renames: two halves, one of them, and what comes between.

#include <errno.h>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Move : public TrackFixture {
 protected:
  Move() {
    kernel_.MakeDir("/r/a/sub");
    kernel_.MakeDir("/r/dir");
    Add("/r");
    r_ = Wd("/r");
    a_ = Wd("/r/a");
    sub_ = Wd("/r/a/sub");
  }

  Bytes From(const std::string &name, uint32_t cookie = 7) const {
    return DirRecord(r_, IN_MOVED_FROM, name, cookie);
  }
  Bytes To(const std::string &name, uint32_t cookie = 7) const {
    return DirRecord(r_, IN_MOVED_TO, name, cookie);
  }

  int r_ = 0;
  int a_ = 0;
  int sub_ = 0;
};

// -- Both halves --------------------------------------------------------------

TEST_F(Move, TellsWhereItCameFrom) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 7, "g"));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/g < /r/f"}));
}

TEST_F(Move, TellsNoOriginOfAnotherCookie) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 8, "g"));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/g"}));
}

TEST_F(Move, JoinsHalvesWithOthersBetweenThem) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MODIFY, 0, "x") +
       Record(r_, IN_MOVED_FROM, 8, "p") + Record(r_, IN_MOVED_TO, 7, "g") +
       Record(r_, IN_MOVED_TO, 8, "q"));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MODIFY /r/x", "MOVED_FROM /r/p",
                           "MOVED_TO /r/g < /r/f", "MOVED_TO /r/q < /r/p"}));
}

TEST_F(Move, JoinsHalvesOfTwoFeeds) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f"));
  Settle();

  Feed(Record(r_, IN_MOVED_TO, 7, "g"));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/g < /r/f"}));
}

TEST_F(Move, PutsADirectoryInItsNewPlaceWithoutAListing) {
  const uint64_t scanned = Counts().scanned;
  kernel_.Rename("/r/a", "/r/dir/b");
  Feed(From("a") + DirRecord(Wd("/r/dir"), IN_MOVED_TO, "b", 7) +
       Record(a_, IN_MOVE_SELF));
  Settle();
  Told();

  Feed(Record(a_, IN_MODIFY, 0, "f") + Record(sub_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), (Lines{"MODIFY /r/dir/b/f", "MODIFY /r/dir/b/sub/f"}));
  EXPECT_EQ(Counts().scanned, scanned);
  EXPECT_EQ(moved_count_, 1U);
}

TEST_F(Move, KeepsRecordsFromInsideUntilTheSecondHalf) {
  kernel_.Rename("/r/a", "/r/b");
  Feed(From("a") + Record(a_, IN_MODIFY, 0, "f") +
       Record(sub_, IN_MODIFY, 0, "g"));
  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/"});

  Feed(To("b") + Record(a_, IN_MODIFY, 0, "h"));

  EXPECT_EQ(Told(), (Lines{"MOVED_TO /r/b/ < /r/a", "MODIFY /r/b/f",
                           "MODIFY /r/b/sub/g", "MODIFY /r/b/h"}));
}

TEST_F(Move, AdoptsADirectoryMadeInsideMeanwhileUnderTheNewPath) {
  kernel_.MakeFile("/r/a/d/f");
  kernel_.Rename("/r/a", "/r/b");

  Feed(From("a") + DirRecord(a_, IN_CREATE, "d") + To("b"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/b/ < /r/a",
                           "CREATE /r/b/d/", "~CREATE /r/b/d/f"}));
}

TEST_F(Move, PutsADirectoryInThePlaceOfAnother) {
  const int dir = Wd("/r/dir");
  kernel_.EndWatch(dir);
  LoseQueue();
  kernel_.Rename("/r/a", "/r/dir");
  Feed(From("a") + To("dir") + Record(a_, IN_MOVE_SELF) +
       Record(dir, IN_DELETE_SELF) + IgnoredRecord(dir));
  Settle();
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 3U);
  Told();

  Feed(Record(a_, IN_MODIFY, 0, "f") + Record(dir, IN_MODIFY, 0, "ghost"));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/dir/f"});
}

TEST_F(Move, TakesTheLaterOfTwoDirectoriesOfAName) {
  Feed(From("a", 7) + To("dir", 7) + Record(a_, IN_MOVE_SELF));
  Feed(From("dir", 8) + To("x", 8) + Record(a_, IN_MOVE_SELF));
  Told();

  Feed(Record(a_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/x/f"});
}

TEST_F(Move, TellsNothingOfTheDirectoryThatWasReplaced) {
  const int dir = Wd("/r/dir");
  kernel_.Rename("/r/a", "/r/dir");
  Feed(From("a") + To("dir") + Record(a_, IN_MOVE_SELF));
  Told();

  Feed(Record(dir, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Move, GoesThereAndBack) {
  Feed(From("a", 7) + To("b", 7) + Record(a_, IN_MOVE_SELF) + From("b", 8) +
       To("a", 8) + Record(a_, IN_MOVE_SELF));
  Settle();
  Told();

  Feed(Record(sub_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/a/sub/f"});
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 4U);
}

TEST_F(Move, JoinsTheNewestOfManyHalves) {
  for (uint32_t cookie = 1; cookie <= 1000; cookie++)
    Feed(Record(r_, IN_MOVED_FROM, cookie, "f" + std::to_string(cookie)));
  Told();

  Feed(Record(r_, IN_MOVED_TO, 1000, "g"));

  EXPECT_EQ(Told(), Lines{"MOVED_TO /r/g < /r/f1000"});
}

// -- Records that are older than what stands on the disk ----------------------

TEST_F(Move, IsAwaitedWhenARecordLeadsToADirectoryFromElsewhere) {
  kernel_.Rename("/r/a", "/r/x");

  Feed(DirRecord(r_, IN_CREATE, "x"));
  Feed(DirRecord(r_, IN_DELETE, "x") + From("a") + To("x") +
       Record(a_, IN_MOVE_SELF));
  Settle();
  Feed(Record(sub_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), (Lines{"CREATE /r/x/", "DELETE /r/x/", "MOVED_FROM /r/a/",
                           "MOVED_TO /r/x/ < /r/a", "MOVE_SELF /r/x/",
                           "MODIFY /r/x/sub/f"}));
}

TEST_F(Move, IsAwaitedWhenThePathOfTheParentIsAnothersAlready) {
  kernel_.MakeFile("/r/a/d/f");
  kernel_.Rename("/r/a", "/r/b");
  Feed(DirRecord(a_, IN_CREATE, "d"));
  Walk();
  EXPECT_EQ(Told(), Lines{"CREATE /r/a/d/"});

  Feed(From("a") + To("b") + Record(a_, IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/b/ < /r/a",
                           "MOVE_SELF /r/b/", "~CREATE /r/b/d/f"}));
}

TEST_F(Move, IsAwaitedWhenAnotherStandsInThePlaceOfTheParent) {
  kernel_.MakeFile("/r/a/d/f");
  kernel_.Rename("/r/a", "/r/b");
  kernel_.MakeFile("/r/a/d/other");
  Feed(DirRecord(a_, IN_CREATE, "d"));
  Walk();
  Feed(From("a") + To("b") + Record(a_, IN_MOVE_SELF));
  Told();

  Settle();

  EXPECT_EQ(Told(), Lines{"~CREATE /r/b/d/f"});
}

// -- One half -----------------------------------------------------------------

TEST_F(Move, OutOfTheTreeReleasesAllBelow) {
  kernel_.Rename("/r/a", "/outside");
  const uint64_t removed = kernel_.Count(Call::kWatchRemove);

  Feed(From("a") + Record(a_, IN_MOVE_SELF));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVE_SELF /r/a/"}));
  EXPECT_EQ(kernel_.Count(Call::kWatchRemove), removed + 2);
  EXPECT_FALSE(IsWatched(a_));
  EXPECT_FALSE(IsWatched(sub_));
}

TEST_F(Move, OutOfTheTreeDropsWhatWasSaidInside) {
  kernel_.Rename("/r/a", "/outside");

  Feed(From("a") + Record(a_, IN_MODIFY, 0, "f") +
       Record(sub_, IN_MODIFY, 0, "g") + Record(a_, IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVE_SELF /r/a/"}));
}

TEST_F(Move, LeavesTheWatchWhileTheOtherHalfMayCome) {
  Feed(From("a"));
  Settle();

  EXPECT_TRUE(IsWatched(a_));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 4U);
}

TEST_F(Move, IntoTheTreeAdoptsAndLists) {
  kernel_.MakeFile("/r/d/e/f");

  Feed(To("d"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_TO /r/d/", "~CREATE /r/d/e/", "~CREATE /r/d/e/f"}));
  EXPECT_GT(kernel_.WdOf("/r/d/e"), 0);
}

TEST_F(Move, OutAndInAgainTellsTheContentAnew) {
  kernel_.Rename("/r/a", "/outside");
  Feed(From("a", 7) + Record(a_, IN_MOVE_SELF));
  Settle();
  Told();
  kernel_.Rename("/outside", "/r/a");

  Feed(To("a", 8));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_TO /r/a/", "~CREATE /r/a/sub/"}));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 4U);
}

// -- An open window -----------------------------------------------------------

TEST_F(Move, OfADirectoryWithAnOpenWindowAdoptsItAnew) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  kernel_.Rename("/r/d", "/r/e");
  Told();

  Feed(From("d") + To("e"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"~DELETE /r/d/f", "MOVED_FROM /r/d/",
                           "MOVED_TO /r/e/ < /r/d", "~CREATE /r/e/f"}));
}

// -- Directories that could not be watched ------------------------------------

class Unwatched : public TrackFixture {
 protected:
  Unwatched() {
    kernel_.MakeFile("/r/bad/f");
    FailOpening("bad", -EACCES);
    Add("/r");
    r_ = Wd("/r");
    EXPECT_EQ(Told(), Lines{"failed -13 /r/bad"});
  }

  // Made, and renamed before it can be watched.
  void Race(const std::string &from, const std::string &to) {
    kernel_.MakeDir("/r/" + to);
    Feed(DirRecord(r_, IN_CREATE, from) +
         DirRecord(r_, IN_MOVED_FROM, from, 7) +
         DirRecord(r_, IN_MOVED_TO, to, 7));
    Settle();
  }

  int r_ = 0;
};

TEST_F(Unwatched, TakesNoSourceFromOthers) {
  Race("n", "m");

  EXPECT_EQ(Told(), (Lines{"CREATE /r/n/", "MOVED_FROM /r/n/",
                           "MOVED_TO /r/m/ < /r/n"}));
}

TEST_F(Unwatched, IsToldAnewWhereItCanBeWatched) {
  kernel_.Rename("/r/bad", "/r/good");

  Feed(DirRecord(r_, IN_MOVED_FROM, "bad", 7) +
       DirRecord(r_, IN_MOVED_TO, "good", 7));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/bad/", "MOVED_TO /r/good/",
                           "~CREATE /r/good/f"}));
}

TEST_F(Unwatched, IsForgottenWithItsName) {
  kernel_.Remove("/r/bad/f");
  kernel_.Remove("/r/bad");
  Feed(DirRecord(r_, IN_DELETE, "bad"));
  Told();
  kernel_.On(&KernelHooks::dir_open, nullptr);

  Race("bad", "m");

  EXPECT_EQ(Told(), (Lines{"CREATE /r/bad/", "MOVED_FROM /r/bad/",
                           "MOVED_TO /r/m/ < /r/bad"}));
}

}  // namespace
}  // namespace rn
