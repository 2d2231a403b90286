// What was told, put together, is a tree in step with the directories that are
// watched, also where listings show what is younger than the records.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class ToldTree : public TrackFixture {
 protected:
  ToldTree() {
    kernel_.MakeFile("/r/a/f");
    kernel_.MakeDir("/r/b");
    Add("/r");
    Settle();
    r_ = Wd("/r");
    a_ = Wd("/r/a");
    b_ = Wd("/r/b");
  }

  Bytes From(int wd, const std::string &name, uint32_t cookie) const {
    return DirRecord(wd, IN_MOVED_FROM, name, cookie);
  }
  Bytes To(int wd, const std::string &name, uint32_t cookie) const {
    return DirRecord(wd, IN_MOVED_TO, name, cookie);
  }

  // A directory that appears in /r and is listed.
  int Appear(const std::string &name) {
    Feed(DirRecord(r_, IN_CREATE, name));
    Walk();
    return Wd("/r/" + name);
  }

  int r_ = 0;
  int a_ = 0;
  int b_ = 0;
};

// -- A name that was another's ------------------------------------------------

TEST_F(ToldTree, LeavesOutAFileThatWasWhereADirectoryIsNow) {
  kernel_.MakeDir("/r/d/x");
  const int d = Appear("d");
  Told();

  Feed(Record(d, IN_CREATE, 0, "x") + Record(d, IN_DELETE, 0, "x") +
       DirRecord(d, IN_CREATE, "x"));
  Settle();

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(ToldTree, LeavesOutADirectoryThatWasWhereAFileIsNow) {
  kernel_.MakeFile("/r/d/x");
  const int d = Appear("d");
  Told();

  Feed(DirRecord(d, IN_CREATE, "x") + From(d, "x", 7) + To(b_, "y", 7) +
       Record(d, IN_CREATE, 0, "x"));
  Settle();

  EXPECT_EQ(Told(), Lines{"MOVED_TO /r/b/y/"});
}

TEST_F(ToldTree, DropsAnArrivalWhereAFileIsNow) {
  kernel_.MakeFile("/r/d/x");
  const int d = Appear("d");
  Told();

  Feed(From(r_, "a", 7) + To(d, "x", 7));
  Settle();

  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/a/"});
  EXPECT_FALSE(IsWatched(a_));
}

// -- A directory whose node is elsewhere --------------------------------------

// It was moved there before the new directory was watched: no record says so.
TEST_F(ToldTree, FindsADirectoryThatWentIntoANewOne) {
  kernel_.MakeDir("/r/d");
  kernel_.Rename("/r/a", "/r/d/a");
  Appear("d");
  EXPECT_EQ(Told(), (Lines{"CREATE /r/d/", "~CREATE /r/d/a/"}));

  Feed(From(r_, "a", 7) + Record(a_, IN_MOVE_SELF, 0, ""));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_FROM /r/a/", "MOVE_SELF /r/a/", "~CREATE /r/d/a/f"}));
  EXPECT_GT(kernel_.WdOf("/r/d/a"), 0);
}

// The listing shows it, its record comes later, and the content is told once.
TEST_F(ToldTree, TellsAnewWhatLeftItsOldName) {
  kernel_.MakeDir("/r/d");
  kernel_.Rename("/r/a", "/r/d/a");
  const int d = Appear("d");
  Told();

  Feed(From(r_, "a", 7) + To(d, "a", 7) + Record(a_, IN_MOVE_SELF, 0, ""));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVE_SELF /r/d/a/",
                           "~CREATE /r/d/a/f"}));
  Feed(Record(a_, IN_CREATE, 0, "g"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/d/a/g"});
}

TEST_F(ToldTree, IsNotAskedTwiceForADirectoryThatIsKnown) {
  kernel_.MakeDir("/r/d");
  kernel_.Rename("/r/a", "/r/d/a");
  const int d = Appear("d");
  Settle();

  Feed(From(r_, "a", 7) + To(d, "a", 7));
  Settle();
  Told();
  const uint64_t scanned = Counts().scanned;
  Feed(Record(a_, IN_MOVE_SELF, 0, ""));
  Settle();

  EXPECT_EQ(Counts().scanned, scanned);
}

// A directory below one that is between two places is found elsewhere.
TEST_F(ToldTree, TakesOverWhatLeftAMovedDirectory) {
  kernel_.MakeDir("/r/a/sub");
  Feed(DirRecord(a_, IN_CREATE, "sub"));
  Settle();
  const int sub = Wd("/r/a/sub");
  kernel_.Rename("/r/a/sub", "/r/b/sub");
  kernel_.Rename("/r/a", "/r/c");
  Told();

  Feed(From(r_, "a", 7) + From(a_, "sub", 8) + Record(sub, IN_CREATE, 0, "g") +
       To(b_, "sub", 8) + To(r_, "c", 7));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/b/sub/",
                           "CREATE /r/b/sub/g", "MOVED_TO /r/c/ < /r/a",
                           "MOVED_FROM /r/c/sub/"}));
}

