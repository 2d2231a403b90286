// Renames that are told in one event: when both halves come.

#include "test/track/pairs_fixture.h"

namespace rn {
namespace {

class Pairs : public PairsFixture {};

// -- Files --------------------------------------------------------------------

TEST_F(Pairs, AreToldInOne) {
  EXPECT_EQ(ToldOf(From(r_, "f") + To(r_, "g")), Lines{"MOVED /r/g < /r/f"});
  EXPECT_EQ(Counts().coalesced, 1U);
}

TEST_F(Pairs, AreToldInOneAcrossDirectories) {
  EXPECT_EQ(ToldOf(From(sub_, "f") + To(dir_, "g")),
            Lines{"MOVED /r/dir/g < /r/a/sub/f"});
}

TEST_F(Pairs, AreToldInOneAcrossReads) {
  EXPECT_EQ(ToldOf(From(r_, "f")), Lines{});
  EndTurn();

  EXPECT_EQ(ToldOf(To(r_, "g")), Lines{"MOVED /r/g < /r/f"});
  Settle();
  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Pairs, HoldUpNothingElse) {
  EXPECT_EQ(ToldOf(From(r_, "f") + Record(r_, IN_MODIFY, 0, "x") +
                   Record(r_, IN_CREATE, 0, "y") +
                   Record(sub_, IN_DELETE, 0, "f") + From(r_, "p", 8)),
            (Lines{"MODIFY /r/x", "CREATE /r/y", "DELETE /r/a/sub/f"}));

  EXPECT_EQ(ToldOf(To(r_, "q", 8) + To(r_, "g", 7)),
            (Lines{"MOVED /r/q < /r/p", "MOVED /r/g < /r/f"}));
}

TEST_F(Pairs, AreNotMadeOfDifferentCookies) {
  EXPECT_EQ(ToldOf(From(r_, "f", 7) + To(r_, "g", 8)), Lines{"MOVED_TO /r/g"});
  Settle();
  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/f"});
}

TEST_F(Pairs, OfTwoRenamesInARow) {
  EXPECT_EQ(ToldOf(From(r_, "f", 7) + To(r_, "g", 7) + From(r_, "g", 8) +
                   To(r_, "h", 8)),
            (Lines{"MOVED /r/g < /r/f", "MOVED /r/h < /r/g"}));
}

TEST_F(Pairs, OfASwapThroughAThirdName) {
  EXPECT_EQ(
      ToldOf(From(r_, "f", 7) + To(r_, "t", 7) + From(r_, "g", 8) +
             To(r_, "f", 8) + From(r_, "t", 9) + To(r_, "g", 9)),
      (Lines{"MOVED /r/t < /r/f", "MOVED /r/f < /r/g", "MOVED /r/g < /r/t"}));
}

TEST_F(Pairs, OfAnExchange) {
  EXPECT_EQ(ToldOf(From(r_, "f", 7) + To(r_, "g", 7) + From(r_, "g", 8) +
                   To(r_, "f", 8)),
            (Lines{"MOVED /r/g < /r/f", "MOVED /r/f < /r/g"}));
}

TEST_F(Pairs, MayBeOfNoWatchWithoutTheFlag) {
  pair_wait_ns_ = 0;
  kernel_.MakeDir("/s");
  Add("/s");

  EXPECT_EQ(ToldOf(From(Wd("/s"), "f") + To(Wd("/s"), "g")),
            (Lines{"MOVED_FROM /s/f", "MOVED_TO /s/g < /s/f"}));
  EXPECT_EQ(Counts().coalesced, 0U);
}

TEST_F(Pairs, MayBeOfNoWatchThatAsksForOneHalf) {
  mask_ = IN_MOVED_TO;
  kernel_.MakeDir("/s");
  Add("/s");

  EXPECT_EQ(ToldOf(From(Wd("/s"), "f") + To(Wd("/s"), "g")),
            (Lines{"MOVED_FROM /s/f", "MOVED_TO /s/g < /s/f"}));
}

// -- Directories --------------------------------------------------------------

TEST_F(Pairs, OfADirectoryKeepWhatIsBelow) {
  kernel_.Rename("/r/a", "/r/dir/b");
  Feed(DirFrom(r_, "a") + Record(a_, IN_MODIFY, 0, "f") + From(sub_, "p", 8));
  EXPECT_EQ(Told(), Lines{});

  EXPECT_EQ(
      ToldOf(DirTo(dir_, "b") + Record(a_, IN_MOVE_SELF) + To(sub_, "q", 8)),
      (Lines{"MOVED /r/dir/b/ < /r/a", "MODIFY /r/dir/b/f",
             "MOVE_SELF /r/dir/b/", "MOVED /r/dir/b/sub/q < /r/dir/b/sub/p"}));
}

TEST_F(Pairs, OfADirectoryTwice) {
  EXPECT_EQ(
      ToldOf(DirFrom(r_, "a", 7) + DirTo(r_, "b", 7) +
             Record(a_, IN_MOVE_SELF) + DirFrom(r_, "b", 8) +
             DirTo(r_, "c", 8) + Record(a_, IN_MOVE_SELF) +
             Record(sub_, IN_MODIFY, 0, "f")),
      (Lines{"MOVED /r/b/ < /r/a", "MOVE_SELF /r/b/", "MOVED /r/c/ < /r/b",
             "MOVE_SELF /r/c/", "MODIFY /r/c/sub/f"}));
}

// The content that was told to be in the place that is left is not that of what
// comes: it is told anew, and the halves are apart.
TEST_F(Pairs, AreNotMadeWhenTheContentDidNotComeAlong) {
  kernel_.Rename("/r/a", "/x");
  kernel_.Rename("/r/dir", "/r/a");
  kernel_.Rename("/x", "/r/dir");

  EXPECT_EQ(ToldOf(DirFrom(r_, "a", 7) + DirTo(r_, "dir", 7) +
                   Record(a_, IN_MOVE_SELF) + DirFrom(r_, "dir", 8) +
                   DirTo(r_, "a", 8)),
            (Lines{"MOVED /r/dir/ < /r/a", "MOVE_SELF /r/dir/",
                   "MOVED_FROM /r/dir/", "MOVED_TO /r/a/"}));
  EXPECT_EQ(Counts().coalesced, 1U);
}

TEST_F(Pairs, OfADirectoryInThePlaceOfAnother) {
  kernel_.EndWatch(dir_);
  LoseQueue();
  kernel_.Rename("/r/a", "/r/dir");

  EXPECT_EQ(ToldOf(DirFrom(r_, "a") + DirTo(r_, "dir") +
                   Record(a_, IN_MOVE_SELF) + Record(dir_, IN_DELETE_SELF) +
                   IgnoredRecord(dir_) + Record(sub_, IN_MODIFY, 0, "f")),
            (Lines{"MOVED /r/dir/ < /r/a", "MOVE_SELF /r/dir/",
                   "IGNORED /r/dir/", "MODIFY /r/dir/sub/f"}));
}

TEST_F(Pairs, OfADirectoryWithAnOpenWindowTakeItAsNew) {
  kernel_.MakeFile("/r/d/f");
  Feed(DirRecord(r_, IN_CREATE, "d"));
  Walk();
  kernel_.Rename("/r/d", "/r/e");
  Told();

  Feed(DirFrom(r_, "d") + DirTo(r_, "e"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"~DELETE /r/d/f", "MOVED /r/e/ < /r/d", "~CREATE /r/e/f"}));
}

// -- Two roots ----------------------------------------------------------------

class TwoRoots : public PairsFixture {
 protected:
  void AddOther(int64_t pair_wait_ns) {
    kernel_.MakeDir("/s");
    pair_wait_ns_ = pair_wait_ns;
    Add("/s");
    s_ = Wd("/s");
  }

