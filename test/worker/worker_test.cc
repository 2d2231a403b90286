// A thread that runs handlers.

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/batch/memory.h"
#include "test/lane/test_lane.h"
#include "test/support/wait_until.h"

extern "C" {
#include "lib/worker/worker.h"
}

namespace rn {
namespace {

constexpr size_t kStackSize = 512 * 1024;

rn_thread_options ThreadOptions() {
  rn_thread_options options{};
  options.stack_size = kStackSize;
  std::string("rn-test-0").copy(options.name, sizeof(options.name) - 1);
  return options;
}

// A worker, its lane, and a handler that calls a function of the test's.
class TestWorker {
 public:
  using Handle = std::function<void(const rn_event *)>;

  explicit TestWorker(Handle handle, TestLane::Options options = {})
      : lane_(options), handle_(std::move(handle)) {
    rn_handler handler{};
    handler.size = sizeof(handler);
    handler.context = this;
    handler.on_default = [](const rn_event *event, void *context) {
      static_cast<TestWorker *>(context)->handle_(event);
      return 0;
    };
    EXPECT_EQ(rn_target_new(&handler, 1, &target_), 0);
    const rn_worker_hooks hooks = {
        this, [](void *own) { static_cast<TestWorker *>(own)->rooms_++; },
        [](void *own) { static_cast<TestWorker *>(own)->ends_++; }};
    EXPECT_EQ(rn_worker_new(lane_.get(), &hooks, &worker_), 0);
  }

  ~TestWorker() {
    if (started_) Finish();
    lane_.Release();
    rn_worker_free(worker_);
    rn_target_free(target_);
  }

  void Start() {
    const rn_thread_options options = ThreadOptions();
    ASSERT_EQ(rn_worker_start(worker_, &options), 0);
    rn_worker_begin(worker_);
    started_ = true;
  }

  void Write(int count) {
    for (int i = 0; i < count; i++) lane_.Write("n", "/d", target_);
  }

  void Flush() { (void)rn_lane_flush(lane_.get()); }

  void Finish() {
    while (!rn_lane_flush(lane_.get())) std::this_thread::yield();
    rn_worker_finish(worker_);
    rn_worker_join(worker_);
    started_ = false;
  }

  // Handle one event with a new worker, from its start to its end.
  void HandleOne() {
    Write(1);
    Start();
    Finish();
  }

  rn_worker *get() const { return worker_; }
  TestLane &lane() { return lane_; }
  int rooms() const { return rooms_; }
  int ends() const { return ends_; }
  struct rn_dispatch_counts counts() const {
    return rn_worker_counts(worker_).dispatch;
  }
  uint64_t parks() const { return rn_worker_counts(worker_).parks; }

