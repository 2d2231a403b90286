// One worker's queue: what goes in comes out, in order and whole.

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/lane/test_lane.h"

namespace rn {
namespace {

using Paths = std::vector<std::string>;

TestLane::Options Slots(uint32_t slot_count) {
  TestLane::Options options;
  options.slot_count = slot_count;
  return options;
}

rn_bytes BytesOf(const std::string &text) { return {text.data(), text.size()}; }

// Enough events to fill a segment.
constexpr int kSegmentEvents = RN_SEGMENT_SIZE / 56 + 1;

TEST(Lane, GivesEventsInTheOrderOfTheirWriting) {
  TestLane lane;
  lane.Write("a");
  lane.Write("b");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.Write("c", "/e");
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeAll(), (Paths{"/d/a", "/d/b", "/e/c"}));
}

TEST(Lane, KeepsTheOrderOverSegments) {
  TestLane lane({.slot_count = 1024});
  const int count = 5 * kSegmentEvents;
  ASSERT_EQ(lane.WriteNumbers(count), count);
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeAll(), NumberPaths(count));
}

TEST(Lane, PublishesNothingBeforeAFlush) {
  TestLane lane;
  lane.Write("a");

  EXPECT_EQ(rn_lane_take(lane.get()), nullptr);
}

TEST(Lane, PublishesOneBlockAFlush) {
  TestLane lane;
  rn_block *block;
  lane.Write("a");
  lane.Write("b");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.Write("c");
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeBlock(&block), (Paths{"/d/a", "/d/b"}));
  EXPECT_EQ(lane.TakeBlock(&block), Paths{"/d/c"});
  EXPECT_EQ(rn_lane_take(lane.get()), nullptr);
}

TEST(Lane, HasNothingToFlushAtFirst) {
  TestLane lane;

  EXPECT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(rn_lane_take(lane.get()), nullptr);
}

TEST(Lane, EndsABatchAtItsCount) {
  TestLane lane({.batch_count = 4});
  rn_block *block;
  lane.WriteNumbers(10);
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeBlock(&block).size(), 4U);
  EXPECT_EQ(lane.TakeBlock(&block).size(), 4U);
  EXPECT_EQ(lane.TakeBlock(&block).size(), 2U);
}

TEST(Lane, WakesTheWorkerByAFlush) {
  TestLane lane;
  rn_parking *parking = rn_lane_parking(lane.get());
  lane.Write("a");
  const uint32_t ticket = rn_parking_ticket(parking);

  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_NE(rn_parking_ticket(parking), ticket);
}

// What the ticket says of a flush by a reader that goes on.
bool FlushOnWakes(TestLane *lane) {
  rn_parking *parking = rn_lane_parking(lane->get());
  const uint32_t ticket = rn_parking_ticket(parking);
  lane->Write("a");
  EXPECT_TRUE(rn_lane_flush_on(lane->get()));
  return rn_parking_ticket(parking) != ticket;
}

// The first block of a run wakes; a worker that was done with it before the
// next one came is left asleep for three blocks.
TEST(Lane, LeavesAQuickWorkerAsleepForThreeBlocks) {
  TestLane lane(Slots(64));
  std::vector<bool> wakes = {FlushOnWakes(&lane)};
  lane.TakeAll();
  for (int i = 0; i < 4; i++) wakes.push_back(FlushOnWakes(&lane));
  lane.TakeAll();
  for (int i = 0; i < 4; i++) wakes.push_back(FlushOnWakes(&lane));

  EXPECT_EQ(wakes, (std::vector<bool>{true, false, false, false, true, false,
                                      false, false, true}));
}

TEST(Lane, WakesASlowWorkerByEachFlushOn) {
  TestLane lane(Slots(64));

  EXPECT_TRUE(FlushOnWakes(&lane));
  EXPECT_TRUE(FlushOnWakes(&lane));
  EXPECT_TRUE(FlushOnWakes(&lane));
}

