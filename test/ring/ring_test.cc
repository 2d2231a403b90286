// A queue of pointers between two threads.

extern "C" {
#include "lib/ring/ring.h"
}

#include <errno.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"

namespace rn {
namespace {

struct FreeRing {
  void operator()(rn_ring *ring) const { rn_ring_free(ring); }
};
using Ring = std::unique_ptr<rn_ring, FreeRing>;

Ring NewRing(uint32_t slot_count) {
  rn_ring *ring = nullptr;
  EXPECT_EQ(rn_ring_new(slot_count, &ring), 0);
  return Ring(ring);
}

TEST(Ring, HoldsOneItemLessThanItHasSlots) {
  for (uint32_t slot_count : {2U, 4U, 1024U, 65536U}) {
    const Ring ring = NewRing(slot_count);
    int item;
    uint32_t given = 0;

    while (rn_ring_give(ring.get(), &item)) given++;

    EXPECT_EQ(given, slot_count - 1);
    EXPECT_EQ(rn_ring_capacity(ring.get()), slot_count - 1);
  }
}

TEST(Ring, GivesItemsInTheirOrder) {
  const Ring ring = NewRing(8);
  int items[7];
  for (int &item : items) ASSERT_TRUE(rn_ring_give(ring.get(), &item));

  for (int &item : items) EXPECT_EQ(rn_ring_take(ring.get()), &item);
}

TEST(Ring, GivesNothingWhenItIsEmpty) {
  const Ring ring = NewRing(2);
  int item;
  EXPECT_EQ(rn_ring_take(ring.get()), nullptr);

  ASSERT_TRUE(rn_ring_give(ring.get(), &item));
  ASSERT_EQ(rn_ring_take(ring.get()), &item);

  EXPECT_EQ(rn_ring_take(ring.get()), nullptr);
}

TEST(Ring, TakesNoItemWhenItIsFull) {
  const Ring ring = NewRing(2);
  int first, second;
  ASSERT_TRUE(rn_ring_give(ring.get(), &first));

  EXPECT_FALSE(rn_ring_give(ring.get(), &second));

  EXPECT_EQ(rn_ring_take(ring.get()), &first);
  EXPECT_TRUE(rn_ring_give(ring.get(), &second));
  EXPECT_EQ(rn_ring_take(ring.get()), &second);
}

TEST(Ring, KeepsTheOrderRoundItsEnd) {
  const Ring ring = NewRing(4);
  int items[100];
  for (int i = 0; i < 98; i++) {
    ASSERT_TRUE(rn_ring_give(ring.get(), &items[i]));
    ASSERT_TRUE(rn_ring_give(ring.get(), &items[i + 1]));
    EXPECT_EQ(rn_ring_take(ring.get()), &items[i]);
    EXPECT_EQ(rn_ring_take(ring.get()), &items[i + 1]);
  }
}

TEST(Ring, CountsWhatIsInIt) {
  const Ring ring = NewRing(4);
  int item;
  EXPECT_EQ(rn_ring_count(ring.get()), 0U);

  for (uint32_t count = 1; count <= 3; count++) {
    ASSERT_TRUE(rn_ring_give(ring.get(), &item));
    EXPECT_EQ(rn_ring_count(ring.get()), count);
  }

  ASSERT_EQ(rn_ring_take(ring.get()), &item);
  EXPECT_EQ(rn_ring_count(ring.get()), 2U);
}

// The contents are plain memory: under --config=tsan a ring that does not order
// them is a race.
TEST(Ring, PassesAMillionItemsBetweenTwoThreads) {
  constexpr uint64_t kCount = 1000000;
  const Ring ring = NewRing(64);
  std::vector<uint64_t> items(kCount);
  std::thread producer([&] {
    for (uint64_t i = 0; i < kCount; i++) {
      items[i] = i * 3;
      while (!rn_ring_give(ring.get(), &items[i])) std::this_thread::yield();
    }
  });

  uint64_t wrong = 0;
  for (uint64_t i = 0; i < kCount; i++) {
    void *item;
    while ((item = rn_ring_take(ring.get())) == nullptr)
      std::this_thread::yield();
    if (item != &items[i] || *static_cast<uint64_t *>(item) != i * 3) wrong++;
  }
  producer.join();

  EXPECT_EQ(wrong, 0U);
}

// Memory goes round: what the consumer wrote into an item it gives back is
// overwritten by the producer, through two rings.
TEST(Ring, PassesMemoryThereAndBack) {
  constexpr uint64_t kCount = 200000;
  const Ring there = NewRing(8), back = NewRing(8);
  uint64_t items[4];
  for (uint64_t &item : items) ASSERT_TRUE(rn_ring_give(back.get(), &item));
  const auto take = [](const Ring &ring) {
    void *item;
    while ((item = rn_ring_take(ring.get())) == nullptr)
      std::this_thread::yield();
    return static_cast<uint64_t *>(item);
  };
  std::thread producer([&] {
    for (uint64_t i = 0; i < kCount; i++) {
      uint64_t *item = take(back);
      *item = i;
      EXPECT_TRUE(rn_ring_give(there.get(), item));
    }
  });

  uint64_t wrong = 0;
  for (uint64_t i = 0; i < kCount; i++) {
    uint64_t *item = take(there);
    if (*item != i) wrong++;
    *item = UINT64_MAX;
    EXPECT_TRUE(rn_ring_give(back.get(), item));
  }
  producer.join();

  EXPECT_EQ(wrong, 0U);
}

TEST(Ring, SaysThatThereIsNoMemory) {
  rn_ring *ring = nullptr;
  const MemoryEnd end(0);

  EXPECT_EQ(rn_ring_new(2, &ring), -ENOMEM);

  EXPECT_EQ(ring, nullptr);
}

TEST(Ring, FreesNothing) { rn_ring_free(nullptr); }

TEST(Ring, FreesAllItTook) {
  const int64_t before = LiveBlocks();
  int item;

  ASSERT_TRUE(rn_ring_give(NewRing(4).get(), &item));

  EXPECT_EQ(LiveBlocks(), before);
}

TEST(RingDeathTest, WantsAPowerOfTwo) {
  rn_ring *ring = nullptr;
  for (uint32_t slot_count : {0U, 1U, 3U, 6U})
    EXPECT_DEATH((void)rn_ring_new(slot_count, &ring), "broken contract");
}

TEST(RingDeathTest, WantsAnItem) {
  const Ring ring = NewRing(2);

  EXPECT_DEATH(rn_ring_give(ring.get(), nullptr), "broken contract");
}

}  // namespace
}  // namespace rn
