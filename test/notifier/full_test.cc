// P2 and P3: what happens when the handlers do not keep up.  They are held by
// a latch, so each case is full for certain.

#include <sys/inotify.h>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class Full : public NotifierFixture {
 protected:
  // One slot and one event a batch: the first event is with the handler, the
  // second one in the ring.
  void MakeSmall(rn_full full) {
    options_.slot_count = 2;
    options_.batch_count = 1;
    options_.full = full;
    Make(kernel_.sys());
    ASSERT_EQ(Add("", IN_CREATE), 0);
    Start();
    log_.Hold();
    Touch("first");
    ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  }
  void TouchMany(int count) {
    for (int i = 0; i < count; i++) Touch(std::to_string(i));
  }
  bool ReaderHasRead(uint64_t count) const {
    return WaitUntil([&] { return Statistics().read >= count; });
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(Full, SpillLosesNothing) {
  MakeSmall(RN_FULL_SPILL);

  TouchMany(5000);
  ASSERT_TRUE(ReaderHasRead(5001));
  log_.Let();
  Drain();

  EXPECT_EQ(log_.Count(), 5001U);
  EXPECT_GT(Statistics().spilled, 0U);
  EXPECT_EQ(Statistics().dropped, 0U);
}

TEST_F(Full, SpillKeepsTheOrder) {
  MakeSmall(RN_FULL_SPILL);

  TouchMany(1000);
  ASSERT_TRUE(ReaderHasRead(1001));
  log_.Let();
  Drain();

  const std::vector<LoggedEvent> events = log_.Events();
  ASSERT_EQ(events.size(), 1001U);
  for (size_t i = 1; i < events.size(); i++) {
    EXPECT_EQ(events[i].name, std::to_string(i - 1));
    EXPECT_EQ(events[i].seq, events[i - 1].seq + 1);
  }
}

TEST_F(Full, SpillStopsReadingAtItsLimit) {
  options_.backlog_size = 1;
  MakeSmall(RN_FULL_SPILL);

  TouchMany(16000);
  ASSERT_TRUE(WaitUntil([&] { return Statistics().backlog_high_water > 0; }));
  log_.Let();
  Drain();

  EXPECT_EQ(log_.Count(), 16001U);
  EXPECT_LE(Statistics().backlog_high_water, 4U * 64 * 1024);
}

TEST_F(Full, BlockLeavesTheRestToTheKernel) {
  MakeSmall(RN_FULL_BLOCK);

  TouchMany(10);
  log_.Let();
  Drain();

  EXPECT_EQ(log_.Count(), 11U);
  EXPECT_EQ(Statistics().dropped, 0U);
}

TEST_F(Full, BlockTellsTheKernelsOverflow) {
  rn_limit limit;
  ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
  if (limit.value > 1000000) GTEST_SKIP() << "queue of " << limit.value;
  MakeSmall(RN_FULL_BLOCK);

  for (uint64_t i = 0; i < limit.value + 4000; i++) {
    const std::string name = i % 2 == 0 ? "f" : "g";  // or they merge
    Touch(name);
    Remove(name);
  }
  log_.Let();
  Drain();

  EXPECT_TRUE(Has("OVERFLOW kernel"));
  EXPECT_EQ(Statistics().kernel_overflows, 1U);
  EXPECT_EQ(Statistics().dropped, 0U);
}

TEST_F(Full, DropTellsTheExactCountInItsPlace) {
  MakeSmall(RN_FULL_DROP);

  TouchMany(1000);
  ASSERT_TRUE(ReaderHasRead(1001));
  log_.Let();
  ASSERT_TRUE(WaitUntil([&] {
    const rn_statistics s = Statistics();
    return s.synthetic > 0 && s.read + s.synthetic == s.delivered + s.dropped;
  }));
  Touch("last");
  Drain();

  const std::vector<LoggedEvent> events = log_.Events();
  uint64_t lost = 0;
  uint64_t next = 0;  // the number in the next name
  for (size_t i = 1; i + 1 < events.size(); i++) {
    if (events[i].kind == RN_EVENT_OVERFLOW) {
      EXPECT_EQ(events[i].loss, RN_LOSS_RING);
      lost += events[i].lost;
      next += events[i].lost;
      continue;
    }
    EXPECT_EQ(events[i].name, std::to_string(next));
    next++;
  }
  EXPECT_EQ(next, 1000U);
  EXPECT_EQ(events.back().name, "last");
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(Statistics().dropped, lost);
}

TEST_F(Full, DropTellsALossAtTheEnd) {
  MakeSmall(RN_FULL_DROP);

  TouchMany(1000);
  ASSERT_TRUE(ReaderHasRead(1001));
  log_.Let();
  Drain();

  const LoggedEvent last = log_.Events().back();
  EXPECT_EQ(last.kind, RN_EVENT_OVERFLOW);
  EXPECT_EQ(Statistics().dropped + log_.Count() - 1, 1001U);
}

// A loss is told to each handler.
TEST_F(Full, DropIsToldToEveryHandler) {
  dir_.MkDir("d");
  EventLog other;
  options_.slot_count = 2;
  options_.batch_count = 1;
  options_.full = RN_FULL_DROP;
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &other), 0);
  Start();
  log_.Hold();
  Touch("first");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));

  TouchMany(100);
  ASSERT_TRUE(ReaderHasRead(101));
  log_.Let();
  Drain();

  ASSERT_EQ(other.Count(), 1U);
  EXPECT_EQ(other.Events()[0].loss, RN_LOSS_RING);
}

}  // namespace
}  // namespace rn
