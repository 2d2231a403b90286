// How the notifier without threads ends.

#include <errno.h>
#include <sys/inotify.h>

#include <thread>

#include "test/notifier/single_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;

class SingleEnd : public SingleFixture {
 protected:
  void ExpectShutDown() {
    EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -ESHUTDOWN);
    EXPECT_EQ(rn_notifier_read_events(notifier_), -ESHUTDOWN);
    EXPECT_EQ(rn_notifier_process_events(notifier_), -ESHUTDOWN);
    EXPECT_EQ(rn_notifier_dispatch(notifier_), -ESHUTDOWN);
    EXPECT_EQ(rn_notifier_loop(notifier_, nullptr, nullptr), 0);
    EXPECT_EQ(Add("", kNames), -ESHUTDOWN);
    EXPECT_EQ(Remove(), -ESHUTDOWN);
    EXPECT_EQ(rn_notifier_stop(notifier_), -EALREADY);
    EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_STOPPED);
  }
};

TEST_F(SingleEnd, StopIsSeenByAllThatComesAfterIt) {
  WatchAll(kNames);

  EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_STOPPING);
  EXPECT_TRUE(IsReadable());
  EXPECT_EQ(Add("", kNames), -ESHUTDOWN);
  ExpectShutDown();
  EXPECT_TRUE(IsReadable());
}

TEST_F(SingleEnd, StopFromAHandlerMakesItsEventTheLast) {
  WatchAll(kNames);
  log_.OnEvent(
      [this](const rn_event *) { EXPECT_EQ(rn_notifier_stop(notifier_), 0); });
  Touch("a");
  Touch("b");
  Touch("c");

  EXPECT_EQ(rn_notifier_dispatch(notifier_), -ESHUTDOWN);

  EXPECT_EQ(Texts(), Strings{"CREATE a"});
  EXPECT_EQ(Statistics().dropped, 2U);
  ExpectShutDown();
}

TEST_F(SingleEnd, EndsTheWatchesAndReleasesTheHandlers) {
  EventLog own;
  WatchAll(kNames);
  ASSERT_EQ(Add("", kNames, 0, &own), 0);
  EXPECT_EQ(WatchedInodes().size(), 1U);

  EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), -ESHUTDOWN);

  EXPECT_EQ(WatchedInodes().size(), 0U);
  EXPECT_EQ(log_.Released(), 1);
  EXPECT_EQ(own.Released(), 1);
}

TEST_F(SingleEnd, StopWakesWhoWaits) {
  WatchAll(kNames);
  std::thread stopper([this] {
    ASSERT_TRUE(WaitUntil([this] { return kernel_.Count(Call::kPoll) > 0; }));
    EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  });

  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -ESHUTDOWN);
  stopper.join();
}

TEST_F(SingleEnd, WhatWasReadAndNotHandledIsDropped) {
  WatchAll(kNames);
  Touch("a");
  Touch("b");
  EXPECT_EQ(rn_notifier_read_events(notifier_), 2);

  Finish();

  EXPECT_EQ(log_.Count(), 0U);
}

TEST_F(SingleEnd, LeavesNoDescriptor) {
  const size_t before = OpenDescriptors();

  WatchAll(kNames, RN_WATCH_RECURSIVE);
  EXPECT_GT(OpenDescriptors(), before);
  Finish();

  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(SingleEnd, FreeAloneEndsEverything) {
  WatchAll(kNames);
  Touch("a");

  EXPECT_EQ(rn_notifier_free(notifier_), 0);
  notifier_ = nullptr;

  EXPECT_EQ(log_.Released(), 1);
  EXPECT_EQ(WatchedInodes().size(), 0U);
}

TEST_F(SingleEnd, RemovedWatchesHandlerIsReleasedBehindItsLastEvent) {
  EventLog own;
  Make();
  ASSERT_EQ(Add("", kNames, 0, &own), 0);
  Touch("a");
  ASSERT_EQ(Remove(), 0);
  EXPECT_EQ(own.Released(), 0);

  DispatchAll();

  EXPECT_EQ(own.Texts(dir_.path()), (Strings{"CREATE a", "IGNORED ."}));
  EXPECT_EQ(own.Released(), 1);
  EXPECT_EQ(own.AfterRelease(), 0U);
}

}  // namespace
}  // namespace rn
