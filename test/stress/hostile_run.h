#ifndef TEST_STRESS_HOSTILE_RUN_H_
#define TEST_STRESS_HOSTILE_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

namespace rn {

// What a notifier has to keep while processes try to hurt it.
struct HostileBounds {
  double turn_cpu_ms = 20;  // of the reader, between two reads
  int call_ms = 1000;       // sync, suspend, resume
  int stop_ms = 2000;
  size_t memory = 192 << 20;  // more than at the start
};

struct HostilePlan {
  std::string base;  // an empty directory
  uint32_t seed = 1;
  int ms = 4000;  // for how long
  HostileBounds bounds;
};

struct HostileVerdict {
  std::vector<std::string> faults;  // none when all is as demanded
  std::string acts, how;            // what was done, and how it was watched
  double turn_cpu_ms = 0;
  uint64_t turn_ms = 0;
  int64_t longest_call_ms = 0, stop_ms = 0;
  size_t memory = 0;
  uint64_t overflows = 0, read = 0;
};

// Three processes act on BASE/bad, which is watched recursively and in parts;
// one works in BASE/good at its leisure, which the same notifier watches with
// RN_WATCH_RECOVER.  All of the latter has to be reported, whatever the others
// do.  The seed chooses acts, flags, order and policy.
HostileVerdict RunHostile(const HostilePlan &plan);

}  // namespace rn

#endif  // TEST_STRESS_HOSTILE_RUN_H_
