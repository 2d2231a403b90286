// What an addition that is being walked would tell: behind its success, or
// never.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Adding : public TrackFixture {
 protected:
  Adding() {
    for (const char *dir : {"a", "b", "c"})
      kernel_.MakeDir(std::string("/r/") + dir + "/d");
    rn_tracker_set_pace(tracker_, 1, 1, 1000);
  }

  // Begin to add /r; the walk has watched its top and something below it.
  void Begin(bool persistent = false) {
    rn_addition addition = {};
    addition.path = rn_bytes_of("/r");
    addition.access_path = addition.path;
    addition.mask = mask_;
    addition.recursive = true;
    addition.persistent = persistent;
    ASSERT_EQ(rn_tracker_add(tracker_, &addition, &root_), 0);
    for (int i = 0; i < 4; i++) rn_tracker_walk(tracker_, RN_WALK_ADDED);
    ASSERT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_ADDED));
    r_ = Wd("/r");
  }

  int Error() { return rn_tracker_walk_error(tracker_); }

  rn_root *root_ = nullptr;
  int r_ = 0;
};

TEST_F(Adding, TellsWhatHappenedWhenItHasSucceeded) {
  Begin();

  Feed(Record(r_, IN_CREATE, 0, "f") + Record(r_, IN_MODIFY, 0, "f"));
  EXPECT_EQ(Told(), Lines{});
  Walk();

  EXPECT_EQ(Error(), 0);
  EXPECT_EQ(Told(), (Lines{"CREATE /r/f", "MODIFY /r/f"}));
  Feed(Record(r_, IN_MODIFY, 0, "f"));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/f"});
}

TEST_F(Adding, TellsNothingWhenItFails) {
  Begin();
  Feed(Record(r_, IN_CREATE, 0, "f"));
  kernel_.On(&KernelHooks::watch_add,
             [](int, const char *, uint32_t) { return -ENOSPC; });

  Walk();
  EXPECT_EQ(Error(), -ENOSPC);
  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "CREATE /r/f"), 0);
  EXPECT_NE(root_->mute & RN_MUTE_ABANDONED, 0); /* nor what comes now */
  kernel_.On(&KernelHooks::watch_add, nullptr);
  rn_tracker_abandon(tracker_, root_);
  Settle();
  EXPECT_EQ(Told().back(), "ended /r");
}

TEST_F(Adding, OfWhatIsDeletedMeanwhileFails) {
  Begin();

  Feed(Record(r_, IN_DELETE_SELF) + IgnoredRecord(r_));
  kernel_.EndWatch(r_);
  Walk();

  EXPECT_EQ(Error(), -ENOENT);
  EXPECT_EQ(Told(), Lines{});
}

// It goes on, whatever is at its path.
TEST_F(Adding, OfAPathThatIsFollowedDoesNotFailByAnEnd) {
  Begin(true);

  Feed(Record(r_, IN_DELETE_SELF) + IgnoredRecord(r_));
  kernel_.EndWatch(r_);
  Walk();

  EXPECT_EQ(Error(), 0);
  EXPECT_EQ(Told().front(), "DELETE_SELF /r/");
}

TEST_F(Adding, KeepsNobodyElseWaiting) {
  kernel_.MakeDir("/s");
  Add("/s");
  Begin();

  Feed(Record(r_, IN_MODIFY, 0, "f") + Record(Wd("/s"), IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY /s/f"});
}

TEST_F(Adding, LosesWhatItKeptWithALoss) {
  Begin();
  Feed(Record(r_, IN_CREATE, 0, "f"));
  kernel_.MakeDir("/r/new");

  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Error(), 0);
  EXPECT_EQ(Told(), (Lines{"overflow", "~CREATE /r/new/"}));
}

TEST_F(Adding, KeepsNoMoreThanABound) {
  Begin();
  const std::string name(200, 'n');
  Bytes records;
  for (int i = 0; i < 100; i++) records += Record(r_, IN_MODIFY, 0, name);
  size_t fed = 0;
  while (Counts().kernel_overflows == 0 && fed < 4 * size_t{RN_KEPT_MAX}) {
    Feed(records);
    fed += 100 * name.size();
  }

  EXPECT_LT(fed, size_t{RN_KEPT_MAX});
  EXPECT_EQ(Told(), Lines{"overflow"});
  Walk();
  EXPECT_EQ(Error(), 0);
}

// A turn tells a piece of them, the walk goes on until all are told.
TEST_F(Adding, TellsThemInPieces) {
  Begin();
  constexpr size_t kCount = 20000;
  for (size_t i = 0; i < kCount; i++) Feed(Record(r_, IN_MODIFY, 0, "f"));
  size_t told = 0;
  size_t largest = 0;
  int pieces = 0;

  while (rn_tracker_is_walking(tracker_, RN_WALK_ADDED)) {
    rn_tracker_walk(tracker_, RN_WALK_ADDED);
    const size_t piece = Told().size();
    if (piece > 0) pieces++;
    told += piece;
    largest = std::max(largest, piece);
  }

  EXPECT_EQ(told, kCount);
  EXPECT_GT(pieces, 1);
  EXPECT_LT(largest, kCount);
}

}  // namespace
}  // namespace rn
