// Bytes that grow, and the escaping of plain output.

#include "cmd/ringnotify/text.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "ringnotify/print.h"

namespace rn {
namespace {

std::string Take(text *text) {
  EXPECT_FALSE(text->failed);
  const std::string taken(text->data, text->size);
  text_fini(text);
  return taken;
}

std::string Escape(const std::string &bytes) {
  text text = {};
  text_add_escaped(&text, bytes.data(), bytes.size());
  return Take(&text);
}

TEST(Text, KeepsWhatWasAddedWhileItGrows) {
  text text = {};
  std::string expected;

  for (int i = 0; i < 10000; i++) {
    text_add_format(&text, "%d,", i);
    expected += std::to_string(i) + ",";
  }

  EXPECT_EQ(Take(&text), expected);
}

TEST(Text, AddsNothingAfterMemoryRanOut) {
  text text = {};
  text_add_string(&text, "kept");

  EXPECT_EQ(text_reserve(&text, SIZE_MAX / 2), nullptr);
  text_add_string(&text, "lost");

  EXPECT_TRUE(text.failed);
  EXPECT_EQ(text.size, 4U);
  text_fini(&text);
  EXPECT_FALSE(text.failed);
}

TEST(Text, AddsNothingToNothing) {
  text text = {};

  text_add(&text, "", 0);

  EXPECT_EQ(Take(&text), "");
}

// Whoever reads both has one rule to know.
TEST(Text, EscapesAsTheLibraryDoes) {
  std::string bytes;
  for (int byte = 1; byte < 256; byte++) bytes += static_cast<char>(byte);
  rn_raw_event event = {};
  event.name = bytes.c_str();
  event.name_size = static_cast<uint32_t>(bytes.size());
  char text[2048];

  rn_raw_event_format(&event, text, sizeof(text));

  EXPECT_EQ(text, "wd=0\tmask=0\tcookie=0\tname=" + Escape(bytes));
}

TEST(Text, EscapesWhatBreaksALine) {
  EXPECT_EQ(Escape("a\nb\tc\rd\\e"), "a\\nb\\tc\\rd\\\\e");
  EXPECT_EQ(Escape(std::string("\0\x01\x1b\x1f\x7f", 5)),
            "\\x00\\x01\\x1b\\x1f\\x7f");
}

TEST(Text, LeavesEveryOtherByteAsItIs) {
  std::string bytes;
  for (int byte = 0x20; byte < 0x100; byte++)
    if (byte != 0x7f && byte != '\\') bytes += static_cast<char>(byte);

  EXPECT_EQ(Escape(bytes), bytes);
}

}  // namespace
}  // namespace rn
