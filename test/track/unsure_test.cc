// After a loss a name may be another directory's than was told.

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Unsure : public TrackFixture {};

TEST_F(Unsure, WhoIsRenamedThenIsToldAsAnother) {
  kernel_.MakeDir("/r/a");
  kernel_.MakeFile("/o/d/f");
  Add("/r");
  const int r = Wd("/r"), a = Wd("/r/a");
  kernel_.Rename("/r/a", "/o/a");  // unseen
  kernel_.Rename("/o/d", "/r/a");  // unseen
  Feed(OverflowRecord());
  kernel_.Rename("/r/a", "/r/b");
  Feed(DirRecord(r, IN_MOVED_FROM, "a", 1) + DirRecord(r, IN_MOVED_TO, "b", 1));
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "MOVED_FROM /r/a/", "MOVED_TO /r/b/",
                           "~CREATE /r/b/f"}));
  EXPECT_GT(kernel_.WdOf("/r/b"), 0);
  EXPECT_FALSE(IsWatched(a));
}

TEST_F(Unsure, ButNotOnceItWasCompared) {
  kernel_.MakeFile("/r/a/f");
  Add("/r");
  const int r = Wd("/r");
  Feed(OverflowRecord());
  Settle();
  kernel_.Rename("/r/a", "/r/b");
  Feed(DirRecord(r, IN_MOVED_FROM, "a", 1) + DirRecord(r, IN_MOVED_TO, "b", 1));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"overflow", "MOVED_FROM /r/a/", "MOVED_TO /r/b/ < /r/a"}));
}

// The new directory lies below one that was renamed, so it is listed behind a
// fence, and the rescan has not got as far as where the other one was.
class MovedIntoANewDirectory : public TrackFixture {
 protected:
  void Build(bool recovers) {
    kernel_.MakeDir("/r/d/p");
    kernel_.MakeFile("/r/y/b/f");
    for (char name = 'e'; name < 'm'; name++)
      kernel_.MakeDir(std::string("/r/") + name + "/s/t");
    if (recovers)
      AddRecovering("/r");
    else
      Add("/r");
    rn_tracker_set_pace(tracker_, 1, 1, 512);
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_ns_; });
  }
  void Lose() {
    const int d = Wd("/r/d"), p = Wd("/r/d/p");
    kernel_.MakeDir("/r/d/p/q");
    kernel_.Rename("/r/d/p", "/r/d/r");
    kernel_.Rename("/r/y", "/r/d/r/q/y");  // unseen
    Feed(DirRecord(p, IN_CREATE, "q") + DirRecord(d, IN_MOVED_FROM, "p", 1) +
         DirRecord(d, IN_MOVED_TO, "r", 1) + OverflowRecord());
  }
  bool IsWatchedThere(const char *path) {
    const rn_root *root = rn_tracker_roots(tracker_);
    for (rn_node *node = root->top; node != nullptr;
         node = rn_node_next(root->top, node)) {
      char text[64];
      const ssize_t size = rn_node_path(node, text, sizeof(text));
      if (size > 0 && std::string(text, static_cast<size_t>(size)) == path)
        return IsWatched(node->wd);
    }
    return false;
  }
  void ExpectAllWatched() {
    for (int i = 0; i < 10; i++) {
      Settle();
      now_ns_ += 1000000000;
    }
    for (const char *path : {"/r/d/r/q", "/r/d/r/q/y", "/r/d/r/q/y/b"})
      EXPECT_TRUE(IsWatchedThere(path)) << path;
  }

  int64_t now_ns_ = int64_t{1} << 40;
};

TEST_F(MovedIntoANewDirectory, IsWatchedAfterARepair) {
  Build(true);
  Lose();
  ExpectAllWatched();
}

TEST_F(MovedIntoANewDirectory, IsWatchedAfterAComparison) {
  Build(false);
  Lose();
  ExpectAllWatched();
}

}  // namespace
}  // namespace rn
