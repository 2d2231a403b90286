// The end of many watches: a few a turn, silent from the first on.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

constexpr uint32_t kShare = 4;
constexpr int kDirs = 30;

// /r/t has directories, /r/t/0 ... with one more in each; /r/k is beside it.
class Leave : public TrackFixture {
 protected:
  void SetUp() override {
    rn_tracker_set_pace(tracker_, 16, 512, kShare);
    for (int i = 0; i < kDirs; i++) kernel_.MakeDir(Dir(i) + "/s");
    kernel_.MakeDir("/r/k");
    root_ = Add("/r");
    r_ = Wd("/r");
    t_ = Wd("/r/t");
    Told();
  }

  static std::string Dir(int i) { return "/r/t/" + std::to_string(i); }

  uint64_t Ended() const { return kernel_.Count(Call::kWatchRemove); }

  // The tree leaves what is watched.
  void MoveOut() {
    kernel_.Rename("/r/t", "/o");
    Feed(DirRecord(r_, IN_MOVED_FROM, "t", 7) + Record(t_, IN_MOVE_SELF));
  }

  void MoveBackIn() {
    kernel_.Rename("/o", "/r/t");
    Feed(Record(t_, IN_MOVE_SELF) + DirRecord(r_, IN_MOVED_TO, "t", 8));
  }

  // The most watches that one walk ends; what the kernel has is read behind
  // each.
  uint64_t MostEndsInATurn() {
    uint64_t most = 0;
    do {
      const uint64_t before = Ended();
      rn_tracker_walk(tracker_, RN_WALK_NEW);
      most = std::max(most, Ended() - before);
      EndTurn();
    } while (Drain() || rn_tracker_is_walking(tracker_, RN_WALK_NEW));
    return most;
  }

  // The node of a watch, as a handle; its generation is 0 when there is none.
  rn_watch HandleOf(int wd) const {
    const rn_node *node = nullptr;
    while ((node = rn_tracker_next_node(root_, node)) != nullptr)
      if (node->wd == wd) return rn_tracker_handle_of(node);
    return {wd, 0};
  }

  size_t WatchedCount() const { return kernel_.Watches().size(); }

  rn_root *root_ = nullptr;
  int r_ = 0;
  int t_ = 0;
};

// -- A directory that left ----------------------------------------------------

TEST_F(Leave, OfATreeEndsAFewWatchesATurn) {
  const uint64_t before = Ended();

  MoveOut();

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_LE(MostEndsInATurn(), kShare + 1);  // a fence, too
  EXPECT_EQ(WatchedCount(), 2U);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/t/", "MOVE_SELF /r/t/"}));
}

TEST_F(Leave, OfManyTreesInOneReadEndsAFewWatches) {
  Bytes records;
  for (int i = 0; i < kDirs; i++) {
    const std::string name = std::to_string(i);
    const int wd = Wd(Dir(i));
    kernel_.Rename(Dir(i), "/o" + name);
    records += DirRecord(t_, IN_MOVED_FROM, name, static_cast<uint32_t>(i) + 1);
    records += Record(wd, IN_MOVE_SELF);
  }
  const uint64_t before = Ended();

  Feed(records);

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_LE(MostEndsInATurn(), kShare + 1);
  EXPECT_EQ(WatchedCount(), 3U);
}

TEST_F(Leave, IsSilentAtOnce) {
  const int inside = Wd(Dir(kDirs / 2));
  const rn_watch handle = HandleOf(inside);
  ASSERT_NE(handle.generation, 0U);
  MoveOut();
  Told();
  rn_watch found;
  bool moving;

  Feed(Record(inside, IN_MODIFY, 0, "f") + Record(t_, IN_MODIFY, 0, "f") +
       DirRecord(inside, IN_CREATE, "n"));

  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(rn_tracker_live_node(tracker_, handle), nullptr);
  EXPECT_EQ(rn_tracker_node(tracker_, handle, &moving), nullptr);
  EXPECT_EQ(HandleOf(inside).generation, 0U);
  EXPECT_EQ(rn_tracker_append(tracker_, handle, IN_MODIFY, rn_bytes_of("f")),
            -ENOENT);
  EXPECT_EQ(rn_tracker_find(tracker_, rn_bytes_of(Dir(0).c_str()), &found),
            -ENOENT);
}

TEST_F(Leave, AndComeBackIsToldAnewAndKeepsItsWatches) {
  MoveOut();
  Told();

  MoveBackIn();
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "MOVED_TO /r/t/"), 1);
  for (int i = 0; i < kDirs; i++) {
    EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE " + Dir(i) + "/"),
              1);
    const int wd = Wd(Dir(i));
    EXPECT_TRUE(IsWatched(wd));
    Feed(Record(wd, IN_MODIFY, 0, "f"));
    EXPECT_EQ(Told(), Lines{"MODIFY " + Dir(i) + "/f"});
  }
  EXPECT_EQ(rn_tracker_watch_count(tracker_), WatchedCount());
}

