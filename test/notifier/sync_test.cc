// P8: sync() returns when every handler has finished with everything that
// happened before the call.

#include <errno.h>
#include <sys/inotify.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"
#include "test/support/fake_kernel.h"
#include "test/support/fences_read.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr int kPatienceMs = 60000;

class Sync : public NotifierFixture {
 public:
  int SyncResult(int timeout_ms = kPatienceMs) {
    return rn_thread_notifier_sync(notifier_, timeout_ms);
  }

 protected:
  void MakeTree(const rn_sys *sys = nullptr) {
    Make(sys);
    ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
    Start();
  }
  void TouchMany(const std::string &prefix, int count) {
    for (int i = 0; i < count; i++) Touch(prefix + std::to_string(i));
  }
  // One handler is called and does not return.
  void BlockAHandler() {
    log_.Hold();
    Touch("blocks");
    ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  }
  // What the handlers were told by now is what is on the disk.
  void ExpectTheDisk() const {
    EventModel model(dir_.path());
    for (const LoggedEvent &event : log_.Events()) model.Apply(event);
    EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
    EXPECT_EQ(model.faults(), Strings{});
  }
  bool IsStopping() const {
    return WaitUntil([this] {
      return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
    });
  }
  // A watch and the fence behind it: somebody waits in sync().
  bool HasAsked() const {
    return WaitUntil([&] { return kernel_.Count(Call::kWatchAdd) >= 2; });
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

// ---- what it promises ------------------------------------------------------

class Workers : public Sync, public testing::WithParamInterface<int> {};

TEST_P(Workers, AreDoneWithWhatHappenedBefore) {
  options_.worker_count = static_cast<uint32_t>(GetParam());
  Make();
  for (int i = 0; i < 8; i++) {
    MkDir(std::to_string(i));
    ASSERT_EQ(Add(std::to_string(i), IN_CREATE), 0);
  }
  Start();

  for (size_t round = 1; round <= 20; round++) {
    for (int i = 0; i < 8; i++)
      TouchMany(std::to_string(i) + "/" + std::to_string(round) + "_", 10);
    ASSERT_EQ(SyncResult(), 0);
    ASSERT_EQ(log_.Count(), round * 80);
  }
}

TEST_P(Workers, HaveTheirHandlersHappenBeforeTheReturn) {
  options_.worker_count = static_cast<uint32_t>(GetParam());
  WatchAll(IN_CREATE);
  std::vector<int> plain(100);  // races, were it not for the call
  int next = 0;
  log_.OnEvent([&](const rn_event *) { plain[next++] = 1; });

  for (int i = 0; i < 100; i++) {
    Touch(std::to_string(i));
    ASSERT_EQ(SyncResult(), 0);
    ASSERT_EQ(plain[i], 1);
  }
}

TEST_P(Workers, AreToldOfAllOfANewTree) {
  options_.worker_count = static_cast<uint32_t>(GetParam());
  MakeTree();

  for (int i = 0; i < 20; i++) {
    const std::string top = std::to_string(i);
    dir_.MkDir(top + "/a/b/c/d");
    TouchMany(top + "/a/b/c/d/", 10);
    ASSERT_EQ(SyncResult(), 0);
    ASSERT_TRUE(Has("CREATE " + top + "/a/b/c/d/9"));
  }
}

INSTANTIATE_TEST_SUITE_P(One, Workers, testing::Values(1, 4));

// All of it happens before the reader's first turn, and is listed in many.
TEST_F(Sync, IsBehindATreeThatIsDeep) {
  Make();
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  std::string path = "0";
  for (int i = 1; i < 60; i++) path += "/" + std::to_string(i);

  dir_.MkDir(path);
  Touch(path + "/f");
  Start();
  ASSERT_EQ(SyncResult(), 0);

  ExpectTheDisk();
}

TEST_F(Sync, IsBehindRenames) {
  MakeTree();

  for (int i = 0; i < 30; i++) {
    const std::string a = "a" + std::to_string(i), b = "b" + std::to_string(i);
    dir_.MkDir(a + "/x/y");
    Move(a, b);
    Touch(b + "/x/y/f");
    Move(b + "/x", a);
    Touch(a + "/y/g");
    ASSERT_EQ(SyncResult(), 0);
    ExpectTheDisk();
  }
}

TEST_F(Sync, IsBehindTheEndOfAWatch) {
  EventLog other;
  MkDir("d");
  Make();
  ASSERT_EQ(Add("d", IN_CREATE, 0, &other), 0);
  Start();
  Touch("d/f");

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  ASSERT_EQ(SyncResult(), 0);

  EXPECT_EQ(other.Texts(dir_.path()), (Strings{"CREATE d/f", "IGNORED d"}));
  EXPECT_EQ(other.Released(), 1);
}

// A handler that sees whether a sync returns while its on_release runs.
struct Releasing {
  std::atomic<bool> synced{false};
  std::atomic<bool> overtaken{false};

  rn_handler Handler() {
    rn_handler handler = Sized<rn_handler>();
    handler.context = this;
    handler.on_release = [](void *context) {
      Releasing *self = static_cast<Releasing *>(context);
      self->overtaken = WaitUntil([&] { return self->synced.load(); },
                                  std::chrono::milliseconds(200));
    };
    return handler;
  }
};

// The watch's end and the fence are read at once.
TEST_F(Sync, IsBehindTheEndOfAWatchThatCameJustBefore) {
  FakeKernel kernel{FakeKernel::Mode::kReal};
  Releasing releasing;
  const rn_handler handler = releasing.Handler();
  rn_watch_options options = Watch(IN_CREATE);
  options.handler = &handler;
  MkDir("d");
  Make(kernel.sys());
  ASSERT_EQ(AddPath(Path("d"), options), 0);
  Start();
  std::thread sync;
  kernel.On(&KernelHooks::watch_remove, [&](int fd, int wd) {
    const int result = kernel.beneath()->watch_remove(kernel.beneath(), fd, wd);
    if (sync.joinable()) return result;
    const uint64_t roused = kernel.Count(Call::kWakeSignal);
    sync = std::thread([&] {
      releasing.synced = rn_thread_notifier_sync(notifier_, -1) == 0;
    });
    EXPECT_TRUE(
        WaitUntil([&] { return kernel.Count(Call::kWakeSignal) > roused; }));
    return result;
  });

  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  sync.join();

  EXPECT_TRUE(releasing.synced);
  EXPECT_FALSE(releasing.overtaken);
  Finish();
}

TEST_F(Sync, OfManyThreadsAtOnce) {
  options_.worker_count = 2;
  WatchAll(IN_CREATE);

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; i++)
    threads.emplace_back([this, i] {
      for (int k = 0; k < 25; k++) {
        const std::string name = std::to_string(i) + "_" + std::to_string(k);
        Touch(name);
        EXPECT_EQ(SyncResult(), 0);
        EXPECT_TRUE(Has("CREATE " + name));
      }
    });
  for (std::thread &thread : threads) thread.join();
}

// ---- time ------------------------------------------------------------------

TEST_F(Sync, ABlockedHandlerTimesOut) {
  WatchAll(IN_CREATE);
  BlockAHandler();

  EXPECT_EQ(SyncResult(1), -ETIMEDOUT);
  Touch("f");
  EXPECT_EQ(SyncResult(1), -ETIMEDOUT);
  log_.Let();

  EXPECT_EQ(SyncResult(-1), 0);
  EXPECT_EQ(log_.Count(), 2U);
}

TEST_F(Sync, OneBlockedWorkerOfTwoTimesOut) {
  options_.worker_count = 2;
  WatchAll(IN_CREATE);
  BlockAHandler();

  EXPECT_EQ(SyncResult(1), -ETIMEDOUT);
  log_.Let();

  EXPECT_EQ(SyncResult(-1), 0);
}

TEST_F(Sync, WithoutTimeDoesNotWait) {
  WatchAll(IN_CREATE);
  BlockAHandler();

  EXPECT_EQ(SyncResult(0), -ETIMEDOUT);
}

TEST_F(Sync, LeavesNothingBehindWhenItTimesOut) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BlockAHandler();
  for (int i = 0; i < 1000; i++) EXPECT_EQ(SyncResult(0), -ETIMEDOUT);

