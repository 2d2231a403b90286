// P10: watches come and go from any thread while events are read; P12: what the
// library's threads and descriptors are to the rest of the process.

#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr int kThreads = 8;
constexpr int kRounds = 30;

class Concurrency : public NotifierFixture {
 protected:
  void TearDown() override {
    changing_ = false;
    if (changer_.joinable()) changer_.join();
    Finish();
  }

  static std::string Directory(int index) {
    return "d" + std::to_string(index);
  }

  // Directories under constant change.
  void MakeDirectories() {
    for (int i = 0; i < kThreads; i++) MkDir(Directory(i));
    changer_ = std::thread([this] {
      for (int i = 0; changing_; i = (i + 1) % kThreads) {
        Touch(Directory(i) + "/noise");
        Remove(Directory(i) + "/noise");
      }
    });
  }

  // Add a watch, make a file, remove the watch: one after the other.
  void AddAndRemove(int thread, EventLog *log, const std::string &mark) {
    const rn_handler handler = log->Handler();
    rn_watch_options options = Watch(IN_CREATE | IN_DELETE);
    options.handler = &handler;
    rn_watch watch;
    ASSERT_EQ(
        rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                             Path(Directory(thread)).c_str(), &options, &watch),
        0);
    Touch(Directory(thread) + "/" + mark);
    ASSERT_EQ(SetMask(notifier_, watch, IN_CREATE), 0);
    ASSERT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch),
        0);
  }

  void ExpectOwnEvents(int thread, const EventLog &log,
                       const std::string &mark) const {
    const std::string name = Directory(thread);
    const Strings texts = log.Texts(dir_.path());
    EXPECT_EQ(
        std::count(texts.begin(), texts.end(), "CREATE " + name + "/" + mark),
        1)
        << testing::PrintToString(texts);
    for (const LoggedEvent &event : log.Events())
      EXPECT_EQ(event.directory, Path(name));
    EXPECT_EQ(texts.back(), "IGNORED " + name);
    EXPECT_EQ(log.Released(), 1);
    EXPECT_EQ(log.AfterRelease(), 0U);
  }

  std::atomic<bool> changing_{true};
  std::thread changer_;
  std::deque<EventLog> logs_;
};

TEST_F(Concurrency, AddedWatchesGetTheirEventsAndNoOthers) {
  options_.worker_count = 3;
  WatchAll(IN_CREATE);
  MakeDirectories();
  logs_.resize(1U * kThreads * kRounds);

  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; thread++)
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kRounds; i++)
        AddAndRemove(thread, &logs_[1U * thread * kRounds + i],
                     std::to_string(i));
    });
  for (std::thread &thread : threads) thread.join();
  changing_ = false;
  Drain();

  for (int thread = 0; thread < kThreads; thread++)
    for (int i = 0; i < kRounds; i++)
      ExpectOwnEvents(thread, logs_[1U * thread * kRounds + i],
                      std::to_string(i));
}

// All of them want the same inode.
TEST_F(Concurrency, ManyThreadsShareOneDirectory) {
  WatchAll(IN_CREATE);
  MakeDirectories();
  logs_.resize(1U * kThreads * kRounds);

  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; thread++)
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kRounds; i++)
        AddAndRemove(0, &logs_[1U * thread * kRounds + i],
                     std::to_string(thread) + "-" + std::to_string(i));
    });
  for (std::thread &thread : threads) thread.join();
  changing_ = false;
  Drain();

  for (int thread = 0; thread < kThreads; thread++)
    for (int i = 0; i < kRounds; i++)
      ExpectOwnEvents(0, logs_[1U * thread * kRounds + i],
                      std::to_string(thread) + "-" + std::to_string(i));
}

TEST_F(Concurrency, AddingRacesWithAStop) {
  for (int round = 0; round < 20; round++) {
    Make();
    Start();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
      threads.emplace_back([this] {
        const rn_watch_options options = Watch(IN_CREATE, RN_WATCH_RECURSIVE);
        int err = 0;
        while (err == 0)
          err = rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                                     dir_.path().c_str(), &options, nullptr);
        EXPECT_EQ(err, -ESHUTDOWN);
      });
    EXPECT_TRUE(WaitUntil([&] { return Statistics().watches > 0; }));
    EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
    for (std::thread &thread : threads) thread.join();
    Finish();
  }
}

// Each new directory gets a watch from the handler that was told of it, which
// removes the one of the directory before.
TEST_F(Concurrency, HandlersAddUpdateAndRemove) {
  options_.worker_count = 4;
  WatchAll(IN_CREATE | IN_ONLYDIR);
  std::atomic<int> calls{0};
  std::atomic<int> done{0};
  log_.OnEvent([&](const rn_event *event) {
    if ((rn_event_mask(event) & IN_ISDIR) == 0 ||
        (rn_event_mask(event) & IN_CREATE) == 0)
      return;
    const rn_watch_options options = Watch(IN_DELETE);
    rn_watch watch;
    EXPECT_EQ(
        rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                             rn_event_path(event, nullptr), &options, &watch),
        0);
    EXPECT_EQ(SetMask(notifier_, watch, IN_CREATE), 0);
    if (calls++ % 2 == 0) {
      EXPECT_EQ(
          rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch),
          0);
    }
    done++;
  });

  for (int i = 0; i < 200; i++) MkDir(std::to_string(i));
  ASSERT_TRUE(WaitUntil([&] { return done == 200; }));
  Touch("0/f");
  Touch("1/f");
  Drain();

  EXPECT_TRUE(Has("CREATE 1/f"));
  EXPECT_FALSE(Has("CREATE 0/f"));
}

