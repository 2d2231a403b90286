// Nodes that change places: moves, ghosts; and the ways over a tree.

#include <errno.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/tree/test_tree.h"

namespace rn {
namespace {

using Paths = std::vector<std::string>;

// -- Moves --------------------------------------------------------------------

TEST(TreeMove, TakesWhatIsBelowAlong) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *from = tree.Add(top, "from"), *to = tree.Add(top, "to");
  rn_node *node = tree.Add(from, "a");
  rn_node *below = tree.Add(tree.Add(node, "b"), "c");

  tree.Move(node, to, "x");

  EXPECT_EQ(PathOf(below), "/to/x/b/c");
  EXPECT_EQ(tree.Child(to, "x"), node);
  EXPECT_EQ(tree.Child(from, "a"), nullptr);
  EXPECT_EQ(from->first_child, nullptr);
}

TEST(TreeMove, KeepsTheNode) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *node = tree.Add(top, "a", 7);
  const rn_node before = *node;

  tree.Move(node, top, "b");

  EXPECT_EQ(tree.Find(7), node);
  EXPECT_EQ(node->generation, before.generation);
  EXPECT_EQ(node->route_key, before.route_key);
}

TEST(TreeMove, GoesFromAnyNameToAnyName) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *node = tree.Add(top, "a");
  for (const size_t size : {12U, 13U, 1U, 255U, 300U, 12U}) {
    const std::string name(size, 'x');
    tree.Move(node, top, name);
    EXPECT_EQ(NameOf(node), name);
    EXPECT_EQ(tree.Child(top, name), node);
  }
}

TEST(TreeMove, MayKeepItsName) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *to = tree.Add(top, "to");
  for (const char *name : {"short", "a-long-long-name"}) {
    rn_node *node = tree.Add(top, name);
    ASSERT_EQ(rn_tree_move(tree.get(), node, to, rn_node_name(node)), 0);
    EXPECT_EQ(PathOf(node), std::string("/to/") + name);
  }
}

TEST(TreeMove, GivesANameBackToAnUnnamedNode) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *node = tree.Add(top, "a");
  rn_tree_unname(tree.get(), node);

  tree.Move(node, top, "b");

  EXPECT_EQ(tree.Child(top, "b"), node);
}

TEST(TreeMove, StaysWhereItWasWithoutMemory) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *to = tree.Add(top, "to");
  rn_node *node = tree.Add(top, "a-long-long-name");
  const MemoryEnd end(0);

  EXPECT_EQ(rn_tree_move(tree.get(), node, to, BytesOf(std::string(99, 'x'))),
            -ENOMEM);

  EXPECT_EQ(PathOf(node), "/a-long-long-name");
  EXPECT_EQ(tree.Child(top, "a-long-long-name"), node);
}

TEST(TreeMoveDeathTest, MovesNoTop) {
  TestTree tree;
  rn_node *top = tree.Top("/"), *other = tree.Top("/t");

  EXPECT_DEATH((void)rn_tree_move(tree.get(), top, other, BytesOf("a")),
               "broken contract");
}

// -- Ghosts -------------------------------------------------------------------

// A parent's end may be told before that of what is below.
TEST(TreeGhost, KeepsThePathOfWhatIsBelow) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *parent = tree.Add(top, "a", 7);
  rn_node *node = tree.Add(parent, "b");

  EXPECT_TRUE(tree.Remove(parent));

  EXPECT_EQ(PathOf(node), "/a/b");
  EXPECT_EQ(tree.Find(7), nullptr);
  EXPECT_EQ(top->root->node_count, 3U);
}

TEST(TreeGhost, GoesWithTheLastThatIsBelow) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *parent = tree.Add(top, "a");
  rn_node *first = tree.Add(parent, "b"), *second = tree.Add(parent, "c");
  tree.Remove(parent);

  tree.Remove(first);
  EXPECT_EQ(top->root->node_count, 3U);

  tree.Remove(second);
  EXPECT_EQ(top->root->node_count, 1U);
  EXPECT_EQ(tree.Child(top, "a"), nullptr);
}

TEST(TreeGhost, GoesWithGhostsAbove) {
  TestTree tree;
  rn_root *root = tree.Root("/");
  rn_node *a = tree.Add(root, nullptr, "");
  rn_node *b = tree.Add(a, "b");
  rn_node *c = tree.Add(b, "c");
  tree.Remove(a);
  tree.Remove(b);
  EXPECT_EQ(PathOf(c), "/b/c");

  tree.Remove(c);

  EXPECT_EQ(root->node_count, 0U);
  EXPECT_EQ(root->top, nullptr);
}

