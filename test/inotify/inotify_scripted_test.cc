// One inotify instance on a scripted kernel: what a real one does seldom.

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/inotify/inotify_internal.h"
#include "ringnotify/inotify.h"
#include "test/support/fake_kernel.h"

namespace {

// Blocks of this size and more are refused; 0: none.
std::atomic<size_t> refused_size{0};

}  // namespace

// In the place of malloc(), by the linker's --wrap.
extern "C" void *__real_malloc(size_t size);
extern "C" void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
  const size_t refused = refused_size;
  return refused != 0 && size >= refused ? nullptr : __real_malloc(size);
}

namespace rn {
namespace {

constexpr int kForever = -1;
constexpr size_t kBufferSize = 64 * 1024;  // at first

// Memory for blocks below a size, as long as this lives.
class MemoryLimit {
 public:
  explicit MemoryLimit(size_t size) { refused_size = size; }
  ~MemoryLimit() { refused_size = 0; }
};

class InotifyScripted : public testing::Test {
 protected:
  InotifyScripted() {
    EXPECT_EQ(rn_inotify_open_on(kernel_.sys(), 0, &inotify_), 0);
  }
  ~InotifyScripted() override { rn_inotify_close(inotify_); }

  int Read(int timeout_ms, int delay_ms = 0) {
    rn_cursor at;
    const int result = rn_inotify_read(inotify_, timeout_ms, delay_ms, &at);
    names_.clear();
    rn_raw_event event;
    while (result >= 0 && rn_parse_next(&at, &event) == 1)
      names_.emplace_back(event.name, event.name_size);
    return result;
  }

  // Answer each poll with what poll(2) would set.
  void AnswerPolls(short revents) {
    kernel_.On(&KernelHooks::poll, [revents](pollfd *fds, size_t, int) {
      fds[0].revents = revents;
      return 1;
    });
  }

