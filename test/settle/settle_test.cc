// Entries that have to be quiet for a while.

#include <errno.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/batch/memory.h"

extern "C" {
#include "lib/settle/settle.h"
}

namespace rn {
namespace {

constexpr int64_t kWindow = 100;
constexpr uint32_t kMost = 1000;
constexpr rn_hash_key kKey = {{1, 2}};

class Settle : public testing::Test {
 protected:
  Settle() { rn_settle_init(&settle_, kWindow, kMost, &kKey); }
  ~Settle() override { rn_settle_fini(&settle_); }

  static rn_settle_key Key(const std::string &name, uint32_t generation = 1) {
    return {{7, generation}, {name.data(), name.size()}};
  }

  // As the notifier does: begin to wait, or wait anew.
  int Touch(const std::string &name, int64_t now, uint32_t generation = 1) {
    const rn_settle_key key = Key(name, generation);
    rn_waiting *waiting = rn_settle_find(&settle_, &key);
    if (waiting == nullptr) return rn_settle_add(&settle_, &key, false, now);
    rn_settle_touch(&settle_, waiting, now);
    return 0;
  }

  bool Waits(const std::string &name) const {
    const rn_settle_key key = Key(name);
    return rn_settle_find(&settle_, &key) != nullptr;
  }

  void Remove(const std::string &name) {
    const rn_settle_key key = Key(name);
    rn_waiting *waiting = rn_settle_find(&settle_, &key);
    ASSERT_NE(waiting, nullptr) << name;
    rn_settle_remove(&settle_, waiting);
  }

  // Names of those that are due, which wait no more then.
  std::vector<std::string> Take(int64_t now) {
    std::vector<std::string> names;
    while (rn_waiting *due = rn_settle_due(&settle_, now)) {
      names.emplace_back(due->name, due->name_size);
      rn_settle_remove(&settle_, due);
    }
    return names;
  }

  void Empty(int64_t now, uint32_t generation = 1) {
    rn_settle_empty(&settle_, {7, generation}, now);
  }

  // The same of those that are not void.
  std::vector<std::string> TakeValid(int64_t now) {
    std::vector<std::string> names;
    while (rn_waiting *due = rn_settle_due(&settle_, now)) {
      if (!rn_settle_is_void(&settle_, due))
        names.emplace_back(due->name, due->name_size);
      rn_settle_remove(&settle_, due);
    }
    return names;
  }

