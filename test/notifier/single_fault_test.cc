// The notifier without threads when the kernel fails it.

#include <errno.h>
#include <sys/inotify.h>

#include "test/notifier/notifier_in_c.h"
#include "test/notifier/single_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;

class SingleFault : public SingleFixture {
 protected:
  // The timer can be unset from that call on.
  uint64_t unset_from_ = UINT64_MAX;
};

TEST_F(SingleFault, NewThatFailsLeavesNothing) {
  rn_handler handler = log_.Handler();
  options_.handler = &handler;
  const size_t before = OpenDescriptors();
  for (const Call call : {Call::kInotifyOpen, Call::kFenceOpen, Call::kWakeOpen,
                          Call::kSetOpen, Call::kTimerOpen}) {
    kernel_.FailNext(call, -EMFILE);
    EXPECT_EQ(rn_test_single_new(kernel_.sys(), &options_, &notifier_),
              -EMFILE);
    EXPECT_EQ(OpenDescriptors(), before);
  }
  for (uint64_t nth = 1; nth <= 3; nth++) {
    kernel_.FailNth(Call::kSetAdd, nth, -ENOSPC);
    EXPECT_EQ(rn_test_single_new(kernel_.sys(), &options_, &notifier_),
              -ENOSPC);
    EXPECT_EQ(OpenDescriptors(), before);
  }
  EXPECT_EQ(log_.Released(), 0);
}

TEST_F(SingleFault, FailedReadIsToldBehindWhatWasRead) {
  WatchAll(kNames);
  DispatchAll();
  Touch("a");
  EXPECT_EQ(rn_notifier_read_events(notifier_), 1);
  kernel_.FailNext(Call::kRead, -EIO);
  Touch("b");

  EXPECT_EQ(rn_notifier_dispatch(notifier_), -EIO);

  EXPECT_EQ(Texts(), (Strings{"CREATE a", "ERROR -5 "}));
  EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_FAILED);
  EXPECT_EQ(rn_notifier_error(notifier_), -EIO);
  EXPECT_FALSE(IsReadable());
  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -EIO);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), -EIO);
  EXPECT_EQ(Add("", kNames), -EIO);
}

TEST_F(SingleFault, LoopEndsWhenReadingFails) {
  WatchAll(kNames);
  kernel_.FailNext(Call::kRead, -EIO);
  Touch("a");

  EXPECT_EQ(rn_notifier_loop(notifier_, nullptr, nullptr), -EIO);
}

// Nobody would be told when it is time: so whoever waits looks again.
TEST_F(SingleFault, TimerThatCannotBeSetLeavesTheDescriptorReadable) {
  Make();
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = IN_CREATE;
  options.settle_ms = 3600000;
  ASSERT_EQ(AddWith("", options), 0);
  DispatchAll();
  kernel_.FailAlways(Call::kTimerSet, -EINVAL);
  Touch("f");

  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);

  EXPECT_TRUE(IsReadable());
  kernel_.FailAlways(Call::kTimerSet, 0);
  EXPECT_EQ(rn_notifier_check_events(notifier_, 0), 0);
  EXPECT_FALSE(IsReadable());
}

// Then what has gone off stays readable until it can be.
TEST_F(SingleFault, TimerThatCannotBeUnsetIsUnsetLater) {
  Make();
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = IN_CREATE;
  options.settle_ms = 1;
  ASSERT_EQ(AddWith("", options), 0);
  Touch("f");
  bool failing = false;
  kernel_.On(&KernelHooks::timer_set, [&](int fd, int64_t at_ns) {
    failing |= at_ns == 0;
    const rn_sys *sys = kernel_.beneath();
    return at_ns == 0 && kernel_.Count(Call::kTimerSet) < unset_from_
               ? -EINVAL
               : sys->timer_set(sys, fd, at_ns);
  });
  ASSERT_TRUE(DispatchUntil("SETTLED f"));
  ASSERT_TRUE(failing);
  EXPECT_TRUE(IsReadable());

  unset_from_ = 0;
  EXPECT_EQ(rn_notifier_check_events(notifier_, 0), 0);

  EXPECT_FALSE(IsReadable());
  kernel_.On(&KernelHooks::timer_set, nullptr);
}

TEST_F(SingleFault, ErrorsThatPollReportsEndTheWait) {
  Make();
  for (const auto &[revents, error] :
       {std::pair{POLLNVAL, -EBADF}, std::pair{POLLERR, -EIO}}) {
    const short reported = static_cast<short>(revents);
    kernel_.On(&KernelHooks::poll, [=](pollfd *fds, size_t, int) {
      fds[0].revents = reported;
      return 1;
    });
    EXPECT_EQ(rn_notifier_check_events(notifier_, -1), error);
  }
  kernel_.On(&KernelHooks::poll, nullptr);
  kernel_.FailNext(Call::kPoll, -ENOMEM);
  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -ENOMEM);
}

TEST_F(SingleFault, DescriptorThatSomebodyClosedIsAnError) {
  Make();
  kernel_.FailNext(Call::kQueued, -EBADF);

  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -EBADF);
}

TEST_F(SingleFault, DescriptorThatCannotBeClearedIsClearedLater) {
  WatchAll(kNames);
  Touch("a");
  ASSERT_EQ(rn_notifier_read_events(notifier_), 1);
  kernel_.FailNext(Call::kWakeClear, -EIO);
  ASSERT_EQ(rn_notifier_process_events(notifier_), 1);
  EXPECT_TRUE(IsReadable());

  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);

  EXPECT_FALSE(IsReadable());
}

TEST_F(SingleFault, EventsThatTheSetDoesNotHeedComeAllTheSame) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = 1;
  WatchAll(kNames);
  Touch("a");
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);  // heeded no more
  kernel_.FailNext(Call::kSetHeed, -ENOMEM);
  EXPECT_TRUE(DispatchUntil("CREATE a"));  // heeded again, in vain

  Touch("b");
  EXPECT_TRUE(WaitUntil([this] { return IsReadable(); }));
  EXPECT_TRUE(DispatchUntil("CREATE b"));
}

TEST_F(SingleFault, SignalDoesNotEndTheWaitNorMakeItLonger) {
  Make();
  kernel_.FailNext(Call::kPoll, -EINTR, 5);
  const auto begin = std::chrono::steady_clock::now();

  EXPECT_EQ(rn_notifier_check_events(notifier_, 20), 0);

  EXPECT_GE(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds(20));
  EXPECT_GE(kernel_.Count(Call::kPoll), 6U);
}

TEST_F(SingleFault, InterruptedWaitGoesOnWithWhatIsLeftOfItsTime) {
  Make();
  std::vector<int> timeouts;
  kernel_.On(&KernelHooks::poll, [&](pollfd *fds, size_t count, int ms) {
    timeouts.push_back(ms);
    const rn_sys *sys = kernel_.beneath();
    EXPECT_EQ(sys->poll(sys, fds, count, 5), 0);
    if (timeouts.size() == 3) {
      EXPECT_EQ(rn_notifier_stop(notifier_), 0);
    }
    return -EINTR;
  });

  EXPECT_EQ(rn_notifier_check_events(notifier_, 3600000), -ESHUTDOWN);

  ASSERT_EQ(timeouts.size(), 3U);
  EXPECT_LT(timeouts[1], timeouts[0]);
  EXPECT_LT(timeouts[2], timeouts[1]);
}

}  // namespace
}  // namespace rn
