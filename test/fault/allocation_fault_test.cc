// Memory that is not to be had, at every place in turn: no crash, no leak, no
// hang, a defined error, and everything else keeps flowing.

#include <sys/inotify.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/fault/failing_memory.h"
#include "test/fault/life.h"
#include "test/fault/patient.h"
#include "test/fault/single_life.h"
#include "test/stress/memory_dir.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

// Deeper than a walk goes at a stroke; more names than a table begins with;
// more events than there is memory for from the start.
constexpr Life::Size kSize = {30, 20, 2600, false};
constexpr uint64_t kTakingsMax = 2000;

Life::Fault Nth(uint64_t nth, bool lasting) {
  Life::Fault fault;
  fault.begin = [=] { FailingMemory::FailNth(nth, lasting); };
  fault.mend = [] { FailingMemory::Mend(); };
  fault.happened = [] { return FailingMemory::HasFailed(); };
  return fault;
}

// One life, which leaves nothing.  Returns whether it had the fault.
bool LeaveNothing(uint64_t nth,
                  const std::function<void(FakeKernel *kernel)> &live) {
  const size_t count = FailingMemory::LiveCount();
  {
    FakeKernel kernel(FakeKernel::Mode::kReal);
    live(&kernel);
  }
  EXPECT_EQ(FailingMemory::LiveCount(), count);
  if (testing::Test::HasFailure())
    ADD_FAILURE() << "taking " << nth << ", at " << FailingMemory::Site();
  return FailingMemory::HasFailed();
}

bool Live(uint64_t nth, bool lasting) {
  return LeaveNothing(nth, [=](FakeKernel *kernel) {
    Life::Size size = kSize;
    size.overflow = lasting;
    Life(kernel, size, Nth(nth, lasting)).Run();
  });
}

bool LiveSingle(uint64_t nth, bool lasting) {
  return LeaveNothing(nth, [=](FakeKernel *kernel) {
    SingleLife(kernel, Nth(nth, lasting)).Run();
  });
}

// The same with the thin layer: what could not be read stays queued.
bool LiveBare(uint64_t nth) {
  constexpr int kFiles = 400;  // of 256 bytes: more than the first buffer
  const TempDir dir;
  const size_t live = FailingMemory::LiveCount();
  const auto twice = [](const std::function<int()> &call) {
    const int first = call();
    if (first >= 0) return first;
    EXPECT_EQ(first, -ENOMEM);
    return call();
  };
  FailingMemory::FailNth(nth, false);
  rn_inotify *inotify = nullptr;
  rn_cursor events;
  EXPECT_EQ(twice([&] { return rn_inotify_open(0, &inotify); }), 0);
  EXPECT_GE(rn_inotify_add_watch(inotify, dir.path().c_str(), IN_CREATE), 0);
  for (int i = 0; i < kFiles; i++)
    dir.Write(std::string(200, 'n') + std::to_string(i), "");
  EXPECT_GE(twice([&] { return rn_inotify_read(inotify, 0, 0, &events); }), 0);
  int count = 0;
  rn_raw_event event;
  while (rn_parse_next(&events, &event) == 1) count++;
  EXPECT_EQ(count, kFiles);
  rn_inotify_close(inotify);
  FailingMemory::Mend();
  EXPECT_EQ(FailingMemory::LiveCount(), live);
  return FailingMemory::HasFailed();
}

TEST(BareAllocationFault, AtEveryPlaceInTurn) {
  Trial trial;

  trial.Run("taking", LiveBare, kTakingsMax);

  EXPECT_EQ(trial.faults(), std::vector<std::string>{});
  EXPECT_EQ(trial.count(), 3U);
}

class AllocationFault : public testing::TestWithParam<bool> {
 protected:
  static void TryAll(bool (*live)(uint64_t nth, bool lasting),
                     uint64_t places) {
    const TempDirsInMemory in_memory;
    Trial trial;

    trial.Run(
        "taking", [=](uint64_t nth) { return live(nth, GetParam()); },
        kTakingsMax);

    EXPECT_EQ(trial.faults(), std::vector<std::string>{});
    EXPECT_GT(trial.count(), places);
    EXPECT_LT(trial.count(), kTakingsMax);
  }
};

TEST_P(AllocationFault, AtEveryPlaceInTurn) { TryAll(Live, 100); }

TEST_P(AllocationFault, AtEveryPlaceInTurnWithoutThreads) {
  TryAll(LiveSingle, 50);
}

INSTANTIATE_TEST_SUITE_P(Once, AllocationFault, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(FromThenOn, AllocationFault, testing::Values(true));

}  // namespace
}  // namespace rn
