// Bytes that grow, and the escaping of plain output.

#include "cmd/ringnotify/text.h"

#include <cstdint>
#include <random>
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

std::string EscapeByTheLibrary(const std::string &bytes) {
  rn_raw_event event = {};
  event.name = bytes.c_str();
  event.name_size = static_cast<uint32_t>(bytes.size());
  char text[2048];
  rn_raw_event_format(&event, text, sizeof(text));
  const std::string before = "wd=0\tmask=0\tcookie=0\tname=";
  EXPECT_EQ(std::string(text).substr(0, before.size()), before);
  return std::string(text).substr(before.size());
}

// Whoever reads both has one rule to know.
TEST(Text, EscapesAsTheLibraryDoes) {
  std::string bytes;
  for (int byte = 1; byte < 256; byte++) bytes += static_cast<char>(byte);
  EXPECT_EQ(EscapeByTheLibrary(bytes), Escape(bytes));

  // Bytes that begin, go on with or break UTF-8 characters.
  const std::string of =
      "a\x7f\x80\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xed\xf0\xf4\xf5";
  std::mt19937 random(1);
  for (int i = 0; i < 20000; i++) {
    std::string some;
    for (int j = 0; j < 8; j++) some += of[random() % of.size()];
    ASSERT_EQ(EscapeByTheLibrary(some), Escape(some)) << i;
  }
}

TEST(Text, EscapesWhatBreaksALine) {
  EXPECT_EQ(Escape("a\nb\tc\rd\\e"), "a\\nb\\tc\\rd\\\\e");
  EXPECT_EQ(Escape(std::string("\0\x01\x1b\x1f\x7f", 5)),
            "\\x00\\x01\\x1b\\x1f\\x7f");
}

// xterm and others obey U+009B as ESC [ and U+009D as ESC ].
TEST(Text, EscapesTheControlsThatHaveTheHighestBit) {
  EXPECT_EQ(Escape("a\xc2\x9b"
                   "1m\xc2\x80\xc2\x9f\xc2\xa0"),
            "a\\xc2\\x9b1m\\xc2\\x80\\xc2\\x9f\xc2\xa0");
  EXPECT_EQ(Escape("\x9b"
                   "1m\x80\xc2"),
            "\\x9b1m\\x80\xc2");
  // Part of a character, no control: an ideograph, a letter with an accent.
  EXPECT_EQ(Escape("\xe4\xb8\x80\xc3\x9b"), "\xe4\xb8\x80\xc3\x9b");
}

TEST(Text, LeavesEveryOtherByteAsItIs) {
  std::string bytes;
  for (int byte = 0x20; byte < 0x100; byte++)
    if (byte != 0x7f && byte != '\\' && (byte < 0x80 || byte > 0x9f))
      bytes += static_cast<char>(byte);

  EXPECT_EQ(Escape(bytes), bytes);
}

}  // namespace
}  // namespace rn