 private:
  TestLane lane_;
  const Handle handle_;
  rn_target *target_ = nullptr;
  rn_worker *worker_ = nullptr;
  bool started_ = false;
  std::atomic<int> rooms_{0}, ends_{0};
};

void Ignore(const rn_event *) {}

TEST(Worker, HandlesEverythingBeforeItEnds) {
  std::vector<uint64_t> seqs;
  TestWorker worker(
      [&](const rn_event *event) { seqs.push_back(rn_event_seq(event)); });
  worker.Write(10000);
  worker.Start();

  worker.Finish();

  ASSERT_EQ(seqs.size(), 10000U);
  for (size_t i = 0; i < seqs.size(); i++) EXPECT_EQ(seqs[i], i + 1);
}

TEST(Worker, HandlesWhatComesWhileItRuns) {
  uint64_t handled = 0, last = 0, wrong = 0;
  TestWorker worker(
      [&](const rn_event *event) {
        if (rn_event_seq(event) != ++last) wrong++;
        handled++;
      },
      {.slot_count = 4});
  worker.Start();
  for (int i = 0; i < 20000; i++) {
    worker.Write(5);
    worker.Flush();
  }

  worker.Finish();

  EXPECT_EQ(handled, 100000U);
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(worker.counts().delivered, 100000U);
}

TEST(Worker, EndsWithNothingToDo) {
  TestWorker worker(Ignore);
  worker.Start();

  worker.Finish();

  EXPECT_EQ(worker.counts().delivered, 0U);
}

// Each time the last block stands in the ring when the end is told.
TEST(Worker, LeavesNoLastBlock) {
  for (int round = 0; round < 500; round++) {
    TestWorker worker(Ignore);
    worker.Start();
    worker.Write(1);
    worker.Finish();
    ASSERT_EQ(worker.counts().delivered, 1U) << round;
  }
}

TEST(Worker, TellsItsEndOnce) {
  TestWorker worker(Ignore);
  worker.Start();
  EXPECT_EQ(worker.ends(), 0);

  worker.Finish();

  EXPECT_EQ(worker.ends(), 1);
}

TEST(Worker, ParksWhenThereIsNothing) {
  std::atomic<int> handled{0};
  TestWorker worker([&](const rn_event *) { handled++; });
  worker.Start();
  ASSERT_TRUE(WaitUntil([&] { return worker.parks() > 0; }));

  worker.Write(1);
  worker.Flush();

  EXPECT_TRUE(WaitUntil([&] { return handled == 1; }));
}

TEST(Worker, StaysParkedWhileThereIsNothing) {
  using Clock = std::chrono::steady_clock;
  TestWorker worker(Ignore);
  worker.Start();
  ASSERT_TRUE(WaitUntil([&] { return worker.parks() > 0; }));

  const auto end = Clock::now() + std::chrono::milliseconds(50);
  ASSERT_TRUE(WaitUntil([&] { return Clock::now() >= end; }));

  EXPECT_LT(worker.parks(), 5U);
}

TEST(Worker, TellsOfRoomThatIsWaitedFor) {
  TestWorker worker(Ignore);
  worker.Write(1);
  worker.Flush();
  rn_lane_expect_room(worker.lane().get());

  worker.Start();

  EXPECT_TRUE(WaitUntil([&] { return worker.rooms() == 1; }));
}

TEST(Worker, TellsNobodyOfRoomThatIsNotWaitedFor) {
  TestWorker worker(Ignore);

  worker.HandleOne();

  EXPECT_EQ(worker.rooms(), 0);
}

TEST(Worker, KnowsItselfInAHandlerOnly) {
  bool inside = false;
  TestWorker other(Ignore);
  TestWorker *own = nullptr;
  bool inside_other = true;
  TestWorker worker([&](const rn_event *) {
    inside = rn_worker_is_self(own->get());
    inside_other = rn_worker_is_self(other.get());
  });
  own = &worker;
  EXPECT_FALSE(rn_worker_is_self(worker.get()));

  other.Start();
  worker.HandleOne();

  EXPECT_TRUE(inside);
  EXPECT_FALSE(inside_other);
  EXPECT_FALSE(rn_worker_is_self(worker.get()));
}

// Which has its stack, and with that its identity.
TEST(Worker, KnowsNoLaterThreadForItself) {
  TestWorker worker(Ignore);
  worker.HandleOne();
  const rn_thread_options options = ThreadOptions();
  pthread_t thread;
  void *is_self = nullptr;

  const auto run = [](void *old) -> void * {
    return rn_worker_is_self(static_cast<rn_worker *>(old)) ? old : nullptr;
  };
  ASSERT_EQ(rn_thread_start(&thread, &options, run, worker.get()), 0);
  ASSERT_EQ(pthread_join(thread, &is_self), 0);

  EXPECT_EQ(is_self, nullptr);
}

TEST(Worker, CanBeStartedAgain) {
  TestWorker worker(Ignore);
  worker.HandleOne();

  worker.Start();
  EXPECT_TRUE(WaitUntil([&] { return worker.parks() > 0; }));
  worker.Finish();

  EXPECT_EQ(worker.ends(), 2);
}

TEST(Worker, GivesItsLane) {
  TestWorker worker(Ignore);

  EXPECT_EQ(rn_worker_lane(worker.get()), worker.lane().get());
}

// -- Discard ------------------------------------------------------------------

TEST(Worker, DropsWhatIsQueued) {
  TestWorker worker(Ignore);
  worker.Write(1000);
  rn_worker_discard(worker.get());
  worker.Start();

  worker.Finish();

  EXPECT_EQ(worker.counts().delivered, 0U);
  EXPECT_EQ(worker.counts().dropped, 1000U);
}

TEST(Worker, DropsFromTheNextEventOn) {
  TestWorker *own = nullptr;
  TestWorker worker([&](const rn_event *) { rn_worker_discard(own->get()); });
  own = &worker;
  worker.Write(1000);
  worker.Start();

  worker.Finish();

  EXPECT_EQ(worker.counts().delivered, 1U);
  EXPECT_EQ(worker.counts().dropped, 999U);
}

// -- The thread ---------------------------------------------------------------

TEST(Worker, BlocksEverySignal) {
  sigset_t blocked;
  sigemptyset(&blocked);
  TestWorker worker(
      [&](const rn_event *) { pthread_sigmask(SIG_BLOCK, nullptr, &blocked); });

  worker.HandleOne();

  for (int signal = 1; signal < 32; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
  }
  EXPECT_EQ(sigismember(&blocked, SIGRTMIN), 1);
}

TEST(Worker, LeavesTheSignalsOfItsStarter) {
  sigset_t before, after;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &before), 0);
  TestWorker worker(Ignore);

