// Watches that follow a name, on the real kernel.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "test/notifier/persistent_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

class Persistent : public PersistentFixture {};

TEST_F(Persistent, FileIsDeletedAndMadeAnew) {
  MakeFile("f");
  Follow("f");

  Remove("f");
  ASSERT_TRUE(WaitFor("IGNORED f"));
  MakeFile("f");
  ASSERT_TRUE(WaitFor("CREATE f"));
  dir_.Write("f", "text");
  Drain();

  EXPECT_EQ(TextsButForTheEnd(),
            (Strings{"IGNORED f", "CREATE f", "CLOSE_WRITE f"}));
}

// The deleted file is held open: the kernel tells of its end only when that is
// over.
TEST_F(Persistent, FileThatIsHeldOpenIsDeleted) {
  MakeFile("f");
  Follow("f");
  const int fd = open(Path("f").c_str(), O_RDONLY | O_CLOEXEC);

  Remove("f");
  ASSERT_TRUE(WaitFor("IGNORED f"));
  MakeFile("f");
  ASSERT_TRUE(WaitFor("CREATE f"));

  close(fd);
  Drain();
  EXPECT_EQ(Texts(), (Strings{"IGNORED f", "CREATE f"}));
}

// As editors do.
TEST_F(Persistent, AtomicSave) {
  MakeFile("f");
  Follow("f");
  for (size_t i = 1; i <= 3; i++) {
    dir_.Write("f.new", "text");
    Move("f.new", "f");
    ASSERT_TRUE(WaitForTimes("CREATE f", i));
  }
  dir_.Write("f", "text");
  Drain();

  EXPECT_EQ(Times("IGNORED f"), 3U);
  EXPECT_EQ(Texts().back(), "CLOSE_WRITE f");
  EXPECT_EQ(Times("CLOSE_WRITE f"), 1U);
}

// Who writes goes on with the old one for a while.
TEST_F(Persistent, LogRotation) {
  MakeFile("log");
  Follow("log");
  std::ofstream writer(Path("log"));
  Move("log", "log.1");
  ASSERT_TRUE(WaitFor("IGNORED log"));

  MakeFile("log");
  ASSERT_TRUE(WaitFor("CREATE log"));
  writer << "late" << std::flush;
  writer.close();
  dir_.Write("log", "text");
  Drain();

  EXPECT_EQ(TextsButForTheEnd(),
            (Strings{"IGNORED log", "CREATE log", "CLOSE_WRITE log"}));
}

TEST_F(Persistent, NotThereYet) {
  Follow("a/b/f");
  MkDir("a");
  MkDir("a/b");
  MakeFile("a/b/f");
  ASSERT_TRUE(WaitFor("CREATE a/b/f"));
  RemoveAll("a");
  ASSERT_TRUE(WaitFor("IGNORED a/b/f"));
  dir_.MkDir("a/b");
  MakeFile("a/b/f");
  ASSERT_TRUE(WaitForTimes("CREATE a/b/f", 2));
  Drain();

  EXPECT_EQ(Times("IGNORED a/b/f"), 1U);
}

TEST_F(Persistent, NotStartedYet) {
  Make();
  ASSERT_EQ(Add("f", kMask, RN_WATCH_PERSISTENT), 0);
  MakeFile("f");
  Start();

  ASSERT_TRUE(WaitFor("CREATE f"));
}

// Also with somebody in it: then the kernel holds back the directory's end.
TEST_F(Persistent, DirectoryAboveIsMadeAnew) {
  dir_.MkDir("a/b");
  MakeFile("a/b/f");
  Follow("a/b/f");
  const int fd = open(Path("a/b").c_str(), O_PATH | O_CLOEXEC);

  RemoveAll("a");
  ASSERT_TRUE(WaitFor("IGNORED a/b/f"));
  dir_.MkDir("a/b");
  MakeFile("a/b/f");
  ASSERT_TRUE(WaitFor("CREATE a/b/f"));

  close(fd);
}

TEST_F(Persistent, DirectoryAboveIsMovedAwayAndAnotherComes) {
  dir_.MkDir("a/b");
  dir_.MkDir("other/b");
  MakeFile("a/b/f");
  MakeFile("other/b/f");
  Follow("a/b/f");

  Move("a", "gone");
  ASSERT_TRUE(WaitFor("IGNORED a/b/f"));
  dir_.Write("gone/b/f", "text");
  Move("other", "a");
  ASSERT_TRUE(WaitFor("CREATE a/b/f"));
  dir_.Write("a/b/f", "text");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"IGNORED a/b/f", "CREATE a/b/f", "CLOSE_WRITE a/b/f"}));
}

