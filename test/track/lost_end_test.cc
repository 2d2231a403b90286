// The kernel lost the end of a watch: it is asked whether the watch is left.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class LostEnd : public TrackFixture {
 protected:
  // What is at a path goes, and its IN_IGNORED is lost.
  void Lose(const std::string &path) {
    const int wd = Wd(path);
    kernel_.Remove(path);
    kernel_.EndWatch(wd);
    LoseQueue();
  }

  // The first question for a watch by its number cannot be put.
  void FailToAsk(int error) {
    kernel_.On(&KernelHooks::watch_next, [this, error](int fd, int wd) {
      if (!failed_) kernel_.FailNext(Call::kWatchAdd, error);
      failed_ = true;
      return kernel_.beneath()->watch_next(kernel_.beneath(), fd, wd);
    });
  }

  bool failed_ = false;
};

TEST_F(LostEnd, OfAPlainRootIsTold) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  Add("/d", "/d", false);
  Lose("/d/f");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f", "ended /d/f"}));
}

TEST_F(LostEnd, OfOneThatWasReplacedIsTold) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  Lose("/d/f");
  kernel_.MakeFile("/d/f");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f", "ended /d/f"}));
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
}

// What is at their path is watched for a moment, once for all of them: not more
// of that than the queue holds.
TEST_F(LostEnd, OfRootsOfOneObjectIsLookedForAtOneGo) {
  rn_tracker_set_queue(tracker_, 8);
  kernel_.MakeFile("/d/f");
  for (int i = 0; i < 3; i++) Add("/d/f", "/d/f", false);
  Lose("/d/f");
  kernel_.MakeFile("/d/f");
  const uint64_t before = kernel_.Count(Call::kWatchRemove);

  Feed(OverflowRecord());
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  EXPECT_EQ(kernel_.Count(Call::kWatchRemove) - before, 1U);
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "ended /d/f"), 3);
}

// The mark that asks has the number of a watch whose end is still to be read,
// and is lost.
TEST_F(LostEnd, IsAskedForByNoRecordOfAnother) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  kernel_.Rename("/d/f", "/d/g");
  kernel_.MakeFile("/d/f");
  const int other = Wd("/d/f") + 1;
  const uint64_t before = Counts().read;

  Feed(OverflowRecord());
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  LoseQueue();
  Feed(IgnoredRecord(other));

  EXPECT_EQ(Counts().read - before, 2U);
}

// A watch is of an object, not of its name.
TEST_F(LostEnd, OfOneThatWasRenamedIsNone) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  const int wd = Wd("/d/f");
  kernel_.Rename("/d", "/e");

  Feed(OverflowRecord() + Record(wd, IN_MODIFY));
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "MODIFY /d/f"}));
  EXPECT_TRUE(IsWatched(wd));
}

// Behind the marker is what the kernel still said.
TEST_F(LostEnd, ThatWasNotLostIsToldOnce) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  const int wd = Wd("/d/f");
  kernel_.Remove("/d/f");
  kernel_.EndWatch(wd);
  LoseQueue();

  Feed(OverflowRecord());
  Walk();
  Feed(Record(wd, IN_DELETE_SELF) + IgnoredRecord(wd));
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "DELETE_SELF /d/f", "IGNORED /d/f",
                           "ended /d/f"}));
}

// However many there are beside it, which may be listed only at one go.
TEST_F(LostEnd, IsLookedForWithoutAListOfAllWatches) {
  kernel_.MakeFile("/d/f");
  kernel_.MakeFile("/d/g");
  Add("/d/f", "/d/f", false);
  Add("/d/g", "/d/g", false);
  kernel_.Rename("/d/g", "/d/h");
  Lose("/d/f");
  const uint64_t before = kernel_.Count(Call::kFileText);

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f", "ended /d/f"}));
  EXPECT_EQ(kernel_.Count(Call::kFileText), before);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

// Who asks the kernel leaves the numbers of watches as they were.
TEST_F(LostEnd, DoesNotGiveItsNumberToAnother) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  kernel_.MakeFile("/d/g");
  Add("/d/g", "/d/g", false);
  const int last = Wd("/d/g");
  Lose("/d/f");

  Feed(OverflowRecord());
  Settle();
  kernel_.MakeFile("/d/h");
  Add("/d/h", "/d/h", false);

  EXPECT_GT(Wd("/d/h"), last);
}

// However short the queue is, questions and fences find room in it: or they
// would be what the next loss is of, and be put again.
TEST_F(LostEnd, IsAskedForInAShortQueue) {
  rn_tracker_set_queue(tracker_, 2);
  for (const char *path : {"/d/f", "/d/g", "/d/h"}) {
    kernel_.MakeFile(path);
    Add(path, path, false);
  }
  Lose("/d/f");
  const int other = Wd("/d/g");
  kernel_.Rename("/d", "/e");

  Feed(OverflowRecord());
  kernel_.EndWatch(other);  // so a question needs a mark in front of it
  int turns = 0;
  do {
    ASSERT_LT(turns++, 100);
    const uint64_t before = kernel_.Count(Call::kWatchRemove);
    for (int i = 0; i < 3; i++) rn_tracker_walk(tracker_, RN_WALK_NEW);
    EndTurn();
    ASSERT_LE(kernel_.Count(Call::kWatchRemove) - before, 2U);
  } while (Drain() || rn_tracker_is_walking(tracker_, RN_WALK_NEW));

  Lines told = Told();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Lines{"IGNORED /d/f", "IGNORED /d/g", "ended /d/f",
                         "ended /d/g", "overflow"}));
}