// -- Content that is told anew ------------------------------------------------

TEST_F(ToldTree, LosesTheContentOfWhatSomethingWasPutOver) {
  kernel_.MakeFile("/r/d/f");
  Appear("d");
  Settle();
  Told();
  FailOpening("d", -ENOENT);

  Feed(To(r_, "d", 7));
  Settle();
  Feed(DirRecord(r_, IN_DELETE, "d"));

  EXPECT_EQ(Told(), (Lines{"MOVED_TO /r/d/", "DELETE /r/d/"}));
}

TEST_F(ToldTree, TakesBackWhatStandsUnderTheNameOfALaterOne) {
  kernel_.MakeDir("/r/d/x");
  const int d = Appear("d");
  const int x = Wd("/r/d/x");
  Told();
  kernel_.Rename("/r/d/x", "/r/y");
  kernel_.MakeFile("/r/d/x/g");

  // In the window of d: x was told, what comes over it is not news.
  Feed(Record(x, IN_CREATE, 0, "h") + To(d, "x", 7));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"CREATE /r/d/x/h", "~DELETE /r/d/x/h", "~CREATE /r/d/x/g"}));
}

TEST_F(ToldTree, NamesNoSourceWhenTheContentIsToldAnew) {
  // The directory was listed under its third name before the second was read.
  kernel_.MakeDir("/r/d");
  kernel_.Rename("/r/a", "/r/d/c");
  Feed(From(r_, "a", 7));
  const int d = Appear("d");
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "CREATE /r/d/",
                           "~CREATE /r/d/c/", "~CREATE /r/d/c/f"}));

  Feed(To(b_, "a", 7) + From(b_, "a", 8) + To(d, "c", 8));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_TO /r/b/a/", "MOVED_FROM /r/b/a/"}));
}

// -- Looking again ------------------------------------------------------------

// Its name was told when it was there, and it is still untold what came since.
TEST_F(ToldTree, LooksOnlyForWhatWasTold) {
  kernel_.MakeDir("/r/b/x");
  kernel_.Rename("/r/b", "/r/c");
  Feed(DirRecord(b_, IN_CREATE, "x"));  // b is not where it was
  kernel_.MakeDir("/r/c/y");

  Feed(From(r_, "b", 7) + To(r_, "c", 7));
  Settle();
  EXPECT_EQ(Told(), (Lines{"CREATE /r/b/x/", "MOVED_FROM /r/b/",
                           "MOVED_TO /r/c/ < /r/b"}));
  EXPECT_GT(kernel_.WdOf("/r/c/x"), 0);

  Feed(DirRecord(b_, IN_CREATE, "y"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/c/y/"});
}

// As long as renames are read, a directory is not given up.
TEST_F(ToldTree, KeepsLookingWhileThereAreRenames) {
  constexpr int kRenames = 100;
  kernel_.MakeDir("/r/b/x");
  std::string name = "b";
  Feed(DirRecord(b_, IN_CREATE, "x"));
  EndTurn();
  kernel_.Rename("/r/b", "/r/away");
  Feed(DirRecord(b_, IN_CREATE, "y"));
  for (int i = 0; i < kRenames; i++) {
    const std::string next = "b" + std::to_string(i);
    const uint32_t cookie = 7 + static_cast<uint32_t>(i);
    Feed(From(r_, name, cookie) + To(r_, next, cookie));
    Walk();
    EndTurn();
    Drain();
    name = next;
  }
  kernel_.MakeDir("/r/away/y");
  Feed(From(r_, name, 1000) + To(r_, "away", 1000));
  Settle();

  for (const std::string &line : Told())
    EXPECT_EQ(line.find("error"), std::string::npos) << line;
  EXPECT_GT(kernel_.WdOf("/r/away/y"), 0);
}

// -- Exchanges ----------------------------------------------------------------

TEST_F(ToldTree, TellsAnewWhatAnExchangeSeemsToOverwrite) {
  kernel_.MakeFile("/r/b/g");
  kernel_.Rename("/r/a", "/r/t");
  kernel_.Rename("/r/b", "/r/a");
  kernel_.Rename("/r/t", "/r/b");

  Feed(From(r_, "a", 7) + To(r_, "b", 7) + Record(a_, IN_MOVE_SELF, 0, "") +
       From(r_, "b", 8) + To(r_, "a", 8) + Record(b_, IN_MOVE_SELF, 0, ""));
  Settle();

  EXPECT_EQ(
      Told(),
      (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/b/ < /r/a", "MOVE_SELF /r/b/",
             "MOVED_FROM /r/b/", "MOVED_TO /r/a/", "MOVE_SELF /r/a/",
             "~CREATE /r/a/g", "~CREATE /r/b/", "~CREATE /r/b/f"}));
}

TEST_F(ToldTree, TellsOfAFileThatAnExchangeSeemsToOverwrite) {
  kernel_.MakeFile("/r/g");

  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 7, "g") +
       Record(r_, IN_MOVED_FROM, 8, "g") + Record(r_, IN_MOVED_TO, 8, "f"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/g < /r/f", "MOVED_FROM /r/g",
                   "MOVED_TO /r/f < /r/g", "~CREATE /r/g"}));
}

