#ifndef TEST_STRESS_READER_METER_H_
#define TEST_STRESS_READER_METER_H_

#include <time.h>

#include <atomic>
#include <deque>
#include <string>
#include <thread>

#include "ringnotify/ringnotify.h"

namespace rn {

// Looks again and again at how long the reader of a thread notifier has been in
// its turn, and at the memory of this process.
//
// A turn is measured in the processor's time of the reader's thread: what
// others take from it meanwhile is not its work.
class ReaderMeter {
 public:
  // thread_name  that of the notifier's options; it runs.
  ReaderMeter(rn_thread_notifier *notifier, const std::string &thread_name);
  ~ReaderMeter();
  ReaderMeter(const ReaderMeter &) = delete;
  ReaderMeter &operator=(const ReaderMeter &) = delete;

  // End the looking.
  void Stop();

  // After Stop(): the longest turn, by processor and by clock, in milliseconds;
  // the most resident memory, in bytes.
  double turn_cpu_ms() const { return turn_cpu_ms_; }
  uint64_t turn_ms() const { return turn_ms_; }
  size_t memory() const { return memory_; }

 private:
  struct Look {
    int64_t clock_ns, cpu_ns;
  };

  void Run();
  void LookOnce();

  rn_thread_notifier *const notifier_;
  clockid_t clock_ = 0;  // of the reader's thread
  std::deque<Look> looks_;
  double turn_cpu_ms_ = 0;
  uint64_t turn_ms_ = 0;
  size_t memory_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Resident memory of this process, in bytes.
size_t ResidentMemory();

}  // namespace rn

#endif  // TEST_STRESS_READER_METER_H_
