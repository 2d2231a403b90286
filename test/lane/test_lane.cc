#include "test/lane/test_lane.h"

#include "gtest/gtest.h"

namespace rn {
namespace {

rn_bytes BytesOf(const std::string &text) { return {text.data(), text.size()}; }

}  // namespace

TestLane::TestLane(const Options &options) : scratch_(RN_ENTRY_PATH_SIZE) {
  pool_.limit = options.pool_limit;
  rn_lane_options lane_options{};
  lane_options.slot_count = options.slot_count;
  lane_options.batch_count = options.batch_count;
  lane_options.full = options.full;
  lane_options.pool = &pool_;
  EXPECT_EQ(rn_lane_new(&lane_options, &lane_), 0);
}

TestLane::~TestLane() { rn_lane_free(lane_); }

rn_event *TestLane::Write(const std::string &name, const std::string &directory,
                          rn_target *target) {
  const size_t size =
      rn_event_size(name.size()) + rn_lane_place_size(directory.size());
  if (!rn_lane_open(lane_, size)) return nullptr;
  Written &place = places_[{directory, target}];
  if (place.stamp != rn_lane_stamp(lane_)) {
    place.offset =
        rn_lane_put_place(lane_, target, {7, 1}, true, BytesOf(directory));
    place.stamp = rn_lane_stamp(lane_);
  }
  rn_event *event = rn_lane_put_event(lane_, BytesOf(name));
  event->place = place.offset;
  event->seq = ++seq_;
  return event;
}

int TestLane::WriteNumbers(int count) {
  int written = 0;
  for (int i = 0; i < count; i++)
    if (Write(std::to_string(i)) != nullptr) written++;
  return written;
}

void TestLane::WriteRelease(rn_target *target) {
  rn_event *note = Write("", "", target);
  ASSERT_NE(note, nullptr);
  note->kind = RN_RECORD_RELEASE;
  note->flags = RN_RECORD_APART;
  seq_--;
}

std::vector<std::string> TestLane::TakeBlock(rn_block **block) {
  std::vector<std::string> paths;
  *block = rn_lane_take(lane_);
  if (*block == nullptr) return paths;
  const rn_event *event = rn_block_first(*block);
  for (uint32_t left = (*block)->record_count; left > 0; left--) {
    rn_event_segment(event)->scratch = scratch_.data();
    paths.emplace_back(rn_event_path(event, nullptr));
    if (left > 1) event = rn_event_next(event);
  }
  return paths;
}

std::vector<std::string> TestLane::TakeAll() {
  std::vector<std::string> paths;
  for (;;) {
    rn_block *block;
    const auto more = TakeBlock(&block);
    if (block == nullptr) return paths;
    paths.insert(paths.end(), more.begin(), more.end());
    (void)rn_lane_done(lane_, block);
  }
}

std::vector<std::string> TestLane::TakeAllAndFlush() {
  std::vector<std::string> paths;
  bool all;
  do {
    all = rn_lane_flush(lane_);
    const auto more = TakeAll();
    paths.insert(paths.end(), more.begin(), more.end());
  } while (!all);
  return paths;
}

int TestLane::PassAll() {
  int count = 0;
  rn_block *block;
  while ((block = rn_lane_take(lane_)) != nullptr) {
    (void)rn_lane_done(lane_, block);
    count++;
  }
  return count;
}

std::vector<std::string> NumberPaths(int count) {
  std::vector<std::string> paths;
  for (int i = 0; i < count; i++) paths.push_back("/d/" + std::to_string(i));
  return paths;
}

}  // namespace rn
