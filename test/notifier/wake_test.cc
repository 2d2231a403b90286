// A worker that was quick is left asleep while the reader reads on, but never
// for longer than a few blocks, nor while the reader does anything else.  And
// the reader itself sleeps, also where it cannot be woken.

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <string>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr size_t kReadSize = 8192;

// The reader's reads are scripted: the first gives one event that is wanted, at
// the head of a full buffer; before it the worker is made to look quick.
class Wake : public NotifierFixture {
 protected:
  void TearDown() override {
    kernel_.On(&KernelHooks::read, nullptr);
    kernel_.On(&KernelHooks::dir_read, nullptr);
    kernel_.On(&KernelHooks::dir_open, nullptr);
    NotifierFixture::TearDown();
  }
  void MakeScripted() {
    options_.read_size = kReadSize;
    Make(kernel_.sys());
    ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE), 0);
    Start();
    ASSERT_TRUE(WaitUntil([&] { return Statistics().parks >= 1; }));
  }
  // `script` gives the records of a read by its number, from 0.  The first two
  // reads of all are full, and their events are handled before the script's.
  void Script(std::function<Bytes(int read)> script) {
    kernel_.On(&KernelHooks::read,
               [this, script](int, void *buffer, size_t) -> ssize_t {
                 if (!go_) return -EAGAIN;
                 const int read = reads_++;
                 if (read == 1) AwaitWorker(1);
                 const Bytes bytes =
                     read == 0 ? Full(Create("first")) : script(read - 1);
                 if (bytes.empty()) return -EAGAIN;
                 memcpy(buffer, bytes.data(), bytes.size());
                 return static_cast<ssize_t>(bytes.size());
               });
  }
  void Go() {
    go_ = true;
    Touch("rouse");
  }
  void AwaitWorker(size_t count) {
    EXPECT_TRUE(WaitUntil([&] {
      return log_.Count() >= count && Statistics().delivered >= count;
    }));
  }
  bool HandledInTime(size_t count) {
    return WaitUntil([&] { return log_.Count() >= count; });
  }
  Bytes Create(const std::string &name, uint32_t more = 0) const {
    return Record(watch_.wd, IN_CREATE | more, 0, name);
  }
  // Filled up with records that nobody asked for.
  Bytes Full(Bytes bytes) const {
    while (bytes.size() + 272 <= kReadSize)
      bytes += Record(watch_.wd, IN_DELETE, 0, "surplus");
    return bytes;
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<int> reads_{0};
  std::atomic<bool> go_{false};
};

TEST_F(Wake, ComesInAStormOfWhatIsFiltered) {
  Script([this](int read) { return Full(read == 0 ? Create("a") : Bytes()); });
  MakeScripted();

  Go();

  EXPECT_TRUE(HandledInTime(2)) << "after " << reads_ << " reads";
  go_ = false;
}

TEST_F(Wake, ComesBeforeAListing) {
  std::atomic<bool> first{true}, handled{false}, listed{false};
  Script([this](int read) {
    return read > 0 ? Bytes() : Full(Create("a") + Create("d", IN_ISDIR));
  });
  MakeScripted();
  kernel_.On(&KernelHooks::dir_read, [&](int fd, void *buffer, size_t size) {
    if (first.exchange(false)) {
      handled = HandledInTime(2);
      listed = true;
    }
    return kernel_.beneath()->dir_read(kernel_.beneath(), fd, buffer, size);
  });

  MkDir("d");
  Go();

  EXPECT_TRUE(WaitUntil([&] { return listed.load(); }));
  Finish(); /* the hook looks at what stands here */
  EXPECT_TRUE(handled);
}

TEST_F(Wake, ComesBeforeAnAdoption) {
  std::atomic<bool> first{true}, handled{false};
  Script([this](int read) {
    if (read == 0) return Full(Create("a"));
    return read > 1 ? Bytes() : Create("d", IN_ISDIR);
  });
  MakeScripted();
  kernel_.On(&KernelHooks::dir_open,
             [&](int dir_fd, const char *path, int flags) {
               if (first.exchange(false)) handled = HandledInTime(2);
               const rn_sys *real = kernel_.beneath();
               return real->dir_open(real, dir_fd, path, flags);
             });

  MkDir("d");
  Go();

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() > 2; }));
  Finish();
  EXPECT_TRUE(handled);
}

TEST_F(Wake, ComesAtOnceWhereBlocksWouldTakeTheRoom) {
  std::atomic<bool> handled{false};
  options_.full = RN_FULL_DROP;
  options_.slot_count = 4;
  options_.batch_count = 1;
  Script([this, &handled](int read) {
    if (read == 0) return Full(Create("e0"));
    if (read > 1) return Bytes();
    handled = HandledInTime(2);
    return Create("e1") + Create("e2") + Create("e3");
  });
  MakeScripted();

  Go();

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() >= 3; }));
  Finish();
  EXPECT_TRUE(handled);
}

// What poll(2) refuses at once would have the reader go round without a pause.
class Nap : public NotifierFixture {
 protected:
  // No descriptor can be waited for: `refuse` says what comes of it.
  void Refuse(std::function<int(pollfd *fds)> refuse) {
    kernel_.On(&KernelHooks::poll,
               [this, refuse](pollfd *fds, size_t count, int ms) {
                 if (count > 0) {
                   restless_ = restless_ || !rested_;
                   rested_ = false;
                   return refuse(fds);
                 }
                 rested_ = ms > 0;
                 naps_++;
                 return kernel_.beneath()->poll(kernel_.beneath(), fds, 0, ms);
               });
  }
  void ExpectNaps() {
    const int before = naps_;
    EXPECT_TRUE(WaitUntil([&] { return naps_ > before + 3; }));
    EXPECT_FALSE(restless_);
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> rested_{true}, restless_{false};
  std::atomic<int> naps_{0};
};

TEST_F(Nap, IsTakenWhereDescriptorsAreBeyondTheLimit) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Refuse([](pollfd *) { return -EINVAL; });
  Start();

  ExpectNaps();

  Touch("a");
  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 1; }));
  Finish();
}

TEST_F(Nap, IsTakenWhereDescriptorsWereClosed) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE), 0);
  Refuse([](pollfd *fds) {
    fds[0].revents = POLLNVAL;
    return 1;
  });
  kernel_.On(&KernelHooks::read,
             [](int, void *, size_t) -> ssize_t { return -EBADF; });
  kernel_.On(&KernelHooks::wake_clear, [](int) { return -EBADF; });
  Start();

  EXPECT_TRUE(WaitUntil(
      [&] { return rn_thread_notifier_state(notifier_) == RN_STATE_FAILED; }));
  ExpectNaps();
  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
}

}  // namespace
}  // namespace rn
