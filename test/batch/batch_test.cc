// Events as they lie in memory, and what a handler reads from them.

#include "test/batch/c11.h"

extern "C" {
#include "lib/batch/batch.h"
}

#include <errno.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

// A segment that is filled by hand.
class Segment {
 public:
  Segment()
      : words_(RN_SEGMENT_SIZE / sizeof(uint64_t)),
        scratch_(new char[RN_ENTRY_PATH_SIZE]) {
    segment()->scratch = scratch_.get();
    head_ = sizeof(rn_segment);
  }

  uint32_t PutPlace(const std::string &path, rn_watch watch = {1, 1}) {
    const uint32_t offset = Take(offsetof(rn_place, path) + path.size() + 1);
    rn_place *place = reinterpret_cast<rn_place *>(At(offset));
    place->watch = watch;
    place->path_size = static_cast<uint32_t>(path.size());
    path.copy(place->path, path.size());
    return offset;
  }

  uint32_t PutSource(const std::string &path) {
    const uint32_t offset = Take(offsetof(rn_source, path) + path.size() + 1);
    rn_source *source = reinterpret_cast<rn_source *>(At(offset));
    source->path_size = static_cast<uint32_t>(path.size());
    path.copy(source->path, path.size());
    return offset;
  }

  rn_event *PutEvent(uint32_t place, const std::string &name) {
    const uint32_t offset = Take(rn_event_size(name.size()));
    rn_event *event = reinterpret_cast<rn_event *>(At(offset));
    event->offset = offset;
    event->place = place;
    event->name_size = static_cast<uint16_t>(name.size());
    name.copy(event->name, name.size());
    return event;
  }

  rn_segment *segment() { return reinterpret_cast<rn_segment *>(At(0)); }

 private:
  char *At(size_t offset) {
    return reinterpret_cast<char *>(words_.data()) + offset;
  }
  uint32_t Take(size_t size) {
    const size_t offset = head_;
    head_ = rn_round_up(head_ + size, RN_RECORD_ALIGN);
    return static_cast<uint32_t>(offset);
  }

  std::vector<uint64_t> words_;
  std::unique_ptr<char[]> scratch_;
  size_t head_;
};

rn_bytes BytesOf(const std::string &text) { return {text.data(), text.size()}; }

std::string Joined(const std::string &directory, const std::string &name) {
  // Exactly the room that is asked for: a sanitizer sees a byte too many.
  const std::unique_ptr<char[]> out(
      new char[directory.size() + name.size() + 2]);
  const size_t size =
      rn_path_join(out.get(), BytesOf(directory), BytesOf(name));
  EXPECT_EQ(out[size], '\0');
  return std::string(out.get(), size);
}

TEST(Batch, JoinsADirectoryAndAName) {
  const struct {
    std::string directory, name, path;
  } rows[] = {
      {"a", "b", "a/b"},     {"/a/b", "c", "/a/b/c"},
      {"/", "a", "/a"},      {"a/", "b", "a/b"},
      {"a//", "b", "a//b"},  {"a", "", "a"},
      {"a/", "", "a/"},      {"/", "", "/"},
      {"", "", ""},          {"", "a", "a"},
      {".", "a", "./a"},     {"a\n", "\xff", "a\n/\xff"},
      {"a b", " ", "a b/ "},
  };
  for (const auto &row : rows)
    EXPECT_EQ(Joined(row.directory, row.name), row.path);
}

TEST(Batch, JoinsInPlace) {
  char path[16] = "/dir";

  EXPECT_EQ(rn_path_join(path, {path, 4}, rn_bytes_of("name")), 9U);

  EXPECT_STREQ(path, "/dir/name");
}

TEST(Batch, TellsTheFieldsOfAnEvent) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace("/d", {7, 42}), "n");
  event->mask = 0x40000100;
  event->cookie = 0xfedcba98;
  event->seq = UINT64_MAX;

  EXPECT_EQ(rn_event_kind(event), RN_EVENT_CHANGE);
  EXPECT_EQ(rn_event_mask(event), 0x40000100U);
  EXPECT_EQ(rn_event_cookie(event), 0xfedcba98U);
  EXPECT_EQ(rn_event_seq(event), UINT64_MAX);
  EXPECT_EQ(rn_event_watch(event).wd, 7);
  EXPECT_EQ(rn_event_watch(event).generation, 42U);
}

TEST(Batch, TellsTheTimeInSecondsAndNanoseconds) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace("/d"), "n");
  event->monotonic_ns = INT64_C(3000000000);
  segment.segment()->clock_offset_ns = INT64_C(1700000000123456789);

  const timespec time = rn_event_time(event);
  const timespec monotonic = rn_event_monotonic(event);

  EXPECT_EQ(time.tv_sec, 1700000003);
  EXPECT_EQ(time.tv_nsec, 123456789);
  EXPECT_EQ(monotonic.tv_sec, 3);
  EXPECT_EQ(monotonic.tv_nsec, 0);
}