  EXPECT_LT(kernel_.Count(Call::kWatchAdd), 10U) << "a fence for each";
  log_.Let();

  EXPECT_EQ(SyncResult(), 0);
}

TEST_F(Sync, AtTheWatchLimitTimesOut) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();
  kernel_.FailAlways(Call::kWatchAdd, -ENOSPC);

  EXPECT_EQ(SyncResult(50), -ETIMEDOUT);
  kernel_.FailAlways(Call::kWatchAdd, 0);
  Touch("f");

  EXPECT_EQ(SyncResult(), 0);
  EXPECT_TRUE(Has("CREATE f"));
}

// ---- pressure --------------------------------------------------------------

class Pressed : public Sync, public testing::WithParamInterface<rn_full> {};

TEST_P(Pressed, HandlersHaveCaughtUp) {
  options_.slot_count = 2;
  options_.batch_count = 1;
  options_.full = GetParam();
  const FencesRead fences(&kernel_);
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BlockAHandler();
  TouchMany("f", 500);
  uint64_t told = 0;
  std::thread waiter([&] {
    EXPECT_EQ(SyncResult(-1), 0);
    for (const LoggedEvent &event : log_.Events())
      told += event.kind == RN_EVENT_OVERFLOW ? event.lost : 1;
  });
  ASSERT_TRUE(HasAsked());
  if (GetParam() != RN_FULL_BLOCK) {
    EXPECT_TRUE(fences.Any());
    EXPECT_EQ(Statistics().read, 501U);
  }

  EXPECT_EQ(SyncResult(1), -ETIMEDOUT);
  log_.Let();
  waiter.join();

  EXPECT_EQ(told, 501U);
}

