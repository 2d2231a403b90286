// The length of the kernel's queue.

#include "test/support/queue_limit.h"

#include <fstream>

namespace rn {
namespace {

constexpr char kPath[] = "/proc/sys/fs/inotify/max_queued_events";

bool Set(int limit) {
  std::ofstream file(kPath);
  return static_cast<bool>(file << limit << std::flush);
}

}  // namespace

QueueLimit::QueueLimit(int limit) {
  std::ifstream file(kPath);
  set_ = static_cast<bool>(file >> before_) && Set(limit);
}

QueueLimit::~QueueLimit() {
  if (set_) (void)Set(before_);
}

}  // namespace rn
