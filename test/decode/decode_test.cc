// Bytes to raw events: the format of inotify(7), whole and broken.

#include <errno.h>
#include <sys/inotify.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ringnotify/inotify.h"
#include "test/support/raw_record.h"

namespace rn {
namespace {

// A heap block of exactly the size, so that a sanitizer sees a read past it.
class Block {
 public:
  explicit Block(const Bytes &bytes, size_t offset = 0)
      : storage_(new char[bytes.size() + offset]),
        begin_(storage_.get() + offset),
        size_(bytes.size()) {
    std::memcpy(begin_, bytes.data(), bytes.size());
  }
  rn_cursor Begin() const { return rn_parse_begin(begin_, size_); }
  const char *begin() const { return begin_; }
  const char *end() const { return begin_ + size_; }

 private:
  std::unique_ptr<char[]> storage_;
  char *begin_;
  size_t size_;
};

struct Parsed {
  std::vector<std::string> names;
  int end;  // what the last call gave
};

Parsed ParseAll(const Block &block) {
  Parsed parsed;
  rn_cursor at = block.Begin();
  rn_raw_event event;
  while ((parsed.end = rn_parse_next(&at, &event)) == 1)
    parsed.names.emplace_back(event.name, event.name_size);
  return parsed;
}

TEST(Decode, GivesNothingOfNothing) {
  rn_cursor at = rn_parse_begin(nullptr, 0);
  rn_raw_event event;

  EXPECT_EQ(rn_parse_next(&at, &event), 0);
}

TEST(Decode, GivesEachFieldAsItStands) {
  const Block block(Record(7, IN_MOVED_TO | IN_ISDIR, 0xfedcba98, "name"));
  rn_cursor at = block.Begin();
  rn_raw_event event;

  ASSERT_EQ(rn_parse_next(&at, &event), 1);

  EXPECT_EQ(event.wd, 7);
  EXPECT_EQ(event.mask, IN_MOVED_TO | IN_ISDIR);
  EXPECT_EQ(event.cookie, 0xfedcba98U);
  EXPECT_EQ(event.name_size, 4U);
  EXPECT_STREQ(event.name, "name");
  EXPECT_EQ(rn_parse_next(&at, &event), 0);
}

TEST(Decode, GivesAnOverflowItsNegativeWd) {
  const Block block(OverflowRecord());
  rn_cursor at = block.Begin();
  rn_raw_event event;

  ASSERT_EQ(rn_parse_next(&at, &event), 1);

  EXPECT_EQ(event.wd, -1);
  EXPECT_EQ(event.mask, static_cast<uint32_t>(IN_Q_OVERFLOW));
}

TEST(Decode, GivesAnEmptyNameWhereThereIsNone) {
  const Block block(Record(1, IN_OPEN));
  rn_cursor at = block.Begin();
  rn_raw_event event;

  ASSERT_EQ(rn_parse_next(&at, &event), 1);

  EXPECT_EQ(event.name_size, 0U);
  ASSERT_NE(event.name, nullptr);
  EXPECT_STREQ(event.name, "");
}

TEST(Decode, LendsTheNameFromTheBuffer) {
  const Block block(Record(1, IN_OPEN, 0, "name"));
  rn_cursor at = block.Begin();
  rn_raw_event event;

  ASSERT_EQ(rn_parse_next(&at, &event), 1);

  EXPECT_EQ(event.name, block.begin() + 16);
}

TEST(Decode, GoesOverRecordsInOrder) {
  const Block block(Record(1, IN_CREATE, 0, "a") + Record(2, IN_OPEN) +
                    OverflowRecord() + Record(1, IN_DELETE, 0, "b"));

  const Parsed parsed = ParseAll(block);

  EXPECT_EQ(parsed.names, (std::vector<std::string>{"a", "", "", "b"}));
  EXPECT_EQ(parsed.end, 0);
}

TEST(Decode, GoesOverRecordsAgainFromACopy) {
  const Block block(Record(1, IN_CREATE, 0, "a") + Record(2, IN_OPEN));
  rn_cursor at = block.Begin();
  const rn_cursor before = at;
  rn_raw_event first, again;

  ASSERT_EQ(rn_parse_next(&at, &first), 1);
  at = before;
  ASSERT_EQ(rn_parse_next(&at, &again), 1);

  EXPECT_EQ(first.name, again.name);
}

// Every size of a name that the kernel pads: the search goes by words of 8.
TEST(Decode, FindsTheSizeOfEachName) {
  for (size_t size = 1; size <= 1530; size++) {
    const std::string name(size, 'x');
    const Parsed parsed = ParseAll(Block(Record(1, IN_OPEN, 0, name)));
    ASSERT_EQ(parsed.names, std::vector<std::string>{name}) << size;
  }
}

// Paddings that the kernel does not make, down to one NUL.
TEST(Decode, TakesAnyPadding) {
  for (uint32_t padding = 1; padding <= 40; padding++) {
    for (uint32_t size = 1; size <= 24; size++) {
      const Bytes name = Bytes(size, 'x') + Bytes(padding, '\0');
      const Block block(RawRecord(1, IN_OPEN, 0, size + padding, name));
      const Parsed parsed = ParseAll(block);
      ASSERT_EQ(parsed.names, std::vector<std::string>{Bytes(size, 'x')});
      ASSERT_EQ(parsed.end, 0);
    }
  }
}

// Each byte but NUL and '/', on each place in a word; 0x80 and 0x01 are those
// that a search by words may take for a NUL.
TEST(Decode, TakesEachByteInAName) {
  for (int byte = 1; byte < 256; byte++) {
    if (byte == '/') continue;
    for (size_t place = 0; place < 9; place++) {
      std::string name(9, 'x');
      name[place] = static_cast<char>(byte);
      const Parsed parsed = ParseAll(Block(Record(1, IN_OPEN, 0, name)));
      ASSERT_EQ(parsed.names, std::vector<std::string>{name}) << byte;
    }
  }
}

TEST(Decode, EndsANameAtItsFirstNul) {
  const Bytes name("ab\0cdefghijklmn\0", 16);
  const Block block(RawRecord(1, IN_OPEN, 0, 16, name) + Record(2, IN_OPEN));

  const Parsed parsed = ParseAll(block);

  EXPECT_EQ(parsed.names, (std::vector<std::string>{"ab", ""}));
}

TEST(Decode, TakesAnyAlignment) {
  const Bytes bytes = Record(1, IN_CREATE, 0, "a") + Record(2, IN_OPEN);
  for (size_t offset = 0; offset < 16; offset++) {
    const Parsed parsed = ParseAll(Block(bytes, offset));
    EXPECT_EQ(parsed.names, (std::vector<std::string>{"a", ""})) << offset;
    EXPECT_EQ(parsed.end, 0) << offset;
  }
}

TEST(Decode, StopsAtACutRecord) {
  const Bytes whole = Record(1, IN_CREATE, 0, "a");
  const Bytes cut = Record(2, IN_DELETE, 0, "bb");
  for (size_t size = 1; size < cut.size(); size++) {
    const Parsed parsed = ParseAll(Block(whole + cut.substr(0, size)));
    EXPECT_EQ(parsed.names, std::vector<std::string>{"a"}) << size;
    EXPECT_EQ(parsed.end, -EBADMSG) << size;
  }
}

TEST(Decode, StaysBeforeACutRecord) {
  const Bytes whole = Record(1, IN_CREATE, 0, "a");
  const Block block(whole + "cut");
  rn_cursor at = block.Begin();
  rn_raw_event event;
  ASSERT_EQ(rn_parse_next(&at, &event), 1);

  EXPECT_EQ(rn_parse_next(&at, &event), -EBADMSG);
  EXPECT_EQ(rn_parse_next(&at, &event), -EBADMSG);

  EXPECT_EQ(at.next, block.begin() + whole.size());
  EXPECT_EQ(at.end, block.end());
}

TEST(Decode, WritesNoEventOfACutRecord) {
  const Block block("cut");
  rn_cursor at = block.Begin();
  rn_raw_event event{};
  event.wd = 42;

  ASSERT_EQ(rn_parse_next(&at, &event), -EBADMSG);

  EXPECT_EQ(event.wd, 42);
}

TEST(Decode, RejectsANameWithoutNul) {
  for (uint32_t size : {1U, 7U, 8U, 9U, 16U, 17U, 255U}) {
    const Block block(RawRecord(1, IN_OPEN, 0, size, Bytes(size, 'x')));
    EXPECT_EQ(ParseAll(block).end, -EBADMSG) << size;
  }
}

TEST(Decode, RejectsALengthThatGoesRound) {
  for (uint32_t length : {UINT32_MAX, UINT32_MAX - 15, 0x80000000U}) {
    const Block block(RawRecord(1, IN_OPEN, 0, length, Bytes(16, '\0')));
    EXPECT_EQ(ParseAll(block).end, -EBADMSG) << length;
  }
}

}  // namespace
}  // namespace rn
