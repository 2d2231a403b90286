// P1: what is handled in order with what, and what at the same time.

#include <sys/inotify.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

constexpr int kDirectories = 16;
constexpr int kFiles = 50;

// Many directories, and four workers for them.
class Order : public NotifierFixture {
 protected:
  void WatchDirectories(rn_order order) {
    for (int d = 0; d < kDirectories; d++) MkDir(Directory(d));
    options_.worker_count = 4;
    options_.order = order;
    options_.batch_count = 8;
    WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  }
  static std::string Directory(int d) { return "d" + std::to_string(d); }

  // Round the directories: neighbours in the queue belong to different ones.
  void TouchAround() const {
    for (int i = 0; i < kFiles; i++)
      for (int d = 0; d < kDirectories; d++)
        Touch(Directory(d) + "/" + std::to_string(i));
  }

  std::map<std::string, std::vector<LoggedEvent>> ByDirectory() const {
    std::map<std::string, std::vector<LoggedEvent>> events;
    for (const LoggedEvent &event : log_.Events())
      events[event.directory].push_back(event);
    return events;
  }

  // Take down how many handlers run at the same time.
  void CountRunning() {
    log_.OnEvent([this](const rn_event *) {
      const int now = ++running_;
      int most = most_running_;
      while (most < now && !most_running_.compare_exchange_weak(most, now))
        continue;
      std::this_thread::yield();
      running_--;
    });
  }
  // Make events, one by one, until at least `count` handlers are held.
  bool BecomeHeld(int count) const {
    for (int d = 0; d < kDirectories && log_.Held() < count; d++) {
      const uint64_t read = Statistics().read;
      Touch(Directory(d) + "/f");
      if (!WaitUntil([&] { return Statistics().read > read; })) return false;
    }
    return WaitUntil([&] { return log_.Held() >= count; });
  }

  std::atomic<int> running_{0};
  std::atomic<int> most_running_{0};
};

TEST_F(Order, OfADirectoryIsTheKernels) {
  WatchDirectories(RN_ORDER_DIRECTORY);

  TouchAround();
  Drain();

  EXPECT_EQ(ByDirectory().size(), 1U * kDirectories);
  for (const auto &[directory, events] : ByDirectory()) {
    ASSERT_EQ(events.size(), 1U * kFiles) << directory;
    for (size_t i = 0; i < events.size(); i++) {
      EXPECT_EQ(events[i].name, std::to_string(i));
      EXPECT_EQ(events[i].thread, events[0].thread);
      EXPECT_GT(events[i].seq, i == 0 ? 0 : events[i - 1].seq);
    }
  }
}

TEST_F(Order, OfADirectorySpreadsOverTheWorkers) {
  WatchDirectories(RN_ORDER_DIRECTORY);

  TouchAround();
  Drain();

  std::set<std::thread::id> threads;
  for (const LoggedEvent &event : log_.Events()) threads.insert(event.thread);
  EXPECT_GT(threads.size(), 1U);
}

TEST_F(Order, NumbersEveryEventOnce) {
  WatchDirectories(RN_ORDER_DIRECTORY);

  TouchAround();
  Drain();

  std::set<uint64_t> numbers;
  for (const LoggedEvent &event : log_.Events()) numbers.insert(event.seq);
  EXPECT_EQ(numbers.size(), 1U * kDirectories * kFiles);
  EXPECT_EQ(*numbers.begin(), 1U);
  EXPECT_EQ(*numbers.rbegin(), 1U * kDirectories * kFiles);
}

TEST_F(Order, TotalIsTheKernels) {
  WatchDirectories(RN_ORDER_TOTAL);
  CountRunning();

  TouchAround();
  Drain();

  const std::vector<LoggedEvent> events = log_.Events();
  ASSERT_EQ(events.size(), 1U * kDirectories * kFiles);
  for (size_t i = 0; i < events.size(); i++) {
    const size_t d = i % kDirectories;
    EXPECT_EQ(events[i].seq, i + 1);
    EXPECT_EQ(events[i].path, Path(Directory(static_cast<int>(d)) + "/" +
                                   std::to_string(i / kDirectories)));
  }
  EXPECT_EQ(most_running_, 1);
}

TEST_F(Order, NoneGivesEachEventOnce) {
  WatchDirectories(RN_ORDER_NONE);

  TouchAround();
  Drain();

  std::set<std::string> paths;
  std::set<uint64_t> numbers;
  for (const LoggedEvent &event : log_.Events()) {
    paths.insert(event.path);
    numbers.insert(event.seq);
  }
  EXPECT_EQ(log_.Count(), 1U * kDirectories * kFiles);
  EXPECT_EQ(paths.size(), 1U * kDirectories * kFiles);
  EXPECT_EQ(numbers.size(), 1U * kDirectories * kFiles);
}

TEST_F(Order, OfDirectoriesHandlersOverlap) {
  WatchDirectories(RN_ORDER_DIRECTORY);
  log_.Hold();

  EXPECT_TRUE(BecomeHeld(2));
}

TEST_F(Order, NoneHandlersOverlapWithinADirectory) {
  options_.worker_count = 2;
  options_.order = RN_ORDER_NONE;
  WatchAll(IN_CREATE);
  log_.Hold();

  for (int i = 0; i < 500; i++) Touch(std::to_string(i));

  EXPECT_TRUE(WaitUntil([&] { return log_.Held() == 2; }));
}

TEST_F(Order, OneDirectoryHasOneHandlerAtATime) {
  options_.worker_count = 4;
  options_.batch_count = 1;
  WatchAll(IN_CREATE);
  CountRunning();

  for (int i = 0; i < 500; i++) Touch(std::to_string(i));
  Drain();

  EXPECT_EQ(log_.Count(), 500U);
  EXPECT_EQ(most_running_, 1);
}

// Both halves and what follows come to the worker of the directory.
TEST_F(Order, RenamesInADirectoryKeepTheirPlace) {
  options_.worker_count = 4;
  WatchAll(IN_CREATE | IN_MOVE | IN_DELETE);

  for (int i = 0; i < 125; i++) {
    Touch("a");
    Move("a", "b");
    Remove("b");
  }
  Drain();

  const Strings texts = Texts();
  ASSERT_EQ(texts.size(), 500U);
  for (size_t i = 0; i < texts.size(); i += 4)
    ASSERT_EQ(
        Strings(texts.begin() + static_cast<long>(i),
                texts.begin() + static_cast<long>(i) + 4),
        (Strings{"CREATE a", "MOVED_FROM a", "MOVED_TO b <- a", "DELETE b"}));
}

}  // namespace
}  // namespace rn
