// Roots that follow a name: masks, handles, removal, and what stands in the
// way.

#include <errno.h>

#include "test/track/persist_fixture.h"

namespace rn {
namespace {

class PersistEnd : public PersistFixture {
 protected:
  rn_watch Handle() const { return rn_tracker_handle(root_); }

  // Whether nothing is left of the root.
  void ExpectNothingLeft() {
    Settle();
    EXPECT_EQ(rn_tracker_roots(tracker_), nullptr);
    EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
    EXPECT_EQ(kernel_.Watches().size(), 0U);
  }

  void MakeAbsent() {
    RemoveWatched("/d/f");
    Tell("/d", IN_DELETE, "f");
  }
};

// -- By the user --------------------------------------------------------------

TEST_F(PersistEnd, RemovedWhileItIsThere) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/f", "ended /d/f"}));
}

TEST_F(PersistEnd, RemovedWhileItIsAbsent) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  MakeAbsent();
  Told();

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"~IGNORED /d/f", "ended /d/f"}));
}

TEST_F(PersistEnd, RemovedBeforeAnythingCame) {
  Follow("/d/f");

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"~IGNORED /d/f", "ended /d/f"}));
}

// The one before is being left, its last record is still to be read.
TEST_F(PersistEnd, RemovedWhileItLeaves) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  kernel_.Rename("/d/f", "/d/g");
  Feed(Record(Wd("/d"), IN_MOVED_FROM, 7, "f"));
  EndTurn();
  ASSERT_TRUE(root_->ending);

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/f", "ended /d/f"}));
}

// Its own watch has ended, those below not yet.
TEST_F(PersistEnd, RemovedBetweenTopAndTheRest) {
  kernel_.MakeDir("/d/r/s");
  Follow("/d/r", true);
  Feed(IgnoredRecord(Wd("/d/r")));
  EXPECT_EQ(Told(), Lines{});

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/r/s/", "IGNORED /d/r/", "ended /d/r"}));
}

TEST_F(PersistEnd, FlattenedBetweenTopAndTheRest) {
  kernel_.MakeDir("/d/r/s");
  Follow("/d/r", true);
  Feed(IgnoredRecord(Wd("/d/r")));
  const rn_root_change flat = {};

  EXPECT_EQ(rn_tracker_update(tracker_, root_, &flat), 0);

  rn_tracker_remove(tracker_, root_);
  ExpectNothingLeft();
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/r/", "ended /d/r"}));
}

TEST_F(PersistEnd, RemovedWhileItIsDue) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  Feed(Record(Wd("/d"), IN_CREATE, 0, "f"));

  rn_tracker_remove(tracker_, root_);

  ExpectNothingLeft();
}

TEST_F(PersistEnd, HandleIsTheSameInEveryState) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  const rn_watch handle = Handle();
  EXPECT_EQ(handle.wd, 0);
  EXPECT_EQ(rn_tracker_root(tracker_, handle), root_);

  MakeAbsent();
  EXPECT_EQ(rn_tracker_root(tracker_, handle), root_);
  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");
  EXPECT_EQ(rn_tracker_root(tracker_, handle), root_);
  EXPECT_EQ(Handle().generation, handle.generation);

  rn_tracker_remove(tracker_, root_);
  EXPECT_EQ(rn_tracker_root(tracker_, handle), nullptr);
}

TEST_F(PersistEnd, OneOfTwoOnOneDirectory) {
  kernel_.MakeDir("/d");
  rn_root *const first = Follow("/d/f");
  Follow("/d/g");
  EXPECT_EQ(Ways(), (Lines{"/", "/d"}));

  rn_tracker_remove(tracker_, first);
  Settle();
  EXPECT_EQ(Ways(), (Lines{"/", "/d"}));
  kernel_.MakeFile("/d/g");
  Tell("/d", IN_CREATE, "g");

  EXPECT_EQ(Told(), (Lines{"~IGNORED /d/f", "ended /d/f", "~CREATE /d/g"}));
}

// -- Masks --------------------------------------------------------------------

TEST_F(PersistEnd, MaskIsChangedInEveryState) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  EXPECT_EQ(SetMask(root_, IN_ATTRIB), 0);
  EXPECT_NE(kernel_.MaskOf("/d/f") & IN_ATTRIB, 0U);

  MakeAbsent();
  EXPECT_EQ(SetMask(root_, IN_OPEN), 0);
  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");

  EXPECT_NE(kernel_.MaskOf("/d/f") & IN_OPEN, 0U);
  EXPECT_EQ(kernel_.MaskOf("/d/f") & IN_ATTRIB, 0U);
}

