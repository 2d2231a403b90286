// Percentiles of what events waited, counted from when they were due.

#include "bench/scenario/latencies.h"

#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

// The latencies of events due at 1000, 1010, 1020, ..., handled at these times.
class LatenciesOf {
 public:
  explicit LatenciesOf(std::vector<uint64_t> times) {
    stamps stamps{};
    stamps.times_ns = times.data();
    stamps.count = times.size();
    const schedule due{1000, 100000000};
    EXPECT_EQ(latencies_add(&latencies_, &stamps, &due), 0);
  }
  ~LatenciesOf() { latencies_fini(&latencies_); }

  std::vector<uint64_t> values() const {
    return {latencies_.values_ns, latencies_.values_ns + latencies_.count};
  }
  latencies *get() { return &latencies_; }

 private:
  latencies latencies_{};
};

TEST(Latencies, CountFromTheDueTimeAndAreSorted) {
  const LatenciesOf latencies({1500, 1500, 1021});

  EXPECT_EQ(latencies.values(), (std::vector<uint64_t>{1, 490, 500}));
}

TEST(Latencies, LeaveOutWhatWasLost) {
  const LatenciesOf latencies({1001, 0, 1022, 0});

  EXPECT_EQ(latencies.values(), (std::vector<uint64_t>{1, 2}));
}

TEST(Latencies, AreMergedInOrder) {
  LatenciesOf latencies({1005, 1011});
  LatenciesOf others({1003, 1019});

  ASSERT_EQ(latencies_merge(latencies.get(), others.get()), 0);

  EXPECT_EQ(latencies.values(), (std::vector<uint64_t>{1, 3, 5, 9}));
}

TEST(Latencies, GiveExactPercentiles) {
  std::vector<uint64_t> times;
  for (uint64_t i = 0; i < 1000; i++) times.push_back(1000 + i * 10 + i + 1);
  LatenciesOf latencies(times);  // 1, 2, 3, ... 1000

  EXPECT_EQ(latencies_at(latencies.get(), 0.5), 500);
  EXPECT_EQ(latencies_at(latencies.get(), 0.99), 990);
  EXPECT_EQ(latencies_at(latencies.get(), 0.999), 999);
  EXPECT_EQ(latencies_at(latencies.get(), 1), 1000);
}

TEST(Latencies, AreZeroWhereNothingCame) {
  LatenciesOf latencies({0, 0});

  EXPECT_EQ(latencies_at(latencies.get(), 0.5), 0);
}

}  // namespace
}  // namespace rn
