#ifndef TEST_SUPPORT_QUEUE_LIMIT_H_
#define TEST_SUPPORT_QUEUE_LIMIT_H_

namespace rn {

// Another length of the kernel's queue, for inotify instances that are opened
// while this lives.  It is the whole machine's: keep it for that moment only.
class QueueLimit {
 public:
  explicit QueueLimit(int limit);
  ~QueueLimit();
  QueueLimit(const QueueLimit &) = delete;
  QueueLimit &operator=(const QueueLimit &) = delete;

  // Whether it may be set: root, and /proc is not read-only.
  bool is_set() const { return set_; }

 private:
  int before_ = 0;
  bool set_ = false;
};

}  // namespace rn

#endif  // TEST_SUPPORT_QUEUE_LIMIT_H_
