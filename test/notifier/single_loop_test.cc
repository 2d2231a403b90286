// The loop of the notifier without threads, and what lets events gather.

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "test/notifier/single_fixture.h"

namespace rn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;
constexpr unsigned kLong = 3600000;  // an hour, in milliseconds

class SingleLoop : public SingleFixture {
 protected:
  using Callback = std::function<bool()>;

  int Loop(Callback callback) {
    return rn_notifier_loop(
        notifier_,
        [](rn_notifier *, void *context) {
          return (*static_cast<Callback *>(context))();
        },
        &callback);
  }
  int Loop() { return rn_notifier_loop(notifier_, nullptr, nullptr); }
};

TEST_F(SingleLoop, CallbackIsCalledBeforeTheFirstWaitAndEndsIt) {
  WatchAll(kNames);

  EXPECT_EQ(Loop([] { return true; }), 1);
  EXPECT_EQ(kernel_.Count(Call::kPoll), 0U);
  EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_RUNNING);
}

TEST_F(SingleLoop, CallbackIsCalledAfterEachBatch) {
  WatchAll(kNames);
  Strings seen;
  int calls = 0;

  EXPECT_EQ(Loop([&] {
              Touch("f" + std::to_string(calls));
              return ++calls == 4;
            }),
            1);

  DispatchAll();
  EXPECT_EQ(Texts(),
            (Strings{"CREATE f0", "CREATE f1", "CREATE f2", "CREATE f3"}));
}

TEST_F(SingleLoop, GoesOnWhereTheCallbackEndedIt) {
  WatchAll(kNames);
  EXPECT_EQ(Loop([] { return true; }), 1);
  Touch("a");

  EXPECT_EQ(Loop([this] { return log_.Count() > 0; }), 1);
}

TEST_F(SingleLoop, CallbackIsCalledAfterATimeout) {
  options_.timeout_ms = 1;
  WatchAll(kNames);
  int calls = 0;

  EXPECT_EQ(Loop([&] { return ++calls == 3; }), 1);
}

TEST_F(SingleLoop, EndsByAHandlersStop) {
  WatchAll(kNames);
  log_.OnEvent(
      [this](const rn_event *) { EXPECT_EQ(rn_notifier_stop(notifier_), 0); });
  Touch("a");

  EXPECT_EQ(Loop(), 0);
  EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_STOPPED);
}

TEST_F(SingleLoop, EndsByAnotherThreadsStop) {
  WatchAll(kNames);
  std::thread stopper([this] {
    ASSERT_TRUE(WaitUntil([this] { return kernel_.Count(Call::kPoll) > 0; }));
    EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  });

  EXPECT_EQ(Loop(), 0);
  stopper.join();
}

rn_notifier *to_stop;

TEST_F(SingleLoop, EndsByASignalHandlersStop) {
  WatchAll(kNames);
  to_stop = notifier_;
  struct sigaction action = {};
  struct sigaction before;
  action.sa_handler = [](int) { (void)rn_notifier_stop(to_stop); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  const pthread_t self = pthread_self();
  std::thread killer([&] {
    ASSERT_TRUE(WaitUntil([this] { return kernel_.Count(Call::kPoll) > 0; }));
    pthread_kill(self, SIGUSR1);
  });

  EXPECT_EQ(Loop(), 0);
  killer.join();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(SingleLoop, WatchesComeAndGoWhileItRuns) {
  constexpr int kCount = 200;
  MkDir("d");
  dir_.MkDir("d/e");
  Make();
  std::thread driver([this] { EXPECT_EQ(Loop(), 0); });

  Strings expected;
  for (int i = 0; i < kCount; i++) {
    ASSERT_EQ(Add("d", kNames, i % 2 == 0 ? 0 : RN_WATCH_RECURSIVE), 0);
    const std::string name = "d/f" + std::to_string(i);
    Touch(name);
    ASSERT_EQ(Remove(), 0);
    expected.push_back("CREATE " + name);
    expected.push_back("IGNORED d");
  }

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == expected.size(); }));
  EXPECT_EQ(Texts(), expected);
  EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  driver.join();
}

// ---- what holds reading back ----

TEST_F(SingleLoop, PeriodLetsEventsGather) {
  options_.read_period_ms = kLong;
  WatchAll(kNames);
  Touch("first");
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);  // none was read before

  Touch("second");
  EXPECT_EQ(rn_notifier_check_events(notifier_, 10), 0);
  EXPECT_EQ(rn_notifier_read_events(notifier_), 0);
  EXPECT_FALSE(IsReadable());
  EXPECT_EQ(Texts(), Strings{"CREATE first"});
}

