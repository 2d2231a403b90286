// Names that somebody chose so that they meet in a table cost what others do.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/support/flood.h"
#include "test/tree/test_tree.h"

extern "C" {
#include "lib/settle/settle.h"
}

namespace rn {
namespace {

constexpr size_t kCount = 1500;  // in 2053 slots
constexpr int kBits = 11;

// Steps that it took to put the items where they are, beyond one each.
uint64_t StepsOf(const rn_index &index) {
  uint64_t steps = 0;
  for (uint32_t at = 0; at < index.slot_count; at++) {
    const void *item = index.slots[at];
    if (item == nullptr) continue;
    const uint64_t hash = index.hash(index.key, item);
    const uint32_t home = rn_index_home(&index, hash);
    steps += at >= home ? at - home : at + index.slot_count - home;
  }
  return steps;
}

std::vector<std::string> UsualNames() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kCount; i++)
    names.push_back("file-" + std::to_string(i));
  return names;
}

uint64_t StepsOfWindow(const std::vector<std::string> &names) {
  rn_names set;
  rn_names_init(&set, &kTreeKey);
  for (const std::string &name : names)
    EXPECT_EQ(rn_names_add(&set, BytesOf(name), false), 0);
  const uint64_t steps = StepsOf(set.index);
  rn_names_fini(&set);
  return steps;
}

uint64_t StepsOfSettling(const std::vector<std::string> &names) {
  rn_settle settle;
  rn_settle_init(&settle, 1000, kCount, &kTreeKey);
  for (const std::string &name : names) {
    const rn_settle_key key = {{7, 1}, BytesOf(name)};
    EXPECT_EQ(rn_settle_add(&settle, &key, false, 1), 0);
  }
  const uint64_t steps = StepsOf(settle.by_key);
  rn_settle_fini(&settle);
  return steps;
}

// A random table that is three quarters full takes 1.5 steps more than one, on
// average; names of one place, half their number.
constexpr uint64_t kStepsMax = 4 * kCount;

TEST(Flood, OfAWindowCostsWhatOtherNamesDo) {
  const auto flood = FloodNames(kCount, 0, kBits, FloodBits::kHigh);

  EXPECT_LT(StepsOfWindow(UsualNames()), kStepsMax);
  EXPECT_LT(StepsOfWindow(flood), kStepsMax);
}

TEST(Flood, OfASettleListCostsWhatOtherNamesDo) {
  const auto flood = FloodNames(kCount, 1, kBits, FloodBits::kHigh);

  EXPECT_LT(StepsOfSettling(UsualNames()), kStepsMax);
  EXPECT_LT(StepsOfSettling(flood), kStepsMax);
}

TEST(Flood, OfRootsCostsWhatOtherPathsDo) {
  TestTree tree;
  for (const auto &name : FloodNames(kCount, 0, kBits, FloodBits::kHigh))
    tree.Root(name);

  EXPECT_LT(StepsOf(tree.get()->by_path), kStepsMax);
}

// Which place a name has depends on the key, in each table.
TEST(Flood, OfOneTreeIsNoneOfAnother) {
  const rn_hash_key other = {{3, 4}};
  rn_tree trees[2];
  rn_tree_init(&trees[0], &kTreeKey);
  rn_tree_init(&trees[1], &other);
  for (rn_tree &tree : trees) {
    rn_root *root;
    ASSERT_EQ(rn_tree_root_new(&tree, BytesOf("/a"), BytesOf("/a"), &root), 0);
  }
  const rn_index *a = &trees[0].by_path, *b = &trees[1].by_path;

  EXPECT_NE(a->hash(a->key, trees[0].roots), b->hash(b->key, trees[1].roots));
  EXPECT_EQ(trees[1].roots->key, &trees[1].key);
  for (rn_tree &tree : trees) rn_tree_fini(&tree);
}

}  // namespace
}  // namespace rn
