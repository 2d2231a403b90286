// Any history of a tree: adding, moving and removing against a model that
// keeps each node's parent and name.

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/tree/test_tree.h"

namespace rn {
namespace {

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    Entry top{tree_.Top("/top"), -1, "", true};
    root_ = top.node->root;
    entries_.push_back(top);
    alive_.push_back(0);
  }

  void Step() {
    const unsigned choice = random_() % 10;
    if (alive_.size() < 2 || choice < 5) {
      Add();
    } else if (choice < 8) {
      Move();
    } else {
      Remove(1 + random_() % (alive_.size() - 1));
    }
  }

  void RemoveAll() {
    while (!alive_.empty()) Remove(random_() % alive_.size());
  }

  // Every living node is where the model has it.
  void Compare() {
    for (const int id : alive_) {
      const Entry &entry = entries_[id];
      ASSERT_EQ(PathOf(entry.node), PathOfEntry(id));
      ASSERT_EQ(tree_.Find(entry.node->wd), entry.node);
      if (entry.parent < 0) continue;
      const rn_node *parent = entries_[entry.parent].node;
      ASSERT_EQ(tree_.Child(parent, entry.name), entry.node);
    }
  }

  uint32_t node_count() const { return root_->node_count; }
  const rn_root *root() const { return root_; }
  size_t alive_count() const { return alive_.size(); }

 private:
  struct Entry {
    rn_node *node;
    int parent;
    std::string name;
    bool alive;
  };

  std::string PathOfEntry(int id) const {
    const Entry &entry = entries_[id];
    if (entry.parent < 0) return "/top";
    return PathOfEntry(entry.parent) + "/" + entry.name;
  }

  int AnyAlive() { return alive_[random_() % alive_.size()]; }

  // No name comes twice, so ghosts are in nobody's way.
  std::string NewName() {
    std::string name = std::to_string(++last_name_) + "-";
    return name + std::string(random_() % 20, 'x');
  }

  void Add() {
    const int parent = AnyAlive();
    const std::string name = NewName();
    rn_node *node = tree_.Add(entries_[parent].node, name);
    alive_.push_back(static_cast<int>(entries_.size()));
    entries_.push_back({node, parent, name, true});
  }

  void Move() {
    const int id = alive_[1 + random_() % (alive_.size() - 1)];
    const int to = AnyAlive();
    Entry &entry = entries_[id];
    if (rn_node_is_below(entries_[to].node, entry.node)) return;
    entry.name = NewName();
    entry.parent = to;
    tree_.Move(entry.node, entries_[to].node, entry.name);
  }

  void Remove(size_t at) {
    Entry &entry = entries_[alive_[at]];
    EXPECT_TRUE(tree_.Remove(entry.node));
    entry.alive = false;
    alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  std::mt19937 random_;
  TestTree tree_;
  rn_root *root_;
  std::vector<Entry> entries_;
  std::vector<int> alive_;  // the top is the first
  int last_name_ = 0;
};

TEST(TreeModel, HoldsAfterAnyHistory) {
  for (unsigned seed = 0; seed < 20; seed++) {
    Model model(seed);
    for (int step = 0; step < 1000; step++) {
      model.Step();
      if (step % 50 == 0) model.Compare();
    }
    model.Compare();
    EXPECT_GE(model.node_count(), model.alive_count());
  }
}

TEST(TreeModel, LeavesNothingWhenAllAreRemoved) {
  for (unsigned seed = 0; seed < 20; seed++) {
    Model model(seed);
    for (int step = 0; step < 500; step++) model.Step();

    model.RemoveAll();

    EXPECT_EQ(model.node_count(), 0U) << seed;
    EXPECT_EQ(model.root()->top, nullptr) << seed;
  }
}

TEST(TreeModel, FreesWhatIsLeft) {
  const int64_t before = LiveBlocks();
  for (unsigned seed = 0; seed < 20; seed++) {
    Model model(seed);
    for (int step = 0; step < 500; step++) model.Step();
  }

  EXPECT_EQ(LiveBlocks(), before);
}

}  // namespace
}  // namespace rn