TEST_F(SingleLoop, PeriodThatIsOverLetsThemThrough) {
  options_.read_period_ms = 50;
  WatchAll(kNames);
  const auto begin = Clock::now();
  Touch("first");
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);
  Touch("second");
  Touch("third");

  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);
  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), 1);
  EXPECT_GE(Clock::now() - begin, milliseconds(50));
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 2);
}

TEST_F(SingleLoop, ThresholdThatIsReachedIsNotWaitedFor) {
  options_.threshold = 4 * 32;
  options_.threshold_ms = kLong;
  WatchAll(kNames);
  Touch("a");
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);
  for (const char *name : {"b", "c", "d"}) Touch(name);

  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), 1);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 4);
}

TEST_F(SingleLoop, ThresholdIsLookedAtAgain) {
  options_.threshold = 2 * 32;
  options_.threshold_ms = kLong;
  WatchAll(kNames);
  Touch("a");
  EXPECT_EQ(rn_notifier_check_events(notifier_, 10), 0);
  EXPECT_FALSE(IsReadable());
  Touch("b");

  EXPECT_TRUE(DispatchUntil("CREATE b"));
}

TEST_F(SingleLoop, ThresholdHoldsTheLastEventsForSoLongOnly) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = 30;
  WatchAll(kNames);
  const auto begin = Clock::now();
  Touch("a");

  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), 1);
  EXPECT_GE(Clock::now() - begin, milliseconds(30));
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);
}

// The first half of a rename is read, its time passes, and the second half is
// held back meanwhile.
TEST_F(SingleLoop, HalfOfARenameDoesNotExpireWhileReadingIsHeldBack) {
  Touch("a");
  options_.threshold = 1 << 20;
  options_.threshold_ms = 100;
  Make();
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = IN_MOVE | IN_OPEN;  // so the directory is not looked at
  options.flags = RN_WATCH_PAIR_MOVES;
  ASSERT_EQ(AddWith("", options), 0);
  Touch("marker");
  ASSERT_TRUE(DispatchUntil("OPEN marker"));

  const int64_t now = kernel_.beneath()->monotonic_ns(kernel_.beneath());
  int64_t passed = 0;
  kernel_.On(&KernelHooks::monotonic_ns, [&] { return now + passed; });
  bool first_read = false;
  bool all_open = false;
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t) {
    if (first_read && !all_open) return ssize_t{-EAGAIN};
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, 32);  // one record
    first_read |= got > 0;
    return got;
  });
  Move("a", "b");
  ASSERT_TRUE(WaitUntil([&] {
    if (rn_notifier_check_events(notifier_, 10) == 1) {
      EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);
    }
    return first_read;
  }));
  passed = INT64_C(3600000000000);
  all_open = true;

  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);
  EXPECT_TRUE(DispatchUntil("MOVED_FROM|MOVED_TO b <- a"));
  kernel_.On(&KernelHooks::read, nullptr);
  kernel_.On(&KernelHooks::monotonic_ns, nullptr);
}

// What a program's own loop does, level-triggered, for a while.  Returns how
// often it was woken.
int WakesOfALoop(rn_notifier *notifier, milliseconds time) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN;
  epoll_ctl(set, EPOLL_CTL_ADD, rn_notifier_fd(notifier), &event);
  int wakes = 0;
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    if (epoll_wait(set, &event, 1, 10) <= 0) continue;
    wakes++;
    EXPECT_GE(rn_notifier_dispatch(notifier), 0);
  }
  close(set);
  return wakes;
}

TEST_F(SingleLoop, ThresholdUnmetDoesNotSpinALevelTriggeredLoop) {
  options_.threshold = 1 << 20;
  options_.threshold_ms = kLong;
  WatchAll(kNames);
  Touch("a");

  EXPECT_LT(WakesOfALoop(notifier_, milliseconds(500)), 50);
  EXPECT_EQ(log_.Count(), 0U);
}

TEST_F(SingleLoop, PeriodDoesNotSpinALevelTriggeredLoop) {
  options_.read_period_ms = kLong;
  WatchAll(kNames);
  Touch("a");
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);
  Touch("b");

  EXPECT_LE(WakesOfALoop(notifier_, milliseconds(100)), 1);
}

}  // namespace
}  // namespace rn
