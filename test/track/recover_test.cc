// A root with an index: after an overflow the differences are told.

#include <errno.h>

#include <algorithm>
#include <set>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Recover : public TrackFixture {
 protected:
  Recover() {
    for (const char *path : {"/r/a", "/r/b", "/r/d/f", "/r/d/s/g", "/r/e/h"})
      kernel_.MakeFile(path);
    for (const char *path : {"/r/a", "/r/b", "/r/d/f", "/r/d/s/g", "/r/e/h"})
      kernel_.Write(path);
    AddRecovering("/r");
    r_ = Wd("/r");
    kernel_.On(&KernelHooks::time_ns, [this] { return now_; });
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
  }

  // The queue was full; all is repaired that can be.
  Lines Overflow() {
    Feed(OverflowRecord());
    Repair();
    return Told();
  }
  // Let time pass until nothing is due any more.
  void Repair() {
    for (int i = 0; i < 40; i++) {
      now_ += 1000000000;
      Settle();
    }
  }

  int64_t now_ = 1000000000000;
  int r_ = 0;
};

TEST_F(Recover, TellsNothingWhenNothingWasLost) {
  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(Overflow(), (Lines{"overflow", "rescan 0 /r"}));
  EXPECT_EQ(Counts().rescans, 1U);
}

// What it held is in no index any more: nothing is told of it again.
TEST_F(Recover, ForgetsADirectoryThatLeft) {
  kernel_.Rename("/r/d", "/o");
  const rn_root *root = rn_tracker_roots(tracker_);
  Feed(DirRecord(r_, IN_MOVED_FROM, "d", 7) + Record(Wd("/r/d"), IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(rn_tracker_index_size(root), 4U);  // a, b, e, h
}

TEST_F(Recover, TellsAFileThatCame) {
  kernel_.MakeFile("/r/d/new");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~CREATE /r/d/new", "rescan 1 /r"}));
  EXPECT_EQ(Counts().recovered, 1U);
}

TEST_F(Recover, TellsADirectoryThatCameBeforeItsContent) {
  kernel_.MakeFile("/r/new/s/f");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~CREATE /r/new/", "~CREATE /r/new/s/",
                   "~CREATE /r/new/s/f", "rescan 3 /r"}));
  EXPECT_GT(kernel_.WdOf("/r/new/s"), 0);
}

TEST_F(Recover, TellsAFileInTheDepths) {
  std::string deep = "/r/d";
  for (int i = 0; i < 300; i++) deep += "/" + std::to_string(i);
  kernel_.MakeDir(deep);
  Overflow();
  kernel_.MakeFile(deep + "/new");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~CREATE " + deep + "/new", "rescan 1 /r"}));
}

TEST_F(Recover, TellsAFileThatLeft) {
  kernel_.Remove("/r/d/f");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~DELETE /r/d/f", "rescan 1 /r"}));
}

TEST_F(Recover, TellsADirectoryThatLeftBehindItsContent) {
  const int d = Wd("/r/d");
  kernel_.Remove("/r/d");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~DELETE /r/d/s/g", "~DELETE /r/d/s/",
                   "~DELETE /r/d/f", "~DELETE /r/d/", "rescan 4 /r"}));
  EXPECT_FALSE(IsWatched(d));
}

TEST_F(Recover, TellsThatAFileWasWritten) {
  kernel_.Write("/r/a");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~MODIFY /r/a", "~ATTRIB /r/a", "rescan 2 /r"}));
  EXPECT_EQ(Overflow(), (Lines{"overflow", "rescan 0 /r"}));
}

TEST_F(Recover, TellsThatTheStatusOfAFileChanged) {
  kernel_.ChangeStatus("/r/a");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~ATTRIB /r/a", "rescan 1 /r"}));
}

TEST_F(Recover, TellsThatTheStatusOfADirectoryChanged) {
  kernel_.ChangeStatus("/r/d");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~ATTRIB /r/d/", "rescan 1 /r"}));
}

TEST_F(Recover, TellsAgainWhatHadToldOfAChange) {
  Feed(Record(r_, IN_MODIFY, 0, "a"));
  Told();

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~MODIFY /r/a", "~ATTRIB /r/a", "rescan 2 /r"}));
}

TEST_F(Recover, IsNotSureOfWhatChangedJustNow) {
  now_ = 3;
  Feed(OverflowRecord());
  Settle();
  Settle();
  ASSERT_EQ(Told(), (Lines{"overflow", "rescan 0 /r"}));
  now_ = 2000000000;

  const Lines told = Overflow();

  EXPECT_NE(std::find(told.begin(), told.end(), "~MODIFY /r/a"), told.end());
}

TEST_F(Recover, TellsAFileThatWasRenamed) {
  kernel_.Rename("/r/a", "/r/d/a2");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~MOVED_FROM /r/a",
                               "~MOVED_TO /r/d/a2 < /r/a", "rescan 2 /r"}));
}

