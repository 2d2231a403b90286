#ifndef TEST_SUPPORT_QUEUE_LIMIT_H_
#define TEST_SUPPORT_QUEUE_LIMIT_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace rn {

// /proc/sys/fs/inotify/max_queued_events at another value for a while.
//
// An instance takes the limit when it is made, so this lives until then and no
// longer.  A process of its own puts the old value back, also when this one
// is killed; only one holder on the machine at a time, the next one waits.
class QueueLimit {
 public:
  explicit QueueLimit(uint32_t value);
  ~QueueLimit();
  QueueLimit(const QueueLimit &) = delete;
  QueueLimit &operator=(const QueueLimit &) = delete;

  // Why it is not set, or "".
  const std::string &refusal() const { return refusal_; }

 private:
  void Guard(const std::string &old_value, int hold) const;

  int file_ = -1;
  int hold_ = -1;  // while it is open the guard waits
  pid_t guard_ = -1;
  std::string refusal_;
};

// The same as it is, which no QueueLimit changes meanwhile: to be held until
// the instance is made that has to take so many records.  Waits for who has it
// at another value.  Not for a process with a QueueLimit.
class KeptQueueLimit {
 public:
  KeptQueueLimit();
  ~KeptQueueLimit();
  KeptQueueLimit(const KeptQueueLimit &) = delete;
  KeptQueueLimit &operator=(const KeptQueueLimit &) = delete;

  // Records; 0 when that is not known.
  uint32_t value() const { return value_; }

 private:
  int file_ = -1;
  uint32_t value_ = 0;
};

}  // namespace rn

#endif  // TEST_SUPPORT_QUEUE_LIMIT_H_
