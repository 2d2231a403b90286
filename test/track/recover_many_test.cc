// A root with an index, and many renames that were lost: each of them leads to
// where another one began.  What is done is bounded by the turns that the
// fixture allows.

#include <algorithm>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

constexpr int kCount = 1100;

class RecoverMany : public TrackFixture {
 protected:
  // Files 1 to kCount, of which each has something of its own in it.
  RecoverMany() {
    for (int i = 1; i <= kCount; i++) {
      kernel_.MakeFile(Name(i));
      kernel_.Write(Name(i));
    }
    AddRecovering("/r");
    kernel_.On(&KernelHooks::time_ns, [this] { return now_; });
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
  }

  // Names in the order of the numbers: as they are listed.
  static std::string Name(int number) {
    return "/r/" + std::to_string(10000 + number);
  }

  void Repair() {
    Told();
    Feed(OverflowRecord());
    for (int i = 0; i < 5; i++) {
      now_ += 1000000000;
      Settle();
    }
    told_ = Told();
    EXPECT_EQ(told_.back().substr(0, 7), "rescan ");
  }

  int Count(const std::string &what) const {
    return static_cast<int>(std::count_if(
        told_.begin(), told_.end(),
        [&](const auto &line) { return line.rfind(what, 0) == 0; }));
  }

  int64_t now_ = 1000000000000;
  Lines told_;
};

// As logs are rotated: each waits for the one behind it.
TEST_F(RecoverMany, AChainUpwards) {
  for (int i = kCount; i > 0; i--) kernel_.Rename(Name(i), Name(i + 1));

  Repair();

  EXPECT_EQ(Count("~MOVED_TO "), kCount);
  EXPECT_EQ(told_.size(), 2U * kCount + 2U);
}

TEST_F(RecoverMany, AChainDownwards) {
  for (int i = 1; i <= kCount; i++) kernel_.Rename(Name(i), Name(i - 1));

  Repair();

  EXPECT_EQ(Count("~MOVED_TO "), kCount);
  EXPECT_EQ(told_.size(), 2U * kCount + 2U);
}

TEST_F(RecoverMany, AChainInAnyOrder) {
  const int step = 577;  // goes over all numbers below 1101
  int to = 0;
  for (int i = 1; i <= kCount; i++) {
    const int from = (to + step) % (kCount + 1);
    kernel_.Rename(Name(from), Name(to));
    to = from;
  }

  Repair();

  EXPECT_EQ(Count("~MOVED_TO "), kCount);
}

// One of a circle departs, and is created anew.
TEST_F(RecoverMany, ACircle) {
  for (int i = kCount; i > 0; i--) kernel_.Rename(Name(i), Name(i + 1));
  kernel_.Rename(Name(kCount + 1), Name(1));

  Repair();

  EXPECT_EQ(Count("~MOVED_TO "), kCount - 1);
  EXPECT_EQ(Count("~CREATE "), 1);
  EXPECT_EQ(Count("~DELETE "), 1);
}

TEST_F(RecoverMany, ManyCircles) {
  const int half = kCount / 2;
  for (int i = 1; i <= half; i++) {
    kernel_.Rename(Name(i), "/r/x");
    kernel_.Rename(Name(half + i), Name(i));
    kernel_.Rename("/r/x", Name(half + i));
  }

  Repair();

  EXPECT_EQ(Count("~MOVED_TO "), half);
  EXPECT_EQ(Count("~CREATE "), half);
  EXPECT_EQ(Count("~DELETE "), half);
}

// A directory that was lost is told as leaving a few entries a turn.
class RecoverDeparture : public TrackFixture {
 protected:
  static constexpr uint32_t kShare = 8;

  RecoverDeparture() {
    for (int i = 0; i < 100; i++)
      kernel_.MakeDir("/r/d/" + std::to_string(i) + "/s");
    AddRecovering("/r");
    rn_tracker_set_pace(tracker_, 1, 512, kShare);
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
    d_ = Wd("/r/d");
    kernel_.Rename("/r/d", "/o");
    LoseQueue();
    Feed(OverflowRecord());
    Told();
    now_ += 1000000000;
  }

  ~RecoverDeparture() override {
    kernel_.On(&KernelHooks::monotonic_ns, nullptr);
  }

  // Go on until something of it was told as having left.
  Lines FirstPiece() {
    for (int turn = 0; turn < 1000; turn++) {
      EndTurn();
      rn_tracker_walk(tracker_, RN_WALK_NEW);
      const Lines told = Told();
      if (!told.empty()) return told;
    }
    return {};
  }

  int64_t now_ = 1000000000000;
  int d_ = 0;
};

TEST_F(RecoverDeparture, IsToldInPieces) {
  const Lines first = FirstPiece();
  EXPECT_EQ(first.size(), kShare);
  Settle();

  const Lines told = Told();
  EXPECT_EQ(first.size() + told.size(), 201U + 1U); /* and the rescan */
  EXPECT_EQ(std::count(told.begin(), told.end(), "~DELETE /r/d/"), 1);
}

// Amid it the directory is renamed back: what has left comes with the rest.
TEST_F(RecoverDeparture, ThatIsUnderWayIsToldAsAWholeBeforeARename) {
  FirstPiece();

  Feed(DirRecord(Wd("/r"), IN_MOVED_FROM, "d", 7) +
       DirRecord(Wd("/r"), IN_MOVED_TO, "e", 7) + Record(d_, IN_MOVE_SELF));
  const Lines told = Told();

  EXPECT_EQ(told.size(), 201U - kShare + 1U);
  EXPECT_EQ(told[told.size() - 2], "~DELETE /r/d/");
  EXPECT_EQ(told.back(), "MOVED_TO /r/e/");
}

}  // namespace
}  // namespace rn