TEST_F(Recover, TellsADirectoryThatWasRenamed) {
  const int s = Wd("/r/d/s");
  kernel_.Rename("/r/d", "/r/e/d2");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~MOVED_FROM /r/d/",
                               "~MOVED_TO /r/e/d2/ < /r/d", "rescan 2 /r"}));
  Feed(Record(s, IN_MODIFY, 0, "g"));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/e/d2/s/g"});
}

TEST_F(Recover, TellsWhatChangedInARenamedDirectory) {
  kernel_.Rename("/r/d", "/r/d2");
  kernel_.Remove("/r/d2/f");
  kernel_.MakeFile("/r/d2/s/new");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~MOVED_FROM /r/d/", "~MOVED_TO /r/d2/ < /r/d",
                   "~CREATE /r/d2/s/new", "~DELETE /r/d2/f", "rescan 4 /r"}));
}

TEST_F(Recover, MovesBehindTheNewAndBeforeTheOldDirectory) {
  kernel_.Rename("/r/e/h", "/r/new/h2");
  kernel_.Remove("/r/e");
  kernel_.MakeDir("/r/new");

  const Lines told = Overflow();

  EXPECT_EQ(told, (Lines{"overflow", "~CREATE /r/new/", "~MOVED_FROM /r/e/h",
                         "~MOVED_TO /r/new/h2 < /r/e/h", "~DELETE /r/e/",
                         "rescan 4 /r"}));
}

TEST_F(Recover, ADirectoryThatWasMovedIntoANewOneKeepsItsContent) {
  kernel_.MakeDir("/r/new");
  kernel_.Rename("/r/d", "/r/new/d");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~CREATE /r/new/", "~MOVED_FROM /r/d/",
                   "~MOVED_TO /r/new/d/ < /r/d", "rescan 3 /r"}));
}

TEST_F(Recover, AHardLinkIsNoMove) {
  kernel_.Link("/r/a", "/r/d/link");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~CREATE /r/d/link", "rescan 1 /r"}));
}

TEST_F(Recover, OneNameOfTwoMoved) {
  kernel_.Link("/r/a", "/r/link");
  EXPECT_EQ(Overflow(), (Lines{"overflow", "~CREATE /r/link", "rescan 1 /r"}));
  kernel_.Rename("/r/link", "/r/e/link");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~MOVED_FROM /r/link",
                   "~MOVED_TO /r/e/link < /r/link", "rescan 2 /r"}));
}

// Only some of them can be told as moves; all are told.
TEST_F(Recover, ManyNamesOfOneFileMoved) {
  for (int i = 0; i < 50; i++)
    kernel_.Link("/r/a", "/r/d/" + std::to_string(i));
  Overflow();
  for (int i = 0; i < 50; i++)
    kernel_.Rename("/r/d/" + std::to_string(i), "/r/e/" + std::to_string(i));

  std::multiset<std::string> came, left;
  size_t moves = 0;
  for (const std::string &line : Overflow()) {
    const std::string path = line.substr(line.find(' ') + 1);
    if (line.rfind("~CREATE ", 0) == 0) came.insert(path);
    if (line.rfind("~DELETE ", 0) == 0) left.insert(path);
    if (line.rfind("~MOVED_FROM ", 0) == 0) left.insert(path);
    if (line.rfind("~MOVED_TO ", 0) != 0) continue;
    came.insert(path.substr(0, path.find(' ')));
    moves++;
  }
  std::multiset<std::string> here, there;
  for (int i = 0; i < 50; i++) {
    here.insert("/r/d/" + std::to_string(i));
    there.insert("/r/e/" + std::to_string(i));
  }
  EXPECT_EQ(came, there);
  EXPECT_EQ(left, here);
  EXPECT_GT(moves, 0U);
  EXPECT_EQ(Overflow(), (Lines{"overflow", "rescan 0 /r"}));
}

TEST_F(Recover, AnInodeThatWasGivenAnewIsNoMove) {
  kernel_.Rename("/r/a", "/r/other");  // as if deleted, and its number reused
  kernel_.Write("/r/other");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~CREATE /r/other", "~DELETE /r/a",
                               "rescan 2 /r"}));
}

TEST_F(Recover, AFileThatTookThePlaceOfAnother) {
  kernel_.Rename("/r/a", "/r/b");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~DELETE /r/b", "~MOVED_FROM /r/a",
                               "~MOVED_TO /r/b < /r/a", "rescan 3 /r"}));
}

TEST_F(Recover, AFileThatWasReplacedByANewOne) {
  kernel_.Remove("/r/a");
  kernel_.MakeFile("/r/a");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~DELETE /r/a", "~CREATE /r/a", "rescan 2 /r"}));
}

