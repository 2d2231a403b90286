// Event -> lane.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/route/route.h"
}

namespace rn {
namespace {

uint32_t Key(uint32_t parent, const std::string &name) {
  return rn_route_key(parent, {name.data(), name.size()});
}

TEST(Route, GivesTheSamePathTheSameKey) {
  EXPECT_EQ(Key(Key(0, "/a"), "b"), Key(Key(0, "/a"), "b"));
}

// The key is part of no interface, yet it must not depend on the process:
// benchmarks and traces of two runs are compared.
TEST(Route, GivesTheSameKeyInEveryProcess) {
  EXPECT_EQ(Key(0, "/a"), rn_bytes_hash(0, rn_bytes_of("/a")) & UINT32_MAX);
}

TEST(Route, GivesOtherPathsOtherKeys) {
  std::set<uint32_t> keys;
  for (const char *name : {"", "a", "b", "ab", "a\xff", "A", "/a", "a/"}) {
    keys.insert(Key(0, name));
    keys.insert(Key(1, name));
  }

  EXPECT_EQ(keys.size(), 16U);
}

TEST(Route, StaysInItsRange) {
  for (const uint32_t lane_count : {1U, 2U, 3U, 7U, 255U, 256U}) {
    for (const uint32_t key : {0U, 1U, 0x7fffffffU, 0x80000000U, UINT32_MAX}) {
      EXPECT_LT(rn_route_lane(RN_ORDER_DIRECTORY, key, lane_count), lane_count);
    }
    EXPECT_EQ(rn_route_lane(RN_ORDER_DIRECTORY, 0, lane_count), 0U);
    EXPECT_EQ(rn_route_lane(RN_ORDER_DIRECTORY, UINT32_MAX, lane_count),
              lane_count - 1);
  }
}

TEST(Route, HasOneLaneForATotalOrder) {
  for (const uint32_t key : {0U, 0x80000000U, UINT32_MAX})
    EXPECT_EQ(rn_route_lane(RN_ORDER_TOTAL, key, 256), 0U);
}

// Counts how many directories go to each lane.
template <typename KeyOf>
std::vector<int> Spread(uint32_t lane_count, const KeyOf &key_of) {
  std::vector<int> counts(lane_count);
  for (int i = 0; i < 10000; i++)
    counts[rn_route_lane(RN_ORDER_DIRECTORY, key_of(i), lane_count)]++;
  return counts;
}

// No lane has less than half or more than half as much again of its share.
void ExpectEven(const std::vector<int> &counts) {
  const int fair = 10000 / static_cast<int>(counts.size());
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  EXPECT_GT(*least, fair / 2) << counts.size();
  EXPECT_LT(*most, fair * 3 / 2) << counts.size();
}

TEST(Route, SpreadsSiblingsEvenly) {
  const uint32_t parent = Key(0, "/srv");
  for (const uint32_t lane_count : {2U, 3U, 4U, 8U, 16U, 64U})
    ExpectEven(Spread(lane_count, [&](int i) {
      return Key(parent, "dir-" + std::to_string(i));
    }));
}

// As in a spool: each directory the only child of its own parent.
TEST(Route, SpreadsChildrenOfOneNameEvenly) {
  const uint32_t root = Key(0, "/srv");
  for (const uint32_t lane_count : {2U, 4U, 8U, 64U})
    ExpectEven(Spread(lane_count, [&](int i) {
      return Key(Key(root, std::to_string(i)), "new");
    }));
}

TEST(Route, SpreadsShortNamesEvenly) {
  for (const uint32_t lane_count : {2U, 4U, 8U, 64U})
    ExpectEven(Spread(lane_count, [&](int i) {
      const char name[] = {static_cast<char>(1 + i % 250),
                           static_cast<char>(1 + i / 250)};
      return rn_route_key(0, {name, sizeof(name)});
    }));
}

}  // namespace
}  // namespace rn
