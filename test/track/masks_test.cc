// Masks of many directories are asked for in pieces.

#include <errno.h>

#include <algorithm>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

constexpr uint32_t kShare = 4;
constexpr int kDirs = 30;
constexpr uint32_t kNoisy = kAllNamed | IN_OPEN;

class Masks : public TrackFixture {
 protected:
  void SetUp() override {
    rn_tracker_set_pace(tracker_, 16, 512, kShare);
    kernel_.MakeDir("/r");
  }

  static void MakeDirs(FakeKernel *kernel, const std::string &in) {
    for (int i = 0; i < kDirs; i++)
      kernel->MakeDir(in + "/" + std::to_string(i));
  }

  // The most masks that the end of one turn asks for.
  uint64_t MostMasksInATurn() {
    uint64_t most = 0;
    do {
      const uint64_t before = asked_;
      EndTurn();
      most = std::max(most, asked_ - before);
    } while (rn_tracker_is_widening(tracker_));
    return most;
  }

  // Count masks that are set rather than added to.
  void CountAsked() {
    kernel_.On(&KernelHooks::watch_add,
               [this](int fd, const char *path, uint32_t mask) {
                 if ((mask & (IN_MASK_ADD | IN_CREATE)) == IN_CREATE) asked_++;
                 const rn_sys *sys = kernel_.beneath();
                 return sys->watch_add(sys, fd, path, mask);
               });
  }

  uint64_t asked_ = 0;
};

TEST_F(Masks, OfATreeThatCameAreGivenAFewATurn) {
  mask_ = kNoisy;
  Add("/r");
  MakeDirs(&kernel_, "/r/t");
  Feed(DirRecord(Wd("/r"), IN_CREATE, "t"));
  Walk();
  Told();
  CountAsked();

  EXPECT_TRUE(rn_tracker_is_widening(tracker_));
  EXPECT_LE(MostMasksInATurn(), kShare);

  EXPECT_GE(asked_, static_cast<uint64_t>(kDirs));
  for (int i = 0; i < kDirs; i++)
    EXPECT_NE(kernel_.MaskOf("/r/t/" + std::to_string(i)) & IN_OPEN, 0U);
}

TEST_F(Masks, OfAnUpdateAreGivenAFewATurn) {
  MakeDirs(&kernel_, "/r/t");
  rn_root *root = Add("/r");
  CountAsked();

  ASSERT_EQ(SetMask(root, kAllNamed | IN_ATTRIB), 0);

  EXPECT_EQ(asked_, 1U);  // of the top, which may fail
  EXPECT_LE(MostMasksInATurn(), kShare);
  EXPECT_EQ(asked_, 2U + kDirs);
  for (int i = 0; i < kDirs; i++)
    EXPECT_NE(kernel_.MaskOf("/r/t/" + std::to_string(i)) & IN_ATTRIB, 0U);
}

TEST_F(Masks, OfDirectoriesThatGoMeanwhileAreLeftOut) {
  MakeDirs(&kernel_, "/r/t");
  rn_root *root = Add("/r");
  ASSERT_EQ(SetMask(root, kAllNamed | IN_ATTRIB), 0);
  EndTurn();
  for (int i = 0; i < kDirs; i += 2) {
    const std::string name = std::to_string(i);
    const int wd = Wd("/r/t/" + name);
    kernel_.Remove("/r/t/" + name);
    kernel_.EndWatch(wd);
    Feed(IgnoredRecord(wd) + DirRecord(Wd("/r/t"), IN_DELETE, name));
  }

  EXPECT_LE(MostMasksInATurn(), kShare);

  for (int i = 1; i < kDirs; i += 2)
    EXPECT_NE(kernel_.MaskOf("/r/t/" + std::to_string(i)) & IN_ATTRIB, 0U);
}

// While a listing goes on no mask is asked for: what came and went meanwhile is
// not to pile up.
TEST_F(Masks, OfDirectoriesThatWentWhileOneIsListedAreForgotten) {
  constexpr int kMany = 2000, kLeft = 128;
  mask_ = kNoisy;
  Add("/r");
  kernel_.MakeDir("/r/t");
  Feed(DirRecord(Wd("/r"), IN_CREATE, "t"));
  for (int i = 0; i < kMany; i++) {
    kernel_.MakeDir("/r/d");
    Feed(DirRecord(Wd("/r"), IN_CREATE, "d"));
    const int wd = Wd("/r/d");
    kernel_.Remove("/r/d");
    kernel_.EndWatch(wd);
    Feed(IgnoredRecord(wd) + DirRecord(Wd("/r"), IN_DELETE, "d"));
  }
  ASSERT_TRUE(rn_tracker_is_walking(tracker_, RN_WALK_NEW));
  Walk();

  uint32_t turns = 0;
  for (; rn_tracker_is_widening(tracker_); turns++) EndTurn();

  EXPECT_LE(turns, kLeft / kShare);
}

TEST_F(Masks, OfSharedDirectoriesAreNarrowedInPieces) {
  MakeDirs(&kernel_, "/r/t");
  Add("/r");
  mask_ = kAllNamed | IN_ATTRIB;
  rn_root *other = Add("other", "/r");
  ASSERT_NE(kernel_.MaskOf("/r/t/7") & IN_ATTRIB, 0U);

  rn_tracker_remove(tracker_, other);
  Settle();
  while (rn_tracker_is_widening(tracker_)) EndTurn();

  EXPECT_EQ(kernel_.MaskOf("/r") & IN_ATTRIB, 0U);
  for (int i = 0; i < kDirs; i++)
    EXPECT_EQ(kernel_.MaskOf("/r/t/" + std::to_string(i)) & IN_ATTRIB, 0U);
}

// It is watched all the same, and nothing in it is told anew.
TEST_F(Masks, ThatIsRefusedIsToldAndRenamesKeepTheirSource) {
  kernel_.MakeDir("/r/a");
  kernel_.MakeDir("/r/d");
  mask_ = kNoisy;
  Add("/r", "/r", false);
  mask_ = kAllNamed;
  kernel_.On(&KernelHooks::watch_add,
             [this](int fd, const char *path, uint32_t mask) {
               if ((mask & IN_OPEN) != 0) return -EACCES;
               const rn_sys *sys = kernel_.beneath();
               return sys->watch_add(sys, fd, path, mask);
             });
  Add("/r/d");
  EXPECT_EQ(Told(), Lines{"error -13 /r"});

  kernel_.Rename("/r/a", "/r/b");
  Feed(DirRecord(Wd("/r"), IN_MOVED_FROM, "a", 1) +
       DirRecord(Wd("/r"), IN_MOVED_TO, "b", 1));

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/a/", "MOVED_TO /r/b/ < /r/a"}));
}

}  // namespace
}  // namespace rn