TEST_F(ToldTree, TellsNothingOfAWayThereAndBack) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 7, "g") +
       Record(r_, IN_MOVED_FROM, 8, "g") + Record(r_, IN_MOVED_TO, 8, "f"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/f", "MOVED_TO /r/g < /r/f",
                           "MOVED_FROM /r/g", "MOVED_TO /r/f < /r/g"}));
}

TEST_F(ToldTree, DropsTheDepartureOfANameInDoubt) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 7, "g") +
       Record(r_, IN_MOVED_FROM, 8, "g") + Record(r_, IN_MOVED_TO, 8, "f"));
  Told();

  Feed(Record(r_, IN_DELETE, 0, "g") + Record(r_, IN_CREATE, 0, "g") +
       Record(r_, IN_DELETE, 0, "g"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/g", "DELETE /r/g"}));
}

TEST_F(ToldTree, TellsTheArrivalOfANameInDoubtOnce) {
  Feed(Record(r_, IN_MOVED_FROM, 7, "f") + Record(r_, IN_MOVED_TO, 7, "g") +
       Record(r_, IN_MOVED_FROM, 8, "g") + Record(r_, IN_MOVED_TO, 8, "f"));
  Told();
  kernel_.MakeFile("/r/g");

  Feed(Record(r_, IN_CREATE, 0, "g"));
  Settle();

  EXPECT_EQ(Told(), Lines{"CREATE /r/g"});
}

// The second look at /r reads z, and goes into x, which takes a while; it knows
// nothing of what z is in doubt for since.
TEST_F(ToldTree, SettlesNoDoubtByWhatWasReadBeforeIt) {
  std::string deep = "/r/a";
  for (int i = 0; i < 30; i++) deep += "/d";
  kernel_.MakeDir(deep);
  kernel_.MakeDir("/r/z");
  Feed(DirRecord(a_, IN_CREATE, "d") + DirRecord(r_, IN_CREATE, "z"));
  Settle();
  kernel_.Rename("/r/a", "/r/x");
  kernel_.MakeFile("/r/a");
  Feed(From(r_, "a", 7) + To(r_, "x", 7) + Record(a_, IN_MOVE_SELF, 0, "") +
       Record(r_, IN_MOVED_FROM, 8, "x") + Record(r_, IN_MOVED_TO, 8, "a"));
  EndTurn();
  ASSERT_TRUE(Drain());
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  ASSERT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  Told();

  kernel_.Rename("/r/z", "/z");
  Feed(From(r_, "z", 20) + Record(r_, IN_MOVED_TO, 21, "z") +
       Record(r_, IN_MOVED_FROM, 22, "z"));
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /r/z/"), 0)
      << testing::PrintToString(told);
}

// Far apart, it is a move and, later, one back: its content goes along.
TEST_F(ToldTree, TakesRenamesFarApartForWhatTheySay) {
  Feed(From(r_, "a", 7) + To(r_, "b", 7) + Record(a_, IN_MOVE_SELF, 0, ""));
  Settle();
  Told();
  Feed(From(r_, "b", 900) + To(r_, "a", 900) + Record(a_, IN_MOVE_SELF, 0, ""));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/b/", "MOVED_TO /r/a/ < /r/b",
                           "MOVE_SELF /r/a/"}));
}

TEST_F(ToldTree, KnowsAnExchangeOfADirectoryAndAFile) {
  kernel_.Rename("/r/a", "/r/x");
  kernel_.MakeFile("/r/a");

  Feed(From(r_, "a", 7) + To(r_, "x", 7) + Record(a_, IN_MOVE_SELF, 0, "") +
       Record(r_, IN_MOVED_FROM, 8, "x") + Record(r_, IN_MOVED_TO, 8, "a"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/x/ < /r/a",
                   "MOVE_SELF /r/x/", "MOVED_FROM /r/x", "MOVED_TO /r/a",
                   "~CREATE /r/x/", "~CREATE /r/x/f"}));
}

}  // namespace
}  // namespace rn
