// How a notifier is doing: each thing that can be wrong is brought about.

#include <errno.h>
#include <sys/inotify.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <functional>
#include <mutex>

#include "test/notifier/notifier_fixture.h"
#include "test/notifier/notifier_in_c.h"
#include "test/support/fake_kernel.h"
#include "test/support/raw_record.h"

namespace rn {
namespace {

constexpr char kQueue[] = "/proc/sys/fs/inotify/max_queued_events";

// A place where a thread waits until it is let go.
class Gate {
 public:
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class Health : public NotifierFixture {
 protected:
  rn_health Now() {
    rn_health health = Sized<rn_health>();
    EXPECT_EQ(rn_thread_notifier_health(notifier_, &health), 0);
    return health;
  }
  [[nodiscard]] bool Becomes(
      const std::function<bool(const rn_health &)> &predicate) {
    return WaitUntil([&] { return predicate(Now()); });
  }
  [[nodiscard]] bool Rests() {
    return Becomes([](const rn_health &h) {
      return h.reader == RN_READER_WAITING && h.waiting == 0 &&
             h.busy_workers == 0 && h.queued_bytes == 0;
    });
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(Health, OfANewOne) {
  Make();

  const rn_health health = Now();

  EXPECT_EQ(health.state, RN_STATE_NEW);
  EXPECT_EQ(health.error, 0);
  EXPECT_EQ(health.reader, RN_READER_NONE);
  EXPECT_EQ(health.reader_ms, 0U);
  EXPECT_EQ(health.queued_bytes, 0U);
  EXPECT_EQ(health.waiting, 0U);
  EXPECT_EQ(health.busy_workers, 0U);
  EXPECT_FALSE(health.recovering);
  EXPECT_EQ(health.watches, 0U);
  rn_limit limit{};
  ASSERT_EQ(rn_limit_get(RN_LIMIT_WATCHES, &limit), 0);
  EXPECT_EQ(health.watch_limit, limit.value);
}

TEST_F(Health, OfOneWithNothingToDo) {
  WatchAll(IN_CREATE);

  EXPECT_TRUE(Rests());

  EXPECT_EQ(Now().state, RN_STATE_RUNNING);
  EXPECT_EQ(Now().watches, 1U);
  EXPECT_TRUE(Becomes([](const rn_health &h) { return h.reader_ms >= 20; }));
}

TEST_F(Health, BeforeTheStartTellsWhatIsQueued) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Touch("f");

  EXPECT_EQ(Now().queued_bytes, sizeof(inotify_event) + 16);
}

TEST_F(Health, OfAHandlerThatTakesItsTime) {
  log_.Hold();
  WatchAll(IN_CREATE);
  for (const char *name : {"a", "b", "c"}) Touch(name);

  EXPECT_TRUE(Becomes([](const rn_health &h) {
    return h.waiting == 3 && h.busy_workers == 1 && h.worker_ms >= 20;
  }));
  log_.Let();

  EXPECT_TRUE(Rests());
  EXPECT_EQ(Now().worker_ms, 0U);
}

TEST_F(Health, OfAReaderThatMayNotReadOn) {
  options_.full = RN_FULL_BLOCK;
  options_.slot_count = 2;
  options_.batch_count = 1;
  log_.Hold();
  WatchAll(IN_CREATE);
  for (int i = 0; i < 30; i++) Touch("f" + std::to_string(i));
  ASSERT_TRUE(Becomes([](const rn_health &h) { return h.waiting >= 2; }));
  Touch("one more");

  EXPECT_TRUE(Becomes([](const rn_health &h) {
    return h.reader == RN_READER_PRESSED && h.reader_ms >= 20 &&
           h.queued_bytes > 0;
  })) << Now().reader
      << " " << Now().reader_ms << " " << Now().queued_bytes << " "
      << Now().waiting;
  log_.Let();

  EXPECT_TRUE(Rests());
}

TEST_F(Health, OfAReaderThatTheFileSystemKeepsWaiting) {
  Gate gate;
  kernel_.On(&KernelHooks::read, [&](int fd, void *buffer, size_t size) {
    gate.Pass();
    return kernel_.beneath()->read(kernel_.beneath(), fd, buffer, size);
  });
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  Touch("f");

  EXPECT_TRUE(Becomes([](const rn_health &h) {
    return h.reader == RN_READER_BUSY && h.reader_ms >= 20 &&
           h.queued_bytes > 0;
  }));
  gate.Open();

  EXPECT_TRUE(WaitFor("CREATE f"));
  EXPECT_TRUE(Rests());
}

TEST_F(Health, OfAReaderThatFailed) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  kernel_.QueueReadError(-EIO);

  EXPECT_TRUE(Becomes([](const rn_health &h) {
    return h.state == RN_STATE_FAILED && h.error == -EIO &&
           h.reader == RN_READER_WAITING;
  }));
}

TEST_F(Health, OfALossThatIsNotRepairedYet) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE | IN_DELETE, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);
  // A repair waits until the queue is empty.
  kernel_.On(&KernelHooks::queued, [](int, size_t *size) {
    *size = 16;
    return 0;
  });
  EXPECT_FALSE(Now().recovering);
  kernel_.QueueRead(OverflowRecord());

