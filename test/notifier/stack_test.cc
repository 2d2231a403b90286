// How deep the stacks of reader and workers become: what they use is painted
// over and looked at again.  The least stack_size has to have room for it, and
// for a handler.

#include <errno.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define RN_SANITIZED 1
#endif
#endif

namespace rn {
namespace {

constexpr size_t kLeast = 128 * size_t{1024};
// What is left for a handler, and for what the C library takes of the stack:
// its own block for the thread, and thread-local variables.
constexpr size_t kSpare = 64 * size_t{1024};
constexpr uint32_t kPaint = 0x5ca1ab1e;

// The stack of the thread that paints it.
class Stack {
 public:
  // Paint what is well below the caller's frame, once.
  void Paint() {
    if (lowest_ != nullptr) return;
    pthread_attr_t attributes;
    void *lowest = nullptr;
    size_t size = 0;
    ASSERT_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    lowest_ = static_cast<volatile uint32_t *>(lowest);
    word_count_ = size / sizeof(*lowest_);
    const volatile uint32_t here = 0;
    for (volatile uint32_t *at = lowest_; at + 1024 < &here; at++) *at = kPaint;
  }
  // How much of it has been used by now.   Threads: its own.
  void Look() {
    size_t free = 0;
    while (lowest_[free] == kPaint) free++;
    used_ = (word_count_ - free) * sizeof(*lowest_);
  }
  size_t used() const { return used_; }

 private:
  volatile uint32_t *lowest_ = nullptr;
  size_t word_count_ = 0;
  std::atomic<size_t> used_{0};
};

class Stacks : public NotifierFixture {
 protected:
  void MakeLooking() {
    kernel_.On(&KernelHooks::poll, [this](pollfd *fds, size_t count, int ms) {
      if (count > 0 && std::this_thread::get_id() != main_) {
        reader_.Paint();
        reader_.Look();
      }
      const rn_sys *sys = kernel_.beneath();
      return sys->poll(sys, fds, count, ms);
    });
    kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
      const rn_sys *sys = kernel_.beneath();
      const ssize_t got = sys->read(sys, fd, buffer, size);
      if (got <= 0 || !lose_.exchange(false)) return got;
      const Bytes record = OverflowRecord();
      std::memcpy(buffer, record.data(), record.size());
      return static_cast<ssize_t>(record.size());
    });
    log_.OnEvent([this](const rn_event *event) {
      worker_.Paint();
      char text[512];
      (void)rn_event_format(event, text, sizeof(text));
      worker_.Look();
    });
    options_.stack_size = kLeast;
    Make(kernel_.sys());
  }
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, 60000), 0); }
  static std::string Long(char c) { return std::string(200, c); }

  const std::thread::id main_ = std::this_thread::get_id();
  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> lose_{false};
  Stack reader_, worker_;
};

// A regex that uses all of the stack that machine code is given, asked of long
// paths in the middle of everything else.
TEST_F(Stacks, AreLargeEnoughAtTheLeast) {
#ifdef RN_SANITIZED
  GTEST_SKIP() << "frames of a sanitizer are larger";
#endif
  MakeLooking();
  const rn_rule rule = {"(?:(a)|(b)|(/))*x$", RN_RULE_EXCLUDE, RN_RULE_REGEX,
                        0};
  rn_watch_options options =
      Watch(IN_ALL_EVENTS & ~(IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE),
            RN_WATCH_RECURSIVE | RN_WATCH_RECOVER | RN_WATCH_PAIR_MOVES);
  options.rules = &rule;
  options.rule_count = 1;
  options.settle_ms = 1;
  MkDir("tree");
  ASSERT_EQ(AddPath(Path("tree"), options), 0);
  dir_.MkDir("real/way");
  ASSERT_EQ(symlink("real", Path("link").c_str()), 0);
  options = Watch(IN_CREATE | IN_DELETE, RN_WATCH_PERSISTENT);
  ASSERT_EQ(AddPath(Path("link/way/end"), options), 0);
  Start();
  Sync();

  for (int round = 0; round < 3; round++) {
    std::string deep = "tree";
    for (int i = 0; i < 12; i++) {
      deep += "/" + Long(static_cast<char>('a' + i % 2));
      MkDir(deep);
      Touch(deep + "/" + Long('b') + "a");
    }
    Touch("real/way/end");
    Sync();
    lose_ = round == 1;
    Move("tree/" + Long('a'), "tree/" + Long('b'));
    Touch("tree/" + Long('b') + "/" + Long('a'));
    Move("real/way", "real/away");
    Sync();
    lose_ = round == 2;
    Move("real/away", "real/way");
    Remove("real/way/end");
    Move("tree/" + Long('b'), dir_.Path("out" + std::to_string(round)));
    Sync();
  }
  Sync();

  EXPECT_GT(Statistics().rescans, 0U);
  EXPECT_LT(reader_.used() + kSpare, kLeast) << reader_.used();
  EXPECT_LT(worker_.used() + kSpare, kLeast) << worker_.used();
}

}  // namespace
}  // namespace rn
