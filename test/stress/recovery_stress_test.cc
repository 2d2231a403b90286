// P7: whatever a short queue loses in a storm, afterwards the model built from
// the events is what is there, and every live directory is watched.

#include <sys/inotify.h>

#include "test/stress/memory_dir.h"
#include "test/stress/storm.h"
#include "test/support/events/event_model.h"
#include "test/support/queue_limit.h"

namespace rn {
namespace {

constexpr int kProcesses = 3;
constexpr int kRounds = 10;
constexpr uint32_t kSurelyTooSmall = 16;
constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVE;

class Recovery : public StressFixture, public testing::WithParamInterface<int> {
 protected:
  // Returns why the limit is not to be set, or "".
  std::string MakeShort(uint32_t events) {
    const QueueLimit limit(events);
    if (limit.refusal().empty()) Make();
    return limit.refusal();
  }
  uint32_t Seed(int process) const {
    return static_cast<uint32_t>(GetParam() * kProcesses + process);
  }
  void ExpectTrue() {
    EventModel model(dir_.path());
    for (const LoggedEvent &event : log_.Events()) model.Apply(event);
    EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
    EXPECT_EQ(model.faults(), Strings{});
  }
};

TEST_P(Recovery, CreationRemovalAndRenames) {
  Processes storm(kProcesses, [&](int index) {
    if (index == 0)
      RenameAround(dir_.path(), Seed(index), 3000);
    else
      Churn(dir_.path(), Seed(index), 3000);
  });
  const std::string refusal = MakeShort(kSurelyTooSmall);
  if (!refusal.empty()) GTEST_SKIP() << refusal;
  WatchAll(kMask, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);

  ASSERT_TRUE(storm.Run());
  EXPECT_TRUE(WaitUntil([&] { return Statistics().rescans > 0; }));
  EXPECT_GT(Statistics().kernel_overflows, 0U);
  EXPECT_TRUE(WatchesAgree());
  Drain();

  ExpectTrue();
}

INSTANTIATE_TEST_SUITE_P(, Recovery, testing::Range(0, kRounds));

}  // namespace
}  // namespace rn
