// Roots that follow a name, on a scripted kernel: what the kernel says of each
// directory on the way is fed by hand, so that each order of things can be had.

#include <errno.h>

#include "test/track/persist_fixture.h"

namespace rn {
namespace {

class Persist : public PersistFixture {};

// -- One name that comes and goes ---------------------------------------------

TEST_F(Persist, FileIsDeletedAndMadeAnew) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  ASSERT_EQ(Told(), Lines{});

  Feed(Record(Wd("/d/f"), IN_DELETE_SELF));
  RemoveWatched("/d/f");
  Tell("/d", IN_DELETE, "f");
  EXPECT_EQ(Told(), (Lines{"DELETE_SELF /d/f", "IGNORED /d/f"}));
  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");
  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});

  Feed(Record(Wd("/d/f"), IN_MODIFY));
  EXPECT_EQ(Told(), Lines{"MODIFY /d/f"});
}

TEST_F(Persist, WhatIsNotThereYetIsWaitedFor) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  EXPECT_EQ(Told(), Lines{});

  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});
}

TEST_F(Persist, OtherNamesAreNotLookedFor) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  const uint64_t opened = kernel_.Count(Call::kDirOpen);

  Tell("/d", IN_CREATE, "g");

  EXPECT_EQ(Told(), Lines{});
  EXPECT_EQ(kernel_.Count(Call::kDirOpen), opened);
}

// The directories on the way come one after another; each is watched.
TEST_F(Persist, NearestDirectoryIsWatched) {
  Follow("/a/b/f");
  EXPECT_EQ(Ways(), Lines{"/"});

  kernel_.MakeDir("/a");
  Tell("/", IN_CREATE | IN_ISDIR, "a");
  EXPECT_EQ(Ways(), (Lines{"/", "/a"}));
  kernel_.MakeDir("/a/b");
  Tell("/a", IN_CREATE | IN_ISDIR, "b");
  EXPECT_EQ(Ways(), (Lines{"/", "/a", "/a/b"}));
  EXPECT_EQ(Told(), Lines{});
  kernel_.MakeFile("/a/b/f");
  Tell("/a/b", IN_CREATE, "f");

  EXPECT_EQ(Told(), Lines{"~CREATE /a/b/f"});
}

// It is all there by the time that the first of it is told.
TEST_F(Persist, SeveralStepsAtOnce) {
  Follow("/a/b/f");

  kernel_.MakeFile("/a/b/f");
  Tell("/", IN_CREATE | IN_ISDIR, "a");

  EXPECT_EQ(Told(), Lines{"~CREATE /a/b/f"});
}

// What appears between the watch and the look is seen by both: once.
TEST_F(Persist, AppearsWhileItIsLookedFor) {
  kernel_.MakeDir("/d");
  bool first = true;
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) {
               if (path == std::string("f") && first) {
                 first = false;
                 kernel_.MakeFile("/d/f");
                 kernel_.QueueRead(Record(Wd("/d"), IN_CREATE, 0, "f"));
               }
               const rn_sys *sys = kernel_.beneath();
               return sys->dir_open(sys, dir_fd, path, flags);
             });

  Follow("/d/f");

  EXPECT_FALSE(first);
  EXPECT_EQ(Told(), Lines{});
  EXPECT_NE(root_->top, nullptr);
}

// The same in front of the look, where nothing but the watch tells.
TEST_F(Persist, AppearsBehindTheLook) {
  kernel_.MakeDir("/d");
  bool first = true;
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) {
               const rn_sys *sys = kernel_.beneath();
               const int fd = sys->dir_open(sys, dir_fd, path, flags);
               if (path == std::string("f") && first) {
                 first = false;
                 kernel_.MakeFile("/d/f");
                 kernel_.QueueRead(Record(Wd("/d"), IN_CREATE, 0, "f"));
               }
               return fd;
             });

  Follow("/d/f");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});
}

// -- Replaced -----------------------------------------------------------------

// The one before lives on, with whoever has it open.
TEST_F(Persist, ReplacedByARename) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  const int before = Wd("/d/f");

  kernel_.MakeFile("/d/new");
  kernel_.Rename("/d/new", "/d/f");
  kernel_.QueueRead(Record(before, IN_MODIFY));
  Tell("/d", IN_MOVED_TO, "f", 7);

  EXPECT_EQ(Told(), (Lines{"MODIFY /d/f", "IGNORED /d/f", "~CREATE /d/f"}));
  EXPECT_FALSE(IsWatched(before));
  Feed(Record(root_->top->wd, IN_MODIFY));
  EXPECT_EQ(Told(), Lines{"MODIFY /d/f"});
}

