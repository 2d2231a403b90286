// Nodes: names and paths, adding and removing, memory.

#include <errno.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/tree/test_tree.h"

namespace rn {
namespace {

// -- Paths --------------------------------------------------------------------

TEST(TreePath, BeginsWithThePathOfTheRoot) {
  const struct {
    std::string root, top, child, grandchild;
  } rows[] = {
      {"/", "/", "/a", "/a/b"},
      {"T", "T", "T/a", "T/a/b"},
      {"T/", "T/", "T/a", "T/a/b"},
      {"/T", "/T", "/T/a", "/T/a/b"},
      {"T//", "T//", "T//a", "T//a/b"},
      {".", ".", "./a", "./a/b"},
      {"/t/u", "/t/u", "/t/u/a", "/t/u/a/b"},
  };
  for (const auto &row : rows) {
    TestTree tree;
    rn_node *top = tree.Top(row.root);
    rn_node *child = tree.Add(top, "a");
    rn_node *grandchild = tree.Add(child, "b");
    EXPECT_EQ(PathOf(top), row.top);
    EXPECT_EQ(PathOf(child), row.child);
    EXPECT_EQ(PathOf(grandchild), row.grandchild);
  }
}

TEST(TreePath, IsAnotherForSystemCalls) {
  TestTree tree;
  rn_root *root = tree.Root("T/", "/home/T");
  rn_node *node = tree.Add(tree.Add(root, nullptr, ""), "a");
  char out[64];

  EXPECT_EQ(rn_node_access_path(node, out, sizeof(out)), 9);
  EXPECT_STREQ(out, "/home/T/a");
  EXPECT_EQ(rn_node_path(node, out, sizeof(out)), 3);
  EXPECT_STREQ(out, "T/a");
}

// Renames make a tree of any depth of parts whose paths are not too long.
constexpr int kDepth = 60000;

rn_node *Deepen(TestTree *tree) {
  rn_node *node = tree->Top("/");
  for (int depth = 0; depth < kDepth; depth++) node = tree->Add(node, "d");
  return node;
}

double CpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST(TreePath, ThatIsTooLongIsNotGoneThroughToItsTop) {
  TestTree tree;
  const rn_node *node = Deepen(&tree);
  std::vector<char> out(RN_PATH_SIZE_MAX);
  const double begun = CpuSeconds();
  for (int i = 0; i < 20000; i++)
    ASSERT_EQ(rn_node_path(node, out.data(), out.size()), -ENAMETOOLONG);
  EXPECT_LT(CpuSeconds() - begun, 1);
}

TEST(Tree, IsFreedInOneStepANodeHoweverDeepItIs) {
  auto tree = std::make_unique<TestTree>();
  (void)Deepen(tree.get());
  const double begun = CpuSeconds();
  tree.reset();
  EXPECT_LT(CpuSeconds() - begun, 1);
}

TEST(TreePath, GoesDeep) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  std::string path;
  for (int depth = 0; depth < 1000; depth++) {
    const std::string name = "d" + std::to_string(depth);
    node = tree.Add(node, name);
    path += "/" + name;
  }

  EXPECT_EQ(PathOf(node), path);
}

TEST(TreePath, WantsRoomForItsNul) {
  TestTree tree;
  rn_node *nodes[] = {tree.Top("/dir"), tree.Add(tree.Top("/"), "dir")};
  for (const rn_node *node : nodes) {
    char out[8] = "before";
    EXPECT_EQ(rn_node_path(node, out, 4), -ENAMETOOLONG);
    EXPECT_STREQ(out, "before");
    EXPECT_EQ(rn_node_path(node, out, 5), 4);
    EXPECT_STREQ(out, "/dir");
    EXPECT_EQ(out[5], 'e');  // behind the room
  }
}

TEST(TreePath, MayBeTooLong) {
  TestTree tree;
  std::vector<char> out(RN_PATH_SIZE_MAX);
  rn_node *node = tree.Top("/");
  for (size_t size = 1; size + 256 < RN_PATH_SIZE_MAX; size += 256) {
    EXPECT_GT(rn_node_path(node, out.data(), out.size()), 0);
    node = tree.Add(node, std::string(255, 'x'));
  }
  node = tree.Add(node, std::string(255, 'x'));

  EXPECT_EQ(rn_node_path(node, out.data(), out.size()), -ENAMETOOLONG);
}

// -- Names --------------------------------------------------------------------

// A name is in the node itself up to twelve bytes.
TEST(TreeName, HasAnySize) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  for (const size_t size :
       {1U, 7U, 8U, 11U, 12U, 13U, 255U, 256U, RN_NAME_SIZE_MAX}) {
    const std::string name(size, '\xff');
    rn_node *node = tree.Add(top, name);
    EXPECT_EQ(NameOf(node), name);
    EXPECT_EQ(tree.Child(top, name), node);
    EXPECT_EQ(PathOf(node), "/" + name);
  }
}