TEST(Batch, TellsEachFlagAlone) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace("/d"), "n");
  EXPECT_FALSE(rn_event_is_dir(event));
  EXPECT_FALSE(rn_event_is_synthetic(event));

  event->flags = RN_RECORD_DIR;
  EXPECT_TRUE(rn_event_is_dir(event));
  EXPECT_FALSE(rn_event_is_synthetic(event));

  event->flags = RN_RECORD_SYNTHETIC;
  EXPECT_FALSE(rn_event_is_dir(event));
  EXPECT_TRUE(rn_event_is_synthetic(event));
}

TEST(Batch, GivesTheNameWithItsSize) {
  Segment segment;
  const uint32_t place = segment.PutPlace("/d");
  size_t size = 42;

  EXPECT_STREQ(rn_event_name(segment.PutEvent(place, "\xff\n"), &size),
               "\xff\n");
  EXPECT_EQ(size, 2U);
  EXPECT_STREQ(rn_event_name(segment.PutEvent(place, ""), &size), "");
  EXPECT_EQ(size, 0U);
}

TEST(Batch, GivesThePathOfAnEntry) {
  Segment segment;
  const rn_event *event = segment.PutEvent(segment.PutPlace("/d/e"), "name");
  size_t size = 0;

  EXPECT_STREQ(rn_event_path(event, &size), "/d/e/name");
  EXPECT_EQ(size, 9U);
  EXPECT_STREQ(rn_event_directory(event, &size), "/d/e");
  EXPECT_EQ(size, 4U);
}

TEST(Batch, GivesThePathOfTheWatchedObjectWhereThereIsNoName) {
  Segment segment;
  const rn_event *event = segment.PutEvent(segment.PutPlace("/d/"), "");
  size_t size = 0;

  EXPECT_STREQ(rn_event_path(event, &size), "/d/");
  EXPECT_EQ(size, 3U);
}

TEST(Batch, GivesThePathOfEachEventOfAPlace) {
  Segment segment;
  const uint32_t place = segment.PutPlace("/d");
  const rn_event *first = segment.PutEvent(place, "long-name");
  const rn_event *second = segment.PutEvent(place, "b");

  EXPECT_STREQ(rn_event_path(first, nullptr), "/d/long-name");
  EXPECT_STREQ(rn_event_path(second, nullptr), "/d/b");
  EXPECT_STREQ(rn_event_path(first, nullptr), "/d/long-name");
}

TEST(Batch, HasRoomForTheLongestPath) {
  Segment segment;
  const std::string directory(RN_PATH_SIZE_MAX - 1, 'd');
  const std::string name(RN_NAME_SIZE_MAX, 'n');
  const rn_event *event = segment.PutEvent(segment.PutPlace(directory), name);

  EXPECT_EQ(rn_event_path(event, nullptr), directory + "/" + name);
}

TEST(Batch, GivesTheSourceOnlyWhereThereIsOne) {
  Segment segment;
  const uint32_t place = segment.PutPlace("/d");
  rn_event *event = segment.PutEvent(place, "n");
  size_t size = 42;
  EXPECT_EQ(rn_event_src_path(event, &size), nullptr);
  EXPECT_EQ(size, 0U);

  event->source = segment.PutSource("/from/m");

  EXPECT_STREQ(rn_event_src_path(event, &size), "/from/m");
  EXPECT_EQ(size, 7U);
}

TEST(Batch, WantsNoSize) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace("/d"), "n");

  EXPECT_EQ(rn_event_src_path(event, nullptr), nullptr);
  event->source = segment.PutSource("/s");

  EXPECT_STREQ(rn_event_src_path(event, nullptr), "/s");
  EXPECT_STREQ(rn_event_name(event, nullptr), "n");
  EXPECT_STREQ(rn_event_directory(event, nullptr), "/d");
}

TEST(Batch, TellsWhoLostEventsAndHowMany) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace(""), "");
  event->kind = RN_RECORD_OVERFLOW;
  EXPECT_EQ(rn_event_kind(event), RN_EVENT_OVERFLOW);
  EXPECT_EQ(rn_event_loss(event), RN_LOSS_KERNEL);
  EXPECT_EQ(rn_event_lost_count(event), 0U);

  event->flags = RN_RECORD_LOST_HERE;
  event->extra = UINT32_MAX;

  EXPECT_EQ(rn_event_loss(event), RN_LOSS_RING);
  EXPECT_EQ(rn_event_lost_count(event), UINT32_MAX);
  EXPECT_EQ(rn_event_error(event), 0);
}

TEST(Batch, TellsAnErrorAsANegativeErrno) {
  Segment segment;
  rn_event *event = segment.PutEvent(segment.PutPlace(""), "");
  event->kind = RN_RECORD_ERROR;
  event->extra = ENOSPC;

  EXPECT_EQ(rn_event_kind(event), RN_EVENT_ERROR);
  EXPECT_EQ(rn_event_error(event), -ENOSPC);
  EXPECT_EQ(rn_event_lost_count(event), 0U);
}

TEST(Batch, FindsTheNextRecordBehindANameOfAnySize) {
  for (size_t size = 0; size <= 300; size++) {
    Segment segment;
    const uint32_t place = segment.PutPlace("/d");
    const rn_event *first = segment.PutEvent(place, std::string(size, 'x'));
    const rn_event *second = segment.PutEvent(place, "y");
    EXPECT_EQ(rn_event_next(first), second) << size;
  }
}

}  // namespace
}  // namespace rn
