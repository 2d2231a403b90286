// Loss: in the kernel's queue, and in the library's rings.

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "test/stress/memory_dir.h"
#include "test/support/events/event_model.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

// Room for what each of the tests wants to fill.
constexpr uint64_t kLargestQueue = 200000;

class Acceptance : public StressFixture {
 protected:
  void SetUp() override {
    rn_limit limit;
    ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    if (limit.value > kLargestQueue)
      GTEST_SKIP() << "a queue of " << limit.value << " is not filled";
    queue_ = limit.value;
    fds_[0] = Open("0");
    fds_[1] = Open("1");
  }
  void TearDown() override {
    for (const int fd : fds_)
      if (fd >= 0) close(fd);
    StressFixture::TearDown();
  }

  int Open(const std::string &name) const {
    return open(Path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  }
  // As many records of IN_MODIFY; by turns, so that the kernel merges none.
  void Modify(uint64_t count) const {
    for (uint64_t i = 0; i < count; i++)
      ASSERT_EQ(pwrite(fds_[i % 2], "x", 1, 0), 1);
  }
  void MakeDirectories(const std::string &prefix, int count) const {
    for (int i = 0; i < count; i++) MkDir(prefix + std::to_string(i));
  }
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  uint64_t queue_ = 0;
  int fds_[2] = {-1, -1};
};

// The reader pauses until the queue is full, for it is not started yet.
TEST_F(Acceptance, Case32AnOverflowIsToldInItsPlaceToAll) {
  MkDir("d");
  EventLog own;
  Make();
  ASSERT_EQ(Add("", IN_MODIFY | IN_CREATE), 0);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &own), 0);
  Modify(queue_ - 10);
  MakeDirectories("n", 1000);
  Touch("d/lost");

  Start();
  Sync();
  Touch("alive");
  Touch("d/alive");
  Drain();

  const Strings texts = Texts();
  ASSERT_EQ(texts.size(), queue_ + 2);
  for (uint64_t i = 0; i < queue_ - 10; i++)
    ASSERT_EQ(texts[i], i % 2 == 0 ? "MODIFY 0" : "MODIFY 1") << i;
  for (uint64_t i = 0; i < 10; i++)
    EXPECT_EQ(texts[queue_ - 10 + i], "CREATE|ISDIR n" + std::to_string(i));
  EXPECT_EQ(texts[queue_], "OVERFLOW kernel");
  EXPECT_EQ(texts[queue_ + 1], "CREATE alive");
  EXPECT_EQ(own.Texts(dir_.path()),
            (Strings{"OVERFLOW kernel", "CREATE d/alive"}));
  EXPECT_EQ(Statistics().kernel_overflows, 1U);
  Finish();
}

// What the kernel does: a queue that has a marker in it gets no second one.
// Three records are taken out by hand, and further losses are not marked.
TEST_F(Acceptance, Case32TheKernelMarksOneLossAtATime) {
  rn_inotify *inotify;
  ASSERT_EQ(rn_inotify_open(0, &inotify), 0);
  ASSERT_GT(
      rn_inotify_add_watch(inotify, dir_.path().c_str(), IN_MODIFY | IN_CREATE),
      0);
  Modify(queue_ + 10);
  char three[3 * (sizeof(inotify_event) + 16)];
  ASSERT_EQ(read(rn_inotify_fd(inotify), three, sizeof(three)),
            static_cast<ssize_t>(sizeof(three)));

  MakeDirectories("n", 1000);
  rn_cursor at;
  ASSERT_GT(rn_inotify_read(inotify, 0, 0, &at), 0);

  rn_raw_event event;
  uint64_t markers = 0;
  uint64_t records = 0;
  uint64_t behind = 0;
  for (; rn_parse_next(&at, &event) == 1; records++) {
    if (markers == 1) behind++;
    if ((event.mask & IN_Q_OVERFLOW) != 0) markers++;
  }
  EXPECT_EQ(markers, 1U);
  EXPECT_LE(behind, 3U);
  EXPECT_LE(records, queue_ + 1);
  rn_inotify_close(inotify);
}

// -- The same with the library that repairs it --------------------------------

class AcceptanceRepair : public Acceptance {
 protected:
  // The reader takes three records, and then waits for GoOn().
  void MakePausing() {
    kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
      const rn_sys *sys = kernel_.beneath();
      if (!pause_.exchange(false)) return sys->read(sys, fd, buffer, size);
      const ssize_t got = sys->read(sys, fd, buffer, 3 * kRecordSize);
      paused_ = true;
      EXPECT_TRUE(WaitUntil([this] { return go_on_.load(); }));
      return got;
    });
    Make(kernel_.sys());
  }
  void TearDown() override {
    go_on_ = true;
    Acceptance::TearDown();
  }

  static constexpr size_t kRecordSize = sizeof(inotify_event) + 16;

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> pause_{false};
  std::atomic<bool> paused_{false};
  std::atomic<bool> go_on_{false};
};

