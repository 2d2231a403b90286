// The one place where tests wait for another thread.
//
// The first looks only yield, since most waits are short; later ones give the
// processor away for a millisecond.

#include "test/support/wait_until.h"

#include <poll.h>

#include <thread>

namespace rn {

bool WaitUntil(const std::function<bool()> &predicate,
               std::chrono::milliseconds deadline) {
  using Clock = std::chrono::steady_clock;
  constexpr int kYields = 100;
  const Clock::time_point end = Clock::now() + deadline;
  for (int looks = 0; !predicate(); looks++) {
    if (Clock::now() >= end) return predicate();
    if (looks < kYields) {
      std::this_thread::yield();
    } else {
      poll(nullptr, 0, 1);
    }
  }
  return true;
}

}  // namespace rn
