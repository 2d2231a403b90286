#ifndef TEST_TREE_TEST_TREE_H_
#define TEST_TREE_TEST_TREE_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/tree/tree.h"
}

namespace rn {

inline rn_bytes BytesOf(const std::string &text) {
  return {text.data(), text.size()};
}

constexpr rn_hash_key kTreeKey = {{1, 2}};

inline std::string NameOf(const rn_node *node) {
  const rn_bytes name = rn_node_name(node);
  return std::string(name.data, name.size);
}

inline std::string PathOf(const rn_node *node) {
  std::vector<char> out(RN_PATH_SIZE_MAX);
  const ssize_t size = rn_node_path(node, out.data(), out.size());
  EXPECT_GE(size, 0);
  EXPECT_EQ(out[static_cast<size_t>(size)], '\0');
  return std::string(out.data(), static_cast<size_t>(size));
}

// A tree that gives each node a wd of its own, unless told.
class TestTree {
 public:
  TestTree() { rn_tree_init(&tree_, &kTreeKey); }
  ~TestTree() { rn_tree_fini(&tree_); }
  TestTree(const TestTree &) = delete;
  TestTree &operator=(const TestTree &) = delete;

  rn_tree *get() { return &tree_; }

  // A root without a top.
  rn_root *Root(const std::string &path, const std::string &access_path = "/") {
    rn_root *root = nullptr;
    EXPECT_EQ(
        rn_tree_root_new(&tree_, BytesOf(path), BytesOf(access_path), &root),
        0);
    return root;
  }

  // The top of a new root.
  rn_node *Top(const std::string &path, int wd = 0) {
    return Add(Root(path), nullptr, "", wd);
  }

  rn_node *Add(rn_node *parent, const std::string &name, int wd = 0) {
    return Add(parent->root, parent, name, wd);
  }

  rn_node *Add(rn_root *root, rn_node *parent, const std::string &name,
               int wd = 0) {
    rn_node *node = nullptr;
    EXPECT_EQ(rn_tree_add(&tree_, root, parent, BytesOf(name),
                          wd != 0 ? wd : ++last_wd_, true, &node),
              0);
    return node;
  }

  bool Remove(rn_node *node) { return rn_tree_remove(&tree_, node); }

  void Move(rn_node *node, rn_node *parent, const std::string &name) {
    EXPECT_EQ(rn_tree_move(&tree_, node, parent, BytesOf(name)), 0);
  }

  rn_node *Find(int wd) { return rn_tree_find(&tree_, wd); }

  rn_node *Child(const rn_node *parent, const std::string &name) {
    return rn_tree_child(&tree_, parent, BytesOf(name));
  }

 private:
  rn_tree tree_;
  int last_wd_ = 1000;
};

}  // namespace rn

#endif  // TEST_TREE_TEST_TREE_H_
