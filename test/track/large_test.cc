// A tree that is large enough for nodes to be fetched ahead: the cursors that
// run before the one that counts must come to no harm.

#include <random>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

constexpr int kDirectories = 3000;

class Large : public TrackFixture {
 protected:
  void SetUp() override {
    kernel_.MakeDir("/r");
    for (int i = 0; i < kDirectories; i++) kernel_.MakeDir(Directory(i));
    Add("/r");
    Settle();
    ASSERT_EQ(rn_tracker_watch_count(tracker_), kDirectories + 1U);
    Told();
  }
  static std::string Directory(int i) { return "/r/d" + std::to_string(i); }
  int Random(int below) {
    return static_cast<int>(random_() % static_cast<unsigned>(below));
  }

  std::mt19937 random_{1};
};

TEST_F(Large, TakesRecordsThatAreCutOrLie) {
  const int wd = Wd(Directory(7));
  for (int round = 0; round < 1000; round++) {
    Bytes bytes;
    for (int i = Random(40); i > 0; i--)
      bytes += Record(Random(kDirectories + 100) + 1, IN_MODIFY, 0,
                      std::string(1 + static_cast<size_t>(Random(20)), 'x'));
    const int kind = Random(4);
    if (kind == 0)
      bytes += RawRecord(wd, IN_MODIFY, 0, 16, std::string(16, 'y'));
    if (kind == 1) bytes += RawRecord(wd, IN_MODIFY, 0, 0xfffffff0U, "ab");
    if (kind == 2) bytes += Record(wd, IN_MODIFY, 0, "z");
    if (!bytes.empty() && Random(2) == 0)
      bytes.resize(static_cast<size_t>(Random(static_cast<int>(bytes.size()))));

    (void)Feed(bytes);
  }
  Told();
}

TEST_F(Large, EndsWithinOneBuffer) {
  Bytes bytes;
  for (int i = 0; i < kDirectories; i++) {
    const int wd = Wd(Directory(i));
    bytes += Record(wd, IN_DELETE_SELF) + IgnoredRecord(wd) +
             Record(Wd("/r"), IN_DELETE | IN_ISDIR, 0, "d" + std::to_string(i));
  }

  EXPECT_EQ(Feed(bytes), 0);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 1U);
  EXPECT_EQ(Feed(IgnoredRecord(Wd("/r")) + Record(3, IN_MODIFY)), 0);
  EXPECT_EQ(rn_tracker_watch_count(tracker_), 0U);
  Told();
}

}  // namespace
}  // namespace rn
