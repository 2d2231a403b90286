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

class Router {
 public:
  Router(rn_order order, uint32_t lane_count) {
    rn_router_init(&router_, order, lane_count);
  }
  uint32_t Lane(uint32_t key) { return rn_router_lane(&router_, key); }

 private:
  rn_router router_;
};

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
    Router router(RN_ORDER_DIRECTORY, lane_count);
    for (const uint32_t key : {0U, 1U, 0x7fffffffU, 0x80000000U, UINT32_MAX})
      EXPECT_LT(router.Lane(key), lane_count);
  }
}

TEST(Route, KeepsTheLaneOfAKey) {
  Router router(RN_ORDER_DIRECTORY, 7);
  std::vector<uint32_t> lanes;
  for (uint32_t i = 0; i < 1000; i++) lanes.push_back(router.Lane(i << 22));

  for (uint32_t i = 0; i < 1000; i++) EXPECT_EQ(router.Lane(i << 22), lanes[i]);
}

TEST(Route, DealsAFewDirectoriesOutEvenly) {
  Router router(RN_ORDER_DIRECTORY, 4);
  std::vector<int> counts(4);
  for (uint32_t i = 0; i < 16; i++) counts[router.Lane(i << 28)]++;

  EXPECT_EQ(counts, (std::vector<int>{4, 4, 4, 4}));
}

// Directories that speak once and have a busy one below them, in turn.
TEST(Route, KeepsBusyDirectoriesApart) {
  Router router(RN_ORDER_DIRECTORY, 2);
  std::vector<int> busy(2);
  for (uint32_t i = 0; i < 16; i++) {
    (void)router.Lane(2 * i << 27);
    const uint32_t key = (2 * i + 1) << 27;
    busy[router.Lane(key)]++;
    for (int event = 0; event < 100; event++) (void)router.Lane(key);
  }

  EXPECT_EQ(busy, (std::vector<int>{8, 8}));
}

TEST(Route, HasOneLaneForATotalOrder) {
  Router router(RN_ORDER_TOTAL, 256);
  for (const uint32_t key : {0U, 0x80000000U, UINT32_MAX})
    EXPECT_EQ(router.Lane(key), 0U);
}

// Counts how many directories go to each lane.
template <typename KeyOf>
std::vector<int> Spread(uint32_t lane_count, const KeyOf &key_of) {
  Router router(RN_ORDER_DIRECTORY, lane_count);
  std::vector<int> counts(lane_count);
  for (int i = 0; i < 10000; i++) counts[router.Lane(key_of(i))]++;
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
