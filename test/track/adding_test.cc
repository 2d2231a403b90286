// What an addition that is being walked would tell: behind its success, or
// never.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <cstring>

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
  while (Counts().kernel_overflows == 0 && fed < 4 * size_t{RN_WITHHELD_MAX}) {
    Feed(records);
    fed += 100 * name.size();
  }

  EXPECT_LT(fed, size_t{RN_WITHHELD_MAX});
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
  EXPECT_LT(largest, size_t{4000});
}

// However much comes meanwhile.
TEST_F(Adding, TellsAllOfThemInTheEnd) {
  Begin();
  constexpr int kCount = 20000;
  constexpr int kMore = 4000;
  for (int i = 0; i < kCount; i++) Feed(Record(r_, IN_MODIFY, 0, "f"));
  int turns = 0;

  while (rn_tracker_is_walking(tracker_, RN_WALK_ADDED)) {
    ASSERT_LT(turns++, 40);
    rn_tracker_walk(tracker_, RN_WALK_ADDED);
    for (int i = 0; i < kMore; i++) Feed(Record(r_, IN_MODIFY, 0, "f"));
  }

  EXPECT_EQ(Counts().kernel_overflows, 0U);
  EXPECT_EQ(Told().size(), static_cast<size_t>(kCount + turns * kMore));
}

// Flat in between, it may have been asked for less than what comes.
TEST_F(Adding, OfDirectoriesOnceMoreIsYoungerThanWhatWasQueuedInBetween) {
  kernel_.MakeDir("/r");
  rn_root *root = Add("/r", "/r", false);
  rn_root_change flat = {}, recursive = {};
  recursive.recursive = true;
  ASSERT_EQ(rn_tracker_update(tracker_, root, &recursive), 0);
  Walk();
  ASSERT_EQ(rn_tracker_update(tracker_, root, &flat), 0);
  kernel_.QueueRead(Record(Wd("/r"), IN_MOVED_TO, 1, "x"));
  kernel_.MakeDir("/r/x");  // in place of that, which is not told
  ASSERT_EQ(rn_tracker_update(tracker_, root, &recursive), 0);
  Settle();

  EXPECT_EQ(Told(), Lines{"MOVED_TO /r/x"});
  EXPECT_GT(kernel_.WdOf("/r/x"), 0);
}

// ---- a directory whose listing has no end ----

// Let the directory that was opened as `path` show itself for ever.
class Endless : public TrackFixture {
 protected:
  Endless() {
    for (const char *dir : {"/r/a", "/r/b", "/r/c"}) kernel_.MakeDir(dir);
    const size_t head = 19;
    const uint16_t size = 24;
    Bytes record(size, '\0');
    std::memcpy(&record[16], &size, sizeof(size));
    record[18] = DT_DIR;
    record[head] = '.'; /* nothing to be looked at */
    while (shown_.size() + size <= 16 * 1024) shown_ += record;
    kernel_.On(&KernelHooks::dir_open,
               [this](int dir_fd, const char *path, int flags) {
                 const auto *sys = kernel_.beneath();
                 const int fd = sys->dir_open(sys, dir_fd, path, flags);
                 if (IsEndless(path) && (flags & O_PATH) == 0) fd_ = fd;
                 return fd;
               });
    kernel_.On(&KernelHooks::dir_read,
               [this](int fd, void *buffer, size_t room) {
                 const auto *sys = kernel_.beneath();
                 if (fd != fd_) return sys->dir_read(sys, fd, buffer, room);
                 std::memcpy(buffer, shown_.data(), shown_.size());
                 return static_cast<ssize_t>(shown_.size());
               });
    kernel_.On(&KernelHooks::close, [this](int fd) {
      if (fd == fd_) fd_ = -1;
      const auto *sys = kernel_.beneath();
      return sys->close(sys, fd);
    });
  }

  ~Endless() override {
    kernel_.On(&KernelHooks::dir_open, nullptr);
    kernel_.On(&KernelHooks::dir_read, nullptr);
    kernel_.On(&KernelHooks::close, nullptr);
  }

  // Add /r, of which the walk is to end.
  void Add() {
    rn_addition addition = {};
    addition.path = rn_bytes_of("/r");
    addition.access_path = addition.path;
    addition.mask = mask_;
    addition.recursive = true;
    ASSERT_EQ(rn_tracker_add(tracker_, &addition, &root_), 0);
    for (int turns = 0; rn_tracker_is_walking(tracker_, RN_WALK_ADDED);) {
      ASSERT_LE(++turns, kTurns);
      rn_tracker_walk(tracker_, RN_WALK_ADDED);
    }
  }

  static constexpr int kTurns = 1 << 20;

  std::string endless_;
  rn_root *root_ = nullptr;

 private:
  // Whether it is opened: by its own path, or by its name where it is.
  bool IsEndless(const std::string &path) const {
    return !endless_.empty() &&
           (path == endless_ ||
            path == endless_.substr(endless_.rfind('/') + 1));
  }

  Bytes shown_;
  int fd_ = -1;
};

TEST_F(Endless, TopFailsTheAddition) {
  endless_ = "/r";
  Add();

  EXPECT_EQ(rn_tracker_walk_error(tracker_), -EOVERFLOW);
}

TEST_F(Endless, DirectoryBelowIsToldAndTheOthersAreWatched) {
  endless_ = "/r/b";
  Add();

  EXPECT_EQ(rn_tracker_walk_error(tracker_), 0);
  EXPECT_EQ(Told(), Lines{"failed -75 /r/b"});
  for (const char *dir : {"/r/a", "/r/b", "/r/c"})
    EXPECT_GT(kernel_.WdOf(dir), 0) << dir;
}

// The same bound holds for a rescan, and ends it with an error.
TEST_F(Endless, DirectoryEndsARescan) {
  AddRecovering("/r", true);
  Told();
  endless_ = "/r/b";
  Feed(OverflowRecord());
  for (int turns = 0; turns < kTurns; turns++) {
    EndTurn();
    if (!rn_tracker_is_walking(tracker_, RN_WALK_NEW)) break;
    rn_tracker_walk(tracker_, RN_WALK_NEW);
  }
  endless_.clear();
  Settle();

  const Lines told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "error -75 /r/b"), 1);
}

}  // namespace
}  // namespace rn
