#ifndef TEST_SUPPORT_WAIT_UNTIL_H_
#define TEST_SUPPORT_WAIT_UNTIL_H_

#include <chrono>
#include <functional>

namespace rn {

// Wait until `predicate` is true.  It is called on this thread, again and
// again.  Returns false when it is still false at the deadline.
[[nodiscard]] bool WaitUntil(
    const std::function<bool()> &predicate,
    std::chrono::milliseconds deadline = std::chrono::seconds(60));

}  // namespace rn

#endif  // TEST_SUPPORT_WAIT_UNTIL_H_
