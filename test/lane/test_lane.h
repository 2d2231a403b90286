#ifndef TEST_LANE_TEST_LANE_H_
#define TEST_LANE_TEST_LANE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "test/batch/c11.h"

extern "C" {
#include "lib/lane/lane.h"
}

namespace rn {

// A lane with the two ends that a test needs: it writes as the reader does and
// takes as a worker does.
//
// Threads: as those of the lane.
class TestLane {
 public:
  struct Options {
    uint32_t slot_count = 8;
    uint32_t batch_count = 4096;
    rn_full full = RN_FULL_SPILL;
    size_t pool_limit = size_t{1} << 30;
  };

  TestLane() : TestLane(Options()) {}
  explicit TestLane(const Options &options);
  ~TestLane();
  TestLane(const TestLane &) = delete;
  TestLane &operator=(const TestLane &) = delete;

  rn_lane *get() const { return lane_; }
  const rn_lane_pool &pool() const { return pool_; }

  // Another owner frees it.
  rn_lane *Release() { return std::exchange(lane_, nullptr); }

  // -- The reader's end ------------------------------------------------------

  // Write an event in `directory`, whose place is written where it is not yet.
  // Its seq counts from 1.  Returns nullptr when there is no room.
  rn_event *Write(const std::string &name, const std::string &directory = "/d",
                  rn_target *target = nullptr);

  // Write events "0", "1", ... `count` of them.  Returns how many had room.
  int WriteNumbers(int count);

  // Tell the lane that the clocks are this far apart.
  void SetClocks(int64_t offset_ns) {
    pool_.clock_offset_ns = offset_ns;
    rn_lane_clock(lane_);
  }

  // Write a note that the target gets no more events.
  void WriteRelease(rn_target *target);

  // -- The worker's end ------------------------------------------------------

  // Take a block: the paths of its events.  It stays the worker's.
  std::vector<std::string> TakeBlock(rn_block **block);

  // Take the blocks that are in the ring, and give them back.  Returns the
  // paths of their events.
  std::vector<std::string> TakeAll();

  // The same, with the reader's flushes between: all that was written.
  std::vector<std::string> TakeAllAndFlush();

  // How many blocks there were; their events are not looked at.
  int PassAll();

 private:
  struct Written {
    uint64_t stamp;
    uint32_t offset;
  };

  rn_lane_pool pool_{};
  rn_lane *lane_ = nullptr;
  uint64_t seq_ = 0;
  std::map<std::pair<std::string, rn_target *>, Written> places_;
  std::vector<char> scratch_;
};

// "/d/0", "/d/1", ...: the paths of WriteNumbers().
std::vector<std::string> NumberPaths(int count);

// What the reader asks before it reads on.
inline bool IsPressed(rn_lane *lane) {
  rn_lane_collect(lane);
  return rn_lane_is_pressed(lane);
}

}  // namespace rn

#endif  // TEST_LANE_TEST_LANE_H_
