// Names that come and go a thousand times, and what is left of it.

#include <algorithm>
#include <thread>

#include "test/notifier/persistent_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr int kTimes = 1000;

class PersistentStorm : public PersistentFixture {
 protected:
  // Directories from "/" to the one that the name is in.
  static size_t DirectoriesAbove(const std::string &path) {
    return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  }

  // What the storm left is told, held, and no more than that.
  void ExpectSettled(const std::string &name) {
    Touch("end");
    Move("end", name);
    EXPECT_TRUE(WaitUntil([&] {
      return WatchedInodes().size() == DirectoriesAbove(Path(name)) + 1;
    })) << WatchedInodes().size();
    Drain();
    ExpectModelIsDisk(name);
    EXPECT_LE(Times("CREATE " + name), size_t{kTimes} + 1);
  }
};

TEST_F(PersistentStorm, File) {
  Follow("f");
  for (int i = 0; i < kTimes; i++) {
    Touch("f");
    Remove("f");
  }
  ExpectSettled("f");
}

TEST_F(PersistentStorm, FileReplaced) {
  Follow("f");
  for (int i = 0; i < kTimes; i++) {
    Touch("new");
    Move("new", "f");
  }
  ExpectSettled("f");
}

// As slow as the reader, so that each is seen.
TEST_F(PersistentStorm, EachIsSeen) {
  Follow("f");
  for (size_t i = 1; i <= kTimes; i++) {
    MakeFile("f");
    ASSERT_TRUE(WaitForTimes("CREATE f", i));
    Remove("f");
    ASSERT_TRUE(WaitForTimes("IGNORED f", i));
  }
  EXPECT_EQ(Times("CREATE f"), size_t{kTimes});
  EXPECT_EQ(Times("IGNORED f"), size_t{kTimes});
  ExpectSettled("f");
}

TEST_F(PersistentStorm, DirectoryAbove) {
  Follow("a/f");
  for (int i = 0; i < kTimes; i++) {
    MkDir("a");
    Touch("a/f");
    RemoveAll("a");
  }
  MkDir("a");
  ExpectSettled("a/f");
}

TEST_F(PersistentStorm, DirectoriesAboveAreMoved) {
  dir_.MkDir("a/b");
  dir_.MkDir("c/b");
  Follow("a/b/f");
  for (int i = 0; i < kTimes; i++) {
    Exchange("a", "c");
    if (i % 2 == 0) Touch("a/b/f");
  }
  RemoveAll("c");
  ExpectSettled("a/b/f");
}

TEST_F(PersistentStorm, Link) {
  dir_.MkDir("1");
  dir_.MkDir("2");
  Touch("1/f");
  Touch("2/f");
  Follow("l/f");
  for (int i = 0; i < kTimes; i++) {
    Link(i % 2 == 0 ? "1" : "2", "tmp");
    Move("tmp", "l");
  }
  // "/" to dir_, and "2" behind the link.
  EXPECT_TRUE(WaitUntil([&] {
    return WatchedInodes().size() == DirectoriesAbove(Path("2/f")) + 1;
  })) << WatchedInodes().size();
  Drain();
  EXPECT_GE(Times("CREATE l/f"), 1U);
  EXPECT_EQ(Times("CREATE l/f"), Times("IGNORED l/f") + 1);
}

// Content, too, while it is made and moved by another thread.
TEST_F(PersistentStorm, TreesWithContent) {
  Follow("r", RN_WATCH_RECURSIVE);
  dir_.MkDir("new/s");
  std::thread mover([&] {
    for (int i = 0; i < kTimes / 2; i++) {
      Move("new", "r");
      Touch("r/s/late");
      Move("r", "old");
      RemoveAll("old");
      dir_.MkDir("new/s/t");
      Touch("new/s/f");
      Touch("new/s/t/g");
    }
  });
  mover.join();
  Move("new", "r");
  Touch("r/s/end");
  EXPECT_TRUE(WaitFor("CREATE r/s/end"));
  Drain();
  ExpectModelIsDisk("r");
}

// Each removed in whatever state it is in.
TEST_F(PersistentStorm, RemovedAtAnyTime) {
  Make();
  Start();
  std::thread flapper([&] {
    for (int i = 0; i < kTimes; i++) {
      Touch("f");
      Remove("f");
    }
  });
  for (int i = 0; i < kTimes / 4; i++) {
    EventLog own;
    ASSERT_EQ(Add("f", kMask, RN_WATCH_PERSISTENT, &own), 0);
    EXPECT_EQ(SetMask(notifier_, watch_, IN_OPEN), 0);
    EXPECT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
        0);
    EXPECT_TRUE(WaitUntil([&] { return own.Released() == 1; }));
    ASSERT_GE(own.Count(), 1U);
    EXPECT_TRUE(own.Events().back().is_end);
  }
  flapper.join();
  EXPECT_TRUE(WaitUntil([&] { return WatchedInodes().empty(); }));
}

}  // namespace
}  // namespace rn
