#include "test/fault/patient.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr size_t kFaultsMax = 5;
// A life waits for several things, a minute for each.
constexpr std::chrono::minutes kLifetimeMax(5);

enum Code { kFault = 40, kNoFault = 41, kFailed = 42 };

[[noreturn]] void RunIn(const std::function<bool()> &body) {
  const bool fault = body();
  fflush(nullptr);
  if (testing::Test::HasFailure()) _exit(kFailed);
  _exit(fault ? kFault : kNoFault);
}

}  // namespace

Outcome InPatient(const std::function<bool()> &body) {
  fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return Outcome::kWrong;
  if (pid == 0) RunIn(body);
  int status = 0;
  if (!WaitUntil([&] { return waitpid(pid, &status, WNOHANG) == pid; },
                 kLifetimeMax)) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return Outcome::kHung;
  }
  if (!WIFEXITED(status)) return Outcome::kCrashed;
  if (WEXITSTATUS(status) == kFault) return Outcome::kWithFault;
  return WEXITSTATUS(status) == kNoFault ? Outcome::kWithoutFault
                                         : Outcome::kWrong;
}

namespace {

// Under a sanitizer a life takes several times as long: then every eighth place
// behind the first ones has to do.
uint64_t StepBehind(uint64_t nth) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return nth < 32 ? 1 : 8;
#endif
#endif
  (void)nth;
  return 1;
}

}  // namespace

void Trial::Run(const std::string &what,
                const std::function<bool(uint64_t)> &body, uint64_t limit) {
  const char *const place = getenv("RN_FAULT_PLACE");
  if (place != nullptr) {
    (void)body(strtoull(place, nullptr, 10));
    return;
  }
  for (uint64_t nth = 1; nth <= limit && faults_.size() < kFaultsMax;
       nth += StepBehind(nth)) {
    const Outcome outcome = InPatient([&] { return body(nth); });
    if (outcome == Outcome::kWithoutFault) return;
    const std::string where = what + " " + std::to_string(nth);
    if (outcome == Outcome::kWithFault)
      count_ += StepBehind(nth);
    else if (outcome == Outcome::kHung)
      faults_.push_back(where + " hangs");
    else if (outcome == Outcome::kCrashed)
      faults_.push_back(where + " crashes");
    else
      faults_.push_back(where);
  }
}

}  // namespace rn
