// Waits of the tracker have an end, whatever is renamed meanwhile.

#include <errno.h>

#include <algorithm>
#include <functional>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Waits : public TrackFixture {
 protected:
  Waits() {
    kernel_.MakeDir("/r/old");
    Add("/r");
    r_ = Wd("/r");
    old_ = Wd("/r/old");
  }

  // Let no watch more be had, but for a fence's moment.
  void ReachTheLimit() {
    kernel_.On(&KernelHooks::watch_add,
               [this](int fd, const char *path, uint32_t mask) {
                 const rn_sys *sys = kernel_.beneath();
                 const size_t before = kernel_.Watches().size();
                 const int wd = sys->watch_add(sys, fd, path, mask);
                 const bool fence = (mask & IN_MASK_ADD) == 0;
                 if (fence || kernel_.Watches().size() == before) return wd;
                 EXPECT_EQ(sys->watch_remove(sys, fd, wd), 0);
                 return -ENOSPC;
               });
  }

  // The clock stands still, and goes on by this.
  void StopTheClock() {
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_ns_; });
  }
  void Sleep(int ms) { now_ns_ += int64_t{ms} * 1000000; }

  // Turns until nothing waits any more, each with these records; -1: too many.
  int TurnsToRest(const std::function<Bytes()> &records) {
    for (int turn = 0; turn < 5000; turn++) {
      if (rn_tracker_barrier_passed(tracker_)) return turn;
      Feed(records());
      Walk();
      EndTurn();
      Drain();
    }
    return -1;
  }
  // A directory of /s, another root, is renamed, again and again.
  Bytes RenameElsewhere(uint32_t type) {
    const bool back = cookie_++ % 2 != 0;
    const std::string from = back ? "y" : "x", to = back ? "x" : "y";
    kernel_.Rename("/s/" + from, "/s/" + to);
    return Record(s_, IN_MOVED_FROM | type, cookie_, from) +
           Record(s_, IN_MOVED_TO | type, cookie_, to);
  }
  // /r is renamed, and then a directory appears in it: it cannot be found.
  void LoseTheRoot() {
    kernel_.MakeFile("/s/x/f");
    Add("/s");
    s_ = Wd("/s");
    kernel_.MakeDir("/r/d");
    kernel_.Rename("/r", "/q");
    Feed(DirRecord(r_, IN_CREATE, "d"));
    rn_tracker_barrier_begin(tracker_);
    EndTurn();
    EXPECT_EQ(Told(), Lines{"CREATE /r/d/"});
  }

  int64_t now_ns_ = int64_t{1} << 40;
  uint32_t cookie_ = 100;
  int r_ = 0, old_ = 0, s_ = 0;
};

// That its path is another's is found out by watching that, which may need the
// one watch that is not to be had.
TEST_F(Waits, APathThatIsAnothersIsTriedAgainAtTheWatchLimit) {
  kernel_.MakeFile("/r/old/d/f");
  kernel_.Rename("/r/old", "/r/new");
  kernel_.MakeDir("/r/old");
  ReachTheLimit();
  Feed(DirRecord(old_, IN_CREATE, "d"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/old/d/"});

  kernel_.On(&KernelHooks::watch_add, nullptr);
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old",
                           "~CREATE /r/new/d/f"}));
}

// -- Looking for a directory again --------------------------------------------

// The path of the one root is another's, that of the other leads there.
TEST_F(Waits, ADirectoryIsOpenedByThePathOfAnyOfItsWatches) {
  Add("/r/old");
  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       DirRecord(r_, IN_MOVED_TO, "new", 7));
  Told();

  kernel_.MakeFile("/r/new/d/f");
  Feed(DirRecord(old_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/new/d/", "CREATE /r/old/d/",
                           "~CREATE /r/old/d/f", "~CREATE /r/new/d/f"}));
}

TEST_F(Waits, RenamesOfFilesGiveNoHope) {
  LoseTheRoot();

  const int turns = TurnsToRest([this] { return RenameElsewhere(0); });

  EXPECT_GT(turns, 0);
  EXPECT_LE(turns, RN_SCAN_TRIES + 8);
  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "error -2 /r"), 1);
}

TEST_F(Waits, RenamesOfDirectoriesGiveHopeForAWhile) {
  LoseTheRoot();

  const int turns = TurnsToRest([this] { return RenameElsewhere(IN_ISDIR); });

  EXPECT_GT(turns, RN_SCAN_TRIES);
  EXPECT_LE(turns, RN_SCAN_TRIES_MAX + 8);
  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "error -2 /r"), 1);
}

// Nor is it tried anew for ever, or are names remembered.
TEST_F(Waits, WhatWasGivenUpIsLeftAlone) {
  LoseTheRoot();
  ASSERT_GE(TurnsToRest([this] { return RenameElsewhere(IN_ISDIR); }), 0);
  Settle();
  const uint64_t opened = kernel_.Count(Call::kDirOpen);

  for (int i = 0; i < 100; i++) {
    Feed(Record(s_, IN_MOVED_FROM, 7, "f") + Record(s_, IN_MOVED_TO, 7, "g"));
    EndTurn();
  }

  EXPECT_EQ(kernel_.Count(Call::kDirOpen), opened);
  EXPECT_FALSE(rn_tracker_wants_turn(tracker_));
  for (rn_root *root = rn_tracker_roots(tracker_); root != nullptr;
       root = root->next)
    EXPECT_TRUE(root->top->passage == nullptr ||
                !root->top->passage->has_known);

  Told();
  kernel_.MakeDir("/q/e");
  Feed(DirRecord(r_, IN_CREATE, "e"));
  EXPECT_EQ(Told(), (Lines{"CREATE /r/e/", "error -2 /r/e"}));
  EXPECT_FALSE(rn_tracker_wants_turn(tracker_));
}