  worker.HandleOne();

  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &after), 0);
  for (int signal = 1; signal < 32; signal++)
    EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal));
}

TEST(Worker, HasItsName) {
  TestWorker worker(Ignore);
  worker.Start();
  ASSERT_TRUE(WaitUntil([&] { return worker.parks() > 0; }));

  std::string names;
  for (const auto &entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(entry.path() / "comm");
    std::string name;
    std::getline(file, name);
    names += name + " ";
  }

  EXPECT_NE(names.find("rn-test-0 "), std::string::npos) << names;
}

TEST(Worker, HasTheStackThatWasAskedFor) {
  size_t size = 0;
  TestWorker worker([&](const rn_event *) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
    ASSERT_EQ(pthread_attr_getstacksize(&attributes, &size), 0);
    pthread_attr_destroy(&attributes);
  });

  worker.HandleOne();

  EXPECT_GE(size, kStackSize);
  EXPECT_LT(size, 2 * kStackSize);
}

TEST(Worker, RunsWhereItMay) {
  cpu_set_t own, allowed, seen;
  ASSERT_EQ(sched_getaffinity(0, sizeof(own), &own), 0);
  CPU_ZERO(&allowed);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &own)) cpu++;
  CPU_SET(cpu, &allowed);
  rn_thread_options options = ThreadOptions();
  options.cpus = &allowed;
  pthread_t thread;

  const auto run = [](void *out) -> void * {
    sched_getaffinity(0, sizeof(cpu_set_t), static_cast<cpu_set_t *>(out));
    return nullptr;
  };
  ASSERT_EQ(rn_thread_start(&thread, &options, run, &seen), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);

  EXPECT_TRUE(CPU_EQUAL(&seen, &allowed));
}

// It is taken back before it was let begin, and made anew.
TEST(Worker, QuitsAsItCame) {
  std::atomic<int> handled{0};
  TestWorker worker([&](const rn_event *) { handled++; });
  worker.Write(10);
  worker.Flush();
  const rn_thread_options options = ThreadOptions();

  ASSERT_EQ(rn_worker_start(worker.get(), &options), 0);
  rn_worker_quit(worker.get());
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(worker.ends(), 0);
  worker.Start();
  worker.Finish();

  EXPECT_EQ(handled, 10);
}

TEST(Worker, SaysWhyItsThreadCannotBe) {
  TestWorker worker(Ignore);
  rn_thread_options options = ThreadOptions();

  options.stack_size = 1;
  EXPECT_EQ(rn_worker_start(worker.get(), &options), -EINVAL);

  cpu_set_t none;
  CPU_ZERO(&none);
  options = ThreadOptions();
  options.cpus = &none;
  EXPECT_EQ(rn_worker_start(worker.get(), &options), -EINVAL);
}

// -- Memory -------------------------------------------------------------------

TEST(Worker, SaysThatThereIsNoMemory) {
  TestLane lane;
  const rn_worker_hooks hooks{};
  rn_worker *worker = nullptr;
  const int64_t before = LiveBlocks();

  for (const int blocks : {0, 1, 2}) {
    const MemoryEnd end(blocks);
    EXPECT_EQ(rn_worker_new(lane.get(), &hooks, &worker), -ENOMEM) << blocks;
  }

  EXPECT_EQ(worker, nullptr);
  EXPECT_EQ(LiveBlocks(), before);
}

TEST(Worker, FreesNothing) { rn_worker_free(nullptr); }

TEST(Worker, FreesWhatIsQueued) {
  const int64_t before = LiveBlocks();
  {
    TestWorker worker(Ignore);
    worker.Write(1000);
    worker.Flush();
  }

  EXPECT_EQ(LiveBlocks(), before);
}

}  // namespace
}  // namespace rn
