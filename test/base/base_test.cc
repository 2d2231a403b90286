// Assertions, byte strings, sizes.

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "test/base/base_in_c.h"

namespace rn {
namespace {

uint64_t Hash(const std::string &bytes, uint64_t seed = 0) {
  return base_hash(seed, bytes.data(), bytes.size());
}

TEST(Base, GoesOnWhereAnAssertionHolds) { base_assert(true); }

TEST(BaseDeathTest, EndsTheProcessWhereAnAssertionFails) {
  EXPECT_DEATH(base_assert(false),
               "ringnotify: .*base_in_c.c:[0-9]+: broken contract: condition");
}

TEST(Base, ComparesBytesBySizeAndContent) {
  EXPECT_TRUE(base_equal("", 0, "x", 0));
  EXPECT_TRUE(base_equal("a\0b", 3, "a\0b", 3));
  EXPECT_FALSE(base_equal("a\0b", 3, "a\0c", 3));
  EXPECT_FALSE(base_equal("ab", 2, "ab", 1));
}

TEST(Base, MeasuresText) {
  EXPECT_EQ(base_text_size(""), 0U);
  EXPECT_EQ(base_text_size("\xff\n"), 2U);
}

TEST(Base, HashesTheSameBytesAlike) {
  EXPECT_EQ(Hash("name"), Hash("name"));
  EXPECT_NE(Hash("name"), Hash("nam"));
  EXPECT_NE(Hash("name"), Hash("name", 1));
  EXPECT_NE(Hash(""), Hash(std::string(1, '\0')));
}

// A table takes the low bits: 4096 names in 1024 places leave few places empty
// (e^-4 of them is 19) when the bits are good.
TEST(Base, SpreadsNamesOverTheLowBits) {
  std::set<uint64_t> places;
  for (int i = 0; i < 4096; i++)
    places.insert(Hash("file-" + std::to_string(i)) % 1024);

  EXPECT_GT(places.size(), 1024U - 60U);
}

TEST(Base, RoundsUpToAStep) {
  EXPECT_EQ(base_round_up(0, 16), 0U);
  EXPECT_EQ(base_round_up(1, 16), 16U);
  EXPECT_EQ(base_round_up(16, 16), 16U);
  EXPECT_EQ(base_round_up(17, 16), 32U);
  EXPECT_EQ(base_round_up(5, 1), 5U);
}

TEST(Base, FindsTheContainerOfAMember) {
  EXPECT_TRUE(base_container_is_found());
}

}  // namespace
}  // namespace rn
