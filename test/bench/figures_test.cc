// Order statistics, by tables.

#include "bench/core/figures.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

figures FiguresOf(const std::vector<double> &values) {
  auto kept = std::make_unique<samples>();
  for (const double value : values) samples_add(kept.get(), value);
  return samples_figures(kept.get());
}

TEST(Figures, AreLeastMedianAndGreatestInAnyOrder) {
  const figures odd = FiguresOf({5, 1, 9});

  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.median, 5);
  EXPECT_EQ(odd.max, 9);
}

TEST(Figures, TakeTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(FiguresOf({4, 1, 2, 100}).median, 3);
  EXPECT_EQ(FiguresOf({7}).median, 7);
}

TEST(Figures, AreZeroWithoutASample) { EXPECT_EQ(FiguresOf({}).max, 0); }

TEST(Figures, KeepNoMoreThanThereIsRoomFor) {
  auto kept = std::make_unique<samples>();
  for (int i = 0; i <= SAMPLES_MAX; i++) samples_add(kept.get(), i);

  EXPECT_EQ(kept->count, static_cast<size_t>(SAMPLES_MAX));
  EXPECT_EQ(samples_figures(kept.get()).max, SAMPLES_MAX - 1);
}

TEST(Figures, GivePercentilesThatAreValues) {
  std::vector<uint64_t> values;
  for (uint64_t i = 1000; i > 0; i--) values.push_back(i);
  sort_values(values.data(), values.size());

  EXPECT_EQ(percentile(values.data(), values.size(), 0.0), 1U);
  EXPECT_EQ(percentile(values.data(), values.size(), 0.5), 500U);
  EXPECT_EQ(percentile(values.data(), values.size(), 0.99), 990U);
  EXPECT_EQ(percentile(values.data(), values.size(), 0.999), 999U);
  EXPECT_EQ(percentile(values.data(), values.size(), 1.0), 1000U);
  EXPECT_EQ(percentile(values.data(), 7, 0.5), 4U);
  EXPECT_EQ(percentile(values.data(), 1, 0.99), 1U);
}

}  // namespace
}  // namespace rn