TEST(TreeGhost, StaysBelowALivingOne) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *parent = tree.Add(top, "a");
  rn_node *ghost = tree.Add(parent, "b");
  rn_node *node = tree.Add(ghost, "c");
  tree.Remove(ghost);

  tree.Remove(node);

  EXPECT_EQ(top->root->node_count, 2U);
  EXPECT_EQ(PathOf(parent), "/a");
}

TEST(TreeGhost, GoesWhenTheLastBelowIsMovedAway) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *ghost = tree.Add(top, "a");
  rn_node *node = tree.Add(ghost, "b");
  tree.Remove(ghost);

  tree.Move(node, top, "c");

  EXPECT_EQ(top->root->node_count, 2U);
  EXPECT_EQ(PathOf(node), "/c");
}

TEST(TreeGhost, GoesWithTheTree) {
  const int64_t before = LiveBlocks();
  {
    TestTree tree;
    rn_node *top = tree.Top("/");
    rn_node *ghost = tree.Add(top, "a-long-long-name");
    tree.Add(tree.Add(ghost, "b"), "c");
    tree.Remove(ghost);
    tree.Remove(top);
  }

  EXPECT_EQ(LiveBlocks(), before);
}

// -- Ways over a tree ---------------------------------------------------------

// /t, /t/a, /t/a/b, /t/a/c, /t/a/c/d, /t/e; beside it /u.
struct Small {
  Small() {
    top = tree.Top("/t");
    a = tree.Add(top, "a");
    tree.Add(a, "b");
    tree.Add(tree.Add(a, "c"), "d");
    tree.Add(top, "e");
    tree.Top("/u");
  }
  TestTree tree;
  rn_node *top, *a;
};

Paths ParentsFirst(const rn_node *top) {
  Paths paths;
  for (const rn_node *at = top; at != nullptr; at = rn_node_next(top, at))
    paths.push_back(PathOf(at));
  return paths;
}

Paths DeepestFirst(rn_node *top) {
  Paths paths;
  for (rn_node *at = rn_deepest_first(top); at != nullptr;
       at = rn_deepest_next(top, at))
    paths.push_back(PathOf(at));
  return paths;
}

// Fails where a path stands behind one that is above (or, if `upwards`, below)
// it.
void ExpectOrdered(const Paths &paths, bool upwards) {
  for (size_t i = 0; i < paths.size(); i++)
    for (size_t j = i + 1; j < paths.size(); j++) {
      const Paths::value_type &above = upwards ? paths[i] : paths[j];
      const Paths::value_type &below = upwards ? paths[j] : paths[i];
      EXPECT_NE(below.compare(0, above.size() + 1, above + "/"), 0)
          << above << " " << below;
    }
}

TEST(TreeWay, GoesOverParentsFirst) {
  Small small;

  Paths paths = ParentsFirst(small.top);

  ExpectOrdered(paths, false);
  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(paths,
            (Paths{"/t", "/t/a", "/t/a/b", "/t/a/c", "/t/a/c/d", "/t/e"}));
}

TEST(TreeWay, GoesOverTheDeepestFirst) {
  Small small;

  Paths paths = DeepestFirst(small.top);

  ExpectOrdered(paths, true);
  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(paths,
            (Paths{"/t", "/t/a", "/t/a/b", "/t/a/c", "/t/a/c/d", "/t/e"}));
}

TEST(TreeWay, StaysBelowItsTop) {
  Small small;
  Paths down = ParentsFirst(small.a), up = DeepestFirst(small.a);

  std::sort(down.begin(), down.end());
  std::sort(up.begin(), up.end());

  EXPECT_EQ(down, (Paths{"/t/a", "/t/a/b", "/t/a/c", "/t/a/c/d"}));
  EXPECT_EQ(up, down);
}

TEST(TreeWay, HasOneStepOverALeaf) {
  Small small;
  rn_node *leaf = small.tree.Child(small.top, "e");

  EXPECT_EQ(ParentsFirst(leaf), Paths{"/t/e"});
  EXPECT_EQ(DeepestFirst(leaf), Paths{"/t/e"});
}

TEST(TreeWay, LetsNodesBeRemovedBehindIt) {
  Small small;
  rn_root *root = small.top->root;
  for (rn_node *at = rn_deepest_first(small.top), *next; at != nullptr;
       at = next) {
    next = rn_deepest_next(small.top, at);
    small.tree.Remove(at);
  }

  EXPECT_EQ(root->node_count, 0U);
}

TEST(TreeWay, TellsWhatIsBelow) {
  Small small;
  rn_node *below = small.tree.Child(small.a, "b");

  EXPECT_TRUE(rn_node_is_below(below, small.top));
  EXPECT_TRUE(rn_node_is_below(below, below));
  EXPECT_FALSE(rn_node_is_below(small.top, below));
  EXPECT_FALSE(rn_node_is_below(below, small.tree.Child(small.top, "e")));
}

}  // namespace
}  // namespace rn
