// When events are due, and how files are shared out.

#include "bench/scenario/schedule.h"

#include "bench/scenario/producers.h"
#include "gtest/gtest.h"

namespace rn {
namespace {

constexpr uint64_t kSecond = 1000000000;

TEST(Schedule, SpreadsEventsEvenly) {
  const schedule at{5 * kSecond, 1000};

  EXPECT_EQ(schedule_due(&at, 0), 5 * kSecond);
  EXPECT_EQ(schedule_due(&at, 1), 5 * kSecond + 1000000);
  EXPECT_EQ(schedule_due(&at, 1500), 5 * kSecond + 1500000000);
}

TEST(Schedule, DoesNotDriftWhereTheRateDividesNoSecond) {
  const schedule at{0, 3};

  EXPECT_EQ(schedule_due(&at, 1), 333333333U);
  EXPECT_EQ(schedule_due(&at, 2), 666666666U);
  EXPECT_EQ(schedule_due(&at, 3), kSecond);
  EXPECT_EQ(schedule_due(&at, 3000000), 1000000 * kSecond);
}

TEST(Schedule, HoldsWhatALongRunNeeds) {
  const schedule at{1, 3000000};  // two hours of three million a second

  EXPECT_EQ(schedule_due(&at, 7200 * UINT64_C(3000000)), 7200 * kSecond + 1);
}

TEST(Schedule, IsAllAtOnceWithoutARate) {
  const schedule at{7, 0};

  EXPECT_EQ(schedule_due(&at, 0), 7U);
  EXPECT_EQ(schedule_due(&at, 1000000), 7U);
}

TEST(Producers, ShareTheirFilesEvenly) {
  EXPECT_EQ(producers_file_count(256, 1), 256U);
  EXPECT_EQ(producers_file_count(256, 2), 256U);
  EXPECT_EQ(producers_file_count(256, 3), 258U);
  EXPECT_EQ(producers_file_count(1, 64), 64U);
}

}  // namespace
}  // namespace rn