// What is new begins anew: this time the way is found.
TEST_F(Waits, WhatWasGivenUpIsLookedForWhenItIsNamedAgain) {
  LoseTheRoot();
  ASSERT_GE(TurnsToRest([this] { return RenameElsewhere(IN_ISDIR); }), 0);
  Settle();
  Told();
  kernel_.MakeFile("/q/e/f");
  Feed(RenameElsewhere(IN_ISDIR) + DirRecord(r_, IN_CREATE, "e"));
  EndTurn();
  Drain();

  kernel_.Rename("/q", "/r");
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /r/e/f"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "error -2 /r"), 0);
}

// -- Between two places -------------------------------------------------------

// A mount point that is renamed where nothing is mounted: what is watched is
// the mounted directory, which has not moved, and says nothing.
TEST_F(Waits, WhatLeftWithoutAWordIsGoneAfterAWhile) {
  StopTheClock();
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       Record(old_, IN_CREATE, 0, "f"));
  rn_tracker_barrier_begin(tracker_);
  Settle();
  EXPECT_FALSE(rn_tracker_barrier_passed(tracker_));
  EXPECT_TRUE(IsWatched(old_));

  for (int i = 0; i < RN_MOVE_FENCES; i++) {
    EXPECT_TRUE(IsWatched(old_));
    const int patience_ms = rn_tracker_patience_ms(tracker_);
    EXPECT_GT(patience_ms, 0);
    EXPECT_LE(patience_ms, RN_MOVE_MS + 1);
    Sleep(RN_MOVE_MS);
    Settle();
  }

  EXPECT_FALSE(IsWatched(old_));
  EXPECT_TRUE(rn_tracker_barrier_passed(tracker_));
  EXPECT_EQ(rn_tracker_patience_ms(tracker_), -1);
  EXPECT_EQ(Told(), Lines{"MOVED_FROM /r/old/"});
}

TEST_F(Waits, ItsRestMayComeALittleLater) {
  StopTheClock();
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       Record(old_, IN_CREATE, 0, "f"));
  Sleep(RN_MOVE_MS);
  Settle();
  Sleep(RN_MOVE_MS - 1);
  Settle();

  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_TO, "new", 7));
  Sleep(RN_MOVE_MS);
  Settle();

  EXPECT_TRUE(IsWatched(old_));
  EXPECT_EQ(rn_tracker_patience_ms(tracker_), -1);
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old",
                           "CREATE /r/new/f"}));
}

// What is below it waits as well, and without a fence after the other.
TEST_F(Waits, WhatIsBelowDoesNotAskAgainAndAgain) {
  StopTheClock();
  kernel_.MakeFile("/r/old/d/f");
  Feed(DirRecord(old_, IN_CREATE, "d"));
  Walk();
  EndTurn();
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7));
  const uint64_t added = kernel_.Count(Call::kWatchAdd);
  Settle();
  EXPECT_EQ(kernel_.Count(Call::kWatchAdd), added);

  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();

  EXPECT_EQ(rn_tracker_patience_ms(tracker_), -1);
  EXPECT_EQ(Told(), (Lines{"CREATE /r/old/d/", "~CREATE /r/old/d/f",
                           "MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old"}));
}

// A fence that was put for something else lies between the halves.
TEST_F(Waits, AFenceForSomethingElseDoesNotEndARename) {
  kernel_.MakeDir("/r/old/d");
  kernel_.Rename("/r/old", "/r/other");
  Feed(DirRecord(old_, IN_CREATE, "d"));  // is not found under its path,
  kernel_.Rename("/r/other", "/r/old");
  EndTurn();
  Drain();
  Walk();     // but when that is looked for again,
  EndTurn();  // which waits for a fence
  Told();
  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7));
  Drain();

  Feed(DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();

  EXPECT_TRUE(IsWatched(old_));
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old"}));
}

// Without a bound who writes there decides how much memory is taken.
TEST_F(Waits, RecordsThatAreKeptHaveABound) {
  const std::string name(255, 'n');
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7));
  Told();
  Bytes many;
  for (int i = 0; i < 64; i++) many += Record(old_, IN_CREATE, 0, name);
  size_t count = 0;
  for (; Told().empty() && count * name.size() < 2 * RN_KEPT_MAX; count += 64)
    Feed(many);

  EXPECT_GT(count * name.size(), size_t{RN_KEPT_MAX} / 2);
  EXPECT_LT(count * name.size(), size_t{RN_KEPT_MAX});
  EXPECT_EQ(Counts().kernel_overflows, 1U);
}

// When the directory is found all of them are taken in at once, and each may be
// of a directory that has to be looked for.
TEST_F(Waits, RecordsThatAreKeptAreFewEnoughForATurn) {
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7));
  int count = 0;
  for (; Counts().kernel_overflows == 0 && count < 100000; count++)
    Feed(DirRecord(old_, IN_CREATE, "d"));

  EXPECT_GT(count, 1000);
  EXPECT_LT(count, 6000);
}

// Then it is as if the kernel had lost them: the tree is compared with the
// disk.
TEST_F(Waits, WhatARecordBeyondTheBoundSaidIsFoundOut) {
  const std::string name(255, 'n');
  kernel_.Rename("/r/old", "/r/new");
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7));
  kernel_.MakeFile("/r/new/d/f");
  Bytes many;
  for (int i = 0; i < 64; i++) many += Record(old_, IN_MODIFY, 0, name);
  while (Counts().kernel_overflows == 0) Feed(many);
  Feed(DirRecord(old_, IN_CREATE, "d"));
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "overflow"}));

  Feed(DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /r/new/d/f"), 1);
}

}  // namespace
}  // namespace rn