TEST_F(Leave, AgainAndAgainEndsAllInTheEnd) {
  for (int i = 0; i < 20; i++) {
    MoveOut();
    MoveBackIn();
    EndTurn();
  }
  MoveOut();
  Settle();

  EXPECT_EQ(WatchedCount(), 2U);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
}

TEST_F(Leave, DoesNotHoldUpABarrier) {
  MoveOut();
  rn_tracker_barrier_begin(tracker_);
  EndTurn();
  Drain();

  EXPECT_TRUE(rn_tracker_is_leaving(tracker_));
  EXPECT_TRUE(rn_tracker_barrier_passed(tracker_));
}

TEST_F(Leave, GivesItsWatchesToWhoNeedsThem) {
  MoveOut();
  size_t limit = WatchedCount();
  kernel_.On(&KernelHooks::watch_add,
             [this, limit](int fd, const char *path, uint32_t mask) {
               const rn_sys *sys = kernel_.beneath();
               const int wd = sys->watch_add(sys, fd, path, mask);
               if (WatchedCount() <= limit) return wd;
               sys->watch_remove(sys, fd, wd);
               return -ENOSPC;
             });
  kernel_.MakeDir("/r/k/n");
  Told();

  Feed(DirRecord(Wd("/r/k"), IN_CREATE, "n"));
  EndTurn();

  EXPECT_EQ(Told(), Lines{"CREATE /r/k/n/"});
  EXPECT_TRUE(IsWatched(Wd("/r/k/n")));
}

TEST_F(Leave, OfADirectoryThatAnotherRootWatchesLeavesItThat) {
  Add("other", "/r/t");
  MoveOut();
  Settle();
  Told();

  Feed(Record(t_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{"MODIFY other/f"});
  EXPECT_EQ(WatchedCount(), 2U + 1 + 2 * kDirs);
}

TEST_F(Leave, AndTheEndOfTheRootEndsAll) {
  MoveOut();
  rn_tracker_remove(tracker_, root_);
  Settle();

  EXPECT_EQ(Told().back(), "ended /r");
  EXPECT_EQ(WatchedCount(), 0U);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
}

TEST_F(Leave, AndTheDeathOfTheTopEndsAll) {
  MoveOut();
  kernel_.EndWatch(Wd("/r/k"));
  kernel_.EndWatch(r_);
  Settle();

  EXPECT_EQ(Told().back(), "ended /r");
  EXPECT_EQ(WatchedCount(), 0U);
}

TEST_F(Leave, WhileItsOwnWatchesEndByThemselves) {
  MoveOut();
  for (const auto &[wd, path] : kernel_.Watches())
    if (path != "/r" && wd != Wd("/r/k")) kernel_.EndWatch(wd);
  Settle();

  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
  EXPECT_FALSE(rn_tracker_is_leaving(tracker_));
}

// -- A root -------------------------------------------------------------------

TEST_F(Leave, OfARootEndsAFewWatchesATurn) {
  const uint64_t before = Ended();

  rn_tracker_remove(tracker_, root_);

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_LE(MostEndsInATurn(), kShare + 1);
  EXPECT_EQ(WatchedCount(), 0U);
  const Lines told = Told();
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told[told.size() - 2], "IGNORED /r/");
  EXPECT_EQ(told.back(), "ended /r");
  EXPECT_EQ(std::count(told.begin(), told.end(), "IGNORED " + Dir(9) + "/"), 1);
}

TEST_F(Leave, OfARootTellsWhatWasQueuedAndNoMore) {
  const int last = Wd("/r/k");
  kernel_.QueueRead(Record(last, IN_MODIFY, 0, "before"));
  rn_tracker_remove(tracker_, root_);
  EndTurn();
  kernel_.QueueRead(Record(last, IN_MODIFY, 0, "behind"));
  kernel_.QueueRead(Record(r_, IN_MODIFY, 0, "behind"));

  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY /r/k/before"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY /r/k/behind"), 0);
  EXPECT_EQ(std::count(told.begin(), told.end(), "MODIFY /r/behind"), 0);
}

TEST_F(Leave, OfARootIsOwedToABarrierAndAStop) {
  rn_tracker_remove(tracker_, root_);
  rn_tracker_barrier_begin(tracker_);
  EndTurn();
  EXPECT_TRUE(rn_tracker_is_waiting(tracker_));
  Drain();

  EXPECT_FALSE(rn_tracker_barrier_passed(tracker_));
  Settle();
  EXPECT_TRUE(rn_tracker_barrier_passed(tracker_));
  EXPECT_FALSE(rn_tracker_is_waiting(tracker_));
}

TEST_F(Leave, OfARootWhoseTopDiesTellsItsEndOnce) {
  rn_tracker_remove(tracker_, root_);
  kernel_.EndWatch(r_);
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "IGNORED /r/"), 1);
  EXPECT_EQ(told.back(), "ended /r");
  EXPECT_EQ(WatchedCount(), 0U);
}

