// A root with an index, and directories in one another, thousands deep: what
// is looked for by name is counted.

#include <string>

#include "test/track/track_fixture.h"

extern "C" {
#include "lib/index/image.h"
}

namespace {
uint64_t sought;
}  // namespace

// The linker puts these in the place of the functions.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
uint32_t __real_rn_image_find(const rn_image *image, uint32_t parent,
                              rn_bytes name);
uint32_t __wrap_rn_image_find(const rn_image *image, uint32_t parent,
                              rn_bytes name) {
  sought++;
  return __real_rn_image_find(image, parent, name);
}
rn_node *__real_rn_tree_child(const rn_tree *tree, const rn_node *parent,
                              rn_bytes name);
rn_node *__wrap_rn_tree_child(const rn_tree *tree, const rn_node *parent,
                              rn_bytes name) {
  sought++;
  return __real_rn_tree_child(tree, parent, name);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace rn {
namespace {

constexpr int kDepth = 300;
constexpr uint64_t kSoughtMax = 20 * kDepth;

class RecoverDeep : public TrackFixture {
 protected:
  RecoverDeep() {
    kernel_.MakeDir("/r");
    kernel_.On(&KernelHooks::time_ns, [this] { return now_; });
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
  }

  void MakeDirs() {
    std::string path = "/r/top";
    for (int i = 0; i < kDepth; i++) path += "/d";
    kernel_.MakeFile(path + "/f");
  }

  // Returns how many names were looked for.
  uint64_t Repair() {
    Told();
    const uint64_t before = sought;
    Feed(OverflowRecord());
    for (int i = 0; i < 3; i++) {
      now_ += 1000000000;
      Settle();
    }
    told_ = Told();
    EXPECT_EQ(told_.back().substr(0, 7), "rescan ");
    return sought - before;
  }

  int64_t now_ = 1000000000000;
  Lines told_;
};

TEST_F(RecoverDeep, WhatIsThereIsCompared) {
  MakeDirs();
  AddRecovering("/r");

  EXPECT_LT(Repair(), kSoughtMax);
  EXPECT_EQ(told_, (Lines{"overflow", "rescan 0 /r"}));
}

TEST_F(RecoverDeep, WhatCameIsTold) {
  AddRecovering("/r");
  MakeDirs();

  EXPECT_LT(Repair(), kSoughtMax);
  EXPECT_EQ(told_.size(), kDepth + 4U);
}

TEST_F(RecoverDeep, WhatLeftIsTold) {
  MakeDirs();
  AddRecovering("/r");
  kernel_.Remove("/r/top");

  EXPECT_LT(Repair(), kSoughtMax);
  EXPECT_EQ(told_.size(), kDepth + 4U);
}

}  // namespace
}  // namespace rn
