// The kernel lost records: the tree is compared with the disk.

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Overflow : public TrackFixture {
 protected:
  Overflow() {
    kernel_.MakeDir("/r/old");
    Add("/r");
    r_ = Wd("/r");
  }

  int r_ = 0;
};

TEST_F(Overflow, IsToldOnce) {
  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), Lines{"overflow"});
  EXPECT_EQ(Counts().kernel_overflows, 1U);
}

TEST_F(Overflow, IsToldOnceForSeveralRoots) {
  kernel_.MakeDir("/s");
  Add("/s");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), Lines{"overflow"});
}

TEST_F(Overflow, IsToldWhereItStands) {
  Feed(Record(r_, IN_MODIFY, 0, "a") + OverflowRecord() +
       Record(r_, IN_MODIFY, 0, "b"));

  EXPECT_EQ(Told(), (Lines{"MODIFY /r/a", "overflow", "MODIFY /r/b"}));
}

TEST_F(Overflow, FindsADirectoryThatWasMissed) {
  kernel_.MakeFile("/r/d/f");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/d/", "~CREATE /r/d/f"}));
  EXPECT_GT(kernel_.WdOf("/r/d"), 0);
}

TEST_F(Overflow, FindsADirectoryThatWasMissedInTheDepths) {
  kernel_.MakeDir("/r/old/d");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/old/d/"}));
}

TEST_F(Overflow, TellsWhatItFoundOnlyOnce) {
  kernel_.MakeFile("/r/d/f");
  Feed(OverflowRecord());
  Walk();
  Told();

  Feed(DirRecord(r_, IN_CREATE, "d") + Record(Wd("/r/d"), IN_CREATE, 0, "f"));
  Settle();

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Overflow, GivesUpADirectoryThatWentUnseen) {
  const int old = Wd("/r/old");
  kernel_.Remove("/r/old");

  Feed(OverflowRecord());
  Settle();

  EXPECT_FALSE(IsWatched(old));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

TEST_F(Overflow, PutsTheFencesAgain) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  EndTurn();
  LoseQueue();

  Feed(OverflowRecord());
  Settle();
  Told();
  Feed(Record(Wd("/r/d"), IN_CREATE, 0, "f"));

  EXPECT_EQ(Told(), Lines{"CREATE /r/d/f"}) << "its window is open yet";
}

// At the end of a turn the queue may be full again, each time.
TEST_F(Overflow, PutsTheFencesAgainAtOnce) {
  kernel_.Remove("/r/old");
  Feed(OverflowRecord());
  Walk();
  EndTurn();
  LoseQueue();

  Feed(OverflowRecord());
  Drain();

  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U) << "what died is kept";
}

TEST_F(Overflow, GivesUpTheHalvesOfRenames) {
  const int old = Wd("/r/old");
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) + OverflowRecord());
  kernel_.Remove("/r/old");

  Settle();

  EXPECT_FALSE(IsWatched(old));
}

TEST_F(Overflow, FindsADirectoryThatWasRenamedUnseen) {
  const int old = Wd("/r/old");
  kernel_.Rename("/r/old", "/r/new");

  Feed(OverflowRecord());
  Settle();
  Told();
  Feed(Record(old, IN_MODIFY, 0, "f"));

  EXPECT_TRUE(IsWatched(old));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/new/f"});
}

// A comparison that is under way: it has read the names of /r, and not gone
// into all of the directories.
class OverflowHalfCompared : public Overflow {
 protected:
  OverflowHalfCompared() {
    for (int i = 0; i < kDirectories; i++)
      kernel_.MakeDir("/r/old/d" + std::to_string(i));
    Feed(OverflowRecord());
    Settle();
    Feed(OverflowRecord());
    rn_tracker_walk(tracker_, RN_WALK_NEW);
    EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
    Told();
  }

  static constexpr int kDirectories = 64;
};

TEST_F(OverflowHalfCompared, KeepsADirectoryThatCameSince) {
  kernel_.MakeDir("/r/new");
  Feed(DirRecord(r_, IN_CREATE, "new"));
  Settle();
  Told();

  EXPECT_TRUE(IsWatched(Wd("/r/new")));
  Feed(Record(Wd("/r/new"), IN_CREATE, 0, "f"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/new/f"});
}

TEST_F(OverflowHalfCompared, KeepsADirectoryThatWasRenamedSince) {
  const int moved = Wd("/r/old/d9");  // the last one, not looked at yet
  kernel_.Rename("/r/old/d9", "/r/new");
  Feed(DirRecord(Wd("/r/old"), IN_MOVED_FROM, "d9", 7) +
       DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();
  Told();

  EXPECT_TRUE(IsWatched(moved));
  Feed(Record(moved, IN_CREATE, 0, "f"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/new/f"});
}

// What came during one comparison has to be there in the next one.
TEST_F(OverflowHalfCompared, GivesUpOneThatCameAndWentUnseen) {
  kernel_.MakeDir("/r/new");
  Feed(DirRecord(r_, IN_CREATE, "new"));
  Settle();
  const int wd = Wd("/r/new");
  kernel_.Remove("/r/new");
  Feed(OverflowRecord());
  Settle();

  EXPECT_FALSE(IsWatched(wd));
}

// Its content is told anew, so it does not come with the half that was told.
TEST_F(Overflow, BetweenTheHalvesPartsThem) {
  kernel_.MakeFile("/r/old/f");
  kernel_.Rename("/r/old", "/r/new");

  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) + OverflowRecord() +
       DirRecord(r_, IN_MOVED_TO, "new", 7));

  EXPECT_EQ(told_cookie_, 0U);
  Settle();
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "overflow", "MOVED_TO /r/new/",
                           "~CREATE /r/new/f"}));
}

}  // namespace
}  // namespace rn