// What is being left is not watched again for it.
TEST_F(PersistEnd, MaskIsChangedWhileItLeaves) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  kernel_.MakeFile("/d/new");
  kernel_.Rename("/d/new", "/d/f");
  Feed(Record(Wd("/d"), IN_MOVED_TO, 7, "f"));
  EndTurn();
  ASSERT_TRUE(root_->ending);
  const uint64_t watched = kernel_.Count(Call::kWatchAdd);

  EXPECT_EQ(SetMask(root_, IN_ATTRIB), 0);

  EXPECT_EQ(kernel_.Count(Call::kWatchAdd), watched);
  Settle();
  EXPECT_NE(kernel_.MaskOf(kernel_.Watches()[root_->top->wd]) & IN_ATTRIB, 0U);
}

// It has gone, which nobody has read yet.
TEST_F(PersistEnd, MaskIsChangedTooLate) {
  kernel_.MakeFile("/d/f");
  Follow("/d/f");
  kernel_.Remove("/d/f");

  EXPECT_EQ(SetMask(root_, IN_OPEN), 0);
}

TEST_F(PersistEnd, UserWatchOfADirectoryOnTheWayKeepsItsMask) {
  kernel_.MakeFile("/d/f");
  rn_addition addition = {};
  addition.path = rn_bytes_of("/d");
  addition.access_path = rn_bytes_of("/d");
  addition.mask = IN_ATTRIB;
  rn_root *user = nullptr;
  ASSERT_EQ(rn_tracker_add(tracker_, &addition, &user), 0);
  Follow("/d/f");
  EXPECT_NE(kernel_.MaskOf("/d") & IN_CREATE, 0U);

  ASSERT_EQ(SetMask(user, IN_OPEN), 0);
  EXPECT_NE(kernel_.MaskOf("/d") & IN_CREATE, 0U);
  rn_tracker_remove(tracker_, root_);
  Settle();

  EXPECT_EQ(kernel_.MaskOf("/d") & IN_ALL_EVENTS, uint32_t{IN_OPEN});
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/f", "ended /d/f"}));
}

TEST_F(PersistEnd, WayOutlivesTheUsersWatch) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  rn_root *const followed = root_;
  rn_root *const user = Add("/d", "/d", false);
  rn_tracker_remove(tracker_, user);
  Settle();
  EXPECT_EQ(Told(), (Lines{"IGNORED /d/", "ended /d"}));

  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");

  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});
  EXPECT_NE(followed->top, nullptr);
}

// A way that is about to end, and goes on for another path: the fence that it
// waited for is not its end.
TEST_F(PersistEnd, WayIsTakenUpAgain) {
  kernel_.MakeDir("/d");
  rn_root *const user = Add("/d", "/d", false);
  rn_root *const first = Follow("/d/f");
  rn_tracker_remove(tracker_, first);
  Told();

  Follow("/d/g");
  rn_tracker_remove(tracker_, user);
  Settle();
  kernel_.MakeFile("/d/g");
  Tell("/d", IN_CREATE, "g");

  EXPECT_EQ(Told().back(), "~CREATE /d/g");
  EXPECT_EQ(Ways(), (Lines{"/", "/d"}));
}

// The library's own watches are not the user's.
TEST_F(PersistEnd, MaskCreateDoesNotSeeTheWay) {
  kernel_.MakeDir("/d");
  Follow("/d/f");
  rn_addition addition = {};
  addition.path = rn_bytes_of("/d");
  addition.access_path = rn_bytes_of("/d");
  addition.mask = IN_OPEN | IN_MASK_CREATE;
  rn_root *user = nullptr;

  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &user), 0);
  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &user), -EEXIST);

  EXPECT_EQ(TryFollow("/d", false, IN_OPEN | IN_MASK_CREATE), -EEXIST);
}

// -- What stands in the way ---------------------------------------------------

TEST_F(PersistEnd, LimitAtTheAddingTakesAllBack) {
  kernel_.MakeDir("/d");
  FailWatching("d", -ENOSPC);

  EXPECT_EQ(TryFollow("/d/f", false, kAllNamed), -ENOSPC);

  ExpectNothingLeft();
  EXPECT_EQ(Told(), Lines{});
}

TEST_F(PersistEnd, LimitLaterIsToldOnceAndTriedAgain) {
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&] { return now; });
  kernel_.MakeDir("/d");
  Follow("/d/f");
  FailWatching("f", -ENOSPC);
  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");
  EXPECT_EQ(Told(), Lines{"error -28 /d/f < /d/f"});
  EXPECT_TRUE(rn_tracker_wants_turn(tracker_));

  now += 50'000'000;
  const uint64_t opened = kernel_.Count(Call::kDirOpen);
  EndTurn();
  EXPECT_EQ(kernel_.Count(Call::kDirOpen), opened);
  now += 50'000'000;
  EndTurn();
  EXPECT_EQ(Told(), Lines{});
  EXPECT_GT(kernel_.Count(Call::kDirOpen), opened);
  kernel_.On(&KernelHooks::watch_add, nullptr);
  now += 100'000'000;
  EndTurn();

  EXPECT_EQ(Told(), Lines{"~CREATE /d/f"});
  EXPECT_FALSE(rn_tracker_wants_turn(tracker_));
}