TEST_F(Persistent, DirectoriesAboveAreExchanged) {
  dir_.MkDir("a");
  dir_.MkDir("b");
  MakeFile("a/f");
  MakeFile("b/f");
  Follow("a/f");

  Exchange("a", "b");

  ASSERT_TRUE(WaitFor("CREATE a/f"));
  EXPECT_EQ(Times("IGNORED a/f"), 1U);
}

// -- Directories --------------------------------------------------------------

TEST_F(Persistent, ContentOfATreeIsTold) {
  Follow("r", RN_WATCH_RECURSIVE);
  dir_.MkDir("r/s/t");
  MakeFile("r/s/t/f");
  ASSERT_TRUE(WaitFor("CREATE r/s/t/f"));
  MakeFile("r/s/g");
  ASSERT_TRUE(WaitFor("CREATE r/s/g"));

  Move("r", "away");
  ASSERT_TRUE(WaitFor("IGNORED r"));
  MakeFile("away/s/unseen");
  Move("away", "r");
  ASSERT_TRUE(WaitForTimes("CREATE r/s/g", 2));
  MakeFile("r/s/t/h");
  Drain();

  EXPECT_TRUE(Has("CREATE r/s/t/h"));
  ExpectModelIsDisk("r");
}

TEST_F(Persistent, ContentOfOneDirectoryIsTold) {
  Follow("r");
  dir_.MkDir("r/s");
  MakeFile("r/f");
  MakeFile("r/s/g");
  ASSERT_TRUE(WaitFor("CREATE r/f"));
  RemoveAll("r");
  ASSERT_TRUE(WaitFor("IGNORED r"));
  Drain();

  EXPECT_EQ(Times("CREATE r/s/g"), 0U);
  ExpectModelIsDisk("r");
}

// The library does not tell of its own listing, and tells of others'.
TEST_F(Persistent, ListingIsNotTold) {
  Follow("r", 0, kMask | IN_OPEN | IN_CLOSE_NOWRITE);
  MkDir("r");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR r"));
  ASSERT_TRUE(
      WaitUntil([&] { return (WatchedMask(Path("r")) & IN_OPEN) != 0; }));
  List("r");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR r", "OPEN|ISDIR r",
                              "CLOSE_NOWRITE|ISDIR r"}));
}

TEST_F(Persistent, OpeningIsToldFromTheAdding) {
  MkDir("r");
  Follow("r", 0, IN_OPEN);
  List("r");
  Drain();

  EXPECT_EQ(Texts(), Strings{"OPEN|ISDIR r"});
}

TEST_F(Persistent, WhatHappensBeforeAStopIsTold) {
  Follow("a/r", RN_WATCH_RECURSIVE);
  dir_.MkDir("a/r/s/t");
  MakeFile("a/r/s/t/f");
  Drain();

  EXPECT_TRUE(Has("CREATE a/r/s/t/f"));
  ExpectModelIsDisk("a/r");
}

// -- Links --------------------------------------------------------------------

// As Kubernetes mounts a configuration.
TEST_F(Persistent, LinkIsTurnedElsewhere) {
  dir_.MkDir("v/..1");
  MakeFile("v/..1/key");
  Link("..1", "v/..data");
  Link("..data/key", "v/key");
  Follow("v/key");
  for (size_t i = 2; i <= 4; i++) {
    const std::string next = ".." + std::to_string(i);
    dir_.MkDir("v/" + next);
    MakeFile("v/" + next + "/key");
    Link(next, "v/..data_tmp");
    Move("v/..data_tmp", "v/..data");
    ASSERT_TRUE(WaitForTimes("CREATE v/key", i - 1));
    RemoveAll("v/.." + std::to_string(i - 1));
  }
  dir_.Write("v/..4/key", "text");
  Drain();

  EXPECT_EQ(Times("IGNORED v/key"), 3U);
  EXPECT_EQ(Times("CREATE v/key"), 3U);
  EXPECT_EQ(Texts().back(), "CLOSE_WRITE v/key");
}

TEST_F(Persistent, LinkToADirectoryIsTurnedElsewhere) {
  dir_.MkDir("one/s");
  dir_.MkDir("two");
  MakeFile("two/f");
  Link("one", "r");
  Follow("r", RN_WATCH_RECURSIVE);

  Link("two", "tmp");
  Move("tmp", "r");
  ASSERT_TRUE(WaitFor("CREATE r/f"));
  MakeFile("one/unseen");
  MakeFile("two/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"IGNORED r", "CREATE|ISDIR r", "CREATE r/f",
                              "CREATE r/g"}));
}