  FakeKernel kernel_{FakeKernel::Mode::kModel};
  rn_inotify *inotify_ = nullptr;
  std::vector<std::string> names_;
};

// -- Open ---------------------------------------------------------------------

TEST_F(InotifyScripted, GivesTheErrorOfOpening) {
  for (int error : {-EMFILE, -ENFILE, -ENOMEM}) {
    kernel_.FailNext(Call::kInotifyOpen, error);
    rn_inotify *none = nullptr;

    EXPECT_EQ(rn_inotify_open_on(kernel_.sys(), 0, &none), error);

    EXPECT_EQ(none, nullptr);
  }
}

TEST_F(InotifyScripted, OpensNothingWithoutMemory) {
  const uint64_t before = kernel_.Count(Call::kInotifyOpen);
  for (size_t size : {size_t{1}, kBufferSize}) {
    const MemoryLimit limit(size);
    rn_inotify *none = nullptr;

    EXPECT_EQ(rn_inotify_open_on(kernel_.sys(), 0, &none), -ENOMEM);

    EXPECT_EQ(none, nullptr);
  }
  EXPECT_EQ(kernel_.Count(Call::kInotifyOpen), before);
}

// -- Watches ------------------------------------------------------------------

TEST_F(InotifyScripted, GivesTheErrorOfAWatch) {
  kernel_.FailNext(Call::kWatchAdd, -ENOSPC);

  EXPECT_EQ(rn_inotify_add_watch(inotify_, "/", IN_CREATE), -ENOSPC);
}

TEST_F(InotifyScripted, AsksNoKernelWithAMaskThatIsNotAllowed) {
  EXPECT_EQ(rn_inotify_add_watch(inotify_, "/", IN_ISDIR), -EINVAL);

  EXPECT_EQ(kernel_.Count(Call::kWatchAdd), 0U);
}

TEST_F(InotifyScripted, HandsOverPathMaskAndWd) {
  kernel_.MakeDir("/t");
  const uint32_t mask = IN_CREATE | IN_ONLYDIR;

  const int wd = rn_inotify_add_watch(inotify_, "/t", mask);

  EXPECT_EQ(kernel_.WdOf("/t"), wd);
  EXPECT_EQ(kernel_.MaskOf("/t"), mask);
  EXPECT_EQ(rn_inotify_rm_watch(inotify_, wd), 0);
  EXPECT_TRUE(kernel_.Watches().empty());
}

// -- Reading ------------------------------------------------------------------

TEST_F(InotifyScripted, WaitsNoMoreWhereEventsAre) {
  kernel_.QueueRead(Record(1, IN_CREATE, 0, "a"));

  EXPECT_EQ(Read(kForever, 1000), 32);

  EXPECT_EQ(names_, std::vector<std::string>{"a"});
  EXPECT_EQ(kernel_.Count(Call::kPoll), 0U);
}

TEST_F(InotifyScripted, AsksForNoWaitWithoutATimeout) {
  EXPECT_EQ(Read(0, 1000), 0);

  EXPECT_EQ(kernel_.Count(Call::kPoll), 0U);
}

TEST_F(InotifyScripted, GivesAShortReadAndTheRestAfterIt) {
  kernel_.QueueRead(Record(1, IN_CREATE, 0, "a") +
                    Record(1, IN_CREATE, 0, "b") +
                    Record(1, IN_CREATE, 0, "c"));
  kernel_.LimitReads(2 * 32 + 1);

  EXPECT_EQ(Read(0), 2 * 32);
  EXPECT_EQ(names_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Read(0), 32);
  EXPECT_EQ(names_, std::vector<std::string>{"c"});
  EXPECT_EQ(Read(0), 0);
}

TEST_F(InotifyScripted, GrowsItsBufferToTheQueue) {
  Bytes queue;
  while (queue.size() <= 3 * kBufferSize)
    queue += Record(1, IN_CREATE, 0, std::string(200, 'x'));
  kernel_.QueueRead(queue);

  EXPECT_EQ(Read(0), static_cast<int>(queue.size()));
}

TEST_F(InotifyScripted, KeepsTheEventsQueuedWithoutMemory) {
  const Bytes queue(2 * kBufferSize, '\0');  // heads without a name
  kernel_.QueueRead(queue);
  {
    const MemoryLimit limit(kBufferSize + 1);
    EXPECT_EQ(Read(0), -ENOMEM);
  }

  EXPECT_EQ(Read(0), static_cast<int>(queue.size()));
}

TEST_F(InotifyScripted, BoundsItsBuffer) {
  kernel_.On(&KernelHooks::queued, [](int, size_t *size) {
    *size = SIZE_MAX;
    return 0;
  });
  size_t room = 0;
  kernel_.On(&KernelHooks::read, [&room](int, void *, size_t size) {
    room = size;
    return ssize_t{0};
  });

  EXPECT_EQ(Read(0), 0);

  EXPECT_EQ(room, size_t{1} << 30);
}

TEST_F(InotifyScripted, GivesTheErrorsOfReading) {
  kernel_.FailNext(Call::kQueued, -ENOTTY);
  EXPECT_EQ(Read(0), -ENOTTY);

  kernel_.QueueReadError(-EIO);
  EXPECT_EQ(Read(0), -EIO);

  kernel_.FailNext(Call::kPoll, -ENOMEM);
  EXPECT_EQ(Read(kForever), -ENOMEM);
}

// A process forked from this one reads the same queue.
TEST_F(InotifyScripted, GivesNothingWhenAnotherWasFaster) {
  kernel_.QueueReadError(-EAGAIN);

  EXPECT_EQ(Read(0), 0);

  EXPECT_TRUE(names_.empty());
}

TEST_F(InotifyScripted, GoesOnWaitingWhenAnotherWasFaster) {
  kernel_.On(&KernelHooks::poll, [this](pollfd *fds, size_t, int) {
    if (kernel_.Count(Call::kPoll) == 3)
      kernel_.QueueRead(Record(1, IN_CREATE, 0, "a"));
    fds[0].revents = POLLIN;
    return 1;
  });

  EXPECT_GT(Read(kForever), 0);

  EXPECT_EQ(kernel_.Count(Call::kPoll), 3U);
}

// -- Waiting ------------------------------------------------------------------

// The longest timeout must not overflow on its way to a deadline and back.
TEST_F(InotifyScripted, HandsEachTimeoutToPoll) {
  for (int timeout : {kForever, INT_MIN, 1000, INT_MAX}) {
    int asked = 0;
    kernel_.On(&KernelHooks::poll, [&](pollfd *fds, size_t, int timeout_ms) {
      asked = timeout_ms;
      kernel_.QueueRead(Record(1, IN_CREATE, 0, "a"));
      fds[0].revents = POLLIN;
      return 1;
    });
    ASSERT_GT(Read(timeout), 0);
    EXPECT_LE(asked, std::max(timeout, kForever));
    EXPECT_GE(asked, std::max(timeout, 900 + kForever) - 900);
  }
}

TEST_F(InotifyScripted, AsksForLessTimeAfterEachSignal) {
  std::vector<int> timeouts;
  kernel_.On(&KernelHooks::poll, [&](pollfd *, size_t, int timeout_ms) {
    timeouts.push_back(timeout_ms);
    if (timeout_ms == 0) return 0;
    poll(nullptr, 0, 10);
    return -EINTR;
  });

  EXPECT_EQ(Read(50), 0);

  ASSERT_GE(timeouts.size(), 2U);
  EXPECT_LE(timeouts.size(), 7U);
  EXPECT_LE(timeouts.front(), 50);
  EXPECT_GT(timeouts.front(), 40);
  EXPECT_EQ(timeouts.back(), 0);
  EXPECT_TRUE(std::is_sorted(timeouts.rbegin(), timeouts.rend()));
}

TEST_F(InotifyScripted, WaitsForeverOverSignals) {
  kernel_.FailNext(Call::kPoll, -EINTR, 5);
  int last = 0;
  kernel_.On(&KernelHooks::poll, [&](pollfd *fds, size_t, int timeout_ms) {
    last = timeout_ms;
    kernel_.QueueRead(Record(1, IN_CREATE, 0, "a"));
    fds[0].revents = POLLIN;
    return 1;
  });

  EXPECT_GT(Read(kForever), 0);

  EXPECT_EQ(last, -1);
  EXPECT_EQ(kernel_.Count(Call::kPoll), 6U);
}

TEST_F(InotifyScripted, DelaysAfterTheFirstEventOverSignals) {
  int64_t delayed_ms = 0;
  kernel_.On(&KernelHooks::poll, [&](pollfd *fds, size_t count, int left_ms) {
    if (count == 0) {
      delayed_ms = std::max<int64_t>(delayed_ms, left_ms);
      if (kernel_.QueuedReadCount() < 2)
        kernel_.QueueRead(Record(1, IN_CREATE, 0, "b"));
      poll(nullptr, 0, 5);
      return -EINTR;
    }
    kernel_.QueueRead(Record(1, IN_CREATE, 0, "a"));
    fds[0].revents = POLLIN;
    return 1;
  });

  EXPECT_GT(Read(kForever, 20), 0);

  EXPECT_EQ(delayed_ms, 20);
}

TEST_F(InotifyScripted, GivesTheErrorOfADelay) {
  kernel_.On(&KernelHooks::poll, [](pollfd *fds, size_t count, int) {
    if (count == 0) return -ENOMEM;
    fds[0].revents = POLLIN;
    return 1;
  });

  EXPECT_EQ(Read(kForever, 20), -ENOMEM);
}

// Each would be reported again at once, for ever.
TEST_F(InotifyScripted, EndsAWaitOnAnErrorOfTheDescriptor) {
  const struct {
    short revents;
    int result;
  } cases[] = {{POLLNVAL, -EBADF},
               {POLLERR, -EIO},
               {POLLHUP, -EIO},
               {POLLERR | POLLIN, -EIO}};
  for (const auto &one : cases) {
    AnswerPolls(one.revents);
    const uint64_t before = kernel_.Count(Call::kPoll);
    EXPECT_EQ(Read(kForever), one.result) << one.revents;
    EXPECT_EQ(kernel_.Count(Call::kPoll), before + 1) << one.revents;
  }
}

}  // namespace
}  // namespace rn
