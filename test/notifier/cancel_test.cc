// No function is a cancellation point: a thread that is to be cancelled comes
// back from each, and leaves nothing behind that others would wait for.

#include <errno.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <functional>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

// A thread that makes a call; joined at the end.
class Caller {
 public:
  // at_once: with a request to cancel it that stands since before the call.
  Caller(std::function<void()> call, bool at_once)
      : call_(std::move(call)), at_once_(at_once) {
    EXPECT_EQ(pthread_create(&thread_, nullptr, Run, this), 0);
  }
  ~Caller() { (void)Returned(); }
  Caller(const Caller &) = delete;
  Caller &operator=(const Caller &) = delete;

  void Cancel() const { EXPECT_EQ(pthread_cancel(thread_), 0); }
  // Whether the call came back; waits for the thread.
  bool Returned() {
    if (!joined_) {
      EXPECT_EQ(pthread_join(thread_, nullptr), 0);
    }
    joined_ = true;
    return returned_;
  }

 private:
  static void *Run(void *caller) {
    Caller *self = static_cast<Caller *>(caller);
    if (self->at_once_) pthread_cancel(pthread_self());
    self->call_();
    self->returned_ = true;
    return nullptr;
  }

  const std::function<void()> call_;
  const bool at_once_;
  pthread_t thread_ = {};
  std::atomic<bool> returned_{false};
  bool joined_ = false;
};

bool Returns(const std::function<void()> &call) {
  return Caller(call, true).Returned();
}

class Cancelled : public NotifierFixture {
 protected:
  rn_watch_manager *Manager() const {
    return rn_thread_notifier_manager(notifier_);
  }
  // Others are served, and handlers called.
  void ExpectAlive() {
    rn_health health = Sized<rn_health>();
    EXPECT_EQ(rn_thread_notifier_health(notifier_, &health), 0);
    EXPECT_EQ(Add("", IN_CREATE), 0);
    Touch("alive");
    EXPECT_EQ(rn_thread_notifier_sync(notifier_, 60000), 0);
    EXPECT_TRUE(Has("CREATE alive"));
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST(Cancel, ThisIsWhatAPointDoes) {
  EXPECT_FALSE(Returns([] { pthread_testcancel(); }));
  EXPECT_FALSE(Returns([] { usleep(1); }));
}

TEST_F(Cancelled, NewAndFreeReturn) {
  rn_thread_notifier *made = nullptr;
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_thread_notifier_new(nullptr, &made), 0); }));
  EXPECT_TRUE(Returns([&] { EXPECT_EQ(rn_thread_notifier_free(made), 0); }));
}

TEST_F(Cancelled, TheManagersFunctionsReturnBeforeAndAfterTheStart) {
  Make();
  for (const bool started : {false, true}) {
    if (started) {
      EXPECT_TRUE(
          Returns([&] { EXPECT_EQ(rn_thread_notifier_start(notifier_), 0); }));
    }
    rn_watch_options options = Watch(IN_CREATE, RN_WATCH_RECURSIVE);
    options.on_failure = [](const char *, int, void *) {};
    const std::string path = dir_.path();
    const char *const paths[] = {path.c_str()};
    rn_watch watch = {}, found = {};
    EXPECT_TRUE(Returns([&] {
      EXPECT_EQ(rn_watch_manager_add(Manager(), path.c_str(), &options, &watch),
                0);
    }));
    EXPECT_TRUE(Returns([&] {
      EXPECT_EQ(rn_watch_manager_add_list(Manager(), paths, 1, &options,
                                          RN_ADD_GLOB, nullptr),
                0);
    }));
    EXPECT_TRUE(Returns([&] {
      (void)!rn_watch_manager_find(Manager(), path.c_str(), &found);
    }));
    EXPECT_TRUE(
        Returns([&] { EXPECT_EQ(SetMask(notifier_, watch, IN_DELETE), 0); }));
    EXPECT_TRUE(Returns(
        [&] { EXPECT_EQ(rn_watch_manager_suspend(Manager(), nullptr), 0); }));
    EXPECT_TRUE(Returns(
        [&] { EXPECT_EQ(rn_watch_manager_resume(Manager(), nullptr), 0); }));
    EXPECT_TRUE(Returns(
        [&] { EXPECT_EQ(rn_watch_manager_remove(Manager(), watch), 0); }));
  }
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }));
  EXPECT_TRUE(Returns([&] {
    rn_health health = Sized<rn_health>();
    EXPECT_EQ(rn_thread_notifier_health(notifier_, &health), 0);
  }));
  EXPECT_TRUE(Returns(
      [&] { EXPECT_EQ(rn_thread_notifier_wait(notifier_, 1), -ETIMEDOUT); }));
  ExpectAlive();
  EXPECT_TRUE(Returns([&] {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
  }));
}

TEST_F(Cancelled, ASyncThatWaitsReturns) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  log_.Hold();
  Touch("f");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  const uint64_t before = kernel_.Count(Call::kWatchAdd);
  Caller caller([&] { EXPECT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); },
                false);
  ASSERT_TRUE(WaitUntil(
      [&] { return kernel_.Count(Call::kWatchAdd) > before; })); /* a fence */

  caller.Cancel();
  log_.Let();

  EXPECT_TRUE(caller.Returned());
  ExpectAlive();
}