  int s_ = 0;
};

TEST_F(TwoRoots, ToldTheirHalfAndTheWhole) {
  AddOther(kMs);

  EXPECT_EQ(ToldOf(From(r_, "f") + To(s_, "g")),
            (Lines{"MOVED_FROM /r/f", "MOVED /s/g < /r/f"}));
  EXPECT_EQ(Counts().coalesced, 0U);
}

TEST_F(TwoRoots, TheSourceIsNotAsked) {
  AddOther(0);

  EXPECT_EQ(ToldOf(From(s_, "f") + To(r_, "g")),
            (Lines{"MOVED_FROM /s/f", "MOVED_TO /r/g < /s/f"}));
}

TEST_F(TwoRoots, TheTargetIsNotAsked) {
  AddOther(0);

  EXPECT_EQ(ToldOf(From(r_, "f") + To(s_, "g")),
            (Lines{"MOVED_FROM /r/f", "MOVED_TO /s/g < /r/f"}));
}

TEST_F(TwoRoots, ADirectoryIsTakenAsNew) {
  AddOther(kMs);
  kernel_.Rename("/r/a", "/s/a");

  Feed(DirFrom(r_, "a") + DirTo(s_, "a") + Record(a_, IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"MOVED_FROM /r/a/", "MOVED /s/a/ < /r/a", "MOVE_SELF /r/a/",
                   "MOVE_SELF /s/a/", "~CREATE /s/a/sub/"}));
}

TEST_F(TwoRoots, OfOneDirectoryAreBothToldTheWhole) {
  Add("/again", "/r");

  const Lines told = ToldOf(From(r_, "f") + To(r_, "g"));

  EXPECT_EQ(std::set<std::string>(told.begin(), told.end()),
            (std::set<std::string>{"MOVED /r/g < /r/f",
                                   "MOVED /again/g < /again/f"}));
  EXPECT_EQ(Counts().copied, 2U);
  EXPECT_EQ(Counts().coalesced, 2U);
}

// One that lies within another.
TEST_F(TwoRoots, WithinTheOtherIsToldOfTheArrival) {
  Add("/within", "/r/dir");

  EXPECT_EQ(ToldOf(From(r_, "f") + To(dir_, "g")),
            (Lines{"MOVED /r/dir/g < /r/f", "MOVED_TO /within/g"}));
}

TEST_F(TwoRoots, AroundTheOtherIsToldTheWhole) {
  kernel_.MakeDir("/s/dir");
  Add("/within", "/s/dir");
  Add("/s");

  EXPECT_EQ(ToldOf(From(Wd("/s"), "f") + To(Wd("/s/dir"), "g")),
            (Lines{"MOVED_TO /within/g < /s/f", "MOVED /s/dir/g < /s/f"}));
}

TEST_F(TwoRoots, WithinTheOtherIsToldOfTheDeparture) {
  Add("/within", "/r/dir");
  const Lines told = ToldOf(From(dir_, "f") + To(r_, "g"));
  EXPECT_EQ(told, Lines{"MOVED /r/g < /r/dir/f"});

  Settle();

  EXPECT_EQ(Told(), Lines{"MOVED_FROM /within/f"});
}

// -- The root itself ----------------------------------------------------------

TEST_F(Pairs, GoOnWhenTheRootWasMoved) {
  EXPECT_EQ(ToldOf(Record(r_, IN_MOVE_SELF) + From(r_, "f") + To(dir_, "g")),
            (Lines{"MOVE_SELF /r/", "MOVED /r/dir/g < /r/f"}));
}

}  // namespace
}  // namespace rn
