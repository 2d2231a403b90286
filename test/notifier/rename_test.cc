// P5 on the real kernel: renames of files and directories under a recursive
// watch, read at once after they all happened, and while they happen; told in
// two halves, and in one event.

#include <sys/inotify.h>

#include <tuple>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

// A late reader starts when everything has happened.
enum class Reader { kLate, kLive };
enum class Told { kInHalves, kInOne };
using Param = std::tuple<Reader, Told>;

class Rename : public NotifierFixture,
               public testing::WithParamInterface<Param> {
 protected:
  void SetUp() override {
    for (const char *name : {"a/sub/deep", "b", "other"}) dir_.MkDir(name);
    Touch("a/file");
    Touch("a/sub/file");
    Make();
    const unsigned pairs = IsInOne() ? RN_WATCH_PAIR_MOVES : 0;
    ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE | pairs), 0);
    before_ = EntriesOnDisk(dir_.path());
    if (IsLive()) Start();
  }

  static bool IsLive() { return std::get<0>(GetParam()) == Reader::kLive; }
  static bool IsInOne() { return std::get<1>(GetParam()) == Told::kInOne; }

  // What is told of a rename; `flag` is "" or "|ISDIR".
  static Strings Moved(const std::string &from, const std::string &to,
                       const std::string &flag = "") {
    const std::string end = flag + " " + to + " <- " + from;
    if (IsInOne()) return {"MOVED_FROM|MOVED_TO" + end};
    return {"MOVED_FROM" + flag + " " + from, "MOVED_TO" + end};
  }
  bool HasMoved(const std::string &from, const std::string &to,
                const std::string &flag = "") const {
    return Has(Moved(from, to, flag).back());
  }

  // The rest of the test: the events lead to what is on the disk, and so do
  // the watches; `file` is then told with its path.
  void ExpectTrue(const std::string &file) {
    if (!IsLive()) Start();
    EXPECT_TRUE(WatchesAgree());
    Touch(file);
    EXPECT_TRUE(WaitUntil([&] { return Model().entries().count(file) == 1; }));
    Drain();
    EXPECT_EQ(Model().entries(), EntriesOnDisk(dir_.path()));
    EXPECT_EQ(Model().faults(), Strings{});
    if (HasFailure()) ADD_FAILURE() << testing::PrintToString(Texts());
  }

  EventModel Model() const {
    EventModel model(dir_.path(), before_);
    for (const LoggedEvent &event : log_.Events()) model.Apply(event);
    return model;
  }

  Entries before_;
};

TEST_P(Rename, OfAFileInOneDirectory) {
  Move("a/file", "a/renamed");

  ExpectTrue("a/x");
  Strings expected = Moved("a/file", "a/renamed");
  expected.push_back("CREATE a/x");
  EXPECT_EQ(Texts(), expected);
}

TEST_P(Rename, OfAFileToAnotherDirectory) {
  Move("a/file", "b/file");

  ExpectTrue("b/x");
  EXPECT_TRUE(HasMoved("a/file", "b/file"));
}

TEST_P(Rename, OfAFileOverAnother) {
  Move("a/file", "a/sub/file");

  ExpectTrue("a/x");
  EXPECT_TRUE(HasMoved("a/file", "a/sub/file"));
}

TEST_P(Rename, HalvesShareACookie) {
  Move("a/file", "b/file");

  ExpectTrue("b/x");
  const std::vector<LoggedEvent> events = log_.Events();
  ASSERT_GE(events.size(), 2U);
  EXPECT_NE(events[0].cookie, 0U);
  EXPECT_EQ(events[1].cookie, IsInOne() ? 0 : events[0].cookie);
}

TEST_P(Rename, OfADirectoryInOneDirectory) {
  Move("a", "z");

  ExpectTrue("z/sub/deep/x");
  Strings expected = Moved("a", "z", "|ISDIR");
  expected.push_back("CREATE z/sub/deep/x");
  EXPECT_EQ(Texts(), expected);
}

TEST_P(Rename, OfADirectoryToAnotherDirectory) {
  Move("a/sub", "b/sub");

  ExpectTrue("b/sub/deep/x");
  EXPECT_TRUE(HasMoved("a/sub", "b/sub", "|ISDIR"));
}

TEST_P(Rename, Twice) {
  Move("a", "y");
  Move("y", "z");

  ExpectTrue("z/sub/x");
  EXPECT_TRUE(HasMoved("y", "z", "|ISDIR"));
}

TEST_P(Rename, ThereAndBack) {
  Move("a", "z");
  Touch("z/sub/between");
  Move("z", "a");

  ExpectTrue("a/sub/x");
}

TEST_P(Rename, SwapThroughAThirdName) {
  MkDir("b/inner");
  Move("a", "temp");
  Move("b", "a");
  Move("temp", "b");

  ExpectTrue("a/inner/x");
  EXPECT_TRUE(HasMoved("temp", "b", "|ISDIR"));
}

TEST_P(Rename, ExchangeOfDirectories) {
  MkDir("b/inner");
  Exchange("a", "b");

  ExpectTrue("b/sub/x");
  EXPECT_TRUE(HasMoved("a", "b", "|ISDIR"));
  EXPECT_TRUE(Has("MOVED_TO|ISDIR a"));
  EXPECT_TRUE(Has("CREATE|ISDIR b"));
}