TEST(TreeName, BelongsToItsParent) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *first = tree.Add(top, "first"), *second = tree.Add(top, "second");
  rn_node *node = tree.Add(first, "a");

  EXPECT_EQ(tree.Child(first, "a"), node);
  EXPECT_EQ(tree.Child(second, "a"), nullptr);
  EXPECT_EQ(tree.Child(top, "a"), nullptr);
}

TEST(TreeName, IsForgottenWhenToldSo) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *node = tree.Add(top, "a");

  rn_tree_unname(tree.get(), node);
  rn_tree_unname(tree.get(), node);

  EXPECT_EQ(tree.Child(top, "a"), nullptr);
  EXPECT_EQ(PathOf(node), "/a");
}

// What was deleted or replaced gives its name to the next one.
TEST(TreeName, IsFreeForAnotherNode) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *old = tree.Add(top, "a-long-long-name");
  rn_tree_unname(tree.get(), old);

  rn_node *next = tree.Add(top, "a-long-long-name");
  EXPECT_EQ(tree.Child(top, "a-long-long-name"), next);

  tree.Remove(old);
  EXPECT_EQ(tree.Child(top, "a-long-long-name"), next);
}

// -- Adding and removing ------------------------------------------------------

TEST(Tree, KeepsThePathsOfARootAsStrings) {
  TestTree tree;
  const rn_root *root = tree.Root("T/", "/home/T/");

  EXPECT_STREQ(root->path, "T/");
  EXPECT_EQ(root->path_size, 2U);
  EXPECT_STREQ(root->access_path, "/home/T/");
  EXPECT_EQ(root->access_path_size, 8U);
}

TEST(Tree, TellsAFileFromADirectory) {
  TestTree tree;
  rn_node *file = nullptr;
  ASSERT_EQ(rn_tree_add(tree.get(), tree.Root("/f"), nullptr, BytesOf(""), 7,
                        false, &file),
            0);

  EXPECT_EQ(file->flags & RN_NODE_DIR, 0);
  EXPECT_NE(tree.Top("/d")->flags & RN_NODE_DIR, 0);
}

TEST(Tree, KnowsTheTopOfARoot) {
  TestTree tree;
  rn_root *root = tree.Root("/t");
  EXPECT_EQ(root->top, nullptr);

  rn_node *top = tree.Add(root, nullptr, "");
  EXPECT_EQ(root->top, top);

  EXPECT_TRUE(tree.Remove(top));
  EXPECT_EQ(root->top, nullptr);
  EXPECT_EQ(root->node_count, 0U);
}

TEST(Tree, CountsTheNodesOfARoot) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_root *root = top->root;
  rn_node *node = tree.Add(top, "a");
  EXPECT_EQ(root->node_count, 2U);

  tree.Remove(node);

  EXPECT_EQ(root->node_count, 1U);
}

TEST(Tree, FindsNoRemovedNode) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  rn_node *node = tree.Add(top, "a", 7);
  ASSERT_EQ(tree.Find(7), node);

  EXPECT_TRUE(tree.Remove(node));

  EXPECT_EQ(tree.Find(7), nullptr);
  EXPECT_EQ(tree.Child(top, "a"), nullptr);
}

TEST(Tree, GivesAPathTheSameRoute) {
  TestTree tree;
  rn_node *top = tree.Top("/t");
  rn_node *node = tree.Add(tree.Add(top, "a"), "b");
  const uint32_t key = node->route_key;
  tree.Remove(node);

  EXPECT_EQ(tree.Add(tree.Child(top, "a"), "b")->route_key, key);
  EXPECT_NE(tree.Add(tree.Child(top, "a"), "c")->route_key, key);
}

TEST(Tree, KeepsRootsInAnyOrder) {
  TestTree tree;
  for (const int freed : {0, 1, 2}) {
    std::vector<rn_root *> roots;
    for (const char *path : {"a", "b", "c"}) roots.push_back(tree.Root(path));
    rn_tree_root_free(tree.get(), roots[freed]);
    roots.erase(roots.begin() + freed);
    EXPECT_EQ(tree.get()->roots, roots[1]);
    EXPECT_EQ(roots[1]->next, roots[0]);
    EXPECT_EQ(roots[0]->previous, roots[1]);
    EXPECT_EQ(roots[0]->next, nullptr);
    for (rn_root *root : roots) rn_tree_root_free(tree.get(), root);
    EXPECT_EQ(tree.get()->roots, nullptr);
  }
}

