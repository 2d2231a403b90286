#ifndef TEST_SUPPORT_FENCES_READ_H_
#define TEST_SUPPORT_FENCES_READ_H_

#include <sys/inotify.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include "test/support/fake_kernel.h"
#include "test/support/wait_until.h"

namespace rn {

// Looks at what the reader reads, for records that are counted nowhere: fences.
// To be made before the notifier, on a kernel in Mode::kReal that outlives it.
class FencesRead {
 public:
  explicit FencesRead(FakeKernel *kernel) : kernel_(kernel) {
    kernel->On(&KernelHooks::read,
               [kernel, polls = polls_](int fd, void *buffer, size_t size) {
                 const rn_sys *sys = kernel->beneath();
                 const ssize_t got = sys->read(sys, fd, buffer, size);
                 if (got > 0 && Has(static_cast<const char *>(buffer), got))
                   *polls = kernel->Count(Call::kPoll);
                 return got;
               });
  }

  // Wait until one was read, and that turn of the reader's is over.
  [[nodiscard]] bool Any() const {
    return WaitUntil([this] {
      const uint64_t polls = *polls_;
      return polls != kNone && kernel_->Count(Call::kPoll) > polls;
    });
  }

 private:
  static constexpr uint64_t kNone = UINT64_MAX;

  static bool Has(const char *records, ssize_t size) {
    for (ssize_t at = 0; at < size;) {
      inotify_event head;
      std::memcpy(&head, records + at, sizeof(head));
      at += static_cast<ssize_t>(sizeof(head) + head.len);
      if ((head.mask & IN_IGNORED) != 0) return true;
    }
    return false;
  }

  FakeKernel *const kernel_;
  // How often the reader had slept when the last one was read.
  const std::shared_ptr<std::atomic<uint64_t>> polls_ =
      std::make_shared<std::atomic<uint64_t>>(kNone);
};

}  // namespace rn

#endif  // TEST_SUPPORT_FENCES_READ_H_