// Each question makes a record: not more of them than the queue holds.
TEST_F(LostEnd, IsAskedForInPieces) {
  constexpr int kRoots = 200;
  rn_tracker_set_queue(tracker_, 80);
  for (int i = 0; i < kRoots; i++) {
    const std::string path = "/d/f" + std::to_string(i);
    kernel_.MakeFile(path);
    Add(path, path, false);
  }
  Lose("/d/f0");
  kernel_.Rename("/d", "/e");
  const uint64_t before = kernel_.Count(Call::kWatchNext);

  Feed(OverflowRecord());
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  EXPECT_LE(kernel_.Count(Call::kWatchNext) - before, 2U * 80 / 8);
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f0", "ended /d/f0"}));
}

TEST_F(LostEnd, IsLookedForAgainWhenThereIsAWatchToAskWith) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  Lose("/d/f");
  kernel_.On(&KernelHooks::watch_add,
             [](int, const char *, uint32_t) { return -ENOSPC; });

  Feed(OverflowRecord());
  Walk();
  EndTurn();
  EXPECT_EQ(Told(), Lines{"overflow"});
  kernel_.On(&KernelHooks::watch_add, nullptr);
  Settle();

  EXPECT_EQ(Told(), (Lines{"IGNORED /d/f", "ended /d/f"}));
}

TEST_F(LostEnd, IsAskedForAgainWhateverFailed) {
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  Lose("/d/f");
  FailToAsk(-EACCES);

  Feed(OverflowRecord());
  Settle();

  EXPECT_TRUE(failed_);
  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f", "ended /d/f"}));
}

TEST_F(LostEnd, IsNotKnownWhereTheKernelIsBuiltWithoutTheMeans) {
  kernel_.On(&KernelHooks::watch_next, [](int, int) { return -ENOTTY; });
  kernel_.MakeFile("/d/f");
  Add("/d/f", "/d/f", false);
  Lose("/d/f");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), Lines{"overflow"});
}

TEST_F(LostEnd, IsLookedForInPieces) {
  constexpr int kRoots = 200;
  for (int i = 0; i < kRoots; i++) {
    const std::string path = "/d/f" + std::to_string(i);
    kernel_.MakeFile(path);
    Add(path, path, false);
  }
  const uint64_t before = kernel_.Count(Call::kDirOpen);

  Feed(OverflowRecord());
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  const uint64_t piece = kernel_.Count(Call::kDirOpen) - before;
  EXPECT_GT(piece, 0U);
  EXPECT_LT(piece, 100U);
  Settle();

  EXPECT_EQ(kernel_.Count(Call::kDirOpen) - before, uint64_t{kRoots});
  EXPECT_EQ(Told(), Lines{"overflow"});
}

TEST_F(LostEnd, OfARecursiveRootIsTold) {
  kernel_.MakeDir("/r");
  Add("/r");
  Lose("/r");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /r/", "ended /r"}));
}

TEST_F(LostEnd, OfARecoveringRootTakesBackWhatWasTold) {
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&now] { return now; });
  kernel_.MakeFile("/r/f");
  AddRecovering("/r");
  kernel_.Remove("/r/f");
  Lose("/r");

  Feed(OverflowRecord());
  for (int i = 0; i < 40; i++) {
    Settle();
    now += int64_t{10} * 1000000000;
  }

  EXPECT_EQ(Told(),
            (Lines{"overflow", "~DELETE /r/f", "IGNORED /r/", "ended /r"}));
}

TEST_F(LostEnd, OfARecoveringRootIsAskedForAgain) {
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&now] { return now; });
  kernel_.MakeDir("/r");
  AddRecovering("/r");
  Lose("/r");
  FailToAsk(-ENOSPC);

  Feed(OverflowRecord());
  for (int i = 0; i < 40; i++) {
    Settle();
    now += int64_t{10} * 1000000000;
  }

  EXPECT_TRUE(failed_);
  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /r/", "ended /r"}));
}

// A read leads to so many questions at most: each root has its turn.
TEST_F(LostEnd, OfOneOfManyRecoveringRootsIsTold) {
  constexpr int kRoots = 30;
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&now] { return now; });
  for (int i = 0; i < kRoots; i++) {
    const std::string path = "/d/r" + std::to_string(i);
    kernel_.MakeDir(path);
    AddRecovering(path);
  }
  rn_tracker_set_queue(tracker_, 80);
  Lose("/d/r0");
  Lose("/d/r" + std::to_string(kRoots - 1));
  kernel_.Rename("/d", "/e");

  Feed(OverflowRecord());
  for (int i = 0; i < 40; i++) {
    Settle();
    now += int64_t{100} * 1000000000;
  }

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "ended /d/r0"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(),
                       "ended /d/r" + std::to_string(kRoots - 1)),
            1);
}

}  // namespace
}  // namespace rn
