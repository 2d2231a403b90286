// Records in, changes out: what needs no more than a path.

#include <errno.h>
#include <limits.h>

#include <algorithm>
#include <cstring>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Records : public TrackFixture {
 protected:
  Records() {
    kernel_.MakeDir("/r");
    Add("/r");
    wd_ = Wd("/r");
  }

  static constexpr int kStrangerWd = 9999;

  int wd_ = 0;
};

TEST_F(Records, AreToldInOrder) {
  EXPECT_EQ(
      Feed(Record(wd_, IN_CREATE, 0, "a") + Record(wd_, IN_MODIFY, 0, "a") +
           Record(wd_, IN_DELETE, 0, "a")),
      0);

  EXPECT_EQ(Told(), (Lines{"CREATE /r/a", "MODIFY /r/a", "DELETE /r/a"}));
}

TEST_F(Records, AreNoneInAnEmptyBuffer) {
  const uint64_t before = Counts().read;

  EXPECT_EQ(Feed(""), 0);

  EXPECT_EQ(Counts().read, before);
  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Records, AreNotReadFromLessThanAHead) {
  const Bytes whole = Record(wd_, IN_MODIFY);
  for (size_t size = 1; size < whole.size(); size++)
    EXPECT_EQ(Feed(whole.substr(0, size)), -EBADMSG) << size;

  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Records, AreToldWhenTheyStandBeforeACutOne) {
  const Bytes whole = Record(wd_, IN_CREATE, 0, "a");
  const Bytes cut = Record(wd_, IN_MODIFY, 0, "name");
  for (size_t size = 1; size < cut.size(); size++) {
    EXPECT_EQ(Feed(whole + cut.substr(0, size)), -EBADMSG);

    EXPECT_EQ(Told(), Lines{"CREATE /r/a"}) << size;
  }
}

TEST_F(Records, AreToldAfterABufferWithACutOne) {
  EXPECT_EQ(Feed("cut"), -EBADMSG);

  EXPECT_EQ(Feed(Record(wd_, IN_MODIFY, 0, "a")), 0);

  EXPECT_EQ(Told(), Lines{"MODIFY /r/a"});
}

TEST_F(Records, OfNoWatchAreFiltered) {
  const uint64_t before = Counts().filtered;

  Feed(Record(999, IN_MODIFY, 0, "a") + IgnoredRecord(999));

  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(Counts().filtered, before + 2);
}

TEST_F(Records, AreAllCounted) {
  const rn_track_counts before = Counts();

  Feed(Record(wd_, IN_MODIFY, 0, "a") + IgnoredRecord(999) + OverflowRecord());

  EXPECT_EQ(Counts().read, before.read + 3);
  EXPECT_EQ(Counts().filtered, before.filtered + 1);
  EXPECT_EQ(Counts().kernel_overflows, before.kernel_overflows + 1);
}

// -- Names --------------------------------------------------------------------

class Names : public Records,
              public testing::WithParamInterface<std::string> {};

TEST_P(Names, AreToldWhole) {
  Feed(Record(wd_, IN_MODIFY, 0, GetParam()));

  EXPECT_EQ(Told(), Lines{"MODIFY /r/" + GetParam()});
}

TEST_P(Names, OfDirectoriesAreInThePathsBelow) {
  kernel_.MakeDir("/r/" + GetParam());
  kernel_.MakeFile("/r/" + GetParam() + "/f");
  Feed(DirRecord(wd_, IN_CREATE, GetParam()));

  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/" + GetParam() + "/",
                           "~CREATE /r/" + GetParam() + "/f"}));
}

INSTANTIATE_TEST_SUITE_P(
    Track, Names,
    testing::Values("a", std::string(12, 'i'), std::string(13, 'o'),
                    std::string(255, 'n'), std::string(1000, 'l'),
                    std::string(4001, 'm'), std::string(RN_NAME_SIZE_MAX, 'x'),
                    std::string("\xff\xff\xfe", 3), std::string(255, '\xff'),
                    "a\nb"));

TEST_F(Records, ArePassedOverOneByOneWhenTheirNameIsTooLong) {
  const std::string longest(RN_NAME_SIZE_MAX, 'x');
  const rn_track_counts before = Counts();

  EXPECT_EQ(Feed(Record(wd_, IN_MODIFY, 0, longest) +
                 Record(wd_, IN_CREATE, 0, longest + "x") +
                 Record(kStrangerWd, IN_MODIFY, 0, longest + "x") +
                 Record(wd_, IN_MODIFY, 0, "f")),
            0);

  EXPECT_EQ(Told(), (Lines{"MODIFY /r/" + longest,
                           "error " + std::to_string(-ENAMETOOLONG) + " /r",
                           "MODIFY /r/f"}));
  EXPECT_EQ(Counts().read, before.read + 4);
  EXPECT_EQ(Counts().filtered, before.filtered + 2);
}

// A path is opened in pieces that a system call takes.
TEST_F(Records, OfADirectoryWithALongPathLeadToIt) {
  std::string path = "/r";
  for (const char fill : {'a', 'b', 'c'})
    path += "/" + std::string(RN_NAME_SIZE_MAX, fill);
  kernel_.MakeDir(path);
  Add("/r");
  size_t longest = 0;
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *piece, int flags) {
               longest = std::max(longest, strlen(piece));
               const rn_sys *sys = kernel_.beneath();
               return sys->dir_open(sys, dir_fd, piece, flags);
             });

  kernel_.MakeFile(path + "/d/f");
  Feed(DirRecord(Wd(path), IN_CREATE, "d"));
  Settle();
  kernel_.On(&KernelHooks::dir_open, nullptr);

  EXPECT_EQ(Told(),
            (Lines{"CREATE " + path + "/d/", "~CREATE " + path + "/d/f"}));
  EXPECT_EQ(longest, size_t{PATH_MAX - 1});
}

