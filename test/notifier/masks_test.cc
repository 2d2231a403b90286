// P6 on the real kernel: the handler gets what was asked for and nothing else,
// whatever the library itself needs or does.

#include <sys/inotify.h>
#include <sys/stat.h>

#include <fstream>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

class Masks : public NotifierFixture {};

// A little of everything in a directory: d is made before the watch.
class MaskTable : public NotifierFixture,
                  public testing::WithParamInterface<uint32_t> {
 protected:
  void SetUp() override { dir_.MkDir("d"); }

  void DoAll() {
    for (const std::string &at : Strings{"", "d/"}) {
      dir_.Write(at + "f", "text");
      ASSERT_EQ(chmod(Path(at + "f").c_str(), 0600), 0);
      Move(at + "f", at + "g");
      Remove(at + "g");
      MkDir(at + "new");
      RmDir(at + "new");
    }
    Move("d", "moved");
    List("moved");
    RmDir("moved");
  }

  void ExpectOnlyWhatWasAsked() {
    for (const LoggedEvent &event : log_.Events()) {
      const uint32_t mask = event.mask & 0xffffU;
      EXPECT_EQ(mask & ~GetParam(), 0U) << event.Text(dir_.path());
    }
    EXPECT_GT(log_.Count(), 0U);
  }
};

TEST_P(MaskTable, HoldsForADirectory) {
  WatchAll(GetParam());

  DoAll();
  Drain();

  ExpectOnlyWhatWasAsked();
}

TEST_P(MaskTable, HoldsForATree) {
  WatchAll(GetParam(), RN_WATCH_RECURSIVE);

  DoAll();
  Drain();

  ExpectOnlyWhatWasAsked();
}

INSTANTIATE_TEST_SUITE_P(, MaskTable,
                         testing::Values(IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE,
                                         IN_OPEN, IN_MOVED_FROM, IN_MOVED_TO,
                                         IN_CREATE, IN_DELETE, IN_CLOSE,
                                         IN_MOVE, IN_ALL_EVENTS));

TEST_F(Masks, CloseWriteAloneTellsNoCreation) {
  WatchAll(IN_CLOSE_WRITE, RN_WATCH_RECURSIVE);

  MkDir("d");
  Touch("d/f");
  EXPECT_TRUE(WatchesAgree());
  dir_.Write("d/f", "text");
  Drain();

  const Strings texts = Texts();
  for (const std::string &text : texts) EXPECT_EQ(text, "CLOSE_WRITE d/f");
  EXPECT_FALSE(texts.empty());
}

TEST_F(Masks, AllEventsOfAFile) {
  WatchAll(IN_ALL_EVENTS);

  dir_.Write("f", "text");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE f", "OPEN f", "MODIFY f", "CLOSE_WRITE f"}));
}

// Two reads of the directory may be one record or two.
Strings WithoutRepeats(Strings texts) {
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

const Strings kListed = {"OPEN|ISDIR .", "ACCESS|ISDIR .",
                         "CLOSE_NOWRITE|ISDIR ."};

TEST_F(Masks, ListingTellsOfTheDirectoryItself) {
  WatchAll(IN_ALL_EVENTS);

  List("");
  Drain();

  EXPECT_EQ(WithoutRepeats(Texts()), kListed);
  for (const LoggedEvent &event : log_.Events()) {
    EXPECT_EQ(event.name, "");
    EXPECT_TRUE(event.is_dir);
  }
}

class OwnListing : public NotifierFixture {
 protected:
  void SetUp() override {
    dir_.MkDir("a/b/c");
    Touch("a/f");
    Touch("a/b/f");
  }
};

TEST_F(OwnListing, IsNotToldBeforeTheStart) {
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);

  Drain();

  EXPECT_EQ(Texts(), Strings{});
}

TEST_F(OwnListing, IsNotToldAfterTheStart) {
  Make();
  Start();
  ASSERT_EQ(Add("", IN_ALL_EVENTS, RN_WATCH_RECURSIVE), 0);

  Drain();

  EXPECT_EQ(Texts(), Strings{});
}

TEST_F(OwnListing, OfSomeoneElseIsToldAfterwards) {
  Make();
  Start();
  ASSERT_EQ(Add("", IN_ALL_EVENTS, RN_WATCH_RECURSIVE), 0);

  List("a/b");
  Drain();

  EXPECT_TRUE(Has("OPEN|ISDIR a/b")) << testing::PrintToString(Texts());
  EXPECT_TRUE(Has("ACCESS|ISDIR a/b"));
  EXPECT_TRUE(Has("CLOSE_NOWRITE|ISDIR a/b"));
}

// The top is the first to be listed.
TEST_F(OwnListing, OfSomeoneElseAtTheTopIsToldAfterwards) {
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);

  List("");
  Drain();

  EXPECT_EQ(WithoutRepeats(Texts()), kListed);
}

TEST_F(OwnListing, OfANewDirectoryIsNotTold) {
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);

  MkDir("a/new");
  MkDir("a/new/er");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR a/new/er"));
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR a/new", "CREATE|ISDIR a/new/er"}));
}

TEST_F(OwnListing, OfANewDirectoryLeavesItsFullMask) {
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);

  MkDir("a/new");
  ASSERT_TRUE(WaitUntil([&] {
    return (WatchedMask(Path("a/new")) & IN_OPEN) != 0 &&
           (WatchedMask(Path("a")) & IN_OPEN) != 0;
  }));
  List("a/new");
  Drain();

  EXPECT_TRUE(Has("ACCESS|ISDIR a/new"));
}