TEST(Lane, WakesTheWorkerByTheFirstBlockOfEachRun) {
  TestLane lane(Slots(64));
  ASSERT_TRUE(FlushOnWakes(&lane));
  lane.TakeAll();
  ASSERT_FALSE(FlushOnWakes(&lane));
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.TakeAll();

  EXPECT_TRUE(FlushOnWakes(&lane));
}

TEST(Lane, WakesTheWorkerByAFlushOnOfHalfARing) {
  TestLane lane(Slots(4));
  ASSERT_TRUE(FlushOnWakes(&lane));
  lane.TakeAll();
  ASSERT_FALSE(FlushOnWakes(&lane));

  EXPECT_TRUE(FlushOnWakes(&lane));
}

TEST(Lane, WakesTheWorkerByAFlushOnOfNothing) {
  TestLane lane(Slots(64));
  ASSERT_TRUE(FlushOnWakes(&lane));
  lane.TakeAll();
  ASSERT_FALSE(FlushOnWakes(&lane));
  rn_parking *parking = rn_lane_parking(lane.get());
  const uint32_t ticket = rn_parking_ticket(parking);

  ASSERT_TRUE(rn_lane_flush_on(lane.get()));

  EXPECT_NE(rn_parking_ticket(parking), ticket);
}

TEST(Lane, WakesTheWorkerByAFlushOfNothingAfterAFlushOn) {
  TestLane lane(Slots(64));
  ASSERT_TRUE(FlushOnWakes(&lane));
  lane.TakeAll();
  ASSERT_FALSE(FlushOnWakes(&lane));
  rn_parking *parking = rn_lane_parking(lane.get());
  const uint32_t ticket = rn_parking_ticket(parking);

  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_NE(rn_parking_ticket(parking), ticket);
}

TEST(Lane, WakesNobodyWithoutAnEvent) {
  TestLane lane;
  rn_parking *parking = rn_lane_parking(lane.get());
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  const uint32_t ticket = rn_parking_ticket(parking);

  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(rn_parking_ticket(parking), ticket);
}

TEST(Lane, BeginsARecordWithOffsetAndNameOnly) {
  TestLane lane;
  ASSERT_TRUE(rn_lane_open(lane.get(), rn_event_size(4)));

  const rn_event *event = rn_lane_put_event(lane.get(), BytesOf("name"));

  EXPECT_STREQ(event->name, "name");
  EXPECT_EQ(event->name_size, 4U);
  EXPECT_NE(event->offset, 0U);
  EXPECT_EQ(event->seq | event->mask | event->cookie | event->place |
                event->source | event->kind | event->flags | event->extra,
            0U);
  EXPECT_EQ(event->monotonic_ns, 0);
}

TEST(Lane, BeginsAnotherBlockWhereTheClocksMovedApart) {
  constexpr int64_t kMs = 1000000;
  TestLane lane;
  lane.SetClocks(7 * kMs);
  lane.Write("a");
  lane.SetClocks(8 * kMs - 1);
  lane.Write("b");
  lane.SetClocks(8 * kMs);
  lane.Write("c");
  lane.SetClocks(8 * kMs);
  lane.Write("d");
  lane.SetClocks(7 * kMs);
  lane.Write("e");
  rn_lane_flush(lane.get());

  const std::vector<std::pair<std::vector<std::string>, int64_t>> blocks = {
      {{"/d/a", "/d/b"}, 7 * kMs},
      {{"/d/c", "/d/d"}, 8 * kMs},
      {{"/d/e"}, 7 * kMs}};
  for (const auto &[paths, offset_ns] : blocks) {
    rn_block *block = nullptr;
    EXPECT_EQ(lane.TakeBlock(&block), paths);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block->clock_offset_ns, offset_ns);
    rn_lane_done(lane.get(), block);
  }
}

// Memory that comes back is not clean.
TEST(Lane, BeginsARecordCleanInUsedMemory) {
  TestLane lane;
  for (int i = 0; i < 20 * kSegmentEvents; i++) {
    rn_event *event = lane.Write("0123456");
    ASSERT_EQ(event->mask | event->cookie | event->extra | event->source, 0U);
    ASSERT_STREQ(event->name, "0123456");
    event->mask = event->cookie = event->extra = event->source = UINT32_MAX;
    event->source = 0;
    if (i % 100 != 0) continue;
    ASSERT_TRUE(rn_lane_flush(lane.get()));
    lane.PassAll();
  }
}

