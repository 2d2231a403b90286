// Watch descriptors: who has one, handles, and nodes that share one.

#include <errno.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/tree/test_tree.h"

namespace rn {
namespace {

rn_root *RootOf(const rn_tree *tree, const std::string &path) {
  const uint64_t hash =
      rn_hash_bytes(&tree->key, RN_TREE_PATH_SEED, BytesOf(path));
  return rn_tree_root_of(tree, BytesOf(path), hash);
}

// All nodes of a wd, as the tree gives them.
std::vector<rn_node *> Chain(TestTree *tree, int wd) {
  std::vector<rn_node *> chain;
  for (rn_node *at = tree->Find(wd); at != nullptr; at = rn_node_same_wd(at))
    chain.push_back(at);
  return chain;
}

TEST(TreeWd, FindsANode) {
  TestTree tree;
  rn_node *top = tree.Top("/", 1);
  rn_node *node = tree.Add(top, "a", 2);

  EXPECT_EQ(tree.Find(1), top);
  EXPECT_EQ(tree.Find(2), node);
  EXPECT_EQ(tree.Find(2), node);
  EXPECT_EQ(tree.Find(3), nullptr);
  EXPECT_EQ(tree.Find(-1), nullptr);
}

TEST(TreeWd, FindsAnyOfMany) {
  TestTree tree;
  rn_node *top = tree.Top("/", 1);
  std::vector<rn_node *> nodes;
  for (int wd = 2; wd < 10000; wd++)
    nodes.push_back(tree.Add(top, std::to_string(wd), wd));

  for (rn_node *node : nodes) EXPECT_EQ(tree.Find(node->wd), node);
  EXPECT_EQ(tree.get()->wd_count, 9999U);
}

TEST(TreeWd, MayBeTheLargest) {
  TestTree tree;

  rn_node *top = tree.Top("/", INT32_MAX);

  EXPECT_EQ(tree.Find(INT32_MAX), top);
}

TEST(TreeWd, GoesToTheNextNodeWhenItComesBack) {
  TestTree tree;
  rn_node *top = tree.Top("/", 1);
  rn_node *old = tree.Add(top, "a", 7);
  const uint32_t generation = old->generation;
  ASSERT_EQ(tree.Find(7), old);
  tree.Remove(old);

  rn_node *next = tree.Add(top, "b", 7);

  EXPECT_EQ(tree.Find(7), next);
  EXPECT_NE(next->generation, generation);
}

// -- Handles ------------------------------------------------------------------

TEST(TreeHandle, LeadsToTheTopOfARoot) {
  TestTree tree;
  rn_node *top = tree.Top("/", 1);

  EXPECT_EQ(rn_tree_by_handle(tree.get(), {1, top->generation}), top);
}

TEST(TreeHandle, LeadsNowhereWithAnotherGeneration) {
  TestTree tree;
  rn_node *top = tree.Top("/", 1);

  EXPECT_EQ(rn_tree_by_handle(tree.get(), {1, top->generation + 1}), nullptr);
  EXPECT_EQ(rn_tree_by_handle(tree.get(), {2, top->generation}), nullptr);
  EXPECT_EQ(rn_tree_by_handle(tree.get(), {-1, 0}), nullptr);
}

TEST(TreeHandle, LeadsToADirectoryBelow) {
  TestTree tree;
  rn_node *node = tree.Add(tree.Top("/", 1), "a", 2);

  EXPECT_EQ(rn_tree_by_handle(tree.get(), {2, node->generation}), node);
}

// ---- paths ----

TEST(TreePath, LeadsToARootThatGoesOn) {
  TestTree tree;
  rn_node *top = tree.Top("/a", 1);

  EXPECT_EQ(RootOf(tree.get(), "/a"), top->root);
  EXPECT_EQ(RootOf(tree.get(), "/"), nullptr);
  EXPECT_EQ(RootOf(tree.get(), "/ab"), nullptr);
  top->root->ending = true;
  EXPECT_EQ(RootOf(tree.get(), "/a"), nullptr);
}

TEST(TreeHandle, LeadsToItsOwnRootWhereAWdIsShared) {
  TestTree tree;
  rn_node *tops[3];
  for (rn_node *&top : tops) top = tree.Top("/", 1);

  for (rn_node *top : tops)
    EXPECT_EQ(rn_tree_by_handle(tree.get(), {1, top->generation}), top);
}

// -- Shared descriptors -------------------------------------------------------

TEST(TreeShared, BelongsToANodeOfEachRoot) {
  TestTree tree;
  rn_node *first = tree.Top("/a", 7), *second = tree.Top("/a/../a", 7);

  EXPECT_EQ(Chain(&tree, 7).size(), 2U);
  EXPECT_EQ(rn_tree_find_in(tree.get(), first->root, 7), first);
  EXPECT_EQ(rn_tree_find_in(tree.get(), second->root, 7), second);
  EXPECT_EQ(rn_tree_find_in(tree.get(), tree.Root("/b"), 7), nullptr);
  EXPECT_EQ(tree.get()->wd_count, 1U);
}

TEST(TreeShared, IsNotSharedByOne) {
  TestTree tree;
  rn_node *first = tree.Top("/a", 7);
  EXPECT_EQ(first->flags & RN_NODE_SHARED, 0);

  rn_node *second = tree.Top("/b", 7);
  EXPECT_NE(first->flags & RN_NODE_SHARED, 0);
  EXPECT_NE(second->flags & RN_NODE_SHARED, 0);

  EXPECT_FALSE(tree.Remove(first));
  EXPECT_EQ(second->flags & RN_NODE_SHARED, 0);
  EXPECT_EQ(rn_node_same_wd(second), nullptr);
}

TEST(TreeShared, KeepsThePassageThatHoldsIt) {
  TestTree tree;
  rn_node *first = tree.Top("/a", 7), *second = tree.Top("/b", 7);

  rn_node_passage_trim(first);
  rn_node_passage_trim(second);

  EXPECT_EQ(Chain(&tree, 7).size(), 2U);
}

TEST(TreeShared, IsLeftInEveryOrder) {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    TestTree tree;
    std::vector<rn_node *> nodes;
    for (int i = 0; i < 4; i++) nodes.push_back(tree.Top("/", 7));
    std::set<rn_node *> left(nodes.begin(), nodes.end());
    for (const int i : order) {
      left.erase(nodes[i]);
      EXPECT_EQ(tree.Remove(nodes[i]), left.empty());
      const auto chain = Chain(&tree, 7);
      EXPECT_EQ(std::set<rn_node *>(chain.begin(), chain.end()), left);
      EXPECT_EQ(chain.size(), left.size());
    }
    EXPECT_EQ(tree.get()->wd_count, 0U);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(TreeShared, IsEnteredAgainAfterEachLeaving) {
  for (int leaving = 0; leaving < 3; leaving++) {
    TestTree tree;
    std::vector<rn_node *> nodes;
    for (int i = 0; i < 3; i++) nodes.push_back(tree.Top("/", 7));
    for (int round = 0; round < 10; round++) {
      tree.Remove(nodes[leaving]);
      nodes[leaving] = tree.Top("/", 7);
      EXPECT_EQ(Chain(&tree, 7).size(), 3U);
      for (rn_node *node : nodes)
        EXPECT_EQ(rn_tree_find_in(tree.get(), node->root, 7), node);
    }
    EXPECT_EQ(tree.get()->wd_count, 1U);
  }
}

TEST(TreeShared, LeavesAGhostWithoutIt) {
  TestTree tree;
  rn_node *first = tree.Top("/a", 7), *second = tree.Top("/b", 7);
  rn_node *below = tree.Add(first, "x");

  EXPECT_FALSE(tree.Remove(first));

  EXPECT_EQ(Chain(&tree, 7), std::vector<rn_node *>{second});
  EXPECT_EQ(PathOf(below), "/a/x");
  EXPECT_EQ(first->wd, -1);
}

TEST(TreeShared, StaysAsItWasWithoutMemory) {
  const std::string name(99, 'x');
  const int64_t before = LiveBlocks();
  for (const int blocks : {0, 1, 2, 3}) {
    TestTree tree;
    rn_node *first = tree.Top("/a", 7), *second = tree.Top("/b");
    rn_node *node = nullptr;
    {
      const MemoryEnd end(blocks);
      EXPECT_EQ(rn_tree_add(tree.get(), second->root, second, BytesOf(name), 7,
                            true, &node),
                -ENOMEM)
          << blocks;
    }
    EXPECT_EQ(Chain(&tree, 7), std::vector<rn_node *>{first});
    EXPECT_EQ(tree.Child(second, name), nullptr);
    EXPECT_TRUE(tree.Remove(first));
  }

  EXPECT_EQ(LiveBlocks(), before);
}

}  // namespace
}  // namespace rn
