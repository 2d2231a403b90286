#ifndef TEST_TRACK_PAIRS_FIXTURE_H_
#define TEST_TRACK_PAIRS_FIXTURE_H_

#include <cstdint>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {

// A root /r, renames in which are told in one event, with the directories a/sub
// and dir.
class PairsFixture : public TrackFixture {
 protected:
  static constexpr int64_t kMs = 1000000;

  PairsFixture() {
    kernel_.MakeDir("/r/a/sub");
    kernel_.MakeDir("/r/dir");
    pair_wait_ns_ = 500 * kMs;
    root_ = Add("/r");
    r_ = Wd("/r");
    a_ = Wd("/r/a");
    sub_ = Wd("/r/a/sub");
    dir_ = Wd("/r/dir");
  }

  static Bytes From(int wd, const std::string &name, uint32_t cookie = 7) {
    return Record(wd, IN_MOVED_FROM, cookie, name);
  }
  static Bytes To(int wd, const std::string &name, uint32_t cookie = 7) {
    return Record(wd, IN_MOVED_TO, cookie, name);
  }
  Bytes DirFrom(int wd, const std::string &name, uint32_t cookie = 7) const {
    return DirRecord(wd, IN_MOVED_FROM, name, cookie);
  }
  Bytes DirTo(int wd, const std::string &name, uint32_t cookie = 7) const {
    return DirRecord(wd, IN_MOVED_TO, name, cookie);
  }

  // What the tracker told of these records, and nothing before them.
  Lines ToldOf(const Bytes &records) {
    Told();
    EXPECT_EQ(Feed(records), 0);
    return Told();
  }

  rn_root *root_ = nullptr;
  int r_ = 0;
  int a_ = 0;
  int sub_ = 0;
  int dir_ = 0;
};

}  // namespace rn

#endif  // TEST_TRACK_PAIRS_FIXTURE_H_