TEST_F(Recover, AFileInPlaceOfADirectory) {
  kernel_.Remove("/r/e");
  kernel_.MakeFile("/r/e");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~DELETE /r/e/h", "~DELETE /r/e/",
                               "~CREATE /r/e", "rescan 3 /r"}));
}

TEST_F(Recover, AChainOfRenamesFromItsEnd) {
  kernel_.Rename("/r/b", "/r/c");
  kernel_.Rename("/r/a", "/r/b");

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~MOVED_FROM /r/b",
                               "~MOVED_TO /r/c < /r/b", "~MOVED_FROM /r/a",
                               "~MOVED_TO /r/b < /r/a", "rescan 4 /r"}));
}

TEST_F(Recover, ASwapOfFilesDepartsOne) {
  kernel_.Rename("/r/a", "/r/t");
  kernel_.Rename("/r/b", "/r/a");
  kernel_.Rename("/r/t", "/r/b");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~DELETE /r/a", "~MOVED_FROM /r/b",
                   "~MOVED_TO /r/a < /r/b", "~CREATE /r/b", "rescan 4 /r"}));
}

TEST_F(Recover, ASwapOfDirectoriesTellsTheContentOfOne) {
  const int h = Wd("/r/e");
  kernel_.Rename("/r/d", "/r/t");
  kernel_.Rename("/r/e", "/r/d");
  kernel_.Rename("/r/t", "/r/e");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~DELETE /r/d/s/g", "~DELETE /r/d/s/",
                   "~DELETE /r/d/f", "~DELETE /r/d/", "~MOVED_FROM /r/e/",
                   "~MOVED_TO /r/d/ < /r/e", "~CREATE /r/e/", "~CREATE /r/e/f",
                   "~CREATE /r/e/s/", "~CREATE /r/e/s/g", "rescan 10 /r"}));
  Feed(Record(h, IN_MODIFY, 0, "h"));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/d/h"});
}

TEST_F(Recover, ADirectoryThatWasDeletedAndMadeAnew) {
  kernel_.Remove("/r/e");
  kernel_.MakeFile("/r/e/i");

  EXPECT_EQ(Overflow(),
            (Lines{"overflow", "~DELETE /r/e/h", "~DELETE /r/e/",
                   "~CREATE /r/e/", "~CREATE /r/e/i", "rescan 4 /r"}));
  Feed(Record(Wd("/r/e"), IN_MODIFY, 0, "i"));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/e/i"});
}

TEST_F(Recover, ARecordThatIsStillQueuedIsNotToldAgain) {
  kernel_.MakeFile("/r/new");
  kernel_.Remove("/r/a");
  Feed(OverflowRecord());
  EndTurn();
  Walk();

  Feed(Record(r_, IN_CREATE, 0, "new") + Record(r_, IN_DELETE, 0, "a"));
  Repair();

  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/new", "~DELETE /r/a",
                           "rescan 2 /r"}));
}

// It is about what had the name before: what has it now goes on waiting.
TEST_F(Recover, ADepartureThatIsStillQueuedEndsNoWaitingToSettle) {
  rn_tracker_roots(tracker_)->settle_ns = 1;
  kernel_.Remove("/r/a");
  kernel_.MakeDir("/r/a");
  Feed(OverflowRecord());
  EndTurn();
  Walk();

  Feed(Record(r_, IN_DELETE, 0, "a") + DirRecord(r_, IN_CREATE, "a"));
  Repair();

  EXPECT_EQ(Told(), (Lines{"overflow", "~DELETE /r/a", "~CREATE /r/a/",
                           "rescan 2 /r"}));
}

TEST_F(Recover, ADirectoryWhoseRecordIsStillQueuedIsNotToldAgain) {
  kernel_.MakeFile("/r/new/f");
  Feed(OverflowRecord());
  EndTurn();
  Walk();

  Feed(DirRecord(r_, IN_CREATE, "new") +
       Record(Wd("/r/new"), IN_CREATE, 0, "f"));
  Repair();

  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/new/", "~CREATE /r/new/f",
                           "rescan 2 /r"}));
}

TEST_F(Recover, WhatHappensAfterTheListingIsTold) {
  Feed(OverflowRecord());
  EndTurn();
  Walk();

  Feed(Record(r_, IN_DELETE, 0, "a") + Record(r_, IN_CREATE, 0, "a"));
  Repair();

  EXPECT_EQ(Told(),
            (Lines{"overflow", "DELETE /r/a", "CREATE /r/a", "rescan 0 /r"}));
}

TEST_F(Recover, AnArrivalOfWhatIsThereProvesThatADepartureWasLost) {
  Feed(OverflowRecord() + Record(r_, IN_CREATE, 0, "a"));

  EXPECT_EQ(Told(), (Lines{"overflow", "~DELETE /r/a", "CREATE /r/a"}));
}

