#ifndef TEST_CMD_LIMITED_H_
#define TEST_CMD_LIMITED_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/support/queue_limit.h"

namespace rn {

// The command, with the limit of the kernel's queue that it has got: somebody
// else may have it low for a while.
class Limited {
 public:
  explicit Limited(const std::vector<std::string> &arguments) {
    const KeptQueueLimit limit;
    queue_ = limit.value();
    command_ = std::make_unique<Command>(arguments);
    EXPECT_TRUE(command_->WaitForWatches(1));
  }

  uint32_t queue() const { return queue_; }
  Command &command() const { return *command_; }

 private:
  uint32_t queue_ = 0;
  std::unique_ptr<Command> command_;
};

#define SKIP_WITH_A_QUEUE_BELOW(most, limited) \
  if ((limited).queue() < (most))              \
  GTEST_SKIP() << "max_queued_events was " << (limited).queue()

}  // namespace rn

#endif  // TEST_CMD_LIMITED_H_