TEST(TreeDeathTest, FreesNoRootWithNodes) {
  TestTree tree;
  rn_root *root = tree.Top("/")->root;

  EXPECT_DEATH(rn_tree_root_free(tree.get(), root), "broken contract");
}

// -- Memory -------------------------------------------------------------------

TEST(Tree, SaysThatThereIsNoMemoryForARoot) {
  TestTree tree;
  const int64_t before = LiveBlocks();
  for (const int blocks : {0, 1, 2}) {
    rn_root *root = nullptr;
    const MemoryEnd end(blocks);
    EXPECT_EQ(rn_tree_root_new(tree.get(), BytesOf("a"), BytesOf("/a"), &root),
              -ENOMEM);
  }

  EXPECT_EQ(tree.get()->roots, nullptr);
  EXPECT_EQ(LiveBlocks(), before);
}

TEST(Tree, StaysAsItWasWithoutMemoryForANode) {
  TestTree tree;
  rn_node *top = tree.Top("/");
  const std::string name(99, 'x');
  const int64_t before = LiveBlocks();
  for (const int blocks : {0, 1}) {
    rn_node *node = nullptr;
    const MemoryEnd end(blocks);
    EXPECT_EQ(
        rn_tree_add(tree.get(), top->root, top, BytesOf(name), 7, true, &node),
        -ENOMEM);
    EXPECT_EQ(tree.Find(7), nullptr);
    EXPECT_EQ(tree.Child(top, name), nullptr);
    EXPECT_EQ(top->root->node_count, 1U);
  }

  EXPECT_EQ(LiveBlocks(), before);
}

TEST(Tree, FreesEverything) {
  const int64_t before = LiveBlocks();
  const char *globs[] = {"a", nullptr};
  {
    TestTree tree;
    rn_node *first = tree.Top("/a", 1), *second = tree.Top("/b", 1);
    rn_watch_options options = {};
    options.size = sizeof(options);
    options.exclude = options.include = globs;
    ASSERT_EQ(rn_filter_init(&first->root->filter, &options), 0);
    rn_node *node = tree.Add(first, std::string(99, 'x'));
    tree.Add(second, "y");
    tree.Root("/without-a-top");
    rn_passage *passage = rn_node_passage(node);
    passage->waits = RN_WAIT_SCAN;
    passage->has_known = true;
    rn_names_init(&passage->known, &kTreeKey);
    ASSERT_EQ(rn_names_add(&passage->known, BytesOf("name"), false), 0);
  }

  EXPECT_EQ(LiveBlocks(), before);
}

// -- Passages -----------------------------------------------------------------

TEST(TreePassage, IsMadeOnce) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  EXPECT_EQ(node->passage, nullptr);

  rn_passage *passage = rn_node_passage(node);

  ASSERT_NE(passage, nullptr);
  EXPECT_EQ(rn_node_passage(node), passage);
}

TEST(TreePassage, IsFreedWhenNothingIsInUse) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  rn_node_passage_trim(node);
  rn_passage *passage = rn_node_passage(node);

  passage->waits = RN_WAIT_FENCE;
  rn_node_passage_trim(node);
  EXPECT_EQ(node->passage, passage);

  passage->waits = RN_WAIT_NOTHING;
  rn_node_passage_trim(node);
  EXPECT_EQ(node->passage, nullptr);
}

TEST(TreePassage, IsKeptWhileNamesAreKnown) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  rn_passage *passage = rn_node_passage(node);
  passage->has_known = true;
  rn_names_init(&passage->known, &kTreeKey);

  rn_node_passage_trim(node);

  EXPECT_EQ(node->passage, passage);
}

TEST(TreePassage, IsNotMadeWithoutMemory) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  const MemoryEnd end(0);

  EXPECT_EQ(rn_node_passage(node), nullptr);
}

TEST(TreeDeathTest, RemovesNoNodeThatIsInAList) {
  TestTree tree;
  rn_node *node = tree.Top("/");
  rn_node_passage(node)->waits = RN_WAIT_SCAN;

  EXPECT_DEATH((void)tree.Remove(node), "broken contract");
}

}  // namespace
}  // namespace rn