TEST_F(Recover, ADepartureOfWhatNobodyKnowsIsNotTold) {
  Feed(OverflowRecord() + Record(r_, IN_DELETE, 0, "unknown"));

  EXPECT_EQ(Told(), Lines{"overflow"});
}

TEST_F(Recover, AnotherOverflowBeginsAnewAndTellsNothingTwice) {
  kernel_.MakeFile("/r/d/new");
  Feed(OverflowRecord());
  EndTurn();
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  kernel_.MakeFile("/r/late");

  Feed(OverflowRecord());
  Repair();

  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/d/new", "overflow",
                           "~CREATE /r/late", "rescan 2 /r"}));
}

TEST_F(Recover, WaitsForAnEmptyQueue) {
  kernel_.MakeFile("/r/new");
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "a"));
  Feed(OverflowRecord());

  EndTurn();

  EXPECT_FALSE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  Repair();
  EXPECT_EQ(Counts().rescans, 1U);
}

TEST_F(Recover, WaitsForAMultipleOfTheLastRescan) {
  Feed(OverflowRecord());
  EndTurn();
  now_ += 10000000;
  Settle();
  now_ += 39000000;
  Feed(OverflowRecord());

  EndTurn();

  EXPECT_FALSE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  EXPECT_EQ(rn_tracker_patience_ms(tracker_), 2);
  now_ += 1000000;
  EndTurn();
  EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
}

TEST_F(Recover, DoesNotWaitWhenItIsToEnd) {
  Feed(OverflowRecord());
  EndTurn();
  now_ += 1000000000;
  Settle();
  Feed(OverflowRecord());

  rn_tracker_hurry(tracker_);
  EndTurn();

  EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  Settle();
  EXPECT_FALSE(rn_tracker_is_waiting(tracker_));
}

TEST_F(Recover, WatchesFollowARename) {
  const int r = r_;
  Feed(DirRecord(r, IN_MOVED_FROM, "d", 7));
  kernel_.Rename("/r/d", "/r/e/d2");
  Feed(DirRecord(Wd("/r/e"), IN_MOVED_TO, "d2", 7));
  Settle();
  Told();

  EXPECT_EQ(Overflow(), (Lines{"overflow", "~ATTRIB /r/e/d2/", "rescan 1 /r"}));
}

TEST_F(Recover, TakesInARenameThatIsToldInOne) {
  kernel_.MakeFile("/p/a");
  kernel_.Write("/p/a");
  rn_root *root = AddRecovering("/p");
  root->pair_wait_ns = 1000000000;
  root->filter.mask |= IN_MOVE;
  const int p = Wd("/p");
  kernel_.Rename("/p/a", "/p/b");
  Feed(Record(p, IN_MOVED_FROM, 7, "a") + Record(p, IN_MOVED_TO, 7, "b"));
  EXPECT_EQ(Told().size(), 1U);

  const Lines told = Overflow();

  EXPECT_EQ(std::count(told.begin(), told.end(), "~ATTRIB /p/b"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "rescan 1 /p"), 1);
}

TEST_F(Recover, ARootWithoutTheOptionIsComparedAsEver) {
  kernel_.MakeDir("/o");
  Add("/o");
  kernel_.MakeFile("/o/d/f");

  const Lines told = Overflow();

  EXPECT_EQ(told, (Lines{"overflow", "~CREATE /o/d/", "~CREATE /o/d/f",
                         "rescan 0 /r"}));
}

TEST_F(Recover, ADirectoryThatIsNotRecursive) {
  kernel_.MakeFile("/n/f");
  kernel_.MakeFile("/n/d/g");
  AddRecovering("/n", false);
  kernel_.Remove("/n/f");
  kernel_.MakeFile("/n/d/h");
  kernel_.MakeFile("/n/new");

  const Lines told = Overflow();

  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /n/new"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "~DELETE /n/f"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /n/d/h"), 0);
}

TEST_F(Recover, AFileHasNoIndex) {
  rn_addition addition = {};
  addition.path = rn_bytes_of("/r/a");
  addition.access_path = addition.path;
  addition.mask = kAllNamed;
  addition.recover = true;
  rn_root *root = nullptr;

  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &root), -ENOTDIR);
}

TEST_F(Recover, ADirectoryThatEndsUnseenTakesItsContentAlong) {
  const int e = Wd("/r/e");
  kernel_.Remove("/r/e");
  Feed(OverflowRecord() + IgnoredRecord(e));
  Repair();

  EXPECT_EQ(Told(), (Lines{"overflow", "~DELETE /r/e/h", "IGNORED /r/e/",
                           "~DELETE /r/e/", "rescan 1 /r"}));
}

}  // namespace
}  // namespace rn
