// The clock of another thread is had from its number, as
// pthread_getcpuclockid(3) makes it.

#include "test/stress/reader_meter.h"

#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace rn {
namespace {

constexpr int64_t kKeptNs = 4000000000;

int64_t Read(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// The number of a thread of this process; 0: there is none of the name.
pid_t ThreadNamed(const std::string &name) {
  std::error_code ignored;
  for (const auto &task :
       std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::string said;
    std::ifstream(task.path() / "comm") >> said;
    if (said == name) return std::stoi(task.path().filename());
  }
  return 0;
}

}  // namespace

size_t ResidentMemory() {
  size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

ReaderMeter::ReaderMeter(rn_thread_notifier *notifier,
                         const std::string &thread_name)
    : notifier_(notifier) {
  const pid_t tid = ThreadNamed(thread_name + "-r");
  if (tid == 0) return;
  clock_ = static_cast<clockid_t>(~static_cast<unsigned>(tid) << 3 | 6);
  thread_ = std::thread([this] { Run(); });
}

ReaderMeter::~ReaderMeter() { Stop(); }

void ReaderMeter::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void ReaderMeter::LookOnce() {
  rn_health health = {};
  health.size = sizeof(health);
  const Look now = {Read(CLOCK_MONOTONIC), Read(clock_)};
  looks_.push_back(now);
  while (looks_.front().clock_ns < now.clock_ns - kKeptNs) looks_.pop_front();
  if (rn_thread_notifier_health(notifier_, &health) != 0 ||
      health.reader != RN_READER_BUSY)
    return;
  const int64_t begin =
      now.clock_ns - static_cast<int64_t>(health.reader_ms) * INT64_C(1000000);
  for (const Look &look : looks_) {
    if (look.clock_ns < begin) continue;
    const double cpu_ms = static_cast<double>(now.cpu_ns - look.cpu_ns) / 1e6;
    if (cpu_ms > turn_cpu_ms_) turn_cpu_ms_ = cpu_ms;
    break;
  }
  if (health.reader_ms > turn_ms_) turn_ms_ = health.reader_ms;
}

void ReaderMeter::Run() {
  for (int i = 0; !stop_; i++) {
    LookOnce();
    if (i % 16 == 0) memory_ = std::max(memory_, ResidentMemory());
    poll(nullptr, 0, 1);
  }
}

}  // namespace rn