TEST_F(Persistent, LinkIsTheTargetItself) {
  Link("nowhere", "l");
  Follow("l", 0, kMask | IN_DONT_FOLLOW);
  Link("elsewhere", "tmp");
  Move("tmp", "l");
  ASSERT_TRUE(WaitFor("CREATE l"));
  Remove("l");
  Drain();

  EXPECT_EQ(Times("IGNORED l"), 2U);
}

// -- The watch ----------------------------------------------------------------

TEST_F(Persistent, OneHandleForAll) {
  Follow("f");
  const rn_watch handle = watch_;
  EXPECT_EQ(handle.wd, 0);
  MakeFile("f");
  ASSERT_TRUE(WaitFor("CREATE f"));
  Remove("f");
  ASSERT_TRUE(WaitFor("IGNORED f"));
  MakeFile("f");
  ASSERT_TRUE(WaitForTimes("CREATE f", 2));
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), handle),
      0);
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), handle),
      1);
  Drain();

  for (const LoggedEvent &event : log_.Events()) {
    EXPECT_EQ(event.watch.wd, handle.wd);
    EXPECT_EQ(event.watch.generation, handle.generation);
    EXPECT_EQ(event.is_end, event.seq == log_.Events().back().seq);
  }
  EXPECT_EQ(Texts().back(), "IGNORED f");
}

TEST_F(Persistent, EndOfAnOrdinaryWatchIsItsEnd) {
  MakeFile("f");
  Make();
  ASSERT_EQ(Add("f", kMask), 0);
  Start();
  Remove("f");
  Drain();

  ASSERT_EQ(Texts(), (Strings{"DELETE_SELF f", "IGNORED f"}));
  EXPECT_FALSE(log_.Events()[0].is_end);
  EXPECT_TRUE(log_.Events()[1].is_end);
}

TEST_F(Persistent, HandlerIsReleasedOnceAtTheRemoval) {
  EventLog own;
  Make();
  ASSERT_EQ(Add("f", kMask, RN_WATCH_PERSISTENT, &own), 0);
  Start();
  for (int i = 0; i < 3; i++) {
    MakeFile("f");
    ASSERT_TRUE(WaitUntil([&] { return own.Has(dir_.path(), "CREATE f"); }));
    Remove("f");
    ASSERT_TRUE(WaitUntil([&] { return own.Has(dir_.path(), "IGNORED f"); }));
  }
  EXPECT_EQ(own.Released(), 0);

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  EXPECT_TRUE(WaitUntil([&] { return own.Released() == 1; }));
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  Finish();
  EXPECT_EQ(own.Released(), 1);
}

TEST_F(Persistent, MaskIsChangedWhileNothingIsThere) {
  Follow("f", 0, IN_DELETE_SELF);
  ASSERT_EQ(SetMask(notifier_, watch_, IN_CLOSE_WRITE), 0);
  MakeFile("f");
  ASSERT_TRUE(WaitFor("CREATE f"));
  dir_.Write("f", "text");
  ASSERT_TRUE(WaitFor("CLOSE_WRITE f"));
  ASSERT_EQ(SetMask(notifier_, watch_, IN_DELETE_SELF), 0);
  Remove("f");
  Drain();

  EXPECT_EQ(Texts().back(), "IGNORED f");
  EXPECT_EQ(Times("CLOSE_WRITE f"), 1U);
}

// The directories on the way are watched for the library alone.
TEST_F(Persistent, OthersOnTheWayAreToldWhatTheyAskedFor) {
  EventLog other;
  dir_.MkDir("a");
  Make();
  ASSERT_EQ(Add("a", IN_ATTRIB, 0, &other), 0);
  Follow("a/f");
  MakeFile("a/f");
  ASSERT_TRUE(WaitFor("CREATE a/f"));
  Remove("a/f");
  ASSERT_EQ(chmod(Path("a").c_str(), 0700), 0);
  Drain();

  EXPECT_EQ(other.Texts(dir_.path()), Strings{"ATTRIB|ISDIR a"});
}

TEST_F(Persistent, NotWithOneShot) {
  Make();
  EXPECT_EQ(Add("f", IN_CREATE | IN_ONESHOT, RN_WATCH_PERSISTENT), -EINVAL);
}

TEST_F(Persistent, TwoOnTheSamePathAreBothTold) {
  EventLog other;
  Make();
  ASSERT_EQ(Add("f", kMask, RN_WATCH_PERSISTENT, &other), 0);
  Follow("f");
  for (size_t i = 1; i <= 3; i++) {
    dir_.Write("new", "text");
    Move("new", "f");
    ASSERT_TRUE(WaitForTimes("CREATE f", i));
  }
  Drain();

  EXPECT_EQ(other.Texts(dir_.path()), Texts());
}

}  // namespace
}  // namespace rn