  rn_settle settle_;
};

using Names = std::vector<std::string>;

TEST_F(Settle, IsOverAfterTheWindow) {
  EXPECT_EQ(rn_settle_left_ns(&settle_, 0), -1);
  ASSERT_EQ(Touch("f", 1000), 0);
  EXPECT_EQ(rn_settle_left_ns(&settle_, 1001), kWindow - 1);
  EXPECT_EQ(Take(1000 + kWindow - 1), Names{});
  EXPECT_EQ(rn_settle_left_ns(&settle_, 1000 + kWindow), 0);
  EXPECT_EQ(Take(1000 + kWindow), Names{"f"});
  EXPECT_EQ(rn_settle_left_ns(&settle_, 5000), -1);
}

TEST_F(Settle, BeginsAnewWithEachTouch) {
  ASSERT_EQ(Touch("f", 0), 0);
  ASSERT_EQ(Touch("g", 10), 0);
  ASSERT_EQ(Touch("f", 60), 0);
  EXPECT_EQ(settle_.count, 2U);
  EXPECT_EQ(Take(kWindow + 10), Names{"g"});
  EXPECT_EQ(Take(kWindow + 59), Names{});
  EXPECT_EQ(Take(kWindow + 60), Names{"f"});
}

TEST_F(Settle, ComesInTheOrderOfTheLastTouches) {
  for (const char *name : {"a", "b", "c", "d"}) ASSERT_EQ(Touch(name, 0), 0);
  ASSERT_EQ(Touch("b", 1), 0);  // from the middle
  ASSERT_EQ(Touch("a", 2), 0);  // the first
  ASSERT_EQ(Touch("a", 3), 0);  // the last
  EXPECT_EQ(Take(1000), (Names{"c", "d", "b", "a"}));
}

TEST_F(Settle, IsOfANodeAndAName) {
  ASSERT_EQ(Touch("f", 0, 1), 0);
  ASSERT_EQ(Touch("f", 0, 2), 0);
  ASSERT_EQ(Touch("", 0, 2), 0);
  EXPECT_EQ(settle_.count, 3U);
  EXPECT_EQ(settle_.first->node.generation, 1U);
  EXPECT_EQ(settle_.first->node.wd, 7);
}

TEST_F(Settle, IsVoidWhenItsNodeWasEmptied) {
  Empty(0);
  EXPECT_EQ(settle_.count, 0U);  // there is nothing
  for (const char *name : {"a", "b"}) ASSERT_EQ(Touch(name, 0), 0);
  ASSERT_EQ(Touch("a", 0, 2), 0);
  Empty(0);
  ASSERT_EQ(Touch("b", 0), 0);  // comes again
  ASSERT_EQ(Touch("c", 0), 0);
  EXPECT_EQ(TakeValid(kWindow), (Names{"a", "b", "c"}));  // of another node
  EXPECT_EQ(settle_.count, 0U);
}

TEST_F(Settle, IsVoidAgainWhenItsNodeWasEmptiedTwice) {
  ASSERT_EQ(Touch("a", 0), 0);
  Empty(1);
  ASSERT_EQ(Touch("a", 2), 0);
  ASSERT_EQ(Touch("b", 3), 0);
  Empty(4);
  ASSERT_EQ(Touch("b", 5), 0);
  EXPECT_EQ(TakeValid(1000), Names{"b"});
}

// Whoever can fill it could else make each new directory a walk over all.
TEST_F(Settle, IsVoidInOneStepWhereAsManyWaitAsMay) {
  for (uint32_t i = 0; i < kMost; i++)
    ASSERT_EQ(Touch(std::to_string(i), 0, i % 2), 0);
  Empty(1, 1);
  EXPECT_EQ(settle_.count, kMost + 1);  // nothing was looked for
  EXPECT_EQ(Touch("one more", 1), -ENOBUFS);
  EXPECT_EQ(TakeValid(1000).size(), kMost / 2);
  EXPECT_EQ(settle_.count, 0U);
}

TEST_F(Settle, IsRemovedWithItsNodeWithoutMemory) {
  for (uint32_t i = 0; i < kMost; i++)
    ASSERT_EQ(Touch(std::to_string(i), 0, i % 2), 0);
  {
    const MemoryEnd none(0);
    Empty(1, 1);
  }
  EXPECT_EQ(settle_.count, kMost / 2);
  EXPECT_EQ(TakeValid(1000).size(), kMost / 2);
}

TEST_F(Settle, EndsWhereItIsRemoved) {
  for (const char *name : {"a", "b", "c"}) ASSERT_EQ(Touch(name, 0), 0);
  Remove("b");
  EXPECT_EQ(Take(1000), (Names{"a", "c"}));
  EXPECT_FALSE(Waits("b"));
}

TEST_F(Settle, IsOfSoManyAtMost) {
  for (uint32_t i = 0; i < kMost; i++)
    ASSERT_EQ(Touch(std::to_string(i), 0), 0);
  EXPECT_EQ(Touch("one more", 0), -ENOBUFS);
  EXPECT_EQ(Touch("0", 1), 0);
  Remove("1");
  EXPECT_EQ(Touch("one more", 1), 0);
}

TEST_F(Settle, LeavesAllAsItWasWithoutMemory) {
  {
    const MemoryEnd none(0);  // not for the index
    EXPECT_EQ(Touch("f", 0), -ENOMEM);
  }
  {
    const MemoryEnd one(1);  // not for the entry
    EXPECT_EQ(Touch("f", 0), -ENOMEM);
  }
  EXPECT_EQ(settle_.count, 0U);
  ASSERT_EQ(Touch("f", 0), 0);
  EXPECT_EQ(Take(1000), Names{"f"});
}

// Against a table of all times.
TEST_F(Settle, AgreesWithAModel) {
  constexpr int kSteps = 100000;
  std::mt19937 random(45);
  std::map<std::string, int64_t> model;
  for (int64_t now = 0; now < kSteps; now++) {
    const std::string name = std::to_string(random() % 300);
    if (random() % 4 != 0) {
      ASSERT_EQ(Touch(name, now), 0);
      model[name] = now;
    } else if (model.erase(name) > 0) {
      Remove(name);
    }
    std::vector<std::pair<int64_t, std::string>> due;
    for (const auto &[waiting, touched] : model)
      if (touched + kWindow <= now) due.emplace_back(touched, waiting);
    std::sort(due.begin(), due.end());
    Names expected;
    for (const auto &[touched, waiting] : due) {
      expected.push_back(waiting);
      model.erase(waiting);
    }
    ASSERT_EQ(Take(now), expected) << now;
    ASSERT_EQ(settle_.count, model.size());
  }
}

}  // namespace
}  // namespace rn
