#include "test/fault/patient.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <optional>

#include "gtest/gtest.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr size_t kFaultsMax = 5;
constexpr size_t kAtATime = 2;
// A life waits for several things, a minute for each.
constexpr std::chrono::minutes kLifetimeMax(5);

enum Code { kFault = 40, kNoFault = 41, kFailed = 42 };

[[noreturn]] void RunIn(const std::function<bool()> &body) {
  const bool fault = body();
  fflush(nullptr);
  if (testing::Test::HasFailure()) _exit(kFailed);
  _exit(fault ? kFault : kNoFault);
}

// One process, and the place of its fault.
struct Patient {
  uint64_t nth;
  pid_t pid;
};

pid_t Admit(const std::function<bool()> &body) {
  fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) RunIn(body);
  return pid;
}

// Waits for its end.  Returns what waitpid(2) gives; nothing where it had none,
// and was killed.
std::optional<int> Discharge(pid_t pid) {
  int status = 0;
  const auto has_ended = [&] { return waitpid(pid, &status, WNOHANG) == pid; };
  if (WaitUntil(has_ended, kLifetimeMax)) return status;
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  return std::nullopt;
}

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

bool Trial::Note(const std::string &where, int pid, uint64_t nth) {
  const std::optional<int> status = Discharge(pid);
  const std::string place = where + " " + std::to_string(nth);
  if (!status.has_value()) {
    faults_.push_back(place + " hangs");
  } else if (!WIFEXITED(*status)) {
    faults_.push_back(place + " crashes");
  } else if (WEXITSTATUS(*status) == kFault) {
    count_ += StepBehind(nth);
  } else if (WEXITSTATUS(*status) == kNoFault) {
    return false;
  } else {
    faults_.push_back(place);
  }
  return true;
}

void Trial::Run(const std::string &what,
                const std::function<bool(uint64_t)> &body, uint64_t limit) {
  const char *const place = getenv("RN_FAULT_PLACE");
  if (place != nullptr) {
    (void)body(strtoull(place, nullptr, 10));
    return;
  }
  std::deque<Patient> patients;
  uint64_t next = 1;
  bool goes_on = true;
  for (;;) {
    while (goes_on && patients.size() < kAtATime && next <= limit) {
      const uint64_t nth = next;
      const pid_t pid = Admit([&] { return body(nth); });
      EXPECT_GT(pid, 0) << "no process to try in";
      goes_on = pid > 0;
      if (pid > 0) patients.push_back({nth, pid});
      next += StepBehind(nth);
    }
    if (patients.empty()) return;
    const Patient first = patients.front();
    patients.pop_front();
    if (goes_on)
      goes_on = Note(what, first.pid, first.nth) && faults_.size() < kFaultsMax;
    else
      Discharge(first.pid);  // it was begun before the last one had ended
  }
}

}  // namespace rn
