// P9: every call in every state has a defined result, from any thread.

#include <errno.h>
#include <sched.h>
#include <sys/inotify.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "test/notifier/notifier_fixture.h"
#include "test/notifier/notifier_in_c.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class Lifecycle : public NotifierFixture {
 protected:
  int StartResult() { return rn_thread_notifier_start(notifier_); }
  int StopResult(rn_stop mode = RN_STOP_DRAIN) {
    return rn_thread_notifier_stop(notifier_, mode);
  }
  int WaitResult(int timeout_ms) {
    return rn_thread_notifier_wait(notifier_, timeout_ms);
  }
  rn_state State() const { return rn_thread_notifier_state(notifier_); }
  bool BecomesStopping() const {
    return WaitUntil([this] { return State() == RN_STATE_STOPPING; });
  }
  // Have `call` run in a handler, once.
  void InHandler(const std::function<void()> &call) {
    std::atomic<bool> begun{false};
    std::atomic<bool> done{false};
    log_.OnEvent([&](const rn_event *) {
      if (begun.exchange(true)) return;
      call();
      done = true;
    });
    static int count = 0;
    Touch("event" + std::to_string(count++));
    EXPECT_TRUE(WaitUntil([&] { return done.load(); }));
    EXPECT_TRUE(WaitUntil([&] { return log_.Held() == 0; }));
    log_.OnEvent(nullptr);
  }
};

TEST_F(Lifecycle, OfANewNotifier) {
  Make();

  EXPECT_EQ(State(), RN_STATE_NEW);
  EXPECT_EQ(rn_thread_notifier_error(notifier_), 0);
  EXPECT_EQ(WaitResult(0), -ETIMEDOUT);
  EXPECT_EQ(log_.Released(), 0);
}

TEST_F(Lifecycle, OfARunningNotifier) {
  Make();
  Start();

  EXPECT_EQ(State(), RN_STATE_RUNNING);
  EXPECT_EQ(StartResult(), -EALREADY);
  EXPECT_EQ(WaitResult(1), -ETIMEDOUT);
}

TEST_F(Lifecycle, OfAStoppedNotifier) {
  WatchAll(IN_CREATE);
  Drain();

  EXPECT_EQ(State(), RN_STATE_STOPPED);
  EXPECT_EQ(StartResult(), -ESHUTDOWN);
  EXPECT_EQ(StopResult(), -EALREADY);
  EXPECT_EQ(StopResult(RN_STOP_DISCARD), -EALREADY);
  EXPECT_EQ(WaitResult(-1), 0);
  EXPECT_EQ(Add("", IN_CREATE), -ESHUTDOWN);
  EXPECT_EQ(SetMask(notifier_, watch_, IN_OPEN), -ESHUTDOWN);
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      -ESHUTDOWN);
  EXPECT_EQ(log_.Released(), 1);
}

TEST_F(Lifecycle, StopBeforeTheStart) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);

  EXPECT_EQ(StopResult(), 0);

  EXPECT_EQ(State(), RN_STATE_STOPPED);
  EXPECT_EQ(StartResult(), -ESHUTDOWN);
  EXPECT_EQ(log_.Released(), 1);
}

TEST_F(Lifecycle, StopInAnUnknownMode) {
  Make();
  Start();

  EXPECT_EQ(rn_test_notifier_stop(notifier_, 2), -EINVAL);

  EXPECT_EQ(State(), RN_STATE_RUNNING);
}

TEST_F(Lifecycle, FreeOfNothing) {
  EXPECT_EQ(rn_thread_notifier_free(nullptr), 0);
}

TEST_F(Lifecycle, FreeWhileRunning) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  for (int i = 0; i < 100; i++) Touch("f" + std::to_string(i));

  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);

  notifier_ = nullptr;
  EXPECT_EQ(log_.Released(), 1);
  EXPECT_EQ(log_.AfterRelease(), 0U);
}

TEST_F(Lifecycle, FreeBeforeTheStart) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);

  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);

  notifier_ = nullptr;
  EXPECT_EQ(log_.Released(), 1);
}