TEST_F(AcceptanceRepair, Case32WhatIsLostIsFoundAgain) {
  const Entries before = EntriesOnDisk(dir_.path());
  MakePausing();
  ASSERT_EQ(Add("", IN_ALL_EVENTS, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER), 0);
  Modify(queue_ + 10);
  MakeDirectories("lost", 500);
  pause_ = true;

  Start();
  ASSERT_TRUE(WaitUntil([this] { return paused_.load(); }));
  MakeDirectories("unmarked", 500);
  Remove("0");
  go_on_ = true;
  ASSERT_TRUE(WaitFor("RESCAN"));
  Sync();

  EXPECT_TRUE(WatchesAgree());
  const uint64_t overflows = Statistics().kernel_overflows;
  EXPECT_EQ(overflows, 1U);
  for (int i = 0; i < 500; i++) {
    Touch("lost" + std::to_string(i) + "/f");
    Touch("unmarked" + std::to_string(i) + "/f");
  }
  Drain();
  EXPECT_EQ(Statistics().kernel_overflows, overflows);
  EventModel model(dir_.path(), before);
  for (const LoggedEvent &event : log_.Events()) model.Apply(event);
  EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
  EXPECT_EQ(model.faults(), Strings{});
}

// -- A full ring --------------------------------------------------------------

constexpr uint64_t kSlots = 64;
constexpr uint64_t kEvents = 100000;

// A handler that is slower than any: it returns from the first event when all
// have happened.
class Slow {
 public:
  rn_handler Handler() {
    rn_handler handler = Sized<rn_handler>();
    handler.context = this;
    handler.on_modify = [](const rn_event *, void *context) {
      auto *slow = static_cast<Slow *>(context);
      std::unique_lock<std::mutex> lock(slow->mutex_);
      slow->changed_.wait(lock, [slow] { return slow->go_on_; });
      slow->modified++;
      return 0;
    };
    handler.on_overflow = [](const rn_event *event, void *context) {
      auto *slow = static_cast<Slow *>(context);
      if (rn_event_loss(event) == RN_LOSS_KERNEL)
        slow->kernel_losses++;
      else
        slow->lost += rn_event_lost_count(event);
      return 0;
    };
    return handler;
  }
  void GoOn() {
    const std::lock_guard<std::mutex> lock(mutex_);
    go_on_ = true;
    changed_.notify_all();
  }

  std::atomic<uint64_t> modified{0};
  std::atomic<uint64_t> lost{0};
  std::atomic<uint64_t> kernel_losses{0};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool go_on_ = false;
};

class AcceptanceFull : public Acceptance {
 protected:
  void WatchSlowly(rn_full full) {
    handler_ = slow_.Handler();
    options_.handler = &handler_;
    options_.slot_count = kSlots;
    options_.batch_count = 1;
    options_.full = full;
    WatchAll(IN_MODIFY);
  }
  // No faster than the reader reads.
  void ModifyAll() const {
    constexpr uint64_t kPiece = 1000;
    for (uint64_t done = 0; done < kEvents; done += kPiece) {
      Modify(kPiece);
      ASSERT_TRUE(WaitUntil(
          [&] { return Statistics().read + queue_ / 2 > done + kPiece; }));
    }
  }
  void DrainSlow() {
    slow_.GoOn();
    Drain();
  }
  void TearDown() override {
    slow_.GoOn();
    Acceptance::TearDown();
  }

  Slow slow_;
  rn_handler handler_;
};

TEST_F(AcceptanceFull, Case33SpillKeepsAll) {
  WatchSlowly(RN_FULL_SPILL);

  ModifyAll();
  DrainSlow();

  const rn_statistics s = Statistics();
  EXPECT_EQ(slow_.modified, kEvents);
  EXPECT_EQ(s.read, kEvents);
  EXPECT_GT(s.spilled, kEvents / 2);
  EXPECT_EQ(s.dropped, 0U);
  EXPECT_EQ(s.kernel_overflows, 0U);
}

// The kernel loses what the library does not read, and says so.
TEST_F(AcceptanceFull, Case33BlockLeavesTheLossToTheKernel) {
  WatchSlowly(RN_FULL_BLOCK);

  Modify(kEvents);
  DrainSlow();

  const rn_statistics s = Statistics();
  EXPECT_EQ(s.dropped, 0U);
  EXPECT_EQ(slow_.lost, 0U);
  EXPECT_GE(slow_.kernel_losses, 1U);
  EXPECT_EQ(slow_.kernel_losses, s.kernel_overflows);
  EXPECT_EQ(slow_.modified + slow_.kernel_losses, s.read);
  EXPECT_GT(slow_.modified, queue_ - 1);
  EXPECT_LT(slow_.modified, kEvents);
}

TEST_F(AcceptanceFull, Case33DropCountsWhatItLoses) {
  WatchSlowly(RN_FULL_DROP);

  ModifyAll();
  DrainSlow();

  const rn_statistics s = Statistics();
  EXPECT_EQ(s.read, kEvents);
  EXPECT_EQ(slow_.modified + slow_.lost, kEvents);
  EXPECT_EQ(s.dropped, slow_.lost);
  EXPECT_GT(slow_.lost, kEvents / 2);
  EXPECT_GE(slow_.modified, kSlots - 1);
  EXPECT_EQ(slow_.kernel_losses, 0U);
  EXPECT_EQ(s.kernel_overflows, 0U);
}

}  // namespace
}  // namespace rn