  EXPECT_TRUE(Becomes([](const rn_health &h) { return h.recovering; }));
  kernel_.On(&KernelHooks::queued, nullptr);

  EXPECT_TRUE(Becomes([](const rn_health &h) { return !h.recovering; }));
  EXPECT_TRUE(WaitFor("RESCAN"));
}

TEST_F(Health, TellsTheLimitsAsTheyHold) {
  kernel_.SetFileText(kQueue, "77\n");
  Make(kernel_.sys());
  kernel_.SetFileText(kQueue, "99\n"); /* for those that come later */
  kernel_.SetFileText("/proc/sys/fs/inotify/max_user_watches", "5\n");

  EXPECT_EQ(Now().queue_limit, 77U);
  EXPECT_EQ(Now().watch_limit, 5U);
}

TEST_F(Health, NeedsNoLimits) {
  kernel_.FailAlways(Call::kFileText, -ENOENT);
  Make(kernel_.sys());

  EXPECT_EQ(Now().queue_limit, 0U);
  EXPECT_EQ(Now().watch_limit, 0U);
}

TEST_F(Health, OfOneThatWasStopped) {
  log_.Hold();
  WatchAll(IN_CREATE);
  for (const char *name : {"a", "b", "c"}) Touch(name);
  ASSERT_TRUE(Becomes([](const rn_health &h) { return h.waiting == 3; }));
  log_.Let();
  Drain();

  const rn_health health = Now();

  EXPECT_EQ(health.state, RN_STATE_STOPPED);
  EXPECT_EQ(health.reader, RN_READER_NONE);
  EXPECT_EQ(health.queued_bytes, 0U);
  EXPECT_EQ(health.waiting, 0U);
  EXPECT_EQ(health.busy_workers, 0U);
}

TEST_F(Health, IsToldToHandlersToo) {
  std::atomic<bool> told{false};
  log_.OnEvent([&](const rn_event *) {
    told = Becomes([](const rn_health &h) {
      return h.waiting == 1 && h.busy_workers == 1;
    });
  });
  WatchAll(IN_CREATE);
  Touch("f");
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);

  EXPECT_TRUE(told);
}

TEST_F(Health, IsToldAsFarAsThereIsRoom) {
  Make();
  rn_health health;
  std::memset(&health, 0xee, sizeof(health));
  health.size = offsetof(rn_health, queued_bytes);

  ASSERT_EQ(rn_thread_notifier_health(notifier_, &health), 0);

  EXPECT_EQ(health.size, offsetof(rn_health, queued_bytes));
  EXPECT_EQ(health.state, RN_STATE_NEW);
  EXPECT_EQ(health.queued_bytes, 0xeeeeeeeeeeeeeeeeU);

  for (const size_t size : {size_t{0}, size_t{4}, size_t{4097}, SIZE_MAX}) {
    health.size = size;
    EXPECT_EQ(rn_thread_notifier_health(notifier_, &health), -EINVAL) << size;
  }
}

}  // namespace
}  // namespace rn
