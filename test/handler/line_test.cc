// Text into a buffer that may be too small.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/handler/line.h"
}

namespace rn {
namespace {

// The whole of a text, and its beginning in a buffer that is too small.
template <typename Write>
std::string LineOf(const Write &write) {
  char text[512];
  rn_line whole = {text, sizeof(text), 0};
  write(&whole);
  const std::string expected(text, rn_line_end(&whole));
  EXPECT_EQ(expected.size(), strlen(text));
  for (size_t size = 0; size <= expected.size(); size++) {
    std::vector<char> small(size + 1, '!');
    rn_line cut = {small.data(), size, 0};
    write(&cut);
    EXPECT_EQ(rn_line_end(&cut), expected.size());
    EXPECT_EQ(small[size], '!');
    if (size == 0) continue;
    EXPECT_EQ(small.data(), expected.substr(0, size - 1));
  }
  return expected;
}

TEST(Line, PutsTextsTogether) {
  EXPECT_EQ(LineOf([](rn_line *line) {
              rn_line_add(line, "a=%d", 1);
              rn_line_add(line, ",b=%s", "two");
            }),
            "a=1,b=two");
  EXPECT_EQ(LineOf([](rn_line *) {}), "");
}

TEST(Line, EscapesWhatWouldEndIt) {
  EXPECT_EQ(LineOf([](rn_line *line) {
              rn_line_add_escaped(line,
                                  rn_bytes_of("a\nb\tc\rd\\e\x01\x1f\x7f f"));
            }),
            "a\\nb\\tc\\rd\\\\e\\x01\\x1f\\x7f f");
  EXPECT_EQ(LineOf([](rn_line *line) {
              rn_line_add_escaped(line,
                                  rn_bytes_of("\n\xff\xc3\xa9\x80\xc2\x9b\n"));
            }),
            "\\n\xff\xc3\xa9\\x80\\xc2\\x9b\\n");
}

TEST(Line, EscapesANul) {
  const char bytes[] = {'a', '\0', 'b'};

  EXPECT_EQ(LineOf([&](rn_line *line) {
              rn_line_add_escaped(line, {bytes, sizeof(bytes)});
            }),
            "a\\x00b");
}

TEST(Line, SaysTimesInTheirTwoLargestUnits) {
  const struct {
    uint64_t seconds;
    const char *text;
  } cases[] = {
      {0, "0s"},        {59, "59s"},         {60, "1m0s"},
      {185, "3m5s"},    {3599, "59m59s"},    {3600, "1h0m"},
      {7800, "2h10m"},  {86399, "23h59m"},   {86400, "1d0h"},
      {356400, "4d3h"}, {8640000, "100d0h"},
  };

  for (const auto &one : cases)
    EXPECT_EQ(
        LineOf([&](rn_line *line) { rn_line_add_elapsed(line, one.seconds); }),
        one.text);
}

}  // namespace
}  // namespace rn
