// Bytes of an inotify descriptor, taken with the kernel's own call.

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

using Records = std::vector<std::tuple<int32_t, uint32_t, bool, std::string>>;

// Two instances that watch the same.
class Acceptance : public testing::Test {
 protected:
  Acceptance() {
    for (rn_inotify *&inotify : inotify_) {
      EXPECT_EQ(rn_inotify_open(0, &inotify), 0);
      EXPECT_GT(
          rn_inotify_add_watch(inotify, dir_.path().c_str(), IN_ALL_EVENTS), 0);
    }
  }
  ~Acceptance() override {
    for (rn_inotify *inotify : inotify_) rn_inotify_close(inotify);
  }

  void Change() const {
    dir_.Write("f", "text");
    dir_.Write(std::string(200, 'n'), "");
    EXPECT_EQ(rename(dir_.Path("f").c_str(), dir_.Path("\xff\n").c_str()), 0);
    dir_.MkDir("d");
    EXPECT_EQ(rmdir(dir_.path().c_str()), -1);
    EXPECT_EQ(rmdir(dir_.Path("d").c_str()), 0);
  }

  // All whole records; `end` is what came behind them.  A cookie is another for
  // each rename, not for each instance.
  static Records Parse(rn_cursor at, int *end) {
    Records records;
    rn_raw_event event;
    while ((*end = rn_parse_next(&at, &event)) == 1)
      records.emplace_back(event.wd, event.mask, event.cookie != 0,
                           std::string(event.name, event.name_size));
    return records;
  }

  const TempDir dir_;
  rn_inotify *inotify_[2];
};

TEST_F(Acceptance, Case47CapturedBytesAreParsedAsALiveRead) {
  Change();
  char bytes[8192];
  const ssize_t size = read(rn_inotify_fd(inotify_[0]), bytes, sizeof(bytes));
  ASSERT_GT(size, 0);
  rn_cursor live;
  ASSERT_EQ(rn_inotify_read(inotify_[1], 0, 0, &live), size);

  int end = 1;
  const Records captured =
      Parse(rn_parse_begin(bytes, static_cast<size_t>(size)), &end);
  EXPECT_EQ(end, 0);
  EXPECT_EQ(captured, Parse(live, &end));
  EXPECT_EQ(end, 0);
  EXPECT_GE(captured.size(), 10U);
}

TEST_F(Acceptance, Case47ACutTailIsAnErrorBehindTheWholeRecords) {
  Change();
  char bytes[8192];
  const ssize_t size = read(rn_inotify_fd(inotify_[0]), bytes, sizeof(bytes));
  ASSERT_GT(size, 0);
  int end = 1;
  const Records all =
      Parse(rn_parse_begin(bytes, static_cast<size_t>(size)), &end);

  size_t before = 0;
  for (size_t cut = 0; cut < static_cast<size_t>(size); cut++) {
    const Records some = Parse(rn_parse_begin(bytes, cut), &end);
    EXPECT_TRUE(some.size() == before || some.size() == before + 1) << cut;
    EXPECT_EQ(end, some.size() == before && cut > 0 ? -EBADMSG : 0) << cut;
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << cut;
    before = some.size();
  }
  EXPECT_EQ(before, all.size() - 1);
}

}  // namespace
}  // namespace rn
