// Losses and repairs with several workers: each is told once to a handler, a
// loss by the first worker that comes to it, a repair when all have handled
// what was told before.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"
#include "test/support/fences_read.h"

namespace rn {
namespace {

constexpr int kDirectories = 8;
constexpr unsigned kTree = RN_WATCH_RECURSIVE | RN_WATCH_RECOVER;

class Losses : public NotifierFixture {
 protected:
  void TearDown() override {
    go_on_ = true;
    log_.Let();
    NotifierFixture::TearDown();
  }
  void MakeDirectories() const {
    for (int d = 0; d < kDirectories; d++) MkDir(std::to_string(d));
  }
  void WatchTree(uint32_t worker_count, rn_order order = RN_ORDER_DIRECTORY) {
    MakeDirectories();
    options_.worker_count = worker_count;
    options_.order = order;
    Make(kernel_.sys());
    WatchAll(IN_CREATE, kTree);
    Sync();
  }
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, 60000), 0); }
  // Have one worker of several at an event that it does not get done with
  // before go_on_.  Returns a directory whose events another worker handles.
  std::string BlockAWorker() {
    std::vector<std::thread::id> threads;
    for (int d = 0; d < kDirectories; d++) {
      Touch(std::to_string(d) + "/first");
      Sync();
      threads.push_back(log_.Events().back().thread);
    }
    const auto other = std::find_if(threads.begin(), threads.end(),
                                    [&](auto id) { return id != threads[0]; });
    EXPECT_NE(other, threads.end()) << "one worker has all directories";
    log_.OnEvent([this](const rn_event *event) {
      if (std::strcmp(rn_event_name(event, nullptr), "blocks") != 0) return;
      blocked_ = true;
      EXPECT_TRUE(WaitUntil([this] { return go_on_.load(); }));
    });
    Touch("0/blocks");
    EXPECT_TRUE(WaitUntil([this] { return blocked_.load(); }));
    return std::to_string(other - threads.begin());
  }
  int64_t CountOf(const std::string &text) const {
    const Strings texts = Texts();
    return std::count(texts.begin(), texts.end(), text);
  }
  bool ReaderHasRead(uint64_t count) const {
    return WaitUntil([&] { return Statistics().read >= count; });
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> blocked_{false}, go_on_{false};
};

// ---- once -------------------------------------------------------------------

struct Shape {
  uint32_t worker_count;
  rn_order order;
};

class Once : public Losses, public testing::WithParamInterface<Shape> {};

TEST_P(Once, ALossAndItsRepair) {
  WatchTree(GetParam().worker_count, GetParam().order);
  std::atomic<int> running{0};
  std::atomic<bool> together{false};
  log_.OnEvent([&](const rn_event *) {
    if (++running > 1) together = true;
    for (int i = 0; i < 100; i++) std::this_thread::yield();
    running--;
  });

  for (int64_t i = 1; i <= 20; i++) {
    kernel_.QueueRead(OverflowRecord());
    ASSERT_TRUE(WaitUntil([&] { return CountOf("RESCAN") >= i; }));
    Sync();
    EXPECT_EQ(CountOf("OVERFLOW kernel"), i);
    EXPECT_EQ(CountOf("RESCAN"), i);
  }
  Drain();

  EXPECT_EQ(log_.Count(), 40U);
  EXPECT_EQ(Statistics().kernel_overflows, 20U);
  if (GetParam().order == RN_ORDER_TOTAL) {
    EXPECT_FALSE(together);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Once,
    testing::Values(Shape{1, RN_ORDER_DIRECTORY}, Shape{2, RN_ORDER_DIRECTORY},
                    Shape{4, RN_ORDER_DIRECTORY}, Shape{2, RN_ORDER_TOTAL},
                    Shape{4, RN_ORDER_TOTAL}, Shape{4, RN_ORDER_NONE}));

TEST_F(Losses, AnOverflowIsToldOnceAHandler) {
  MkDir("d");
  EventLog other;
  options_.worker_count = 3;
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &other), 0);
  Start();

  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(ReaderHasRead(1));
  Drain();

  EXPECT_EQ(Texts(), Strings{"OVERFLOW kernel"});
  EXPECT_EQ(other.Texts(dir_.path()), Strings{"OVERFLOW kernel"});
  EXPECT_EQ(Statistics().kernel_overflows, 1U);
  EXPECT_EQ(Statistics().copied, 1U);
  const LoggedEvent event = log_.Events()[0];
  EXPECT_EQ(event.mask, static_cast<uint32_t>(IN_Q_OVERFLOW));
  EXPECT_EQ(event.watch.wd, -1);
  EXPECT_EQ(event.path, "");
  EXPECT_EQ(event.lost, 0U);
}

TEST_F(Losses, AFailureOfTheReaderIsToldOnce) {
  WatchTree(3);

  kernel_.QueueReadError(-EIO);
  ASSERT_TRUE(WaitFor("ERROR -5 "));
  Drain();

  EXPECT_EQ(Texts(), Strings{"ERROR -5 "});
}

// What is dropped by a stop counts once, too.
TEST_F(Losses, AreDroppedOnceByAStopThatDiscards) {
  WatchTree(2);
  (void)BlockAWorker();
  const uint64_t read = Statistics().read;
  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(ReaderHasRead(read + 1));
  std::thread stopper([this] {
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
  });
  ASSERT_TRUE(WaitUntil([this] {
    return rn_thread_notifier_state(notifier_) == RN_STATE_STOPPING;
  }));
  go_on_ = true;
  stopper.join();

  EXPECT_LE(CountOf("OVERFLOW kernel"), 1);
}