// The next one is seen, and has left before it could be taken in.
TEST_F(Persist, ReplacedByWhatDoesNotStay) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  kernel_.MakeFile("/d/new");
  kernel_.Rename("/d/new", "/d/f");
  Feed(Record(Wd("/d"), IN_MOVED_TO, 7, "f"));
  EndTurn();

  kernel_.Rename("/d/f", "/d/g");
  Settle();

  EXPECT_EQ(Told(), Lines{"IGNORED /d/f"});
  EXPECT_EQ(kernel_.Watches().size(), 2U);
}

TEST_F(Persist, MovedAwayAndMadeAnew) {
  kernel_.MakeFile("/d/log");
  Follow("/d/log", false, kAllNamed | IN_MOVE_SELF);
  const int before = Wd("/d/log");

  kernel_.Rename("/d/log", "/d/log.1");
  kernel_.MakeFile("/d/log");
  kernel_.QueueRead(Record(before, IN_MOVE_SELF));
  Tell("/d", IN_MOVED_FROM, "log", 7);

  EXPECT_EQ(Told(),
            (Lines{"MOVE_SELF /d/log", "IGNORED /d/log", "~CREATE /d/log"}));
  EXPECT_FALSE(IsWatched(before));
}

TEST_F(Persist, MovedAwayAndBackIsTheSame) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");

  Feed(Record(Wd("/d"), IN_MOVED_FROM, 7, "f") +
       Record(Wd("/d"), IN_MOVED_TO, 8, "f"));
  Settle();
  Feed(Record(Wd("/d/f"), IN_MODIFY));

  EXPECT_EQ(Told(), Lines{"MODIFY /d/f"});
}

// Its parent cannot be watched: its own record is all there is.
TEST_F(Persist, OwnMoveIsEnough) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");

  kernel_.Rename("/d/f", "/d/g");
  Feed(Record(Wd("/d/f"), IN_MOVE_SELF));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVE_SELF /d/f", "IGNORED /d/f"}));
}

TEST_F(Persist, DirectoryAboveIsMovedAwayAndBack) {
  kernel_.MakeFile("/a/b/f");
  Follow("/a/b/f");

  kernel_.Rename("/a", "/x");
  Tell("/", IN_MOVED_FROM | IN_ISDIR, "a", 7);
  EXPECT_EQ(Told(), Lines{"IGNORED /a/b/f"});
  EXPECT_EQ(Ways(), Lines{"/"});
  kernel_.Rename("/x", "/a");
  Tell("/", IN_MOVED_TO | IN_ISDIR, "a", 8);

  EXPECT_EQ(Told(), Lines{"~CREATE /a/b/f"});
}

// -- Directories --------------------------------------------------------------

TEST_F(Persist, ContentOfADirectoryIsTold) {
  kernel_.MakeDir("/d");
  Follow("/d/r");

  kernel_.MakeFile("/d/r/f");
  kernel_.MakeFile("/d/r/s/g");
  Tell("/d", IN_CREATE | IN_ISDIR, "r");

  EXPECT_EQ(Told(),
            (Lines{"~CREATE /d/r/", "~CREATE /d/r/f", "~CREATE /d/r/s/"}));
  EXPECT_EQ(kernel_.WdOf("/d/r/s"), -1);
}

TEST_F(Persist, ContentIsToldOnce) {
  kernel_.MakeDir("/d");
  Follow("/d/r");
  kernel_.MakeFile("/d/r/f");
  Feed(DirRecord(Wd("/d"), IN_CREATE, "r"));
  EndTurn();

  kernel_.QueueRead(Record(Wd("/d/r"), IN_CREATE, 0, "f"));
  Settle();
  Feed(Record(Wd("/d/r"), IN_DELETE, 0, "f"));

  EXPECT_EQ(Told(),
            (Lines{"~CREATE /d/r/", "~CREATE /d/r/f", "DELETE /d/r/f"}));
}