TEST(Lane, KeepsWhatAPlaceSays) {
  TestLane lane;
  int target;
  ASSERT_TRUE(rn_lane_open(lane.get(), rn_event_size(0) + 100));
  const uint32_t offset =
      rn_lane_put_place(lane.get(), reinterpret_cast<rn_target *>(&target),
                        {5, 6}, true, BytesOf("/some/path"));
  rn_event *event = rn_lane_put_event(lane.get(), BytesOf(""));
  event->place = offset;

  const rn_place *place = rn_event_place(event);

  EXPECT_NE(offset, 0U);
  EXPECT_EQ(static_cast<void *>(place->target), &target);
  EXPECT_EQ(place->watch.wd, 5);
  EXPECT_EQ(place->watch.generation, 6U);
  EXPECT_TRUE(place->is_dir);
  EXPECT_EQ(place->path_size, 10U);
  EXPECT_STREQ(place->path, "/some/path");
}

TEST(Lane, KeepsASource) {
  TestLane lane;
  rn_event *event = lane.Write("a");
  ASSERT_TRUE(rn_lane_open(lane.get(), rn_lane_source_size(5)));
  event->source = rn_lane_put_source(lane.get(), BytesOf("/from"));
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  rn_block *block = rn_lane_take(lane.get());

  ASSERT_NE(block, nullptr);
  EXPECT_STREQ(rn_event_src_path(rn_block_first(block), nullptr), "/from");
}

// The place of the second event lies in the first block's time.
TEST(Lane, KeepsAPlaceForLaterBlocks) {
  TestLane lane;
  lane.Write("a");
  const uint64_t stamp = rn_lane_stamp(lane.get());
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  ASSERT_EQ(lane.TakeAll(), Paths{"/d/a"});

  rn_event *event = lane.Write("b");

  EXPECT_EQ(rn_lane_stamp(lane.get()), stamp);
  EXPECT_STREQ(rn_event_directory(event, nullptr), "/d");
}

TEST(Lane, ForgetsItsPlacesWithEachSegment) {
  TestLane lane({.slot_count = 1024});
  std::set<uint64_t> stamps;
  std::set<const rn_segment *> segments;
  for (int i = 0; i < 4 * kSegmentEvents; i++) {
    segments.insert(rn_event_segment(lane.Write("0")));
    stamps.insert(rn_lane_stamp(lane.get()));
  }

  EXPECT_GE(segments.size(), 4U);
  EXPECT_EQ(stamps.size(), segments.size());
}

TEST(Lane, ForgetsItsPlacesWhenTold) {
  TestLane lane;
  const uint32_t before = lane.Write("a")->place;

  rn_lane_restamp(lane.get());

  EXPECT_NE(lane.Write("b")->place, before);
}

TEST(Lane, HasAStampOfItsOwnAmongThoseOfAPool) {
  rn_lane_pool pool{};
  const rn_lane_options options = {8, 8, RN_FULL_SPILL, &pool};
  rn_lane *first, *second;
  ASSERT_EQ(rn_lane_new(&options, &first), 0);
  ASSERT_EQ(rn_lane_new(&options, &second), 0);

  const uint64_t of_second = rn_lane_stamp(second);
  rn_lane_restamp(first);

  EXPECT_NE(rn_lane_stamp(first), of_second);
  EXPECT_NE(rn_lane_stamp(first), 0U);
  rn_lane_free(first);
  rn_lane_free(second);
}

