// What was told of a storm, held against what is on disk.

#include "bench/scenario/storm_model.h"

#include <errno.h>

#include <initializer_list>
#include <string>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

class StormModel : public testing::Test {
 protected:
  StormModel() { EXPECT_EQ(storm_model_init(&model_, dir_.path().c_str()), 0); }
  ~StormModel() override { storm_model_fini(&model_); }

  // Tell lines; a '@' in them is the root.
  void Tell(std::initializer_list<std::string> lines) {
    for (const std::string &line : lines)
      EXPECT_EQ(storm_model_take(&model_, WithRoot(line).c_str()), 0) << line;
  }

  std::string WithRoot(std::string line) const {
    for (size_t at; (at = line.find('@')) != std::string::npos;)
      line.replace(at, 1, dir_.path());
    return line;
  }

  storm_difference Difference() const {
    storm_difference difference = {99, 99};
    EXPECT_EQ(storm_model_compare(&model_, &difference), 0);
    return difference;
  }

  void ExpectDifference(uint64_t missed, uint64_t extra) const {
    const storm_difference difference = Difference();
    EXPECT_EQ(difference.missed, missed);
    EXPECT_EQ(difference.extra, extra);
  }

  TempDir dir_;
  storm_model model_ = {};
};

TEST_F(StormModel, OfNothingIsRightAboutAnEmptyDirectory) {
  ExpectDifference(0, 0);
}

TEST_F(StormModel, IsRightWhenAllWasTold) {
  dir_.MkDir("a/b");
  dir_.Write("a/b/f", "");

  Tell({"C @/a", "C @/a/b", "C @/a/b/f"});

  ExpectDifference(0, 0);
  EXPECT_EQ(model_.doubled, 0U);
  EXPECT_EQ(model_.changes, 3U);
}

TEST_F(StormModel, CountsWhatWasMissed) {
  dir_.MkDir("a/b");
  dir_.Write("a/b/f", "");

  Tell({"C @/a"});

  ExpectDifference(2, 0);
}

TEST_F(StormModel, MissesADirectoryOfWhichOnlyTheContentWasTold) {
  dir_.MkDir("a/b");

  Tell({"C @/a/b"});

  ExpectDifference(1, 0);
}

TEST_F(StormModel, CountsWhatIsNotThere) {
  dir_.MkDir("a");

  Tell({"C @/a", "C @/a/b", "C @/c"});

  ExpectDifference(0, 2);
}

TEST_F(StormModel, CountsDoubles) {
  dir_.MkDir("a");

  Tell({"C @/a", "C @/a", "C @/a"});

  EXPECT_EQ(model_.doubled, 2U);
  ExpectDifference(0, 0);
}

TEST_F(StormModel, ForgetsWhatWasDeletedWithAllBelow) {
  Tell({"C @/a", "C @/a/b", "D @/a"});
  ExpectDifference(0, 0);

  dir_.MkDir("a");
  Tell({"C @/a"});

  EXPECT_EQ(model_.doubled, 0U);
  ExpectDifference(0, 0);
}

TEST_F(StormModel, MovesADirectoryAsAWhole) {
  dir_.MkDir("new/b");
  dir_.Write("new/b/f", "");

  Tell({"C @/old", "C @/old/b", "C @/old/b/f", "R @/old\t@/new"});

  ExpectDifference(0, 0);
}

TEST_F(StormModel, JoinsTheHalvesOfARename) {
  dir_.MkDir("x/b");
  dir_.MkDir("y/c");

  Tell({"C @/a", "C @/a/b", "C @/d", "C @/d/c", "F 1 @/a", "F 2 @/d", "T 2 @/y",
        "T 1 @/x"});

  ExpectDifference(0, 0);
}

TEST_F(StormModel, TakesAFirstHalfAloneForGone) {
  Tell({"C @/a", "F 7 @/a"});

  ExpectDifference(0, 0);
}

TEST_F(StormModel, TakesASecondHalfAloneForTheEntryItself) {
  dir_.MkDir("a/b");

  Tell({"T 7 @/a"});

  ExpectDifference(1, 0);
}

TEST_F(StormModel, RenamesWhatItWasNotToldOf) {
  dir_.MkDir("new");

  Tell({"R @/old\t@/new"});

  ExpectDifference(0, 0);
}

TEST_F(StormModel, RefusesWhatIsNoLine) {
  for (const std::string line :
       {"", "C", "C ", "C @", "C @/", "C /elsewhere", "C @x/a", "X @/a",
        "R @/a", "R @/a\t/elsewhere", "F @/a", "T 1", "done 1 2 3 4"})
    EXPECT_EQ(storm_model_take(&model_, WithRoot(line).c_str()), -EBADMSG)
        << line;
  EXPECT_EQ(model_.changes, 0U);
}

}  // namespace
}  // namespace rn
