#ifndef BENCH_MICRO_BENCH_TREE_H
#define BENCH_MICRO_BENCH_TREE_H

// A tree of the library's, without a kernel: its watch descriptors are 1, 2,
// 3, ... in the order of the additions.

#include <cstdlib>
#include <string>

#include "bench/micro/micro.h"

extern "C" {
#include "lib/tree/tree.h"
}

namespace rn {

class BenchTree {
 public:
  explicit BenchTree(const std::string &path) {
    const rn_hash_key key = {{1, 2}};
    rn_tree_init(&tree_, &key);
    const rn_bytes bytes{path.data(), path.size()};
    Must(rn_tree_root_new(&tree_, bytes, bytes, &root_));
    top_ = Add(nullptr, "");
  }
  ~BenchTree() { rn_tree_fini(&tree_); }
  BenchTree(const BenchTree &) = delete;
  BenchTree &operator=(const BenchTree &) = delete;

  rn_node *Add(rn_node *parent, const std::string &name) {
    rn_node *node = nullptr;
    Must(rn_tree_add(&tree_, root_, parent, {name.data(), name.size()},
                     ++last_wd_, true, &node));
    return node;
  }
  rn_node *top() const { return top_; }
  rn_tree *tree() { return &tree_; }
  int last_wd() const { return last_wd_; }

 private:
  // There is nothing to measure without memory.
  static void Must(int err) {
    if (err < 0) std::abort();
  }

  rn_tree tree_;
  rn_root *root_ = nullptr;
  rn_node *top_ = nullptr;
  int last_wd_ = 0;
};

}  // namespace rn

#endif
