// P4: under a recursive watch arrivals and departures alternate along each
// path, and what was told is what is there, whatever the storm.

#include <sys/inotify.h>

#include "test/stress/memory_dir.h"
#include "test/stress/storm.h"
#include "test/support/events/event_model.h"

namespace rn {
namespace {

constexpr int kProcesses = 3;
constexpr int kRounds = 20;

class Storm : public StressFixture {
 protected:
  // The events, put together, are what is on the disk.
  void ExpectTrue() {
    EventModel model(dir_.path());
    for (const LoggedEvent &event : log_.Events()) {
      EXPECT_EQ(event.kind, RN_EVENT_CHANGE) << event.Text(dir_.path());
      model.Apply(event);
    }
    EXPECT_TRUE(model.entries() == EntriesOnDisk(dir_.path()));
    EXPECT_EQ(model.faults(), Strings{});
  }
};

class Round : public Storm, public testing::WithParamInterface<int> {
 protected:
  uint32_t Seed(int process) const {
    return static_cast<uint32_t>(GetParam() * kProcesses + process);
  }
};

TEST_P(Round, ChainsOfDirectories) {
  Processes storm(kProcesses, [&](int index) {
    MakeChains(dir_.path(), "p" + std::to_string(index) + "-", 100, 8);
  });
  WatchAll(IN_CREATE | IN_DELETE | IN_MOVE, RN_WATCH_RECURSIVE);

  ASSERT_TRUE(storm.Run());
  Drain();

  EXPECT_EQ(log_.Count(), 1U * kProcesses * 100 * 8 * 2);
  ExpectTrue();
}

TEST_P(Round, CreationAndRemovalOnSharedNames) {
  Processes storm(kProcesses,
                  [&](int index) { Churn(dir_.path(), Seed(index), 4000); });
  WatchAll(IN_CREATE | IN_DELETE | IN_MOVE, RN_WATCH_RECURSIVE);

  ASSERT_TRUE(storm.Run());
  EXPECT_TRUE(WatchesAgree());
  Drain();

  ExpectTrue();
}

// Directories are renamed by one process, so that each event has its place.
TEST_P(Round, RenamesByOneProcess) {
  Processes storm(
      1, [&](int index) { RenameAround(dir_.path(), Seed(index), 3000); });
  WatchAll(IN_CREATE | IN_DELETE | IN_MOVE, RN_WATCH_RECURSIVE);

  ASSERT_TRUE(storm.Run());
  EXPECT_TRUE(WatchesAgree());
  Drain();

  ExpectTrue();
}

INSTANTIATE_TEST_SUITE_P(, Round, testing::Range(0, kRounds));

}  // namespace
}  // namespace rn