TEST_F(Lifecycle, StopFromTwoThreads) {
  WatchAll(IN_CREATE);
  log_.Hold();
  Touch("f");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));

  std::atomic<int> stopped{0};
  std::thread first([&] { stopped += StopResult() == 0; });
  ASSERT_TRUE(BecomesStopping());
  std::thread second([&] { stopped += StopResult() == 0; });
  log_.Let();
  first.join();
  second.join();

  EXPECT_GE(stopped, 1);  // the second one may have come too late
  EXPECT_EQ(State(), RN_STATE_STOPPED);
}

TEST_F(Lifecycle, StopBeforeTheStartFromManyThreads) {
  Make();
  std::atomic<int> stopped{0};

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; i++)
    threads.emplace_back([&] {
      const int err = StopResult();
      EXPECT_TRUE(err == 0 || err == -EALREADY) << err;
      stopped += err == 0;
    });
  for (std::thread &thread : threads) thread.join();

  EXPECT_GE(stopped, 1);
  EXPECT_EQ(log_.Released(), 1);
}

TEST_F(Lifecycle, StartAndStopRace) {
  for (int i = 0; i < 50; i++) {
    Make();
    std::thread starter([&] {
      const int err = StartResult();
      EXPECT_TRUE(err == 0 || err == -ESHUTDOWN) << err;
    });
    EXPECT_EQ(StopResult(), 0);
    starter.join();
    EXPECT_EQ(State(), RN_STATE_STOPPED);
    Finish();
  }
}

TEST_F(Lifecycle, StopFromAHandlerIsBegunOnly) {
  WatchAll(IN_CREATE);

  InHandler([&] { EXPECT_EQ(StopResult(), -EINPROGRESS); });

  EXPECT_EQ(State(), RN_STATE_STOPPING);
  EXPECT_EQ(Add("", IN_CREATE), -ESHUTDOWN);
  EXPECT_EQ(WaitResult(-1), 0);
  EXPECT_EQ(State(), RN_STATE_STOPPED);
}

TEST_F(Lifecycle, StopFromAHandlerTwice) {
  WatchAll(IN_CREATE);

  InHandler([&] {
    EXPECT_EQ(StopResult(), -EINPROGRESS);
    EXPECT_EQ(StopResult(RN_STOP_DISCARD), -EINPROGRESS);
  });

  EXPECT_EQ(StopResult(), 0);
}

TEST_F(Lifecycle, StopFromAHandlerThenFree) {
  WatchAll(IN_CREATE);

  InHandler([&] { EXPECT_EQ(StopResult(), -EINPROGRESS); });

  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);
  notifier_ = nullptr;
}

TEST_F(Lifecycle, HandlersMayNotWaitOrFree) {
  WatchAll(IN_CREATE);

  InHandler([&] {
    EXPECT_EQ(WaitResult(-1), -EDEADLK);
    EXPECT_EQ(rn_thread_notifier_free(notifier_), -EDEADLK);
    EXPECT_EQ(StartResult(), -EALREADY);
    EXPECT_EQ(State(), RN_STATE_RUNNING);
  });
}

TEST_F(Lifecycle, HandlersMayAddUpdateAndRemove) {
  dir_.MkDir("d");
  WatchAll(IN_CREATE);

  InHandler([&] {
    EXPECT_EQ(Add("d", IN_CREATE, RN_WATCH_RECURSIVE), 0);
    EXPECT_EQ(SetMask(notifier_, watch_, IN_DELETE), 0);
  });
  Touch("d/f");
  Remove("d/f");
  ASSERT_TRUE(WaitFor("DELETE d/f"));
  InHandler([&] {
    EXPECT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
        0);
    EXPECT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
        1);
  });
  Drain();

  EXPECT_FALSE(Has("CREATE d/f"));
  EXPECT_TRUE(Has("IGNORED d"));
}

TEST_F(Lifecycle, HandlersMayAddWhileAllIsFull) {
  dir_.MkDir("d");
  options_.slot_count = 2;
  options_.batch_count = 1;
  options_.full = RN_FULL_BLOCK;
  WatchAll(IN_CREATE);
  std::atomic<bool> begun{false};
  std::atomic<bool> done{false};
  log_.OnEvent([&](const rn_event *) {
    if (begun.exchange(true)) return;
    EXPECT_TRUE(WaitUntil([&] { return Statistics().ring_high_water >= 1; }));
    EXPECT_EQ(Add("d", IN_CREATE), 0);
    done = true;
  });

  for (int i = 0; i < 100; i++) Touch(std::to_string(i));
  ASSERT_TRUE(WaitUntil([&] { return done.load(); }));
  Drain();

  EXPECT_EQ(log_.Count(), 100U);
}

