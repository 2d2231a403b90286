// Many workers, and many who write.

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "test/stress/memory_dir.h"

namespace rn {
namespace {

constexpr int kDirectories = 64;
constexpr int kFiles = 8;  // in each
constexpr uint64_t kEvents = 1000000;

// Takes events of files that are named by two digits for their directory and
// one for themselves.
class Taker {
 public:
  rn_handler Handler() {
    rn_handler handler = Sized<rn_handler>();
    handler.context = this;
    handler.on_modify = [](const rn_event *event, void *context) {
      static_cast<Taker *>(context)->Take(rn_event_name(event, nullptr));
      return 0;
    };
    return handler;
  }

  bool overlapped() const { return overlapped_; }
  uint64_t Taken(int directory) const { return next_[Index(directory)].count; }
  uint64_t misplaced() const { return misplaced_; }

 private:
  // Not atomic: events of one directory are in order with each other.
  struct alignas(64) Next {
    uint64_t count = 0;
  };

  static size_t Index(int directory) { return static_cast<size_t>(directory); }

  void Take(const char *name) {
    const int directory = (name[0] - '0') * 10 + name[1] - '0';
    Next &next = next_[Index(directory)];
    if (next.count % kFiles != static_cast<uint64_t>(name[2] - '0'))
      misplaced_++;
    next.count++;
    if (!overlapped_) MeetAnother();
  }

  void MeetAnother() {
    running_++;
    overlapped_ = overlapped_ ||
                  WaitUntil([this] { return overlapped_ || running_ >= 2; });
    running_--;
  }

  std::array<Next, kDirectories> next_;
  std::atomic<uint64_t> misplaced_{0};
  std::atomic<int> running_{0};
  std::atomic<bool> overlapped_{false};
};

class Acceptance : public StressFixture {
 protected:
  void SetUp() override {
    rn_limit limit;
    ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    if (limit.value < 16384) GTEST_SKIP() << "queue of " << limit.value;
  }
  void TearDown() override {
    for (const int fd : fds_) close(fd);
    StressFixture::TearDown();
  }

  void MakeFile(const std::string &name) {
    const int fd =
        open(Path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    fds_.push_back(fd);
  }
  void WaitForTheReader(uint64_t written) const {
    ASSERT_TRUE(WaitUntil([&] { return Statistics().read + 8192 > written; }));
  }
  static std::string Digits(int directory) {
    return std::to_string(directory / 10) + std::to_string(directory % 10);
  }

  std::vector<int> fds_;
};

// -- Order --------------------------------------------------------------------

// Each directory is a lane's, so what is counted in it needs no lock:
// ThreadSanitizer says whether that is so.
TEST_F(Acceptance, Case34AMillionEventsInOrderOverEightWorkers) {
  for (int file = 0; file < kFiles; file++)
    for (int d = 0; d < kDirectories; d++) {
      if (file == 0) MkDir(Digits(d));
      MakeFile(Digits(d) + "/" + Digits(d) + std::to_string(file));
    }
  Taker taker;
  const rn_handler handler = taker.Handler();
  options_.handler = &handler;
  options_.worker_count = 8;
  WatchAll(IN_MODIFY, RN_WATCH_RECURSIVE);

  for (uint64_t i = 0; i < kEvents; i++) {
    ASSERT_EQ(pwrite(fds_[i % fds_.size()], "x", 1, 0), 1);
    if (i % 1024 == 0) WaitForTheReader(i);
  }
  Drain();

  EXPECT_TRUE(taker.overlapped());
  EXPECT_EQ(taker.misplaced(), 0U);
  for (int d = 0; d < kDirectories; d++)
    EXPECT_EQ(taker.Taken(d), kEvents / kDirectories) << d;
  const rn_statistics s = Statistics();
  EXPECT_EQ(s.delivered, kEvents);
  EXPECT_EQ(s.dropped + s.kernel_overflows, 0U);
  Finish();
}

}  // namespace
}  // namespace rn