INSTANTIATE_TEST_SUITE_P(Full, Pressed,
                         testing::Values(RN_FULL_SPILL, RN_FULL_BLOCK,
                                         RN_FULL_DROP));

// The queue is full when the fence is put, so that it is lost, and what happens
// after it too.
TEST_F(Sync, IsBehindAnOverflow) {
  int limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit > 65536) GTEST_SKIP() << "a queue of " << limit << " events";
  MkDir("full");
  std::atomic<bool> first{true};
  kernel_.On(&KernelHooks::watch_add,
             [&](int fd, const char *path, uint32_t mask) {
               if (mask == IN_DELETE_SELF && first.exchange(false)) {
                 TouchMany("full/", limit + 1);
                 dir_.MkDir("new/er");
               }
               const rn_sys *real = kernel_.beneath();
               return real->watch_add(real, fd, path, mask);
             });
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  first = true;
  Start();

  ASSERT_EQ(SyncResult(), 0);

  EXPECT_TRUE(Has("OVERFLOW kernel"));
  EXPECT_TRUE(Has("CREATE|ISDIR new"));
  EXPECT_TRUE(Has("CREATE|ISDIR new/er"));
  kernel_.On(&KernelHooks::watch_add, nullptr);
}

// ---- life cycle ------------------------------------------------------------

TEST_F(Sync, BeforeTheStartIsRefused) {
  Make();

  EXPECT_EQ(SyncResult(-1), -EAGAIN);
}

TEST_F(Sync, AfterAStopIsRefused) {
  WatchAll(IN_CREATE);
  Drain();

  EXPECT_EQ(SyncResult(-1), -ESHUTDOWN);
}

TEST_F(Sync, FromAHandlerIsRefused) {
  WatchAll(IN_CREATE);
  std::atomic<int> result{1};
  log_.OnEvent([&](const rn_event *) { result = SyncResult(-1); });

  Touch("f");

  EXPECT_TRUE(WaitUntil([&] { return result != 1; }));
  EXPECT_EQ(result, -EDEADLK);
}

TEST_F(Sync, FromOnReleaseIsRefused) {
  struct Context {
    Sync *self;
    int result;
  } context = {this, 1};
  rn_handler handler = Sized<rn_handler>();
  handler.context = &context;
  handler.on_release = [](void *given) {
    auto *at = static_cast<Context *>(given);
    at->result = at->self->SyncResult(-1);
  };
  options_.handler = &handler;
  WatchAll(IN_CREATE);

  Drain();

  EXPECT_EQ(context.result, -EDEADLK);
}

TEST_F(Sync, IsKeptByAStopThatDrains) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BlockAHandler();
  TouchMany("f", 100);
  std::atomic<size_t> handled{0};
  std::thread waiter([&] {
    EXPECT_EQ(SyncResult(-1), 0);
    handled = log_.Count();
  });
  ASSERT_TRUE(HasAsked());

  std::thread stopper([&] { Drain(); });
  ASSERT_TRUE(IsStopping());
  EXPECT_EQ(SyncResult(-1), -ESHUTDOWN) << "it came after the stop";
  log_.Let();
  waiter.join();
  stopper.join();

  EXPECT_EQ(handled, 101U);
}

TEST_F(Sync, IsBrokenByAStopThatDiscards) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BlockAHandler();
  std::thread waiter([&] { EXPECT_EQ(SyncResult(-1), -ESHUTDOWN); });
  ASSERT_TRUE(HasAsked());

  std::thread stopper([&] {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
  });
  waiter.join();
  log_.Let();
  stopper.join();
}

TEST_F(Sync, AndStopRace) {
  const rn_handler none = Sized<rn_handler>();
  options_.handler = &none;
  options_.worker_count = 2;
  for (int i = 0; i < 100; i++) {
    MakeTree();
    std::thread waiter([&] {
      for (;;) {
        const int err = SyncResult(-1);
        if (err == 0) continue;
        EXPECT_EQ(err, -ESHUTDOWN);
        return;
      }
    });
    dir_.MkDir(std::to_string(i) + "/a/b");
    const rn_stop mode = i % 2 == 0 ? RN_STOP_DRAIN : RN_STOP_DISCARD;
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, mode), 0);
    waiter.join();
    Finish();
  }
}

TEST_F(Sync, EndsWhenTheReaderFails) {
  Make(kernel_.sys());
  WatchAll(IN_CREATE);
  BlockAHandler();
  std::thread waiter([&] { EXPECT_EQ(SyncResult(-1), -EIO); });
  ASSERT_TRUE(HasAsked());

  kernel_.QueueReadError(-EIO);
  waiter.join();

  EXPECT_EQ(SyncResult(-1), -EIO);
  log_.Let();
  Drain();
}

}  // namespace
}  // namespace rn