TEST_F(Lifecycle, WaitComesBackWhenAnotherThreadStops) {
  WatchAll(IN_CREATE);
  std::thread waiter([&] { EXPECT_EQ(WaitResult(-1), 0); });

  Drain();
  waiter.join();
}

TEST_F(Lifecycle, FailedReaderIsTold) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  Make(kernel.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();

  kernel.QueueReadError(-EIO);

  EXPECT_EQ(WaitResult(10000), -EIO);
  EXPECT_EQ(State(), RN_STATE_FAILED);
  EXPECT_EQ(rn_thread_notifier_error(notifier_), -EIO);
  EXPECT_EQ(Add("", IN_CREATE), -EIO);
  EXPECT_EQ(StartResult(), -EALREADY);
  Drain();
  EXPECT_EQ(Texts(), Strings{"ERROR -5 "});
  EXPECT_EQ(State(), RN_STATE_STOPPED);
  Finish();
}

TEST_F(Lifecycle, CutRecordFailsTheReader) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  Make(kernel.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();

  kernel.QueueRead(Record(watch_.wd, IN_CREATE, 0, "whole") +
                   Record(watch_.wd, IN_CREATE, 0, "cut").substr(0, 20));

  EXPECT_EQ(WaitResult(10000), -EBADMSG);
  Drain();
  EXPECT_EQ(Texts(), (Strings{"CREATE whole", "ERROR -74 "}));
  Finish();
}

// The reader's thread cannot be made, on no CPU; the workers' could.
class FailedStart : public Lifecycle {
 protected:
  void MakeUnstartable() {
    CPU_ZERO(&none_);
    options_.reader_cpus = &none_;
    options_.worker_count = 4;
    Make();
    ASSERT_EQ(Add("", IN_CREATE), 0);
  }

  cpu_set_t none_;
};

TEST_F(FailedStart, ChangesNothing) {
  MakeUnstartable();

  EXPECT_EQ(StartResult(), -EINVAL);
  EXPECT_EQ(State(), RN_STATE_NEW);
  EXPECT_EQ(StartResult(), -EINVAL);
}

// What was read before the start, for a suspension, is for the next one.
TEST_F(FailedStart, HandlesNothing) {
  MakeUnstartable();
  Touch("f");
  ASSERT_EQ(
      rn_watch_manager_suspend(rn_thread_notifier_manager(notifier_), nullptr),
      0);

  EXPECT_EQ(StartResult(), -EINVAL);

  EXPECT_EQ(log_.Count(), 0U);
}

TEST_F(FailedStart, BesideOthers) {
  MakeUnstartable();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++)
    threads.emplace_back([this] {
      for (int k = 0; k < 200; k++) EXPECT_EQ(StartResult(), -EINVAL);
    });
  for (std::thread &thread : threads) thread.join();

  EXPECT_EQ(State(), RN_STATE_NEW);
}

TEST_F(Lifecycle, OptionsOutOfRange) {
  const auto refused =
      [](const std::function<void(rn_thread_notifier_options *)> &change) {
        rn_thread_notifier_options options =
            Sized<rn_thread_notifier_options>();
        change(&options);
        rn_thread_notifier *none = nullptr;
        return rn_thread_notifier_new(&options, &none) == -EINVAL &&
               none == nullptr;
      };

  EXPECT_TRUE(refused([](rn_thread_notifier_options *o) { o->size = 0; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->worker_count = 257; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->slot_count = 3; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->slot_count = 1; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->slot_count = 1U << 21; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->batch_count = 65537; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->read_size = 8191; }));
  EXPECT_TRUE(refused(
      [](rn_thread_notifier_options *o) { o->read_size = (1U << 20) + 1; }));
  EXPECT_TRUE(
      refused([](rn_thread_notifier_options *o) { o->stack_size = 1; }));
  EXPECT_TRUE(refused([](rn_thread_notifier_options *o) {
    o->order = static_cast<rn_order>(3);
  }));
  EXPECT_TRUE(refused([](rn_thread_notifier_options *o) {
    o->full = static_cast<rn_full>(3);
  }));
}

}  // namespace
}  // namespace rn
