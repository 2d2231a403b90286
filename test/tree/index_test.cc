// A set of pointers found by hash.

#include <errno.h>

#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/batch/memory.h"

extern "C" {
#include "lib/tree/index.h"
}

namespace rn {
namespace {

struct Item {
  uint64_t hash;
  int id;
};

uint64_t HashOf(const rn_hash_key *, const void *item) {
  return static_cast<const Item *>(item)->hash;
}

bool HasId(const void *item, const void *key) {
  return static_cast<const Item *>(item)->id == *static_cast<const int *>(key);
}

class Index {
 public:
  Index() { rn_index_init(&index_, HashOf, nullptr); }
  ~Index() { rn_index_fini(&index_); }
  Index(const Index &) = delete;
  Index &operator=(const Index &) = delete;

  void Add(Item *item) {
    ASSERT_EQ(rn_index_reserve(&index_, 1), 0);
    rn_index_add(&index_, item);
  }
  void Remove(const Item *item) { rn_index_remove(&index_, item); }
  Item *Find(const Item &item) const {
    return static_cast<Item *>(
        rn_index_find(&index_, item.hash, HasId, &item.id));
  }
  // Fails where one comes twice.
  std::unordered_set<Item *> All() const {
    std::unordered_set<Item *> all;
    uint32_t at = 0;
    while (void *item = rn_index_next(&index_, &at))
      EXPECT_TRUE(all.insert(static_cast<Item *>(item)).second);
    return all;
  }
  rn_index *get() { return &index_; }

 private:
  rn_index index_;
};

// The high bits of a hash count.
constexpr uint64_t kSpread = 0x9e3779b97f4a7c15U;

std::vector<Item> Items(int count, uint64_t hash_step) {
  std::vector<Item> items;
  for (int i = 0; i < count; i++)
    items.push_back({static_cast<uint64_t>(i) * hash_step * kSpread, i});
  return items;
}

TEST(Index, FindsNothingAtFirst) {
  const Index index;

  EXPECT_EQ(index.Find({0, 0}), nullptr);
  EXPECT_TRUE(index.All().empty());
}

TEST(Index, RemovesNothingAtFirst) {
  Index index;
  const Item item{0, 0};

  index.Remove(&item);

  EXPECT_EQ(index.get()->count, 0U);
}

TEST(Index, FindsWhatWasAdded) {
  Index index;
  auto items = Items(1000, 1);
  for (Item &item : items) index.Add(&item);

  for (Item &item : items) EXPECT_EQ(index.Find(item), &item);
  EXPECT_EQ(index.Find({1000, 1000}), nullptr);
  EXPECT_EQ(index.get()->count, 1000U);
}

TEST(Index, TakesAtMostSixteenBytesAnItem) {
  Index index;
  auto items = Items(100000, 1);
  for (Item &item : items) {
    index.Add(&item);
    const uint32_t count = index.get()->count;
    if (count < 8) continue;
    ASSERT_LE(index.get()->slot_count, 2 * count);
  }
}

TEST(Index, TellsItemsOfOneHashApart) {
  Index index;
  auto items = Items(100, 0);
  for (Item &item : items) index.Add(&item);

  for (Item &item : items) EXPECT_EQ(index.Find(item), &item);
  EXPECT_EQ(index.Find({0, 100}), nullptr);
}

TEST(Index, FindsWhatRunsOverTheEndOfItsSlots) {
  Index index;
  Item items[8];
  for (int i = 0; i < 8; i++) {
    items[i] = {UINT64_MAX, i};
    index.Add(&items[i]);
  }

  for (int i = 0; i < 8; i += 2) index.Remove(&items[i]);

  for (int i = 0; i < 8; i++)
    EXPECT_EQ(index.Find(items[i]), i % 2 == 0 ? nullptr : &items[i]);
}

TEST(Index, RemovesOnlyTheItemItself) {
  Index index;
  Item item{1, 1};
  const Item equal = item;
  index.Add(&item);

  index.Remove(&equal);

  EXPECT_EQ(index.Find(item), &item);
}

TEST(Index, GoesOverEachItemOnce) {
  Index index;
  auto items = Items(100, 7);
  for (Item &item : items) index.Add(&item);

  EXPECT_EQ(index.All().size(), 100U);
}

TEST(Index, KeepsAQuarterOfItsSlotsFree) {
  Index index;
  auto items = Items(10000, 1);
  for (Item &item : items) {
    index.Add(&item);
    ASSERT_LE(uint64_t{index.get()->count} * 4,
              uint64_t{index.get()->slot_count} * 3);
  }
}

TEST(Index, TakesNoMemoryForWhatWasReserved) {
  Index index;
  auto items = Items(1000, 1);
  ASSERT_EQ(rn_index_reserve(index.get(), 1000), 0);
  const uint64_t before = TakenBlocks();

  for (Item &item : items) rn_index_add(index.get(), &item);

  EXPECT_EQ(TakenBlocks(), before);
  EXPECT_EQ(index.All().size(), 1000U);
}

TEST(Index, StaysAsItWasWithoutMemory) {
  Index index;
  auto items = Items(12, 1);
  for (Item &item : items) index.Add(&item);
  {
    const MemoryEnd end(0);
    EXPECT_EQ(rn_index_reserve(index.get(), 1), -ENOMEM);
  }

  for (Item &item : items) EXPECT_EQ(index.Find(item), &item);
  Item one_more{12, 12};
  index.Add(&one_more);
  EXPECT_EQ(index.All().size(), 13U);
}

TEST(Index, RefusesMoreThanItCanCount) {
  Index index;

  EXPECT_EQ(rn_index_reserve(index.get(), UINT32_MAX), -ENOMEM);
}

TEST(Index, IsFreedTwice) {
  Index index;
  Item item{1, 1};
  index.Add(&item);

  rn_index_fini(index.get());

  EXPECT_EQ(index.Find(item), nullptr);
}

TEST(IndexDeathTest, WantsAReserve) {
  Index index;
  Item item{1, 1};

  EXPECT_DEATH(rn_index_add(index.get(), &item), "broken contract");
}

// Any history against a set of the standard library.  With few hashes every
// removal closes a gap in a run.
void CompareWithASet(uint64_t hash_count, size_t item_count, int steps,
                     int hash_shift = 55) {
  std::mt19937 random(static_cast<unsigned>(hash_count));
  std::vector<Item> items(item_count);
  for (size_t i = 0; i < item_count; i++)
    items[i] = {random() % hash_count << hash_shift, static_cast<int>(i)};
  Index index;
  std::unordered_set<Item *> model;
  for (int step = 0; step < steps; step++) {
    Item *item = &items[random() % item_count];
    if (model.erase(item) > 0) {
      index.Remove(item);
      ASSERT_EQ(index.Find(*item), nullptr);
    } else {
      model.insert(item);
      index.Add(item);
    }
    Item *other = &items[random() % item_count];
    ASSERT_EQ(index.Find(*other), model.count(other) > 0 ? other : nullptr);
    if (step % 64 != 0) continue;
    ASSERT_EQ(index.All(), model);
  }
}

TEST(Index, IsASetWithOneHash) { CompareWithASet(1, 40, 10000); }

TEST(Index, IsASetWithFewHashes) { CompareWithASet(8, 100, 20000); }

TEST(Index, IsASetWithNeighbours) { CompareWithASet(64, 200, 20000); }

TEST(Index, IsASetWithManyHashes) {
  CompareWithASet(UINT32_MAX, 1000, 20000, 32);
}

}  // namespace
}  // namespace rn