// ---- when -------------------------------------------------------------------

TEST_F(Losses, OneBlockedWorkerKeepsNoLossBack) {
  WatchTree(2);
  const std::string free = BlockAWorker();

  kernel_.QueueRead(OverflowRecord());
  EXPECT_TRUE(WaitFor("OVERFLOW kernel"));
  Touch(free + "/behind");
  EXPECT_TRUE(WaitFor("CREATE " + free + "/behind"));
  go_on_ = true;
  Sync();

  EXPECT_EQ(CountOf("OVERFLOW kernel"), 1);
}

TEST_F(Losses, ARepairWaitsForEveryWorker) {
  WatchTree(2);
  const std::string free = BlockAWorker();

  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(WaitFor("OVERFLOW kernel"));
  rn_health health = Sized<rn_health>();
  ASSERT_TRUE(WaitUntil([&] {
    return Statistics().rescans > 0 &&
           rn_thread_notifier_health(notifier_, &health) == 0 &&
           !health.recovering;
  }));
  Touch(free + "/behind");
  ASSERT_TRUE(WaitFor("CREATE " + free + "/behind"));
  EXPECT_FALSE(Has("RESCAN"));
  Touch("0/before");
  go_on_ = true;
  ASSERT_TRUE(WaitFor("RESCAN"));
  Sync();

  EXPECT_EQ(CountOf("RESCAN"), 1);
}

// ---- beside what a lane has lost itself -------------------------------------

class Dropping : public Losses {
 public:
  // Of one name: have the handlers catch up.  It is not told.
  bool LetsGo(const std::string &path) {
    if (path != Path("go")) return false;
    log_.Let();
    EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 4; }));
    EXPECT_TRUE(WaitUntil([&] { return log_.Held() == 0; }));
    return true;
  }

 protected:
  // One slot and one event a batch: the first event is with the handler, the
  // second in the ring, the third with the reader; more are dropped.
  void MakeSmall(uint32_t worker_count = 1, uint32_t slot_count = 2) {
    options_.slot_count = slot_count;
    options_.batch_count = 1;
    options_.full = RN_FULL_DROP;
    options_.worker_count = worker_count;
    Make(kernel_.sys());
  }
};

// The worker makes room between the two, both of which one read brings.
TEST_F(Dropping, AnOlderLossComesFirst) {
  MakeSmall(1, 4);
  rn_watch_options options = Watch(IN_CREATE);
  options.exclude_context = this;
  options.exclude_filter = [](const char *path, bool, void *context) {
    return static_cast<Dropping *>(context)->LetsGo(path);
  };
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();
  log_.Hold();
  Touch("0");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  Bytes bytes;
  for (const char *name : {"1", "2", "3", "4", "5", "6", "go"})
    bytes += Record(kernel_.WdOf(dir_.path()), IN_CREATE, 0, name);

  kernel_.QueueRead(bytes + OverflowRecord());
  ASSERT_TRUE(ReaderHasRead(9));
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE 0", "CREATE 1", "CREATE 2", "CREATE 3", "CREATE 4",
                     "OVERFLOW ring 2", "OVERFLOW kernel"}));
}

TEST_F(Dropping, AnOverflowGoesWhereThereIsRoom) {
  MakeDirectories();
  MakeSmall(2);
  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Start();
  const std::string free = BlockAWorker();
  const uint64_t read = Statistics().read;
  for (int i = 0; i < 10; i++) Touch("0/" + std::to_string(i));
  ASSERT_TRUE(ReaderHasRead(read + 10));

  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(WaitFor("OVERFLOW kernel"));
  Touch(free + "/behind");
  ASSERT_TRUE(WaitFor("CREATE " + free + "/behind"));
  go_on_ = true;
  Drain();

  EXPECT_EQ(CountOf("OVERFLOW kernel"), 1);
  EXPECT_GT(Statistics().dropped, 0U);
}

// Where no lane has room the overflow is one more event that was lost.
TEST_F(Dropping, AnOverflowWithoutRoomIsLostWithTheRest) {
  MakeSmall();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();
  log_.Hold();
  Touch("first");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  for (int i = 0; i < 10; i++) Touch(std::to_string(i));
  ASSERT_TRUE(ReaderHasRead(11));

  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(ReaderHasRead(12));
  log_.Let();
  Drain();

  const LoggedEvent last = log_.Events().back();
  EXPECT_EQ(last.kind, RN_EVENT_OVERFLOW);
  EXPECT_EQ(last.loss, RN_LOSS_RING);
  EXPECT_EQ(Statistics().dropped, last.lost);
  EXPECT_EQ(log_.Count() - 1 + last.lost, 12U);
}

// The note of a sync is no handler.
TEST_F(Dropping, ASyncIsNotToldOfALoss) {
  const FencesRead fences(&kernel_);
  MakeSmall();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Start();
  log_.Hold();
  Touch("first");
  ASSERT_TRUE(WaitUntil([&] { return log_.Held() == 1; }));
  for (int i = 0; i < 100; i++) Touch(std::to_string(i));
  ASSERT_TRUE(ReaderHasRead(101));

  EXPECT_EQ(rn_thread_notifier_sync(notifier_, 0), -ETIMEDOUT);
  ASSERT_TRUE(fences.Any());
  log_.Let();
  Drain();

  const Strings texts = Texts();
  EXPECT_EQ(Statistics().synthetic,
            static_cast<uint64_t>(std::count_if(
                texts.begin(), texts.end(), [](const std::string &text) {
                  return text.rfind("OVERFLOW ring", 0) == 0;
                })));
}

}  // namespace
}  // namespace rn
