// The largest size that works: found by few tries, and true.

#include "bench/scenario/search.h"

#include <errno.h>

#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

// What works, and what was tried.
struct Tries {
  uint64_t largest;
  std::vector<uint64_t> sizes;
};

int Try(uint64_t size, void *context) {
  auto *tries = static_cast<Tries *>(context);
  tries->sizes.push_back(size);
  return size <= tries->largest ? 1 : 0;
}

uint64_t Search(uint64_t least, uint64_t most, double precision, Tries *tries) {
  const search asked{least, most, precision};
  uint64_t largest = UINT64_MAX;
  EXPECT_EQ(search_largest(&asked, Try, tries, &largest), 0);
  return largest;
}

TEST(Search, FindsTheLargestExactly) {
  for (const uint64_t largest : {1U, 2U, 3U, 16U, 17U, 99U, 100U, 1023U}) {
    Tries tries{largest, {}};
    EXPECT_EQ(Search(1, 1024, 1, &tries), largest);
  }
}

TEST(Search, StaysWithinItsPrecision) {
  for (uint64_t largest = 10; largest < 100000; largest = largest * 7 / 5) {
    Tries tries{largest, {}};
    const uint64_t found = Search(10, 1000000, 1.1, &tries);
    EXPECT_LE(found, largest);
    EXPECT_GE(static_cast<double>(found) * 1.1, static_cast<double>(largest));
    EXPECT_LT(tries.sizes.size(), 20U);
  }
}

TEST(Search, TriesNothingAboveTheMost) {
  Tries tries{UINT64_MAX, {}};

  EXPECT_EQ(Search(3, 100, 1.1, &tries), 100U);

  EXPECT_EQ(tries.sizes, (std::vector<uint64_t>{3, 6, 12, 24, 48, 96, 100}));
}

TEST(Search, DoesNotPassTheEndOfItsNumbers) {
  Tries tries{UINT64_MAX, {}};

  EXPECT_EQ(Search(UINT64_MAX / 2 + 2, UINT64_MAX, 1.1, &tries), UINT64_MAX);
}

TEST(Search, GivesNothingWhereTheLeastFails) {
  Tries tries{9, {}};

  EXPECT_EQ(Search(10, 1000, 1.1, &tries), 0U);

  EXPECT_EQ(tries.sizes, std::vector<uint64_t>{10});
}

TEST(Search, EndsOnAnError) {
  const search asked{1, 1000, 1.1};
  const auto fail = [](uint64_t size, void *) -> int {
    return size < 64 ? 1 : -EMFILE;
  };
  uint64_t largest = 5;

  EXPECT_EQ(search_largest(&asked, fail, nullptr, &largest), -EMFILE);

  EXPECT_EQ(largest, 5U);
}

}  // namespace
}  // namespace rn
