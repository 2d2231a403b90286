// The notifier without threads: reading, handling, its descriptor, who drives.

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <thread>

#include "test/notifier/single_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;

class Single : public SingleFixture {};

TEST_F(Single, TellsWhatHappensInOrder) {
  WatchAll(kNames);

  Touch("a");
  Move("a", "b");
  Unlink("b");
  DispatchAll();

  EXPECT_EQ(Texts(), (Strings{"CREATE a", "MOVED_FROM a", "MOVED_TO b <- a",
                              "DELETE b"}));
}

TEST_F(Single, RunsHandlersOnTheThreadThatDrivesAndMakesNone) {
  const size_t threads = Threads();
  WatchAll(kNames);

  Touch("a");
  DispatchAll();

  ASSERT_EQ(log_.Count(), 1U);
  EXPECT_EQ(log_.Events()[0].thread, std::this_thread::get_id());
  EXPECT_EQ(Threads(), threads);
}

TEST_F(Single, DescriptorIsReadableOnlyWhileThereIsSomethingToDo) {
  WatchAll(kNames);
  DispatchAll();
  EXPECT_FALSE(IsReadable());

  Touch("a");
  EXPECT_TRUE(IsReadable());
  EXPECT_EQ(rn_notifier_read_events(notifier_), 1);
  EXPECT_TRUE(IsReadable());
  EXPECT_EQ(rn_notifier_process_events(notifier_), 1);
  EXPECT_FALSE(IsReadable());
}

TEST_F(Single, DescriptorIsNotInherited) {
  Make();

  EXPECT_NE(fcntl(rn_notifier_fd(notifier_), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(Single, WhatWasReadWaitsUntilItIsProcessed) {
  WatchAll(kNames);
  Touch("a");
  Touch("b");

  EXPECT_EQ(rn_notifier_read_events(notifier_), 2);
  EXPECT_EQ(Texts(), Strings{});
  Touch("c");
  EXPECT_EQ(rn_notifier_process_events(notifier_), 2);
  EXPECT_EQ(Texts(), (Strings{"CREATE a", "CREATE b"}));
}

TEST_F(Single, ReadingAnEmptyQueueDoesNotWait) {
  WatchAll(kNames);

  EXPECT_EQ(rn_notifier_read_events(notifier_), 0);
  EXPECT_EQ(rn_notifier_process_events(notifier_), 0);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 0);
}

TEST_F(Single, ReadsInPiecesAsLargeAsItsBuffer) {
  options_.read_size = 8192;
  WatchAll(kNames);
  Strings expected;
  for (int i = 0; i < 1000; i++) {
    Touch("f" + std::to_string(i));
    expected.push_back("CREATE f" + std::to_string(i));
  }

  EXPECT_EQ(rn_notifier_read_events(notifier_), 1000);
  EXPECT_EQ(rn_notifier_process_events(notifier_), 1000);

  EXPECT_EQ(Texts(), expected);
  EXPECT_GT(Statistics().read_calls, 1U);
}

TEST_F(Single, ReadsNoMoreThanWasQueuedAtTheCall) {
  kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
    const rn_sys *sys = kernel_.beneath();
    const ssize_t got = sys->read(sys, fd, buffer, size);
    if (got > 0) Touch("again" + std::to_string(kernel_.Count(Call::kRead)));
    return got;
  });
  WatchAll(kNames);
  Touch("a");

  EXPECT_EQ(rn_notifier_read_events(notifier_), 1);
  EXPECT_TRUE(IsReadable());
}

TEST_F(Single, HandlerThatFailsIsCountedAndTheNextEventComes) {
  int calls = 0;
  rn_handler handler = Sized<rn_handler>();
  handler.context = &calls;
  handler.on_create = [](const rn_event *, void *context) {
    ++*static_cast<int *>(context);
    return -1;
  };
  options_.handler = &handler;
  WatchAll(kNames);

  Touch("a");
  Touch("b");
  DispatchAll();

  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Statistics().handler_errors, 2U);
}

TEST_F(Single, HandlerMayAddAndRemove) {
  EventLog inner;
  WatchAll(kNames);
  log_.OnEvent([&](const rn_event *event) {
    const std::string name = rn_event_name(event, nullptr);
    if (name == "d") {
      EXPECT_EQ(Add("d", kNames, 0, &inner), 0);
    }
    if (name == "end") {
      EXPECT_EQ(Remove(), 0);
    }
  });

  MkDir("d");
  DispatchAll();
  Touch("d/f");
  DispatchAll();
  Touch("end");
  DispatchAll();

  EXPECT_EQ(inner.Texts(dir_.path()), (Strings{"CREATE d/f", "IGNORED d"}));
  EXPECT_EQ(inner.Released(), 1);
}