TEST_P(Rename, ExchangeOfFiles) {
  Touch("b/file");
  Exchange("a/file", "b/file");

  ExpectTrue("b/x");
  EXPECT_TRUE(HasMoved("b/file", "a/file"));
  EXPECT_TRUE(Has("CREATE b/file"));
}

TEST_P(Rename, ExchangeThenRemovalOfBoth) {
  Touch("b/file");
  Exchange("a/file", "b/file");
  Remove("b/file");
  Remove("a/file");

  ExpectTrue("b/x");
}

TEST_P(Rename, OverAnEmptyDirectoryAndBack) {
  Move("a", "b");
  Move("b", "a");

  ExpectTrue("a/sub/x");
}

TEST_P(Rename, OfAFileThereAndBack) {
  Move("a/file", "b/file");
  Move("b/file", "a/file");

  ExpectTrue("b/x");
}

TEST_P(Rename, ExchangeTwice) {
  MkDir("b/inner");
  Exchange("a", "b");
  Exchange("a", "b");

  ExpectTrue("a/sub/x");
}

TEST_P(Rename, ExchangeOfADirectoryAndAFile) {
  Exchange("a/file", "b");

  ExpectTrue("a/file/x");
}

TEST_P(Rename, ExchangeOfAFileAndADirectory) {
  Exchange("b", "a/file");

  ExpectTrue("a/file/x");
}

TEST_P(Rename, OfAParentThenOfItsChild) {
  Move("a", "z");
  Move("z/sub", "z/bus");

  ExpectTrue("z/bus/deep/x");
}

TEST_P(Rename, OfAChildThenOfItsParent) {
  Move("a/sub", "a/bus");
  Move("a", "z");

  ExpectTrue("z/bus/deep/x");
}

TEST_P(Rename, IntoANewDirectory) {
  MkDir("new");
  Move("a", "new/a");

  ExpectTrue("new/a/sub/x");
}

TEST_P(Rename, OfANewDirectory) {
  MkDir("new");
  Touch("new/early");
  Move("new", "newer");

  ExpectTrue("newer/x");
}

TEST_P(Rename, OfANewDirectoryThenANewOneInItsPlace) {
  MkDir("new");
  Touch("new/first");
  Move("new", "newer");
  MkDir("new");
  Touch("new/second");

  ExpectTrue("new/x");
}

TEST_P(Rename, OfAParentWithANewDirectoryInIt) {
  MkDir("a/new");
  Touch("a/new/early");
  Move("a", "z");
  Touch("z/new/late");

  ExpectTrue("z/new/x");
}

TEST_P(Rename, OverAnEmptyDirectory) {
  Move("a", "b");

  ExpectTrue("b/sub/x");
}

TEST_P(Rename, LeavesNeighboursOfASimilarNameAlone) {
  MkDir("ab");
  MkDir("ab/c");
  Move("a", "z");

  ExpectTrue("ab/c/x");
}

TEST_P(Rename, OutOfTheTreeReleasesTheWatches) {
  Move("a", outside_.Path("a"));

  ExpectTrue("b/x");
  EXPECT_TRUE(Has("MOVED_FROM|ISDIR a"));
}

TEST_P(Rename, OutOfTheTreeTellsNothingMore) {
  Move("a", "b/a");
  MkDir("a");
  Move("b/a", outside_.Path("a"));
  outside_.Write("a/later", "");

  ExpectTrue("a/x");
}

TEST_P(Rename, OutAndBackIn) {
  Move("a", outside_.Path("a"));
  Move(outside_.Path("a"), "back");

  ExpectTrue("back/sub/x");
}

TEST_P(Rename, IntoTheTreeTellsTheContent) {
  outside_.MkDir("in/sub");
  outside_.Write("in/sub/file", "");
  Move(outside_.Path("in"), "b/in");

  ExpectTrue("b/in/sub/x");
  EXPECT_TRUE(Has("MOVED_TO|ISDIR b/in"));
  EXPECT_TRUE(Has("CREATE|ISDIR b/in/sub"));
  EXPECT_TRUE(Has("CREATE b/in/sub/file"));
}

TEST_P(Rename, DeleteOfARenamedDirectory) {
  Move("b", "c");
  RmDir("c");
  MkDir("c");

  ExpectTrue("c/x");
}

TEST_P(Rename, ChainOfManyMoves) {
  for (int i = 0; i < 100; i++) {
    Move("a", "b/a");
    Move("b/a", "other/a");
    Move("other/a", "a");
  }

  ExpectTrue("a/sub/deep/x");
}

std::string NameOf(const testing::TestParamInfo<Param> &info) {
  const bool late = std::get<0>(info.param) == Reader::kLate;
  const bool in_one = std::get<1>(info.param) == Told::kInOne;
  return std::string(late ? "Late" : "Live") + (in_one ? "InOne" : "");
}

INSTANTIATE_TEST_SUITE_P(
    , Rename,
    testing::Combine(testing::Values(Reader::kLate, Reader::kLive),
                     testing::Values(Told::kInHalves, Told::kInOne)),
    NameOf);

}  // namespace
}  // namespace rn