TEST_F(Records, OfADirectoryWithTooLongANameInItAreToldWithAnError) {
  kernel_.MakeFile("/r/d/f");
  kernel_.MakeDir("/r/d/" + std::string(RN_NAME_SIZE_MAX + 1, 'x'));
  Feed(DirRecord(wd_, IN_CREATE, "d"));
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"CREATE /r/d/", "~CREATE /r/d/f", "error -36 /r/d"}));
}

// What a name of the longest kind meets on its way through an index.
TEST_F(Records, OfLongNamesAreHeldAgainstTheIndex) {
  const std::string longest(RN_NAME_SIZE_MAX, 'n');
  kernel_.MakeFile("/i/" + longest + "/f");
  AddRecovering("/i");
  kernel_.Rename("/i/" + longest, "/i/" + longest.substr(1));
  kernel_.MakeFile("/i/" + longest);
  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(),
            (Lines{"overflow", "~MOVED_FROM /i/" + longest + "/",
                   "~MOVED_TO /i/" + longest.substr(1) + "/ < /i/" + longest,
                   "~CREATE /i/" + longest, "rescan 3 /i"}));
}

// -- Additions ----------------------------------------------------------------

class Addition : public TrackFixture {
 protected:
  Addition() {
    kernel_.MakeFile("/r/d/e/f");
    kernel_.MakeDir("/r/g");
  }

  bool exchanged_ = false;
};

TEST_F(Addition, WatchesAllDirectoriesAndTellsNothing) {
  Add("/r");

  EXPECT_EQ(rn_tracker_watch_count(tracker_), 4U);
  EXPECT_EQ(Told(), Lines{});
}

TEST_F(Addition, StaysAtThePathWhenItIsNotRecursive) {
  Add("/r", "/r", false);

  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
}

TEST_F(Addition, OfNothingDoesNothing) {
  rn_addition addition = {};
  addition.path = rn_bytes_of("/none");
  addition.access_path = rn_bytes_of("/none");
  addition.mask = kAllNamed;
  rn_root *root = nullptr;

  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &root), -ENOENT);

  EXPECT_EQ(root, nullptr);
  EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
}

TEST_F(Addition, TellsWhatItMayNotReadAndGoesOn) {
  FailOpening("d", -EACCES);

  Add("/r");

  EXPECT_EQ(Told(), Lines{"failed -13 /r/d"});
  EXPECT_EQ(rn_tracker_walk_error(tracker_), 0);
  EXPECT_GT(kernel_.WdOf("/r/g"), 0);
}

// It is one, whatever its name leads to when the other is asked for.
TEST_F(Addition, TakesWhatItWatchesForWhatItIs) {
  kernel_.MakeFile("/x");
  kernel_.On(&KernelHooks::dir_open,
             [this](int dir_fd, const char *path, int flags) {
               const rn_sys *sys = kernel_.beneath();
               const int fd = sys->dir_open(sys, dir_fd, path, flags);
               if (std::string(path) != "/x" || exchanged_) return fd;
               exchanged_ = true;
               kernel_.Remove("/x");
               kernel_.Rename("/r", "/x");
               return fd;
             });

  Add("/x");

  EXPECT_TRUE(exchanged_);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 4U);
}

TEST_F(Addition, WatchesWhatItHasFoundOut) {
  kernel_.On(&KernelHooks::dir_open,
             [this](int dir_fd, const char *path, int flags) {
               const rn_sys *sys = kernel_.beneath();
               const int fd = sys->dir_open(sys, dir_fd, path, flags);
               if (std::string(path) != "/r" || exchanged_) return fd;
               exchanged_ = true;
               kernel_.Rename("/r", "/x");
               kernel_.MakeFile("/r");
               return fd;
             });

  const rn_root *root = Add("/r", "/r", false);

  EXPECT_TRUE(exchanged_);
  EXPECT_NE(root->top->flags & RN_NODE_DIR, 0);
  EXPECT_GT(kernel_.WdOf("/x"), 0);
}

// What is open is there: it is /proc that is not.
TEST_F(Addition, TellsWhatItCannotWatchForWantOfProc) {
  FailWatching("d", -ENOENT);

  Add("/r");

  EXPECT_EQ(Told(), Lines{"failed -38 /r/d"});
}

TEST_F(Addition, TellsOfADirectoryThatItCannotWatchForWantOfProc) {
  Add("/r");
  kernel_.MakeDir("/r/new");
  FailWatching("new", -ENOENT);
  Feed(DirRecord(Wd("/r"), IN_CREATE, "new"));
  Settle();

  EXPECT_EQ(Told(), (Lines{"CREATE /r/new/", "error -38 /r/new"}));
}

TEST_F(Addition, IsOfNoTrackerWithoutProc) {
  FakeKernel kernel(FakeKernel::Mode::kModel);
  kernel.On(&KernelHooks::dir_open, [](int, const char *path, int) {
    return std::string(path).rfind("/proc/", 0) == 0 ? -ENOENT : -EIO;
  });
  const rn_sink sink = {};
  rn_tracker *tracker = nullptr;

  EXPECT_EQ(rn_tracker_new(kernel.sys(), &sink, &tracker), -ENOENT);

  EXPECT_EQ(kernel.Count(Call::kClose), 2U);
}

TEST_F(Addition, EndsAtTheLimitOfWatches) {
  FailWatching("d", -ENOSPC);

  Add("/r");

  EXPECT_EQ(Told(), Lines{"failed -28 /r/d"});
  EXPECT_EQ(rn_tracker_walk_error(tracker_), -ENOSPC);
  EXPECT_EQ(kernel_.WdOf("/r/g"), -1);
}

}  // namespace
}  // namespace rn