// The longest of all, at any fill of the segment before.
TEST(Lane, FitsTheLongestRecord) {
  const std::string name(RN_NAME_SIZE_MAX, 'n');
  const std::string path(RN_PATH_SIZE_MAX - 1, 'p');
  const std::string source(RN_ENTRY_PATH_SIZE - 1, 's');
  const size_t size = rn_event_size(name.size()) +
                      rn_lane_place_size(path.size()) +
                      rn_lane_source_size(source.size());
  for (int before = 0; before <= kSegmentEvents; before += 10) {
    TestLane lane({.slot_count = 1024});
    lane.WriteNumbers(before);
    ASSERT_TRUE(rn_lane_open(lane.get(), size)) << before;
    const uint32_t place =
        rn_lane_put_place(lane.get(), nullptr, {1, 1}, true, BytesOf(path));
    const uint32_t offset = rn_lane_put_source(lane.get(), BytesOf(source));
    rn_event *event = rn_lane_put_event(lane.get(), BytesOf(name));
    event->place = place;
    event->source = offset;
    EXPECT_EQ(rn_event_name(event, nullptr), name);
    EXPECT_EQ(rn_event_directory(event, nullptr), path);
    EXPECT_EQ(rn_event_src_path(event, nullptr), source);
    ASSERT_TRUE(rn_lane_flush(lane.get()));
  }
}

TEST(Lane, FitsARecordOfEachSize) {
  TestLane lane({.slot_count = 1024});
  Paths written;
  for (size_t size = 0; size <= 600; size++) {
    const std::string name(size, 'x');
    ASSERT_NE(lane.Write(name), nullptr);
    written.push_back(size == 0 ? "/d" : "/d/" + name);
  }
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(lane.TakeAll(), written);
}

// A place and a source behind each other, of each size: none reaches into the
// one that was written before.
TEST(Lane, FitsPathsOfEachSize) {
  TestLane lane;
  rn_target *const target = reinterpret_cast<rn_target *>(UINTPTR_MAX);
  ASSERT_TRUE(rn_lane_open(lane.get(), 20000));
  rn_event *event = rn_lane_put_event(lane.get(), BytesOf(""));
  uint32_t places[64], sources[64];
  for (size_t size = 0; size < 64; size++) {
    const std::string path(size, 'p');
    places[size] =
        rn_lane_put_place(lane.get(), target, {1, 1}, true, BytesOf(path));
    sources[size] = rn_lane_put_source(lane.get(), BytesOf(path));
  }

  for (size_t size = 0; size < 64; size++) {
    size_t directory_size, source_size;
    event->place = places[size];
    event->source = sources[size];
    EXPECT_EQ(rn_event_place(event)->target, target) << size;
    rn_event_directory(event, &directory_size);
    rn_event_src_path(event, &source_size);
    EXPECT_EQ(directory_size, size);
    EXPECT_EQ(source_size, size);
  }
}

TEST(Lane, IsLoadedByWhatTheWorkerIsNotDoneWith) {
  TestLane lane;
  EXPECT_EQ(rn_lane_load(lane.get()), 0U);
  lane.Write("a");
  lane.Write("b");
  EXPECT_EQ(rn_lane_load(lane.get()), 2U);
  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.Write("c");
  EXPECT_EQ(rn_lane_load(lane.get()), 3U);

  ASSERT_TRUE(rn_lane_flush(lane.get()));
  lane.TakeAll();

  EXPECT_EQ(rn_lane_load(lane.get()), 0U);
}

TEST(Lane, RemembersTheMostSlotsInUse) {
  TestLane lane;
  for (int i = 0; i < 3; i++) {
    lane.Write("a");
    ASSERT_TRUE(rn_lane_flush(lane.get()));
  }
  lane.TakeAll();
  lane.Write("a");
  ASSERT_TRUE(rn_lane_flush(lane.get()));

  EXPECT_EQ(rn_lane_counts(lane.get()).high_water, 3U);
}

TEST(LaneDeathTest, WantsAPathThatIsNotTooLong) {
  TestLane lane;
  const std::string path(RN_PATH_SIZE_MAX, 'p');
  ASSERT_TRUE(rn_lane_open(lane.get(), 2 * path.size()));

  EXPECT_DEATH(
      rn_lane_put_place(lane.get(), nullptr, {1, 1}, true, BytesOf(path)),
      "broken contract");
}

}  // namespace
}  // namespace rn