TEST_F(Single, DrivingFromAHandlerIsRefused) {
  WatchAll(kNames);
  log_.OnEvent([&](const rn_event *) {
    EXPECT_EQ(rn_notifier_check_events(notifier_, 0), -EDEADLK);
    EXPECT_EQ(rn_notifier_read_events(notifier_), -EDEADLK);
    EXPECT_EQ(rn_notifier_process_events(notifier_), -EDEADLK);
    EXPECT_EQ(rn_notifier_dispatch(notifier_), -EDEADLK);
    EXPECT_EQ(rn_notifier_loop(notifier_, nullptr, nullptr), -EDEADLK);
    EXPECT_EQ(rn_notifier_free(notifier_), -EDEADLK);
  });

  Touch("a");
  DispatchAll();

  EXPECT_EQ(log_.Count(), 1U);
}

TEST_F(Single, WhileOneThreadDrivesAnotherMayAddButNotDrive) {
  WatchAll(kNames);
  MkDir("d");
  log_.Hold();
  std::thread driver([this] { DispatchAll(); });
  ASSERT_TRUE(WaitUntil([this] { return log_.Held() == 1; }));

  EXPECT_EQ(Add("d", kNames), 0);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), -EBUSY);
  EXPECT_EQ(rn_notifier_check_events(notifier_, -1), -EBUSY);
  EXPECT_EQ(rn_notifier_free(notifier_), -EBUSY);

  Touch("d/f");
  log_.Let();
  driver.join();
  DispatchAll();
  EXPECT_TRUE(Has("CREATE d/f"));
}

TEST_F(Single, OneThreadMayDriveAfterTheOther) {
  WatchAll(kNames);
  Touch("a");
  std::thread([this] { DispatchAll(); }).join();

  Touch("b");
  DispatchAll();

  EXPECT_EQ(Texts(), (Strings{"CREATE a", "CREATE b"}));
}

TEST_F(Single, BacklogIsBounded) {
  options_.backlog_size = 1;  // beyond the first half megabyte
  options_.read_size = 8192;
  WatchAll(kNames);
  const std::string padding(240, 'x');
  constexpr int kCount = 3000;  // half a megabyte holds some 1900
  for (int i = 0; i < kCount; i++) Touch(padding + std::to_string(i));

  int waiting = rn_notifier_read_events(notifier_);
  EXPECT_EQ(rn_notifier_read_events(notifier_), waiting);
  EXPECT_GT(waiting, 1000);
  EXPECT_LT(waiting, kCount);
  DispatchAll();

  EXPECT_EQ(log_.Count(), size_t{kCount});
}

TEST_F(Single, CheckEventsIsWokenByAnotherThread) {
  Make();
  std::thread adder([this] {
    ASSERT_TRUE(WaitUntil([this] { return kernel_.Count(Call::kPoll) > 0; }));
    EXPECT_EQ(Add("", kNames), 0);
    Touch("a");
  });

  EXPECT_TRUE(DispatchUntil("CREATE a"));
  adder.join();
}

TEST_F(Single, AppendedEventComesBehindWhatWasRead) {
  WatchAll(kNames);
  Touch("a");
  EXPECT_EQ(rn_notifier_read_events(notifier_), 1);
  Touch("b");

  EXPECT_EQ(rn_watch_manager_append_event(Manager(), watch_, IN_DELETE, "own"),
            0);
  EXPECT_EQ(rn_notifier_process_events(notifier_), 2);
  EXPECT_EQ(Texts(), (Strings{"CREATE a", "DELETE own"}));
}

TEST_F(Single, AppendedEventMakesTheDescriptorReadable) {
  WatchAll(kNames);
  DispatchAll();

  EXPECT_EQ(rn_watch_manager_append_event(Manager(), watch_, IN_DELETE, "own"),
            0);
  EXPECT_TRUE(IsReadable());
  DispatchAll();
  EXPECT_EQ(Texts(), Strings{"DELETE own"});
}

TEST_F(Single, HandlerThatAppendsOnAndOnDoesNotKeepTheCall) {
  WatchAll(kNames);
  log_.OnEvent([this](const rn_event *) {
    EXPECT_EQ(
        rn_watch_manager_append_event(Manager(), watch_, IN_DELETE, "own"), 0);
  });
  Touch("a");

  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), 1);
  EXPECT_TRUE(IsReadable());
}

TEST_F(Single, OptionsAreChecked) {
  rn_notifier *made = nullptr;
  rn_notifier_options options{};
  EXPECT_EQ(rn_notifier_new(&options, &made), -EINVAL);
  options = Sized<rn_notifier_options>();
  options.read_size = 100;
  EXPECT_EQ(rn_notifier_new(&options, &made), -EINVAL);
  options = Sized<rn_notifier_options>();
  options.read_period_ms = 3600001;
  EXPECT_EQ(rn_notifier_new(&options, &made), -EINVAL);
  EXPECT_EQ(made, nullptr);
  EXPECT_EQ(rn_notifier_new(nullptr, &made), 0);
  EXPECT_EQ(rn_notifier_state(made), RN_STATE_RUNNING);
  EXPECT_EQ(rn_notifier_free(made), 0);
  EXPECT_EQ(rn_notifier_free(nullptr), 0);
}

}  // namespace
}  // namespace rn
