// Whoever controls a tree can hurt neither the watch beside it nor those who
// call.  Here with room for builds without optimisation and busy machines; with
// the bounds that are promised: hostile_check.

#include <string>

#include "gtest/gtest.h"
#include "test/stress/hostile_run.h"
#include "test/stress/memory_dir.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

constexpr int kSlower = SANITIZED ? 10 : 1;
constexpr HostileBounds kWide = {/*turn_cpu_ms=*/1000 * kSlower,
                                 /*call_ms=*/10000 * kSlower,
                                 /*stop_ms=*/20000 * kSlower,
                                 /*memory=*/1UL << 30};

class HostileTree : public testing::TestWithParam<uint32_t> {
 protected:
  void ExpectBounds() const {
    const TempDir dir;
    HostilePlan plan;
    plan.base = dir.path();
    plan.seed = GetParam();
    plan.ms = 2000;
    plan.bounds = kWide;
    const HostileVerdict verdict = RunHostile(plan);
    for (const std::string &fault : verdict.faults)
      ADD_FAILURE() << fault << "\n  " << verdict.acts << "\n  " << verdict.how;
  }
};

TEST_P(HostileTree, HurtsNobodyInMemory) {
  const TempDirsOn on(FileSystem::kMemory);
  ExpectBounds();
}

TEST_P(HostileTree, HurtsNobodyOnTheDisk) {
  const TempDirsOn on(FileSystem::kDisk);
  ExpectBounds();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileTree, testing::Range(1U, 9U));

}  // namespace
}  // namespace rn