TEST_F(OwnListing, IsNotToldToAnotherWatch) {
  Make();
  EventLog other;
  ASSERT_EQ(Add("", IN_ALL_EVENTS, 0, &other), 0);
  ASSERT_EQ(Add("a", IN_ALL_EVENTS, 0, &other), 0);

  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Start();
  Drain();

  EXPECT_EQ(other.Texts(dir_.path()), Strings{});
}

TEST_F(Masks, OfAFileUnderARecursiveWatchIsFull) {
  const std::string path = dir_.Write("f", "");
  Make();
  ASSERT_EQ(Add("f", IN_ALL_EVENTS, RN_WATCH_RECURSIVE), 0);
  Start();

  std::ofstream(path, std::ios::app) << "text";
  Drain();

  EXPECT_EQ(Texts(), (Strings{"OPEN f", "MODIFY f", "CLOSE_WRITE f"}));
}

TEST_F(Masks, IgnoredOfChildrenComesOnlyWhenAsked) {
  dir_.MkDir("a/sub");
  dir_.MkDir("b/sub");
  Make();
  ASSERT_EQ(Add("a", IN_CREATE | IN_IGNORED, RN_WATCH_RECURSIVE), 0);
  ASSERT_EQ(Add("b", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Start();

  RmDir("a/sub");
  RmDir("b/sub");
  Drain();

  EXPECT_EQ(Texts(), Strings{"IGNORED a/sub"});
}

TEST_F(Masks, EndOfTheWatchIsAlwaysTold) {
  dir_.MkDir("a");
  Make();
  ASSERT_EQ(Add("a", IN_CREATE), 0);
  Start();

  RmDir("a");
  Drain();

  EXPECT_EQ(Texts(), Strings{"IGNORED a"});
  EXPECT_TRUE(log_.Events()[0].is_dir);
}

TEST_F(Masks, UpdateWidensAndNarrows) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  MkDir("d");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR d"));

  ASSERT_EQ(SetMask(notifier_, watch_, IN_DELETE), 0);
  Touch("d/f");
  Remove("d/f");
  ASSERT_TRUE(WaitFor("DELETE d/f"));
  ASSERT_EQ(SetMask(notifier_, watch_, IN_CREATE | IN_MASK_ADD), 0);
  Touch("d/g");
  Remove("d/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR d", "DELETE d/f", "CREATE d/g",
                              "DELETE d/g"}));
}

TEST_F(Masks, UpdateKeepsOneShot) {
  WatchAll(IN_CREATE | IN_ONESHOT);

  ASSERT_EQ(SetMask(notifier_, watch_, IN_DELETE), 0);
  Touch("f");
  Remove("f");
  Touch("f");
  Remove("f");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"DELETE f", "IGNORED ."}));
}

TEST_F(Masks, OneShotEndsAfterOneEvent) {
  WatchAll(IN_CREATE | IN_ONESHOT);

  Touch("f");
  Touch("g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "IGNORED ."}));
}

TEST_F(Masks, OneShotOnASharedInodeLeavesTheOtherWatch) {
  Make();
  EventLog once;
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE | IN_ONESHOT, 0, &once), 0);
  Start();

  Touch("f");
  Touch("g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "CREATE g"}));
  EXPECT_EQ(once.Texts(dir_.path()), (Strings{"CREATE f", "IGNORED ."}));
}

TEST_F(Masks, MaskCreateRefusesAWatchedInode) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);

  EXPECT_EQ(Add("", IN_CREATE | IN_MASK_CREATE), -EEXIST);

  EXPECT_EQ(Statistics().watches, 1U);
}

// Files that were written before their directory was watched.
class CopiedTree : public NotifierFixture,
                   public testing::WithParamInterface<bool> {};

TEST_P(CopiedTree, LosesNoFileWithoutCreate) {
  constexpr int kDirs = 6;
  constexpr int kFiles = 20;
  Strings names;
  for (int i = 0; i < kDirs; i++)
    for (int j = 0; j < kFiles; j++) {
      const std::string in = (i % 2 == 0 ? "a/" : "a/b/") + std::to_string(i);
      outside_.MkDir(in);
      names.push_back(in + "/" + std::to_string(j));
      outside_.Write(names.back(), "text");
    }
  options_.coalesce = GetParam();
  WatchAll(IN_CLOSE_WRITE | IN_MOVED_TO, RN_WATCH_RECURSIVE);

  ASSERT_EQ(system(("cp -r " + outside_.path() + " " + Path("to")).c_str()), 0);
  Drain();

  for (const std::string &name : names)
    EXPECT_TRUE(Has("CLOSE_WRITE to/" + name)) << name;
  for (const LoggedEvent &event : log_.Events())
    EXPECT_EQ(event.mask & 0xffffU, IN_CLOSE_WRITE + 0U);
}

INSTANTIATE_TEST_SUITE_P(Coalesced, CopiedTree, testing::Bool());

TEST_F(Masks, OfADirectoryThatIsFoundIsNoCloseWrite) {
  outside_.MkDir("a/b");
  outside_.Write("a/f", "text");
  WatchAll(IN_CLOSE_WRITE, RN_WATCH_RECURSIVE);

  ASSERT_EQ(rename(outside_.Path("a").c_str(), Path("a").c_str()), 0);
  Drain();

  EXPECT_EQ(Texts(), Strings{"CLOSE_WRITE a/f"});
  EXPECT_TRUE(log_.Events().front().synthetic);
}

TEST_F(Masks, WithCreateAFileIsToldAsCreated) {
  outside_.MkDir("a");
  outside_.Write("a/f", "text");
  WatchAll(IN_CREATE | IN_CLOSE_WRITE, RN_WATCH_RECURSIVE);

  ASSERT_EQ(rename(outside_.Path("a").c_str(), Path("a").c_str()), 0);
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a/f"});
}

}  // namespace
}  // namespace rn