TEST_F(Cancelled, AnAdditionThatWaitsReturns) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  std::atomic<bool> adding{false}, go_on{false};
  MkDir("d");
  kernel_.On(&KernelHooks::watch_add,
             [&](int fd, const char *path, uint32_t mask) {
               adding = true;
               EXPECT_TRUE(WaitUntil([&] { return go_on.load(); }));
               const rn_sys *real = kernel_.beneath();
               return real->watch_add(real, fd, path, mask);
             });
  Caller caller([&] { EXPECT_EQ(Add("d", IN_CREATE), 0); }, false);
  ASSERT_TRUE(WaitUntil([&] { return adding.load(); }));

  caller.Cancel();
  go_on = true;

  EXPECT_TRUE(caller.Returned());
  kernel_.On(&KernelHooks::watch_add, nullptr);
  ExpectAlive();
}

TEST_F(Cancelled, AStopAndAWaitForItReturn) {
  WatchAll(IN_CREATE);
  log_.Hold();
  Touch("f");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  Caller waiter([&] { EXPECT_EQ(rn_thread_notifier_wait(notifier_, -1), 0); },
                false);
  Caller stopper(
      [&] { EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0); },
      false);
  ASSERT_TRUE(WaitUntil([&] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));

  waiter.Cancel();
  stopper.Cancel();
  log_.Let();

  EXPECT_TRUE(waiter.Returned());
  EXPECT_TRUE(stopper.Returned());
  EXPECT_EQ(rn_thread_notifier_state(notifier_), RN_STATE_STOPPED);
}

TEST_F(Cancelled, AWorkerGoesOn) {
  WatchAll(IN_CREATE);
  log_.OnEvent([](const rn_event *) {
    pthread_cancel(pthread_self());
    usleep(1);
  });

  Touch("a");
  Touch("b");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE a", "CREATE b"}));
}

// ---- without threads --------------------------------------------------------

TEST(CancelledSingle, ItsFunctionsReturn) {
  TempDir dir;
  EventLog log;
  const rn_handler handler = log.Handler();
  rn_notifier_options options = Sized<rn_notifier_options>();
  options.handler = &handler;
  rn_notifier *notifier = nullptr;
  ASSERT_TRUE(
      Returns([&] { EXPECT_EQ(rn_notifier_new(&options, &notifier), 0); }));
  rn_watch_options watch = Sized<rn_watch_options>();
  watch.mask = IN_CREATE;
  EXPECT_TRUE(Returns([&] {
    EXPECT_EQ(rn_watch_manager_add(rn_notifier_manager(notifier),
                                   dir.path().c_str(), &watch, nullptr),
              0);
  }));
  log.OnEvent([](const rn_event *) { usleep(1); });
  dir.Write("a", "");
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_notifier_check_events(notifier, -1), 1); }));
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_notifier_read_events(notifier), 1); }));
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_notifier_process_events(notifier), 1); }));
  dir.Write("b", "");
  EXPECT_TRUE(Returns([&] { EXPECT_EQ(rn_notifier_dispatch(notifier), 1); }));
  EXPECT_TRUE(
      Returns([&] { EXPECT_EQ(rn_notifier_check_events(notifier, 1), 0); }));
  EXPECT_TRUE(Returns([&] {
    const auto ends = [](rn_notifier *, void *) { return true; };
    EXPECT_EQ(rn_notifier_loop(notifier, ends, nullptr), 1);
  }));
  EXPECT_TRUE(Returns([&] { EXPECT_EQ(rn_notifier_stop(notifier), 0); }));
  EXPECT_TRUE(Returns([&] { EXPECT_EQ(rn_notifier_free(notifier), 0); }));

  EXPECT_EQ(log.Texts(dir.path()), (Strings{"CREATE a", "CREATE b"}));
}

// ---- the rest ---------------------------------------------------------------

TEST(Cancel, WhatReadsAndWritesFilesReturns) {
  TempDir dir;
  const std::string rules_path = dir.Write("rules", "*.tmp\n");
  EXPECT_TRUE(Returns([] {
    rn_limit limit;
    EXPECT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    EXPECT_EQ(rn_limit_of(-ENOSPC, &limit), 0);
    (void)!rn_limit_set(RN_LIMIT_FILES, limit.value);
  }));
  EXPECT_TRUE(Returns([&] {
    rn_filesystem filesystem;
    (void)!rn_filesystem_of(dir.path().c_str(), &filesystem);
  }));
  EXPECT_TRUE(Returns([&] {
    const rn_rule form = {nullptr, RN_RULE_EXCLUDE, RN_RULE_GLOB, 0};
    rn_rules *rules = nullptr;
    EXPECT_EQ(rn_rules_read(rules_path.c_str(), &form, &rules, nullptr, 0), 0);
    rn_rules_free(rules);
  }));
  EXPECT_TRUE(Returns([&] {
    rn_counter *counter = nullptr;
    EXPECT_EQ(rn_counter_new(&counter), 0);
    EXPECT_EQ(rn_counter_dump(counter, dir.Path("chart").c_str()), 0);
    rn_counter_free(counter);
  }));
  EXPECT_TRUE(Returns([&] {
    rn_inotify *inotify = nullptr;
    rn_cursor events;
    EXPECT_EQ(rn_inotify_open(0, &inotify), 0);
    EXPECT_EQ(rn_inotify_add_watch(inotify, dir.path().c_str(), IN_CREATE), 1);
    EXPECT_EQ(rn_inotify_read(inotify, 1, 0, &events), 0);
    EXPECT_EQ(rn_inotify_rm_watch(inotify, 1), 0);
    EXPECT_GT(rn_inotify_read(inotify, -1, 1, &events), 0);
    rn_inotify_close(inotify);
  }));
}

}  // namespace
}  // namespace rn