TEST_F(Persist, ContentOfAllBelowIsToldWithRecursion) {
  kernel_.MakeDir("/d");
  Follow("/d/r", true);

  kernel_.MakeFile("/d/r/s/g");
  Tell("/d", IN_CREATE | IN_ISDIR, "r");

  EXPECT_EQ(Told(),
            (Lines{"~CREATE /d/r/", "~CREATE /d/r/s/", "~CREATE /d/r/s/g"}));
  Feed(Record(Wd("/d/r/s"), IN_MODIFY, 0, "g"));
  EXPECT_EQ(Told(), Lines{"MODIFY /d/r/s/g"});
}

TEST_F(Persist, TreeThatIsMovedAwayIsLeftAsAWhole) {
  kernel_.MakeDir("/d/r/s");
  Follow("/d/r", true);
  const int below = Wd("/d/r/s");

  kernel_.Rename("/d/r", "/x");
  Tell("/d", IN_MOVED_FROM | IN_ISDIR, "r", 7);

  EXPECT_EQ(Told().back(), "IGNORED /d/r/");
  EXPECT_FALSE(IsWatched(below));
  EXPECT_EQ(root_->node_count, 0U);
}

TEST_F(Persist, DirectoryIsReplacedByAFile) {
  kernel_.MakeDir("/d/r");
  Follow("/d/r", true);
  Told();

  RemoveWatched("/d/r");
  kernel_.MakeFile("/d/r");
  Tell("/d", IN_DELETE | IN_ISDIR, "r");

  EXPECT_EQ(Told(), (Lines{"IGNORED /d/r/", "~CREATE /d/r"}));
}

TEST_F(Persist, OnlyADirectoryIsTakenIn) {
  kernel_.MakeDir("/d");
  Follow("/d/r", false, kAllNamed | IN_ONLYDIR);

  kernel_.MakeFile("/d/r");
  Tell("/d", IN_CREATE, "r");
  EXPECT_EQ(Told(), Lines{});
  kernel_.Remove("/d/r");
  kernel_.MakeDir("/d/r");
  Tell("/d", IN_CREATE | IN_ISDIR, "r");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/r/"});
}

// -- Symbolic links -----------------------------------------------------------

// As Kubernetes mounts a configuration.
TEST_F(Persist, LinkIsTurnedElsewhere) {
  kernel_.MakeFile("/v/..1/f");
  kernel_.MakeFile("/v/..2/f");
  kernel_.MakeLink("/v/..data", "..1");
  kernel_.MakeLink("/v/f", "..data/f");
  Follow("/v/f");
  EXPECT_EQ(Ways(), (Lines{"/", "/v", "/v/..1"}));

  kernel_.MakeLink("/v/..tmp", "..2");
  kernel_.Rename("/v/..tmp", "/v/..data");
  Tell("/v", IN_MOVED_TO, "..data", 7);

  EXPECT_EQ(Told(), (Lines{"IGNORED /v/f", "~CREATE /v/f"}));
  EXPECT_EQ(Ways(), (Lines{"/", "/v", "/v/..2"}));
  Feed(Record(Wd("/v/..2/f"), IN_MODIFY));
  EXPECT_EQ(Told(), Lines{"MODIFY /v/f"});
}

TEST_F(Persist, LinkIsTheTargetItself) {
  kernel_.MakeFile("/d/f");
  kernel_.MakeLink("/d/l", "f");
  Follow("/d/l", false, kAllNamed | IN_DONT_FOLLOW);
  const int before = root_->top->wd;

  kernel_.MakeLink("/d/new", "g");
  kernel_.Rename("/d/new", "/d/l");
  Tell("/d", IN_MOVED_TO, "l", 7);

  EXPECT_EQ(Told(), (Lines{"IGNORED /d/l", "~CREATE /d/l"}));
  EXPECT_NE(root_->top->wd, before);
}

TEST_F(Persist, LinkLeadsNowhereYet) {
  kernel_.MakeLink("/d/l", "/far/away/f");
  Follow("/d/l");

  kernel_.MakeFile("/far/away/f");
  Tell("/", IN_CREATE | IN_ISDIR, "far");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/l"});
}