// Nothing was reached: it is the root that could not be opened, not where the
// look of another watch has ended.
TEST_F(PersistEnd, NamesTheRootThatCouldNotBeOpened) {
  kernel_.MakeDir("/d");
  kernel_.MakeDir("/e/deep");
  Follow("/d/f");
  Follow("/e/deep/f");
  FailOpening("/", -EMFILE);

  kernel_.MakeFile("/d/f");
  Tell("/d", IN_CREATE, "f");

  EXPECT_EQ(Told(), Lines{"error -24 /d/f < /"});
}

// It can be passed and not be read: what is behind it is followed all the same.
TEST_F(PersistEnd, DirectoryThatCannotBeRead) {
  kernel_.MakeFile("/p/d/f");
  FailWatching("p", -EACCES);
  Follow("/p/d/f");
  EXPECT_EQ(Told(), Lines{"error -13 /p/d/f < /p"});
  EXPECT_EQ(Ways(), (Lines{"/", "/p/d"}));
  EXPECT_NE(kernel_.MaskOf("/") & IN_ATTRIB, 0U);

  RemoveWatched("/p/d/f");
  Tell("/p/d", IN_DELETE, "f");
  EXPECT_EQ(Told(), Lines{"IGNORED /p/d/f"});
  kernel_.On(&KernelHooks::watch_add, nullptr);
  Tell("/", IN_ATTRIB | IN_ISDIR, "p");

  EXPECT_EQ(Ways(), (Lines{"/", "/p", "/p/d"}));
  EXPECT_EQ(Told(), Lines{});
}

TEST_F(PersistEnd, DirectoryThatCannotBePassed) {
  kernel_.MakeFile("/p/f");
  Follow("/p/f");
  FailOpening("f", -EACCES);
  RemoveWatched("/p/f");
  Tell("/p", IN_DELETE, "f");
  EXPECT_EQ(Told(), (Lines{"IGNORED /p/f", "error -13 /p/f < /p"}));

  kernel_.MakeFile("/p/f");
  kernel_.On(&KernelHooks::dir_open, nullptr);
  Tell("/p", IN_ATTRIB | IN_ISDIR, "");

  EXPECT_EQ(Told(), Lines{"~CREATE /p/f"});
}

TEST_F(PersistEnd, NotAllowedAtTheAdding) {
  kernel_.MakeFile("/p/f");
  FailOpening("f", -EACCES);

  EXPECT_EQ(TryFollow("/p/f", false, kAllNamed), -EACCES);

  ExpectNothingLeft();
}

TEST_F(PersistEnd, RoundInLinksAtTheAdding) {
  kernel_.MakeLink("/d/f", "g");
  kernel_.MakeLink("/d/g", "f");

  EXPECT_EQ(TryFollow("/d/f", false, kAllNamed), -ELOOP);

  ExpectNothingLeft();
}

// Whatever fails once, in turn: it is found in the end.
TEST_F(PersistEnd, EachCallFailsInTurn) {
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&] { return now; });
  for (Call call : {Call::kDirOpen, Call::kWatchAdd, Call::kLinkRead}) {
    for (uint64_t nth = 1; nth <= 8; nth++) {
      SCOPED_TRACE(std::to_string(static_cast<int>(call)) + " call " +
                   std::to_string(nth));
      kernel_.Remove("/d");
      kernel_.MakeFile("/d/f");
      kernel_.MakeLink("/d/l", "f");
      Follow("/d/l");
      const int before = root_->top->wd;
      kernel_.MakeFile("/d/g");
      kernel_.Rename("/d/g", "/d/f");

      const uint64_t failing = kernel_.Count(call) + nth;
      kernel_.FailNth(call, nth, -EIO);
      Tell("/d", IN_MOVED_TO, "f");
      for (int i = 0; i < 10; i++) {
        now += 100'000'000;
        Settle();
      }

      if (kernel_.Count(call) < failing)  // there were not so many
        kernel_.FailNth(call, failing - kernel_.Count(call), 0);
      ASSERT_NE(root_->top, nullptr);
      EXPECT_NE(root_->top->wd, before);
      EXPECT_EQ(Ways(), (Lines{"/", "/d"}));
      rn_tracker_remove(tracker_, root_);
      Settle();
    }
  }
  ExpectNothingLeft();
}

// A link that cannot be read for now is not taken for what it leads to.
TEST_F(PersistEnd, LinkThatCannotBeReadIsReadAgain) {
  int64_t now = 1;
  kernel_.On(&KernelHooks::monotonic_ns, [&now] { return now; });
  kernel_.MakeFile("/d/f");
  kernel_.MakeLink("/d/l", "f");
  Follow("/d/l");
  kernel_.FailNth(Call::kLinkRead, 2, -EIO);  // the first is of "d"

  Tell("/d", IN_CREATE, "l");
  EXPECT_EQ(Told(), Lines{"error -5 /d/l < /d"});
  now += 1000000000;
  Settle();

  EXPECT_EQ(Told(), Lines{});
}

}  // namespace
}  // namespace rn