TEST_F(Leave, OfARootWhoseTopDiesLaterTellsItsEndOnce) {
  rn_tracker_remove(tracker_, root_);
  EndTurn();
  Drain();
  ASSERT_TRUE(rn_tracker_is_leaving(tracker_));
  kernel_.EndWatch(r_);
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "IGNORED /r/"), 1);
  EXPECT_EQ(told.back(), "ended /r");
  EXPECT_EQ(WatchedCount(), 0U);
}

TEST_F(Leave, OfARootThatAnotherOneWatchesLeavesItThat) {
  rn_root *other = Add("other", "/r");
  rn_tracker_remove(tracker_, root_);
  Settle();
  Told();

  for (int i = 0; i < kDirs; i++) {
    Feed(Record(Wd(Dir(i)), IN_MODIFY, 0, "f"));
    EXPECT_EQ(Told(), Lines{"MODIFY other/t/" + std::to_string(i) + "/f"});
  }
  EXPECT_EQ(rn_tracker_roots(tracker_), other);
}

TEST_F(Leave, OfAnAdditionThatFailedEndsAFewWatchesATurn) {
  const uint64_t before = Ended();

  rn_tracker_abandon(tracker_, root_);

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_LE(MostEndsInATurn(), kShare + 1);
  EXPECT_EQ(WatchedCount(), 0U);
  EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
}

TEST_F(Leave, OfManyRootsEndsAFewWatches) {
  std::vector<rn_root *> roots;
  for (int i = 0; i < kDirs; i++) {
    const std::string path = "/s/" + std::to_string(i);
    kernel_.MakeDir(path);
    roots.push_back(Add(path, path, false));
  }
  const uint64_t before = Ended();

  for (rn_root *root : roots) rn_tracker_remove(tracker_, root);

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_LE(MostEndsInATurn(), kShare + 1);
  EXPECT_EQ(rn_tracker_roots(tracker_), root_);
}

// -- What is below a root -----------------------------------------------------

TEST_F(Leave, OfWhatIsBelowEndsAFewWatchesATurn) {
  rn_root_change change = {};
  const uint64_t before = Ended();

  ASSERT_EQ(rn_tracker_update(tracker_, root_, &change), 0);

  EXPECT_LE(Ended() - before, kShare);
  Feed(Record(t_, IN_MODIFY, 0, "f") + Record(r_, IN_MODIFY, 0, "f"));
  EXPECT_EQ(Told(), Lines{"MODIFY /r/f"});
  EXPECT_LE(MostEndsInATurn(), kShare + 1);
  EXPECT_EQ(WatchedCount(), 1U);
}

TEST_F(Leave, OfWhatIsBelowAndWatchedAgainAtOnce) {
  rn_root_change change = {};
  ASSERT_EQ(rn_tracker_update(tracker_, root_, &change), 0);
  change.recursive = true;
  ASSERT_EQ(rn_tracker_update(tracker_, root_, &change), 0);
  Settle();
  Told();

  for (int i = 0; i < kDirs; i++) {
    Feed(Record(Wd(Dir(i)), IN_MODIFY, 0, "f"));
    EXPECT_EQ(Told(), Lines{"MODIFY " + Dir(i) + "/f"});
  }
  EXPECT_EQ(rn_tracker_watch_count(tracker_), WatchedCount());
}

// -- Many that wait for one fence ---------------------------------------------

// They go on a few a turn, and so are ended as they are: none has to be put out
// of the way.
TEST_F(Leave, OfManyBehindOneFenceGoesOnAFewATurn) {
  for (int i = 0; i < kDirs; i++) kernel_.MakeDir("/r/k/" + std::to_string(i));
  Feed(OverflowRecord());
  Settle();
  Told();
  Bytes records;
  for (int i = 0; i < kDirs; i++) {
    kernel_.Rename("/r/k/" + std::to_string(i), "/o" + std::to_string(i));
    records += DirRecord(Wd("/r/k"), IN_DELETE, std::to_string(i));
  }
  LoseQueue();
  Feed(records);
  EndTurn();
  const uint64_t before = Ended();

  Drain();

  EXPECT_LE(Ended() - before, kShare);
  EXPECT_EQ(root_->attic, nullptr);
  EXPECT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  EXPECT_LE(MostEndsInATurn(), 2 * kShare + 1);
  EXPECT_EQ(WatchedCount(), 3U + 2 * kDirs);
}

// A root that is removed cannot wait: what is read behind the fence is not its.
TEST_F(Leave, OfManyBehindOneFenceHoldsUpNoRemoval) {
  Bytes records;
  for (int i = 0; i < kDirs; i++)
    records += DirRecord(t_, IN_DELETE, std::to_string(i));
  Feed(records);
  rn_tracker_remove(tracker_, root_);
  EndTurn();

  Drain();
  Told();
  Feed(Record(r_, IN_MODIFY, 0, "f"));

  EXPECT_EQ(Told(), Lines{});
  Settle();
  EXPECT_EQ(Told().back(), "ended /r");
}

}  // namespace
}  // namespace rn