TEST_F(Persist, LinksUpAndThroughDirectories) {
  kernel_.MakeFile("/a/x/f");
  kernel_.MakeDir("/a/b");
  kernel_.MakeLink("/a/b/l", "../x/./f");
  kernel_.MakeLink("/to", "a//b/");
  Follow("/to/../b/l");
  ASSERT_NE(root_->top, nullptr);
  EXPECT_EQ(root_->top->wd, Wd("/a/x/f"));
  EXPECT_EQ(Ways(), (Lines{"/", "/a", "/a/b", "/a/x"}));

  kernel_.Rename("/a/x", "/a/y");
  Tell("/a", IN_MOVED_FROM | IN_ISDIR, "x", 7);

  EXPECT_EQ(Told(), Lines{"IGNORED /to/../b/l"});
}

TEST_F(Persist, TooManyLinks) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");

  RemoveWatched("/d/f");
  kernel_.MakeLink("/d/f", "g");
  kernel_.MakeLink("/d/g", "f");
  Tell("/d", IN_CREATE, "f");
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/f",
                           "error " + std::to_string(-ELOOP) + " /d/f < /d"}));
  kernel_.Remove("/d/g");
  kernel_.MakeFile("/d/g");
  Tell("/d", IN_CREATE, "g");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});
}

TEST_F(Persist, PathThatEndsInASlashIsADirectory) {
  kernel_.MakeFile("/d/r");
  Follow("/d/r/");
  EXPECT_EQ(root_->top, nullptr);

  kernel_.Remove("/d/r");
  kernel_.MakeDir("/d/r");
  Tell("/d", IN_CREATE | IN_ISDIR, "r");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/r//"});
}

// -- Losses and storms --------------------------------------------------------

TEST_F(Persist, OverflowLooksAgain) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");

  kernel_.Remove("/d");
  kernel_.MakeFile("/d/f");
  Feed(OverflowRecord());
  Settle();

  EXPECT_EQ(Told(), (Lines{"overflow", "IGNORED /d/f", "~CREATE /d/f"}));
  EXPECT_EQ(Ways(), (Lines{"/", "/d"}));
}

// What was asked of the kernel for others, before there was the new one, says
// nothing of it.
TEST_F(Persist, WhatComesAmidTheRepairOfALossHasNotEnded) {
  constexpr int kRoots = 200;
  kernel_.MakeDir("/p");
  Follow("/p/r", true);
  for (int i = 0; i < kRoots; i++) {
    const std::string path = "/d/f" + std::to_string(i);
    kernel_.MakeFile(path);
    Add(path, path, false);
  }
  kernel_.Rename("/d", "/e");
  Feed(OverflowRecord());
  Told();

  kernel_.MakeDir("/p/r");
  kernel_.On(&KernelHooks::dir_read,
             [](int, void *, size_t) { return -EACCES; });
  rn_tracker_walk(tracker_, RN_WALK_NEW);
  Feed(Record(Wd("/p"), IN_CREATE | IN_ISDIR, 0, "r"));
  EndTurn();
  Settle();

  EXPECT_EQ(Told(), (Lines{"~CREATE /p/r/", "error -13 /p/r"}));
}

TEST_F(Persist, FlappingCostsNothingThatStays) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  for (int i = 0; i < 1000; i++) {
    kernel_.MakeFile("/d/f");
    Tell("/d", IN_CREATE, "f");
    RemoveWatched("/d/f");
    Tell("/d", IN_DELETE, "f");
  }

  const Lines told = Told();
  ASSERT_EQ(told.size(), 2000U);
  for (size_t i = 0; i < told.size(); i++)
    EXPECT_EQ(told[i], i % 2 == 0 ? "~CREATE /d/f" : "IGNORED /d/f");
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 2U);
  EXPECT_EQ(kernel_.Watches().size(), 2U);
}

// However many records there are, the path is looked along once a turn.
TEST_F(Persist, ManyRecordsAreOneLook) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  Bytes records;
  for (int i = 0; i < 1000; i++)
    records += Record(Wd("/d"), IN_CREATE, 0, "f") +
               Record(Wd("/d"), IN_DELETE, 0, "f");
  const uint64_t opened = kernel_.Count(Call::kDirOpen);

  Feed(records);
  Settle();

  EXPECT_EQ(kernel_.Count(Call::kDirOpen) - opened, 3U); /* "/", d, f */
  EXPECT_EQ(Told(), Lines{});
}

}  // namespace
}  // namespace rn