TEST_F(Concurrency, AHandlerRemovesItsOwnWatch) {
  WatchAll(IN_CREATE);
  std::atomic<bool> begun{false};
  std::atomic<int> removed{-1};
  log_.OnEvent([&](const rn_event *event) {
    if (!begun.exchange(true))
      removed = rn_watch_manager_remove(rn_thread_notifier_manager(notifier_),
                                        rn_event_watch(event));
  });

  Touch("f");
  ASSERT_TRUE(WaitUntil([&] { return removed == 0; }));
  Touch("g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "IGNORED ."}));
}

// -- Threads and descriptors --------------------------------------------------

// Signals of this process that a thread lets through, from its SigBlk.
std::vector<int> LetThrough(const std::filesystem::path &task) {
  std::ifstream status(task / "status");
  std::vector<int> open;
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("SigBlk:", 0) != 0) continue;
    const uint64_t blocked = std::stoull(line.substr(7), nullptr, 16);
    for (int number = 1; number <= SIGRTMAX; number++) {
      const bool reserved = number >= 32 && number < SIGRTMIN;
      if (number == SIGKILL || number == SIGSTOP || reserved) continue;
      if ((blocked >> (number - 1) & 1) == 0) open.push_back(number);
    }
  }
  return open;
}

TEST_F(Concurrency, ThreadsBlockEverySignal) {
  options_.thread_name = "sigtest";
  options_.worker_count = 2;
  WatchAll(IN_CREATE);
  Strings names;

  for (const auto &task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    std::getline(file, name);
    if (name.rfind("sigtest-", 0) != 0) continue;
    names.push_back(name);
    EXPECT_EQ(LetThrough(task.path()), std::vector<int>{}) << name;
  }

  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (Strings{"sigtest-0", "sigtest-1", "sigtest-r"}));
}

TEST_F(Concurrency, TheCallersSignalsStayAsTheyAre) {
  sigset_t before;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &before), 0);
  WatchAll(IN_CREATE);

  sigset_t after;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &after), 0);

  for (int number = 1; number < SIGRTMAX; number++)
    EXPECT_EQ(sigismember(&after, number), sigismember(&before, number));
}

std::vector<int> Descriptors() {
  std::vector<int> fds;
  for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
    fds.push_back(std::stoi(entry.path().filename().string()));
  return fds;
}

TEST_F(Concurrency, DescriptorsAreClosedOnExec) {
  const std::vector<int> before = Descriptors();
  dir_.MkDir("a/b");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  int own = 0;
  for (const int fd : Descriptors()) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || std::count(before.begin(), before.end(), fd) > 0) continue;
    own++;
    EXPECT_NE(flags & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_GE(own, 2);
}

// Those who ask on and on keep the reader from nothing: it reads in between.
TEST_F(Concurrency, ManyRequestsLeaveTimeToRead) {
  constexpr int kAsking = 64;
  FakeKernel kernel{FakeKernel::Mode::kReal};
  std::mutex mutex;
  std::map<uint64_t, int> adds;  // by how often was read before
  std::atomic<bool> stuck{false}, go_on{false};
  for (int i = 0; i < kAsking; i++) MkDir(std::to_string(i));
  Make(kernel.sys());
  Start();
  kernel.On(&KernelHooks::watch_add,
            [&](int fd, const char *path, uint32_t mask) {
              if (!stuck.exchange(true)) {
                EXPECT_TRUE(WaitUntil([&] { return go_on.load(); }));
              }
              const std::lock_guard<std::mutex> lock(mutex);
              if ((mask & IN_CREATE) != 0) adds[kernel.Count(Call::kRead)]++;
              const rn_sys *real = kernel.beneath();
              return real->watch_add(real, fd, path, mask);
            });
  const uint64_t roused = kernel.Count(Call::kWakeSignal);
  std::vector<std::thread> threads;
  for (int i = 0; i < kAsking; i++)
    threads.emplace_back([this, i] {
      const rn_watch_options options = Watch(IN_CREATE);
      EXPECT_EQ(rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                                     Path(std::to_string(i)).c_str(), &options,
                                     nullptr),
                0);
    });
  EXPECT_TRUE(WaitUntil([&] {
    return stuck && kernel.Count(Call::kWakeSignal) >= roused + kAsking;
  }));
  go_on = true;
  for (std::thread &thread : threads) thread.join();

  for (const auto &[reads, count] : adds) EXPECT_LE(count, 16) << reads;
  Finish();
}

}  // namespace
}  // namespace rn
